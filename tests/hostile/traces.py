"""Trace files that no reader may trust: tables of what is wrong with them and the words with which they are refused."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pytest

from rediff_viz import Trace, TraceError
from rediff_viz.run import Edit, record

TRACE = record("rediff@toy:settle=2", steps=4, length=12, temperature=0.5, seed=3, edits=[Edit(2, 3, 20)])
CONTENT = Trace.to_bytes(TRACE)


def parts(content: bytes = CONTENT) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def column(array: np.ndarray, **how: bool) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **how)
    return file.getvalue()


def with_head(change: Callable[[dict[str, Any]], None], content: bytes = CONTENT) -> bytes:
    members = parts(content)
    head = json.loads(members["head.json"])
    change(head)
    return packed(members | {"head.json": json.dumps(head).encode()})


def refused(content: bytes) -> str:
    """The sentence a file is refused with: one line, no traceback, no path of this machine."""
    with pytest.raises(TraceError) as refusal:
        Trace.from_bytes(content)
    sentence = str(refusal.value)
    assert sentence
    assert "\n" not in sentence
    assert len(sentence) < 300
    return sentence


def read_or_refused(content: bytes) -> Trace | None:
    """A whole trace or one sentence; anything else fails the test."""
    try:
        trace = Trace.from_bytes(content)
    except TraceError:
        refused(content)
        return None
    assert len(trace.final) == TRACE.head.plan["length"]
    return trace


EDIT = {"at": 2, "position": 3, "token": 20, "passes": 1, "applied": [2]}
REPLAY = "replay"
# an odd head and what comes of it: the words with which it is refused, or (REPLAY, the words with which only a replay is)
ODD_HEADS: dict[str, tuple[dict[str, object], str | tuple[str, str]]] = {
    "an id of 30 digits": ({"vocabulary": {"9" * 30: "x"}}, "an id that no token has"),
    "a negative id": ({"vocabulary": {"-1": "x"}}, "an id that no token has"),
    "an id that is a word": ({"vocabulary": {"x": "x"}}, "an id that is no number"),
    "half a character": ({"text": "\ud800"}, "not JSON"),
    "a number of 400 digits": ({"seed": 10**400}, "more than 64 bits"),
    "tables without end": ({"scene": json.loads('{"a":' * 60 + "1" + "}" * 60)}, "tables within tables"),
    "an edit long after the end": ({"edits": [EDIT | {"applied": [10**10]}]}, "applied before a pass that the trace does not have"),
    "an edit outside": ({"edits": [EDIT | {"position": 99}]}, "does not say its pass"),
    "an edit before the first pass": ({"edits": [EDIT | {"at": 0}]}, "does not say its pass"),
    "an edit for no pass": ({"edits": [EDIT | {"passes": 0}]}, "does not say its pass"),
    "an edit of an unknown token": ({"edits": [EDIT | {"token": 999}]}, "writes token 999"),
    "an edit that is a number": ({"edits": [7]}, "does not say its pass"),
    "a seed that is true": ({"seed": True}, "says seed = 'True'"),
    "a negative seed": ({"seed": -1}, "seed is -1"),
    "no plan": ({"plan": {}}, "says length = 'nothing'"),
    "a plan in words": ({"plan.steps": "many"}, "says steps = 'many', expected int"),
    "a temperature in words": ({"plan.temperature": "warm"}, "expected int or float"),
    "an endless temperature": ({"plan.temperature": float("inf")}, "not JSON"),
    "a draft of words": ({"plan.draft": ["a"]}, "not lists of token ids"),
    "a stop that is a number": ({"plan.stop": [3]}, "not lists of token ids"),
    "a mask outside": ({"mask_id": 2**31}, "is not in the trace's vocabulary"),
    "an end of text outside": ({"eot_id": 2**31}, "end-of-text is 2147483648"),
    "a negative end of text": ({"eot_id": -1}, "end-of-text is -1"),
    "a stop outside": ({"stop_at": 13}, "stops at 13"),
    "a setting that is a list": ({"settings.settle": [1]}, "a setting 'settle' = '[1]'"),
    "a setting that is a table": ({"settings.settle": {}}, "a setting 'settle' = '{}'"),
    "a setting without a name": ({"settings.": 1}, "a setting ''"),
    "a setting with a name like a flag": ({"settings.--settle": 1}, "a setting '--settle'"),
    "a lane of another sampler": ({"lane": "proseco@toy"}, "lane is 'proseco@toy'"),
    "notes that are numbers": ({"notes": [1]}, "no text"),
    "versions that are tables": ({"versions": {"numpy": {}}}, "no text"),
    "a picture that is a word": ({"picture": "cat"}, "says picture = 'cat'"),
    "a plan without steps": ({"plan.steps": 0}, (REPLAY, "0 steps are not between 1 and 8192")),
    "a plan with a negative temperature": ({"plan.temperature": -1}, (REPLAY, "temperature -1 is not between 0 and 100")),
    "blocks of nothing": ({"plan.block_length": 0}, (REPLAY, "blocks of 0 do not divide")),
    "blocks that do not divide": ({"plan.block_length": 5}, (REPLAY, "blocks of 5 do not divide")),
    "a draft that is too long": ({"plan.draft": [3] * 13}, (REPLAY, "a draft of 13 tokens does not fit")),
    "a stop of no tokens": ({"plan.stop": [[]]}, (REPLAY, "a stop sequence is empty")),
    "another draft": ({"plan.draft": [2**31 - 1]}, (REPLAY, "in pass 1 it read another canvas")),
    "a setting that no sampler has": ({"settings.weather": "fine"}, (REPLAY, "has no setting 'weather'")),
    "a setting out of its range": ({"settings.settle": -1}, (REPLAY, "setting settle is -1")),
    "a huge setting": ({"settings.revise_start": 2**63 - 1}, (REPLAY, "setting revise_start is")),
    "a setting that is no choice": ({"settings.remasking": "by weather"}, (REPLAY, "setting remasking is 'by weather'")),
    "a setting that should be a number": ({"settings.settle": "2"}, (REPLAY, "setting settle is '2'")),
    "a setting that is null": ({"settings.settle": None}, (REPLAY, "setting settle is None")),
    "a sampler of the future": ({"sampler": "foresee", "lane": "foresee@toy"}, (REPLAY, "made by 'foresee'")),
    "a lane with no checkpoint": ({"lane": "rediff"}, (REPLAY, "not written sampler@checkpoint")),
    "a lane with settings of the future": ({"lane": "rediff@toy:weather=fine"}, (REPLAY, "has no setting 'weather'")),
    "more passes than were recorded": ({"settings.settle": 64, "plan.steps": 12}, (REPLAY, "another canvas")),
}


def say(head: dict[str, Any], change: Mapping[str, object]) -> None:
    """Write a change into a head; "plan.steps" is the field of a table, and a vocabulary is added to."""
    for name, value in change.items():
        table, dot, field = name.partition(".")
        if dot:
            head[table][field] = value
        elif name == "vocabulary" and isinstance(value, dict):
            head[name].update(value)
        else:
            head[name] = value


# a column and what stands there instead of what was recorded
ODD_COLUMNS: list[tuple[str, np.ndarray]] = [
    ("canvas", TRACE.canvas.astype(np.int64)),
    ("canvas", TRACE.canvas.astype(">i4")),
    ("canvas", np.asfortranarray(TRACE.canvas)),
    ("canvas", TRACE.canvas[:-1]),
    ("canvas", TRACE.canvas[:, :-1]),
    ("canvas", TRACE.canvas[None]),
    ("canvas", TRACE.canvas + 10_000),
    ("canvas", -TRACE.canvas - 1),
    ("start", TRACE.start[:0]),
    ("start", np.zeros((), np.int32)),
    ("phase", TRACE.phase + 3),
    ("prob", TRACE.prob * np.nan),
    ("prob", TRACE.prob + 1.5),
    ("prob", TRACE.prob.astype(np.float16)),
    ("input_prob", TRACE.input_prob * np.inf),
    ("entropy", TRACE.entropy - 1e3),
    ("top_prob", TRACE.top_prob),
    ("top_ids", TRACE.top_ids[..., :0]),
    ("top_ids", TRACE.top_ids[..., :1].repeat(TRACE.top_ids.shape[2], axis=2)),
    ("extra.argmax", np.full(TRACE.canvas.shape, 2**31)),
    ("extra.argmax", np.zeros(TRACE.canvas.shape)),
    ("key", TRACE.key + 10),
    ("network_rows", TRACE.network_rows - 9),
    ("seconds", TRACE.seconds * np.nan),
    ("extra.uniform", np.zeros((2, 2))),
]
UNKNOWN_PARTS = ["../../x.npy", "/etc/passwd", "extra.../x.npy", "extra.A.npy", "x.py", "canvas.npy/", "a/canvas.npy"]


def lying(member: str, zeros: int, stated: int, start: bytes = b"") -> bytes:
    """A trace whose zip states `stated` bytes for a member that unpacks to `start` and `zeros` zero bytes."""
    members = parts()
    del members[member]
    content = packed(members)
    pack = zlib.compressobj(1, wbits=-15)
    body = pack.compress(start) + b"".join(pack.compress(bytes(min(1 << 20, zeros - at))) for at in range(0, zeros, 1 << 20)) + pack.flush()
    info = zipfile.ZipInfo(member)
    info.compress_type, info.file_size, info.compress_size, info.CRC = zipfile.ZIP_DEFLATED, stated, len(body), 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        directory, others = archive.start_dir, archive.infolist()
    info.header_offset = directory
    end = io.BytesIO()
    with zipfile.ZipFile(end, "w") as listing:
        listing.filelist = [*others, info]
        listing.start_dir = 0
        listing._didModify = True  # type: ignore[attr-defined]
    entries = end.getvalue()
    moved = entries[:-6] + struct.pack("<I", directory + len(info.FileHeader()) + len(body)) + entries[-2:]
    return content[:directory] + info.FileHeader() + body + moved


def promising(*shape: int) -> bytes:
    """The header of a canvas of any shape."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<i4", "fortran_order": False, "shape": shape})
    return header.getvalue()


