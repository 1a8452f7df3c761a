"""Traces as files: a zip of head.json and .npy columns, checked before it is trusted. The format is in docs/trace.md.

Nothing is extracted to disk and nothing is unpickled. Every size is checked before memory is spent on it, every type,
shape and token id before it is used. Whatever is wrong ends in one sentence: TraceError.
Shapes: N answer positions, S passes, K candidates.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import IO, Any

import numpy as np

from .records import VERSION, Head, TraceError
from .stored import TOO_DEEP, read_json, stored_types
from .validate import COLUMNS, OTHER, TOKENS, check, kinds

READABLE = (1, VERSION)  # versions of the format
OLD_COLUMNS = {"kept": "input_prob", "rows": "network_rows"}  # as version 1 called them
LIMIT_FILE = 64 << 20  # bytes of a trace file
LIMIT_HEAD = 8 << 20  # bytes of head.json, unpacked
LIMIT_TOTAL = 256 << 20  # bytes of all members, unpacked
LIMIT_PARTS = 256  # members of the archive
LIMIT_HEADER = 256  # bytes of a column's header
CHUNK = 1 << 20  # bytes unpacked at a time
EXTRA = re.compile(r"extra\.[a-z][a-z0-9_]{0,31}")
NPY = re.compile(rb"\{'descr': '([<|][a-z][0-9])', 'fortran_order': False, 'shape': \(((?:[0-9]{1,9}, ?)*[0-9]{0,9})\), \} *\n")
_HEAD_KINDS = stored_types(Head)
_TUPLES = [name for name, kinds in _HEAD_KINDS.items() if list in kinds]


Arrays = Mapping[str, np.ndarray]  # column -> array; extra columns as "extra.<name>"


def to_bytes(head: Head, arrays: Arrays) -> bytes:
    """A trace as a file's bytes; the same trace gives the same bytes. Raises TraceError for what could not be read back."""
    check(head, arrays)
    fields_of_head = asdict(head) | {"version": VERSION, "vocabulary": {str(i): text for i, text in sorted(head.vocabulary.items())}}
    try:
        head_json = json.dumps(fields_of_head, ensure_ascii=False, allow_nan=False, indent=1).encode()
    except (TypeError, ValueError) as error:
        raise TraceError(f"the trace's head cannot be written: {error}") from error
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _add(archive, "head.json", head_json)
        for name, array in arrays.items():
            file = io.BytesIO()
            stored = array.astype(np.float16) if name == "top_prob" else array
            np.lib.format.write_array(file, np.ascontiguousarray(stored), allow_pickle=False)
            _add(archive, f"{name}.npy", file.getvalue())
    return packed.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def save(head: Head, arrays: Arrays, path: str | Path) -> Path:
    """Write a trace to one file and return its path."""
    return replace_file(path, to_bytes(head, arrays))


def replace_file(path: str | Path, content: bytes) -> Path:
    """Write a file beside its name, onto the disk, then move it there: a reader never meets half of it, a failure costs nothing."""
    path = Path(path)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
    return path


def load(path: str | Path) -> tuple[Head, dict[str, np.ndarray]]:
    """Head and columns of a trace file. Raises TraceError in one sentence."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > LIMIT_FILE:
            raise TraceError(f"{path.name} has {size >> 20} MiB, a trace has at most {LIMIT_FILE >> 20}")
        content = path.read_bytes()
    except OSError as error:
        raise TraceError(f"{path.name} cannot be read: {error.strerror or error}") from error
    return from_bytes(content)


def from_bytes(content: bytes) -> tuple[Head, dict[str, np.ndarray]]:
    """Head and columns from a file's bytes. Raises TraceError in one sentence."""
    if len(content) > LIMIT_FILE:
        raise TraceError(f"the file has {len(content) >> 20} MiB, a trace has at most {LIMIT_FILE >> 20}")
    if content.count(b"PK\1\2") > LIMIT_PARTS:
        raise TraceError(f"the file has more than {LIMIT_PARTS} parts, which no trace has")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _members(archive)
            with archive.open(members.pop("head.json")) as file:
                head = _head(_read(file, LIMIT_HEAD))
            arrays = {}
            for column, info in members.items():
                with archive.open(info) as file:
                    arrays[column] = _array(column, file, info.file_size)
    except TraceError:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError) as error:
        raise TraceError("the file is no trace, or a damaged one: it does not unpack") from error
    arrays["top_prob"] = arrays["top_prob"].astype(np.float32)
    check(head, arrays)
    return head, arrays


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The archive's members by column, and "head.json", once they are harmless: known names, each once, sizes within bounds."""
    found: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        column = OLD_COLUMNS.get(name, name)
        known = info.filename == "head.json" or (info.filename.endswith(".npy") and (column in COLUMNS or EXTRA.fullmatch(column)))
        if not known:
            raise TraceError(f"the trace holds a part {info.filename[:60]!r}, which no trace has")
        if column in found:
            raise TraceError(f"the trace holds {info.filename} twice")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
            raise TraceError(f"{info.filename} is encrypted or packed in a way no trace is")
        found[column] = info
    missing = [name for name in ("head.json", *COLUMNS) if name not in found]
    if missing:
        raise TraceError(f"the trace lacks {missing[0]}{'' if missing[0] == 'head.json' else '.npy'}")
    total = sum(info.file_size for info in found.values())
    if total > LIMIT_TOTAL or found["head.json"].file_size > LIMIT_HEAD:
        raise TraceError(f"the trace would unpack to {total >> 20} MiB, more than any trace has")
    return found


