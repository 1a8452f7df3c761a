"""The picture decoder: what comes in, in whatever shape, comes out upright and RGB, or is refused in one sentence."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from time import sleep
from typing import Any

import pytest
from browser.bad_pictures import BAD
from PIL import Image

from rediff_viz import images
from rediff_viz.budget import DECODED_AT_ONCE
from rediff_viz.images import PictureError, open_picture


def packed(picture: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_one_plain_sentence(name: str) -> None:
    make, sentence = BAD[name]
    with pytest.raises(PictureError, match=sentence) as refused:
        open_picture(make())
    assert str(refused.value).count(".") == 1
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("mode", "kind"), [("CMYK", "JPEG"), ("P", "GIF"), ("L", "PNG"), ("RGBA", "PNG"), ("LA", "PNG"), ("1", "PNG"), ("I;16", "PNG")]
)
def test_every_mode_becomes_rgb(mode: str, kind: str) -> None:
    if mode == "I;16":
        picture = Image.new("I;16", (8, 6), 40000)
    else:
        picture = Image.new("RGB", (8, 6), (200, 40, 40)).convert(mode)
    assert open_picture(packed(picture, kind)).mode == "RGB"


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    grey = open_picture(packed(Image.new("I;16", (4, 4), 32768), "PNG")).getpixel((0, 0))
    assert isinstance(grey, tuple)
    assert all(abs(v - 127) <= 1 for v in grey)


def test_transparency_lies_on_white() -> None:
    assert open_picture(packed(Image.new("RGBA", (4, 4), (0, 0, 0, 0)), "PNG")).getpixel((1, 1)) == (255, 255, 255)


def test_a_rotated_photograph_stands_upright() -> None:
    exif = Image.Exif()
    exif[274] = 6
    assert open_picture(packed(Image.new("RGB", (30, 10)), "JPEG", exif=exif)).size == (10, 30)


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (5, 5), colour) for colour in ("red", "blue")]
    data = packed(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert open_picture(data).getpixel((2, 2)) == (255, 0, 0)


def test_a_name_does_not_decide(tmp_path: Path) -> None:
    path = tmp_path / "picture.txt"
    path.write_bytes(packed(Image.new("RGB", (3, 3), "green"), "PNG"))
    assert open_picture(path).size == (3, 3)


def test_only_a_stated_number_are_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    going, most, counting = 0, 0, Lock()

    def look(_: bytes) -> None:
        nonlocal going, most
        with counting:
            going += 1
            most = max(most, going)
        sleep(0.02)
        with counting:
            going -= 1

    monkeypatch.setattr(images, "_refuse_by_content", look)
    data = packed(Image.new("RGB", (30, 20)), "PNG")
    with ThreadPoolExecutor(12) as pool:
        assert {picture.size for picture in pool.map(open_picture, [data] * 24)} == {(30, 20)}
    assert most == DECODED_AT_ONCE


def test_a_refused_picture_gives_its_place_back() -> None:
    for _ in range(2 * DECODED_AT_ONCE):
        with pytest.raises(PictureError):
            open_picture(b"nothing of the kind")
    assert open_picture(packed(Image.new("RGB", (3, 2)), "PNG")).size == (3, 2)
