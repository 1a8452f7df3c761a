"""Open a user's picture: format by content, size checked before decoding, always RGB.

Every error is a `PictureError` whose message is one plain sentence. Needs Pillow only.
"""

from __future__ import annotations

import base64
import io
import os
import stat
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from .budget import DECODED_AT_ONCE, DISPLAY_SIDE, PICTURE_BYTES, PICTURE_PIXELS
from .picture_parts import too_many

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
UNREADABLE = "This picture cannot be opened."
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")
# threads of their own, because memory that is freed in a thread goes back to that thread and not to the system
_DECODERS = ThreadPoolExecutor(DECODED_AT_ONCE, thread_name_prefix="decode")


class PictureError(ValueError):
    """A picture that cannot be used; the message is one plain sentence."""


def open_picture(source: str | Path | bytes, max_bytes: int = PICTURE_BYTES) -> Image.Image:
    """A file's path or its bytes as an upright RGB picture: first frame, EXIF rotation applied, transparency on white.

    Pixels and nothing else: comments, EXIF, XMP, texts and colour profiles are dropped (a profile without converting the colours).
    A stated number are decoded at once; more wait. Raises PictureError for anything that is not a picture, is damaged, or is larger
    than 20 megapixels or max_bytes.
    """
    return _DECODERS.submit(_open, source, max_bytes).result()


def _open(source: str | Path | bytes, max_bytes: int) -> Image.Image:
    data = _bytes(source, max_bytes)
    _refuse_by_content(data)
    return _decode(data)


def _decode(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            width, height = picture.size
            if width * height > PICTURE_PIXELS:
                raise PictureError(
                    f"This picture has {width * height / 1e6:.0f} megapixels; at most {PICTURE_PIXELS // 1_000_000} can be used."
                )
            picture.seek(0)
            picture.load()
            picture.info.pop("Raw profile type exif", None)  # EXIF as packed text, which nothing here has bounded
            ImageOps.exif_transpose(picture, in_place=True)
            upright = _rgb(picture)
            plain = bare(upright) if upright is picture else _emptied(upright)
            picture.close()  # now: it is part of a circle, which would hold its pixels until the garbage is collected
            return plain
    except UnidentifiedImageError:
        raise PictureError("This file is no picture that can be read; PNG, JPEG, WebP, GIF, BMP and TIFF can.") from None
    except Image.DecompressionBombError:
        raise PictureError(f"This picture is far too large; at most {PICTURE_PIXELS // 1_000_000} megapixels can be used.") from None
    except (OSError, SyntaxError, EOFError, ValueError, IndexError, MemoryError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError("This picture is damaged and cannot be read to its end.") from None


def _bytes(source: str | Path | bytes, max_bytes: int) -> bytes:
    data = source if isinstance(source, bytes) else _read(source, max_bytes)
    if not data:
        raise PictureError("This file is empty.")
    return data


def _read(path: str | Path, max_bytes: int) -> bytes:
    """A regular file's bytes, opened once and read no further than the limit: no device, pipe or folder."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise PictureError(UNREADABLE)
            data = file.read(max_bytes + 1)
    except PictureError:
        raise
    except (OSError, ValueError):
        raise PictureError(UNREADABLE) from None
    if len(data) > max_bytes:
        size = max(about.st_size, len(data)) / 1e6
        raise PictureError(f"This file has {size:.0f} MB; at most {max_bytes // 1_000_000} MB can be used.")
    return data


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def _refuse_by_content(data: bytes) -> None:
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        raise PictureError("This is a HEIC or AVIF picture, which cannot be read here; save it as JPEG or PNG.")
    if data[:2] == b"MZ" or data[:4] == b"\x7fELF":
        raise PictureError("This file is a program, not a picture.")
    if data[:4] == b"%PDF":
        raise PictureError("This is a PDF, not a picture.")
    if too_many(data):
        raise PictureError("This picture is put together in a way that takes too long to read; save it anew as PNG or JPEG.")


def _rgb(picture: Image.Image) -> Image.Image:
    """Any mode as RGB; 16-bit greys are scaled, not clipped."""
    if picture.mode.startswith("I") or picture.mode == "F":
        _low, high = picture.getextrema()
        top = float(high) if isinstance(high, int | float) else 0.0
        scale = 255 / 65535 if top > 255 else 1.0
        picture = picture.convert("F").point(lambda v: v * scale).convert("L")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        rgba = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        white = Image.new("RGB", rgba.size, "white")
        white.paste(rgba, mask=rgba.getchannel("A"))
        return white
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def bare(picture: Image.Image) -> Image.Image:
    """A copy in RGB that holds pixels and nothing else: no comment, EXIF, XMP, text or colour profile."""
    return _emptied(picture.convert("RGB"))  # a copy, of RGB too, and free of the file it came from


def _emptied(picture: Image.Image) -> Image.Image:
    picture.info = {}
    return picture


def display(picture: Image.Image) -> Image.Image:
    """A bare copy as large as it is ever shown: its longer side has at most DISPLAY_SIDE px."""
    if max(picture.size) <= DISPLAY_SIDE:
        return bare(picture)
    return _DECODERS.submit(_shrink, picture).result()


def _shrink(picture: Image.Image) -> Image.Image:
    return bare(ImageOps.contain(picture, (DISPLAY_SIDE, DISPLAY_SIDE), Image.Resampling.BICUBIC))


def pixel_bytes(picture: Image.Image) -> Iterator[bytes]:
    """The RGB bytes of a picture, some rows at a time, so that nothing of its size is made beside it."""
    for top in range(0, picture.height, 32):
        yield picture.crop((0, top, picture.width, min(top + 32, picture.height))).convert("RGB").tobytes()


def data_url(picture: Image.Image) -> str:
    """A picture as a data: URL at display size, PNG when small, else JPEG."""
    out, shown = io.BytesIO(), display(picture)
    if max(shown.size) <= 256:
        shown.save(out, "PNG")
        return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    shown.save(out, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
