"""Traces as files: a zip of head.json and .npy columns, read with suspicion. The format's page is docs/trace.md.

Nothing is extracted to disk and nothing is unpickled. Every size is checked before memory is spent on it, every type,
shape and token id before it is believed. Whatever is wrong ends in one sentence: TraceError.
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
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from .trace import VERSION, Head, Trace, TraceError
from .tracecheck import COLUMNS, OTHER, check, kinds

LIMIT_FILE = 64 << 20  # bytes of a trace file
LIMIT_HEAD = 8 << 20  # bytes of head.json, unpacked
LIMIT_TOTAL = 256 << 20  # bytes of all members, unpacked
EXTRA = re.compile(r"extra\.[a-z][a-z0-9_]{0,31}")
NPY = re.compile(rb"\{'descr': '([<|][a-z][0-9])', 'fortran_order': False, 'shape': \(((?:[0-9]{1,9}, ?)*[0-9]{0,9})\), \} *\n")
_HEAD_KINDS: dict[str, tuple[type, ...]] = {
    "lane": (str,), "sampler": (str,), "checkpoint": (str,), "settings": (dict,), "plan": (dict,), "seed": (int,), "mask_id": (int,),
    "eot_id": (int, type(None)), "vocabulary": (dict,), "text": (str,), "stopped": (str,), "provenance": (str,), "prompt": (str,),
    "joiner": (str,), "stop_at": (int, type(None)), "notes": (list,), "picture": (dict, type(None)), "scene": (dict, type(None)),
    "checkpoint_sha256": (str, type(None)), "versions": (dict,), "device": (str,), "dtype": (str,), "parent": (dict, type(None)),
    "edits": (list,), "version": (int,),
}  # fmt: skip


def to_bytes(trace: Trace) -> bytes:
    """The trace as a file's bytes; the same trace gives the same bytes. Raises TraceError for what could not be read back."""
    arrays = trace.arrays()
    check(trace.head, arrays)
    said = asdict(trace.head) | {"vocabulary": {str(i): text for i, text in sorted(trace.head.vocabulary.items())}}
    try:
        head = json.dumps(said, ensure_ascii=False, allow_nan=False, indent=1).encode()
    except (TypeError, ValueError) as error:
        raise TraceError(f"the trace's head cannot be written: {error}") from error
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _add(archive, "head.json", head)
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


def save(trace: Trace, path: str | Path) -> Path:
    """Write the trace beside its final name first, then move it there: a reader never meets half a file."""
    path = Path(path)
    content = to_bytes(trace)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
    return path


def load(path: str | Path) -> Trace:
    """A trace from a file. Raises TraceError in one sentence."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > LIMIT_FILE:
            raise TraceError(f"{path.name} has {size >> 20} MiB, a trace has at most {LIMIT_FILE >> 20}")
        content = path.read_bytes()
    except OSError as error:
        raise TraceError(f"{path.name} cannot be read: {error.strerror or error}") from error
    return from_bytes(content)


def from_bytes(content: bytes) -> Trace:
    """A trace from a file's bytes. Raises TraceError in one sentence."""
    if len(content) > LIMIT_FILE:
        raise TraceError(f"the file has {len(content) >> 20} MiB, a trace has at most {LIMIT_FILE >> 20}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _members(archive)
            head = _head(members.pop("head.json"), archive)
            arrays = {name.removesuffix(".npy"): _array(name, archive.read(info)) for name, info in members.items()}
    except TraceError:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError) as error:
        raise TraceError("the file is no trace, or a damaged one: it does not unpack") from error
    arrays["top_prob"] = arrays["top_prob"].astype(np.float32)
    check(head, arrays)
    plain = {name: array for name, array in arrays.items() if name in COLUMNS}
    return Trace(head=head, **plain, extra={name.removeprefix("extra."): a for name, a in arrays.items() if name not in COLUMNS})


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The archive's table of contents, once it is harmless: known names, each once, sizes within bounds."""
    found: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        stem = info.filename.removesuffix(".npy")
        known = info.filename == "head.json" or (info.filename.endswith(".npy") and (stem in COLUMNS or EXTRA.fullmatch(stem)))
        if not known:
            raise TraceError(f"the trace holds a part {info.filename[:60]!r}, which no trace has")
        if info.filename in found:
            raise TraceError(f"the trace holds {info.filename} twice")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
            raise TraceError(f"{info.filename} is encrypted or packed in a way no trace is")
        found[info.filename] = info
    missing = [name for name in ("head.json", *(f"{column}.npy" for column in COLUMNS)) if name not in found]
    if missing:
        raise TraceError(f"the trace lacks {missing[0]}")
    total = sum(info.file_size for info in found.values())
    if total > LIMIT_TOTAL or found["head.json"].file_size > LIMIT_HEAD:
        raise TraceError(f"the trace would unpack to {total >> 20} MiB, more than any trace has")
    return found


def _head(info: zipfile.ZipInfo, archive: zipfile.ZipFile) -> Head:
    """head.json, every field of the type it should have."""
    try:
        said = json.loads(archive.read(info).decode("utf-8"), parse_constant=_no_constant)
        json.dumps(said, ensure_ascii=False, allow_nan=False).encode()  # half a character, or 1e999, is refused too
    except (ValueError, RecursionError) as error:
        raise TraceError("the trace's head is damaged: it is not JSON") from error
    if not isinstance(said, dict) or not isinstance(said.get("version"), int):
        raise TraceError("the trace's head does not say its version")
    if said["version"] != VERSION:
        raise TraceError(f"trace version {said['version']}, this code reads {VERSION}")
    for f in fields(Head):
        if f.name not in said and f.default is MISSING and f.default_factory is MISSING:
            raise TraceError(f"the trace's head does not say {f.name}")
    known = {name: value for name, value in said.items() if name in _HEAD_KINDS}
    kinds("head", known, _HEAD_KINDS)
    try:
        known["vocabulary"] = {int(i): text for i, text in known["vocabulary"].items()}
    except ValueError as error:
        raise TraceError("the trace's vocabulary has an id that is no number") from error
    if any(not 0 <= i < 2**31 for i in known["vocabulary"]):
        raise TraceError("the trace's vocabulary has an id that no token has")
    frozen: dict[str, Any] = {name: tuple(value) if name in ("notes", "edits") else value for name, value in known.items()}
    return Head(**frozen)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _array(name: str, content: bytes) -> np.ndarray:
    """One .npy member (version 1.0, read without evaluating anything): its header promises exactly the bytes that are there."""
    size = int.from_bytes(content[8:10], "little")
    header = NPY.fullmatch(content[10 : 10 + size]) if content[:8] == b"\x93NUMPY\x01\x00" else None
    if header is None:
        raise TraceError(f"{name} is no column of numbers")
    stem, dtype = name.removesuffix(".npy"), header[1].decode()
    if dtype not in COLUMNS.get(stem, OTHER)[0]:
        raise TraceError(f"{name} has the type {dtype}, expected {' or '.join(COLUMNS.get(stem, OTHER)[0])}")
    shape = tuple(int(side) for side in header[2].split(b",") if side.strip())
    body = content[10 + size :]
    if len(shape) > 3 or math.prod(shape) * np.dtype(dtype).itemsize != len(body):
        raise TraceError(f"{name} promises a shape {shape} that its bytes do not fill")
    return np.frombuffer(body, dtype).reshape(shape).copy()
