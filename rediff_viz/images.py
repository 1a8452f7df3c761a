"""Open a user's picture: format by content, size checked before decoding, always RGB.

Every error is a `PictureError` whose message is one plain sentence. Needs Pillow only.
"""

from __future__ import annotations

import base64
import io
import os
import stat
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from .picture_parts import too_many

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MAX_PIXELS = 20_000_000
MAX_BYTES = 10_000_000
UNREADABLE = "This picture cannot be opened."
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")


class PictureError(ValueError):
    """A picture that cannot be used; the message is one plain sentence."""


def open_picture(source: str | Path | bytes) -> Image.Image:
    """A file's path or its bytes as an upright RGB picture: first frame, EXIF rotation applied, transparency on white.

    Raises PictureError for anything that is not a picture, is damaged, or is larger than 20 megapixels or 10 MB.
    """
    data = _bytes(source)
    _refuse_by_content(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise PictureError(
                    f"This picture has {width * height / 1e6:.0f} megapixels; at most {MAX_PIXELS // 1_000_000} can be used."
                )
            picture.seek(0)
            picture.load()
            picture.info.pop("Raw profile type exif", None)  # EXIF as packed text, which nothing here has bounded
            return _rgb(ImageOps.exif_transpose(picture))
    except UnidentifiedImageError:
        raise PictureError("This file is no picture that can be read; PNG, JPEG, WebP, GIF, BMP and TIFF can.") from None
    except Image.DecompressionBombError:
        raise PictureError(f"This picture is far too large; at most {MAX_PIXELS // 1_000_000} megapixels can be used.") from None
    except (OSError, SyntaxError, EOFError, ValueError, IndexError, MemoryError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError("This picture is damaged and cannot be read to its end.") from None


def _bytes(source: str | Path | bytes) -> bytes:
    data = source if isinstance(source, bytes) else _read(source)
    if not data:
        raise PictureError("This file is empty.")
    return data


def _read(path: str | Path) -> bytes:
    """A regular file's bytes, opened once and read no further than the limit: no device, pipe or folder."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise PictureError(UNREADABLE)
            data = file.read(MAX_BYTES + 1)
    except PictureError:
        raise
    except (OSError, ValueError):
        raise PictureError(UNREADABLE) from None
    if len(data) > MAX_BYTES:
        size = max(about.st_size, len(data)) / 1e6
        raise PictureError(f"This file has {size:.0f} MB; at most {MAX_BYTES // 1_000_000} MB can be used.")
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
        rgba = picture.convert("RGBA")
        white = Image.new("RGB", rgba.size, "white")
        white.paste(rgba, mask=rgba.getchannel("A"))
        return white
    return picture.convert("RGB")


def data_url(picture: Image.Image, side: int = 640) -> str:
    """A picture as a data: URL, PNG when small, else scaled down to `side` px and JPEG."""
    out = io.BytesIO()
    if max(picture.size) <= 256:
        picture.save(out, "PNG")
        return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    small = picture.copy()
    small.thumbnail((side, side))
    small.save(out, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
