"""The picture decoder: what comes in, in whatever shape, comes out upright and RGB, or is refused in one sentence."""

import base64
import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from time import sleep
from typing import Any

import pytest
from browser.bad_pictures import BAD
from hostile.pictures import LONG
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from rediff_viz import images
from rediff_viz.budget import DECODED_AT_ONCE, PICTURE_BYTES
from rediff_viz.images import PictureError, data_url, open_picture
from rediff_viz.saved_run import SavedRun, save_run
from rediff_viz.service import stream
from rediff_viz.service.concept_grid import concepts, grid_html
from rediff_viz.service.run_store import RunStore, StoredRun
from rediff_viz.ui.results import write_files


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
    assert len(content) <= PICTURE_BYTES
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


WORD = b"planted-word"
EXIF = Image.Exif()
EXIF[270] = EXIF[315] = WORD.decode()  # description, artist
EXIF.get_ifd(0x8825)[29] = WORD.decode()  # GPS
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + WORD
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:title>' + WORD + b"</dc:title></x:xmpmeta>"
TEXTS = PngInfo()
TEXTS.add_text("Comment", WORD.decode())
TEXTS.add_text("Author", WORD.decode(), zip=True)
TEXTS.add_itxt("XML:com.adobe.xmp", XMP.decode())
PLANTED: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG comment": ("JPEG", {"comment": WORD}),
    "JPEG EXIF": ("JPEG", {"exif": EXIF}),
    "JPEG XMP": ("JPEG", {"xmp": XMP}),
    "JPEG colour profile": ("JPEG", {"icc_profile": PROFILE}),
    "PNG texts": ("PNG", {"pnginfo": TEXTS}),
    "PNG EXIF": ("PNG", {"exif": EXIF}),
    "PNG colour profile": ("PNG", {"icc_profile": PROFILE}),
    "WebP EXIF, XMP, profile": ("WEBP", {"exif": EXIF.tobytes(), "xmp": XMP, "icc_profile": PROFILE, "lossless": True}),
    "GIF comment": ("GIF", {"comment": WORD}),
    "TIFF tags": ("TIFF", {"tiffinfo": {270: WORD.decode(), 700: XMP, 34675: PROFILE}}),
}


def unpacked(data: bytes) -> bytes:
    """A file's bytes, those of its parts, and of PNG chunks what they hold when unpacked."""
    found = [data]
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found += [unpacked(archive.read(name)) for name in archive.namelist()]
    for url in re.findall(rb"data:image/\w+;base64,([\w+/=]+)", data):
        found.append(unpacked(base64.b64decode(url)))
    if data[:4] == b"\x89PNG":
        with Image.open(io.BytesIO(data)) as picture:
            found.append(repr(picture.info).encode() + b"".join(v for v in picture.info.values() if isinstance(v, bytes)))
    return b"".join(found)


@pytest.fixture(scope="module")
def finished() -> StoredRun:
    """A run whose traces and concepts stand for those of any picture."""
    stored = RunStore().begin(None, Image.new("RGB", (40, 30)))
    for _ in stream.run(stored, ["denoise@world-plain"], scene=None, prompt="", seed=0, tokens_per_pass=20):
        pass
    return stored


@pytest.mark.parametrize("size", [(40, 30), (700, 500)])
@pytest.mark.parametrize("name", PLANTED)
def test_nothing_but_pixels_leaves_the_server(name: str, size: tuple[int, int], finished: StoredRun, tmp_path: Path) -> None:
    kind, how = PLANTED[name]
    data = packed(Image.effect_noise(size, 60).convert("RGB"), kind, **how)
    assert WORD in unpacked(data)
    exports = exported(open_picture(data), finished, tmp_path / "decoded")
    with Image.open(io.BytesIO(data)) as undecoded:  # as a notebook may hand it over
        exports |= {f"{what}, undecoded": made for what, made in exported(undecoded, finished, tmp_path / "undecoded").items()}
    assert [what for what, made in exports.items() if WORD in unpacked(made)] == []


def exported(picture: Image.Image, finished: StoredRun, folder: Path) -> dict[str, bytes]:
    """All that is written of a run's picture."""
    stored = RunStore().begin(None, picture)
    stored.traces, stored.concepts = finished.traces, finished.concepts
    save_run(folder, SavedRun("run", stored.traces, picture))
    made = {path.name: path.read_bytes() for path in [*write_files(stored, with_picture=True), folder / "picture.png"]}
    return made | {"data url": data_url(picture).encode(), "what the eye saw": grid_html(stored, next(iter(concepts(stored)))).encode()}