def _read(file: IO[bytes], size: int) -> bytearray:
    """At most `size` bytes of a member, unpacked a chunk at a time: the size a zip states for a member may be a lie."""
    content = bytearray()
    while len(content) < size and (chunk := file.read(min(CHUNK, size - len(content)))):
        content += chunk
    return content


def _head(content: bytearray) -> Head:
    """head.json, every field of the type it should have."""
    try:
        stored = read_json(content.decode("utf-8"), parse_constant=_no_constant, parse_int=_whole)
        json.dumps(stored, ensure_ascii=False, allow_nan=False).encode()  # half a character, or 1e999, is refused too
    except TraceError:
        raise
    except ValueError as error:
        why = TOO_DEEP if str(error) == TOO_DEEP else "it is not JSON"
        raise TraceError(f"the trace's head is damaged: {why}") from error
    if not isinstance(stored, dict) or not isinstance(stored.get("version"), int):
        raise TraceError("the trace's head does not say its version")
    if stored["version"] not in READABLE:
        raise TraceError(f"trace version {stored['version']}, this code reads {' and '.join(map(str, READABLE))}")
    for f in fields(Head):
        if f.name not in stored and f.default is MISSING and f.default_factory is MISSING:
            raise TraceError(f"the trace's head does not say {f.name}")
    known = {name: value for name, value in stored.items() if name in _HEAD_KINDS}
    kinds("head", known, _HEAD_KINDS)
    try:
        known["vocabulary"] = {int(i): text for i, text in known["vocabulary"].items()}
    except ValueError as error:
        raise TraceError("the trace's vocabulary has an id that is no number") from error
    if any(not 0 <= i < TOKENS for i in known["vocabulary"]):
        raise TraceError("the trace's vocabulary has an id that no token has")
    known["version"] = VERSION
    frozen: dict[str, Any] = {name: tuple(value) if name in _TUPLES else value for name, value in known.items()}
    return Head(**frozen)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _whole(digits: str) -> int:
    """A whole number of the head; none has more than 64 bits."""
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**63:
        raise TraceError(f"the trace's head holds the number {digits[:24]}, more than 64 bits")
    return int(digits)


def _array(column: str, file: IO[bytes], size: int) -> np.ndarray:
    """One .npy member (version 1.0, read without evaluating anything) of `size` bytes: its header promises exactly the bytes that come."""
    start = _read(file, 10)
    after = int.from_bytes(start[8:10], "little")
    header = NPY.fullmatch(_read(file, after)) if start[:8] == b"\x93NUMPY\x01\x00" and after <= LIMIT_HEADER else None
    if header is None:
        raise TraceError(f"{column}.npy is no column of numbers")
    dtype = header[1].decode()
    if dtype not in COLUMNS.get(column, OTHER)[0]:
        raise TraceError(f"{column}.npy has the type {dtype}, expected {' or '.join(COLUMNS.get(column, OTHER)[0])}")
    shape = tuple(int(side) for side in header[2].split(b",") if side.strip())
    promised = math.prod(shape) * np.dtype(dtype).itemsize
    fills = len(shape) <= 3 and promised == size - 10 - after
    body = _read(file, promised) if fills else bytearray()
    if not fills or len(body) != promised or file.read(1):
        raise TraceError(f"{column}.npy promises a shape {shape} that its bytes do not fill")
    return np.frombuffer(body, dtype).reshape(shape)
