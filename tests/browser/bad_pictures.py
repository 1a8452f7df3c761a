"""Files that visitors do upload and no captioner can use: name -> (bytes, a piece of the sentence that is owed)."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image


def _png(width: int, height: int) -> bytes:
    """A valid one-bit PNG of any size, a few kilobytes long."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + bytes((width + 7) // 8)
    pack = zlib.compressobj(9)
    body = b"".join(pack.compress(row) for _ in range(height)) + pack.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", body)
        + chunk(b"IEND", b"")
    )


def _torn_jpeg() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((200, 200), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()[:900]


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "torn.jpg": (_torn_jpeg, "damaged"),
    "empty.png": (lambda: b"", "empty"),
    "program.png": (lambda: b"MZ" + bytes(400), "a program, not a picture"),
    "phone.heic": (lambda: b"\0\0\0\x18ftypheic" + bytes(200), "HEIC"),
    "huge.png": (lambda: _png(12_000, 12_000), "144 megapixels"),
    "words.png": (lambda: b"these are only words" * 20, "no picture"),
}
