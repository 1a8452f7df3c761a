"""The picture decoder: what comes in, in whatever shape, comes out upright and RGB, or is refused in one sentence."""

import io
from pathlib import Path
from typing import Any

import pytest
from browser.bad_pictures import BAD
from hostile.pictures import LONG
from PIL import Image

from rediff_viz.images import MAX_BYTES, PictureError, open_picture


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


@pytest.mark.parametrize("name", LONG)
def test_a_picture_of_far_too_many_parts_is_refused_before_it_is_decoded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = LONG[name]()
    assert len(content) <= MAX_BYTES
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("decoded"))
    with pytest.raises(PictureError, match=r"^This picture is put together in a way that takes too long to read; .* PNG or JPEG\.$"):
        open_picture(content)


@pytest.mark.parametrize(
    ("kind", "how"),
    [("PNG", {}), ("JPEG", {"quality": 95}), ("JPEG", {"progressive": True}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}),
     ("WEBP", {}), ("GIF", {}), ("BMP", {})],
)  # fmt: skip
def test_a_photograph_with_its_exif_is_read(kind: str, how: dict[str, object]) -> None:
    about = Image.Exif()
    about[271], about[305] = "a camera", "its software"
    about.get_ifd(34665)[37510] = b"words of the photographer" * 40
    noise = Image.effect_noise((1200, 900), 80).convert("RGB")
    how = how | ({} if kind in ("GIF", "BMP") else {"exif": about, "icc_profile": bytes(3000)})
    assert open_picture(packed(noise, kind, **how)).size == (1200, 900)


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
