"""Small picture files that would keep a decoder busy for seconds to minutes, or fill its memory: what they are made of -> the bytes."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image


def packed(kind: str, side: tuple[int, int] = (8, 8), **how: object) -> bytes:
    out = io.BytesIO()
    Image.new("L", side).save(out, kind, **how)
    return out.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


HEAD = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0))
BODY, END = chunk(b"IDAT", zlib.compress(bytes(20))), chunk(b"IEND", b"")


def png(before: bytes = b"", after: bytes = b"") -> bytes:
    return HEAD + before + BODY + after + END


def jpeg(before: bytes) -> bytes:
    plain = packed("JPEG")
    return plain[:2] + before + plain[2:]


def scans(count: int) -> bytes:
    """A progressive JPEG of 20 megapixels whose last scan comes again and again."""
    plain = packed("JPEG", (5000, 4000), progressive=True, quality=1)
    last = plain[plain.rindex(b"\xff\xc4") : -2]
    return plain[:-2] + last * count + plain[-2:]


def gif(before: bytes) -> bytes:
    plain = packed("GIF")
    at = plain.index(b",")
    return plain[:at] + before + plain[at:]


def bmp(packing: int, width: int, height: int, body: bytes) -> bytes:
    at = 14 + 40 + 1024
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, packing, len(body), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", at + len(body), 0, 0, at) + info + bytes(1024) + body


def tags(count: int, size: int, order: str = "<") -> bytes:
    """A TIFF directory of tags that all point at the file's first `size` bytes."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = b"".join(struct.pack(f"{order}HHII", 40000 + i, 1, size, 0) for i in range(count))
    return mark + struct.pack(f"{order}IH", 8, count) + entries + bytes(4)


def inner_tags(count: int, size: int) -> bytes:
    """A directory that points to another one, of many tags."""
    outer = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 34665, 4, 1, 26, 0)
    return outer + tags(count, size)[8:]


def strips(count: int) -> bytes:
    lists = 8 + 2 + 8 * 12 + 4
    entries = [(256, 4, 1, 1), (257, 4, 1, count), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, count, lists), (278, 4, 1, 1)]
    entries.append((279, 4, count, lists + 4 * count))
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, 8) + directory + bytes(4) + struct.pack("<I", 8) * count + struct.pack("<I", 1) * count


def exif(content: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", len(content) + 8) + b"Exif\0\0" + content


LONG: dict[str, Callable[[], bytes]] = {
    "png chunks before the picture": lambda: png(before=chunk(b"abCd", b"") * 600_000),
    "png chunks after the picture": lambda: png(after=chunk(b"abCd", b"") * 600_000),
    "png texts": lambda: png(before=b"".join(chunk(b"tEXt", b"k%d\0v" % i) for i in range(300_000))),
    "png empty data": lambda: png(before=chunk(b"IDAT", b"") * 600_000),
    "png exif of many large tags": lambda: png(after=chunk(b"eXIf", tags(300, 9_000_000) + bytes(9_000_000))),
    "jpeg comments": lambda: jpeg(b"\xff\xfe\0\2" * 2_400_000),
    "jpeg application parts": lambda: jpeg(b"\xff\xe5\0\2" * 2_400_000),
    "jpeg colour profiles": lambda: jpeg(b"\xff\xe2\0\x12ICC_PROFILE\0\1\1aa" * 480_000),
    "jpeg fill bytes": lambda: jpeg(b"\xff" * 9_900_000),
    "jpeg restart marks": lambda: jpeg(b"\xff\xd0" * 4_900_000),
    "jpeg bytes between marks": lambda: jpeg(b"\0" * 9_900_000),
    "jpeg scans": lambda: scans(400),
    "jpeg exif of many tags": lambda: jpeg(exif(tags(5000, 60_000) + bytes(500))),
    "jpeg exif of many tags further in": lambda: jpeg(exif(inner_tags(5000, 60_000) + bytes(500))),
    "jpeg exif in many parts": lambda: jpeg(exif(tags(0, 0)[:4] + struct.pack("<I", 60_000) + bytes(59_992)) + exif(tags(5000, 9)[8:])),
    "gif comments": lambda: gif(b"!\xfe\1a\0" * 1_900_000),
    "gif comment of many parts": lambda: gif(b"!\xfe" + b"\1a" * 4_900_000 + b"\0"),
    "gif comment of long parts": lambda: gif(b"!\xfe" + (b"\xff" + b"a" * 255) * 38_000 + b"\0"),
    "gif bytes between blocks": lambda: gif(b"\0" * 9_900_000),
    "bmp packed pixel by pixel": lambda: bmp(1, 2200, 2200, (b"\1\1" * 2200 + b"\0\0") * 2200),
    "bmp packed in line ends": lambda: bmp(1, 5000, 3900, b"\0\0" * 4_900_000),
    "bmp packed in steps": lambda: bmp(2, 5000, 3900, b"\0\2\0\0" * 2_400_000),
    "tiff tags": lambda: tags(20_000, 4),
    "tiff tags, the other way round": lambda: tags(20_000, 4, ">"),
    "tiff of many large tags": lambda: tags(300, 9_000_000) + bytes(9_000_000),
    "tiff strips": lambda: strips(1_200_000),
}