def with_head_text(text: bytes) -> bytes:
    return packed(parts() | {"head.json": text})


def with_part(name: str, array: np.ndarray) -> bytes:
    return packed(parts() | {name: column(array)})


def saying(change: Mapping[str, object]) -> bytes:
    return with_head(lambda head: say(head, change))


# what is wrong -> (the file, words of the sentence it is refused with)
TRACES: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "no trace"),
    "the start of a zip": (lambda: b"PK", "no trace"),
    "words": (lambda: b"not a trace at all", "no trace"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "no trace"),
    "an empty zip": (lambda: packed({}), "lacks head.json"),
    "a head alone": (lambda: packed({"head.json": b"{}"}), "lacks start.npy"),
    "half a file": (lambda: CONTENT[: len(CONTENT) // 2], "no trace"),
    "100,000 parts": (lambda: CONTENT[:-22] + b"PK\1\2" * 100_000 + CONTENT[-22:], "more than 256 parts"),
    "a column of zeros that unpacks to 64 MiB": (lambda: lying("canvas.npy", 64 << 20, 300), "does not unpack"),
    "a column that unpacks to 64 MiB": (lambda: lying("canvas.npy", 64 << 20, 320, promising(4, 12)), "does not unpack"),
    "a column that unpacks to 64 MiB and states 100": (lambda: lying("canvas.npy", 64 << 20, 100, promising(4, 12)), "does not unpack"),
    "a head that unpacks to 64 MiB": (lambda: lying("head.json", 64 << 20, 2000), "does not unpack"),
    "a column that states 600 MiB": (lambda: lying("canvas.npy", 4096, 600 << 20), "would unpack to 600 MiB"),
    "a head that states 9 MiB": (lambda: lying("head.json", 4096, 9 << 20), "would unpack to"),
    "a header alone": (lambda: packed(parts() | {"canvas.npy": promising(2**40, 2**40)}), "no column of numbers"),
    "a header of 9 digits": (lambda: packed(parts() | {"canvas.npy": promising(10**8, 10**8)}), "promises a shape"),
    "a negative shape": (lambda: packed(parts() | {"canvas.npy": promising(-4, -12) + column(TRACE.canvas)[128:]}), "no column of numbers"),
    "a header of 60 kB": (lambda: packed(parts() | {"canvas.npy": b"\x93NUMPY\1\0\x60\xea" + b" " * 60_000}), "no column of numbers"),
    "bytes after the last": (lambda: packed(parts() | {"canvas.npy": column(TRACE.canvas) + b"\0"}), "promises a shape"),
    "a column without a header": (lambda: packed(parts() | {"canvas.npy": b""}), "no column of numbers"),
    "a head of 100,000 brackets": (lambda: with_head_text(b"[" * 100_000), "tables within tables"),
    "a head of 900 tables": (lambda: with_head_text(b'{"a":' * 900 + b"1" + b"}" * 900), "tables within tables"),
    "a head that is no number": (lambda: with_head_text(b"NaN"), "not JSON"),
    "a version that is no number": (lambda: with_head_text(b'{"version": NaN}'), "not JSON"),
    "a version of 10,000 digits": (lambda: with_head_text(b'{"version": ' + b"1" * 10_000 + b"}"), "more than 64 bits"),
    "a head in another encoding": (lambda: with_head_text(b"\xff"), "not JSON"),
    "a head of nothing": (lambda: with_head_text(b"null"), "does not say its version"),
    "an empty head": (lambda: with_head_text(b"{}"), "does not say its version"),
    "packed by bzip2": (lambda: packed(parts(), zipfile.ZIP_BZIP2), "packed in a way"),
}
TRACES |= {f"a part {name}": (partial(with_part, name, np.zeros(3)), "no trace has") for name in UNKNOWN_PARTS}
TRACES |= {f"{k + 1}: a wrong {name}": (partial(with_part, f"{name}.npy", array), "") for k, (name, array) in enumerate(ODD_COLUMNS)}
TRACES |= {what: (partial(saying, change), words) for what, (change, words) in ODD_HEADS.items() if isinstance(words, str)}
