"""Whether a picture file consists of so many parts that opening it would take minutes or gigabytes. Reads bytes, decodes nothing.

A decoder walks chunks, markers, comments and tags one by one, and a few megabytes hold millions of them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from itertools import islice

MAX_PARTS = 20_000  # chunks of a PNG, markers before a JPEG's first scan, strips of a TIFF
MAX_BLOCKS = 5_000  # of a GIF before its first frame; a comment of n blocks is copied n times
MAX_SCANS = 100  # of a progressive JPEG, each a pass over the whole picture
MAX_TAGS = 1_000  # of a TIFF's or EXIF's directories
TIFF = re.compile(rb"II\*\0|MM\0\*")
EXIF = re.compile(rb"\xff\xe1..Exif\0\0", re.DOTALL)  # the head of a segment; a decoder joins what follows several of them
BIG_TIFF = (b"II+\0", b"MM\0+")
_STRIPS = (273, 279, 324, 325)  # tags that list strips or tiles
_INNER = (34665, 34853, 40965)  # tags that point to another directory: EXIF, GPS, interoperability
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}  # type -> bytes


def too_many(data: bytes) -> bool:
    """Whether decoding would walk far more parts than pictures have. Files that are damaged are left to the decoder."""
    for start, (parts, limit) in _PARTS.items():
        if data.startswith(start) and sum(1 for _ in islice(parts(data), limit + 1)) > limit:
            return True
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > MAX_SCANS:
        return True
    if data.startswith(b"BM") and data[30:34] in (b"\1\0\0\0", b"\2\0\0\0"):  # run-length packed, unpacked pixel by pixel
        return True
    joined = EXIF.sub(b"", data) if data.startswith(b"\xff\xd8") else data
    return data.startswith(BIG_TIFF) or any(_many_tags(joined, found.start()) for found in islice(TIFF.finditer(joined), 64))


def _chunks(data: bytes) -> Iterator[int]:
    """Where the chunks of a PNG begin."""
    at = 8
    while at + 12 <= len(data):
        yield at
        at += 12 + int.from_bytes(data[at : at + 4])


def _markers(data: bytes) -> Iterator[int]:
    """What a decoder looks at before a JPEG's first scan: its markers, and every byte between them that belongs to none."""
    at = 2
    while at + 4 <= len(data) and data[at : at + 2] != b"\xff\xda":
        yield at
        bare = data[at] != 255 or data[at + 1] in (0, 1, 255) or 0xD0 <= data[at + 1] < 0xDA
        at += 1 if bare else 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))


def _blocks(data: bytes) -> Iterator[int]:
    """Where the blocks of a GIF before its first frame begin."""
    at = 13 + (3 << (data[10] & 7) + 1 if len(data) > 10 and data[10] & 128 else 0)
    while at < len(data) and data[at] not in b",;":
        yield at
        if data[at] != ord("!"):
            at += 1
            continue
        at += 2
        while at < len(data) and data[at]:
            yield at
            at += 1 + data[at]
        at += 1


_PARTS: dict[bytes, tuple[Callable[[bytes], Iterator[int]], int]] = {
    b"\x89PNG": (_chunks, MAX_PARTS),
    b"\xff\xd8": (_markers, MAX_PARTS),
    b"GIF8": (_blocks, MAX_BLOCKS),
}


def _many_tags(data: bytes, start: int) -> bool:
    """Whether the directories of the TIFF or EXIF at `start` have too many tags or strips, or more bytes than the file twice over."""
    order = "<" if data[start : start + 1] == b"I" else ">"
    waiting, seen, tags, promised = [start + 4], set[int](), 0, 0
    while waiting:
        pointer = waiting.pop()
        if pointer + 4 > len(data):
            continue
        at = start + struct.unpack_from(f"{order}I", data, pointer)[0]
        if at in seen or at + 2 > len(data):
            continue
        seen.add(at)
        count = struct.unpack_from(f"{order}H", data, at)[0]
        tags += count
        if tags > MAX_TAGS:
            return True
        for entry in range(at + 2, min(at + 2 + 12 * count, len(data) - 11), 12):
            tag, kind, number = struct.unpack_from(f"{order}HHI", data, entry)
            promised += number * _SIZES.get(kind, 0)
            if promised > 2 * len(data) or (tag in _STRIPS and number > MAX_PARTS):
                return True
            if tag in _INNER:
                waiting.append(entry + 8)
    return False
