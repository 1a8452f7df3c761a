"""What a reader of a trace relies on, checked: shapes that agree, types, ids in the vocabulary, probabilities between 0 and 1.

Shapes: N answer positions, S passes, K candidates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .records import PHASES, PURPOSES, Head, TraceError
from .stored import expected, has_type

TOKENS = 2**31  # ids are below this: they are stored as int32
MOST = {"N": 8192, "S": 65536, "K": 64}
INT, LONG, BYTE, FLOAT, DOUBLE, HALF = "<i4", "<i8", "|u1", "<f4", "<f8", "<f2"
COLUMNS: dict[str, tuple[tuple[str, ...], str]] = {  # name -> (types it may have in the file, shape)
    "start": ((INT,), "N"),
    "phase": ((BYTE,), "S"),
    "block": ((INT,), "S"),
    "step": ((INT,), "S"),
    "before": ((INT,), "SN"),
    "read": ((INT,), "SN"),
    "canvas": ((INT,), "SN"),
    "ids": ((INT,), "SN"),
    "prob": ((FLOAT, DOUBLE), "SN"),
    "input_prob": ((FLOAT,), "SN"),
    "entropy": ((FLOAT,), "SN"),
    "top_ids": ((INT,), "SNK"),
    "top_prob": ((HALF,), "SNK"),
    "seconds": ((DOUBLE,), "S"),
    "network_rows": ((INT,), "S"),
    "key": ((LONG,), "S4"),
}
OTHER: tuple[tuple[str, ...], str] = ((FLOAT, DOUBLE, LONG), "SN")  # what an extra column may be
IDS = ("start", "before", "read", "canvas", "ids", "top_ids")
_PLAN_KINDS: dict[str, tuple[type, ...]] = {
    "length": (int,), "steps": (int,), "block_length": (int, type(None)), "temperature": (int, float), "draft": (list,),
    "stop": (list,), "forbid": (list,), "tokens_per_pass": (int, float, type(None)),
}  # fmt: skip


def check(head: Head, arrays: Mapping[str, np.ndarray]) -> None:
    """Everything a reader relies on: shapes that agree, types, ids in the vocabulary, probabilities between 0 and 1."""
    S, N, K = _sizes(arrays)
    side = {"S": S, "N": N, "K": K, "4": 4}
    for name, array in arrays.items():
        types, shape = COLUMNS.get(name, OTHER)
        types = (FLOAT,) if name == "top_prob" else types
        if array.shape != tuple(side[s] for s in shape):
            raise TraceError(f"column {name} has the shape {array.shape}, expected {tuple(side[s] for s in shape)}")
        if array.dtype.str not in types:
            raise TraceError(f"column {name} has the type {array.dtype.str}, expected {' or '.join(types)}")
    _check_head(head, S, N)
    known = np.fromiter(head.vocabulary, np.int64, len(head.vocabulary))
    occurring = np.unique(np.concatenate([np.unique(arrays[name]) for name in IDS]))
    strange = np.setdiff1d(occurring, known)
    if len(strange) or (known < 0).any():
        raise TraceError(f"token {int(strange[0]) if len(strange) else int(known.min())} is not in the trace's vocabulary")
    for name, most in (("prob", 1.001), ("input_prob", 1.001), ("top_prob", 1.001), ("entropy", 1e4), ("seconds", 1e7)):
        if not ((arrays[name] >= -1e-3) & (arrays[name] <= most)).all():
            raise TraceError(f"column {name} holds a value that is not between 0 and {most:g}")
    argmax = arrays.get("extra.argmax")
    if argmax is not None and (argmax.dtype.kind != "i" or not ((argmax >= -1) & (argmax < TOKENS)).all()):
        raise TraceError("column extra.argmax holds a value that is no token id")
    if (arrays["phase"] >= len(PHASES) - 1).any() or (arrays["network_rows"] < 0).any() or (arrays["block"] < -1).any():
        raise TraceError("a pass has a phase, block or number of rows that no pass has")
    ranked = np.sort(arrays["top_ids"], axis=2)
    if (ranked[..., 1:] == ranked[..., :-1]).any():
        raise TraceError("a position names one token twice among its most probable ones")
    if (arrays["key"] < -1).any() or (arrays["key"][:, 3] >= len(PURPOSES)).any():
        raise TraceError("a pass names a random draw that cannot be")


def _sizes(arrays: Mapping[str, np.ndarray]) -> tuple[int, int, int]:
    start, phase, top = arrays["start"], arrays["phase"], arrays["top_ids"]
    if start.ndim != 1 or phase.ndim != 1 or top.ndim != 3:
        raise TraceError("the trace's columns do not have the shapes of a trace")
    sizes = {"N": len(start), "S": len(phase), "K": top.shape[2]}
    for name, size in sizes.items():
        if size > MOST[name] or (name == "N" and not size):
            words = {"N": "positions", "S": "passes", "K": "candidates"}[name]
            raise TraceError(f"the trace has {size} {words}, expected {'1' if name == 'N' else '0'} to {MOST[name]}")
    return sizes["S"], sizes["N"], sizes["K"]


def _check_head(head: Head, S: int, N: int) -> None:
    """What the head says of plan, settings, ids and edits."""
    _check_plan(head, N)
    _check_settings(head)
    for table, what in ((head.vocabulary, "vocabulary"), (head.versions, "versions")):
        if not all(isinstance(text, str) for text in table.values()):
            raise TraceError(f"the trace's {what} says something that is no text where a text belongs")
    if not all(isinstance(note, str) for note in head.notes):
        raise TraceError("the trace's notes hold something that is no text")
    if head.mask_id not in head.vocabulary:
        raise TraceError(f"the mask {head.mask_id} is not in the trace's vocabulary")
    if head.eot_id is not None and not _is_id(head.eot_id):
        raise TraceError(f"end-of-text is {head.eot_id}, expected a token id from 0 to {TOKENS - 1}")
    if not 0 <= head.seed < 2**63:
        raise TraceError(f"the trace's seed is {head.seed}, expected 0 to 2^63 - 1")
    if head.stop_at is not None and not 0 <= head.stop_at <= N:
        raise TraceError(f"the answer stops at {head.stop_at}, expected 0 to {N}")
    for edit in head.edits:
        _check_edit(edit, head, S, N)
    for seen in head.eye_edits:
        if not (isinstance(seen, Mapping) and _is_id(seen.get("cell")) and isinstance(seen.get("noun"), str)):
            raise TraceError("a change to what the eye saw does not say its cell and noun")
    for where in (head.picture, head.scene, head.parent):
        if where is not None and not isinstance(where, dict):
            raise TraceError("the trace's head describes its picture, scene or parent by something that is no table")


def _check_plan(head: Head, N: int) -> None:
    """A plan that can be shown; whether a sampler can follow it, a replay finds out."""
    kinds("plan", {name: head.plan.get(name, "nothing") for name in _PLAN_KINDS}, _PLAN_KINDS)
    if head.plan["length"] != N:
        raise TraceError(f"the plan has {head.plan['length']} positions, the columns {N}")
    ids = [head.plan["draft"], head.plan["forbid"], *head.plan["stop"]]
    if not all(isinstance(part, list) and all(_is_id(i) for i in part) for part in ids):
        raise TraceError("the plan's draft, stop or forbidden ids are not lists of token ids")


def _check_settings(head: Head) -> None:
    """Names and plain values; which settings there are is the sampler's own business."""
    if head.lane.partition("@")[0] != head.sampler:
        raise TraceError(f"the trace's lane is {head.lane[:60]!r}, expected one of its sampler {head.sampler[:60]!r}")
    for name, value in head.settings.items():
        if not (isinstance(name, str) and name.isidentifier() and isinstance(value, str | int | float | None)):
            raise TraceError(f"the trace has a setting {str(name)[:40]!r} = {str(value)[:40]!r}, expected a name and a text or number")


def _check_edit(edit: Mapping[str, Any], head: Head, S: int, N: int) -> None:
    """A word written by hand, and before which passes it was."""
    numbers = [edit.get(k) for k in ("at", "position", "token", "passes")] if isinstance(edit, Mapping) else [None]
    if not all(_is_id(i) for i in numbers) or edit["position"] >= N or not edit["at"] or not edit["passes"]:
        raise TraceError("an edit of the trace does not say its pass, position, token and number of passes")
    if edit["token"] not in head.vocabulary:
        raise TraceError(f"an edit writes token {edit['token']}, which is not in the trace's vocabulary")
    applied = edit.get("applied")
    if not isinstance(applied, list) or not all(type(i) is int and 1 <= i <= S for i in applied):
        raise TraceError("an edit of the trace was applied before a pass that the trace does not have")


def _is_id(value: Any) -> bool:
    """Whether a value can be a token id, or a count of passes."""
    return type(value) is int and 0 <= value < TOKENS


def kinds(where: str, values: Mapping[str, Any], kinds: Mapping[str, tuple[type, ...]]) -> None:
    """Every value is of a type it may have; true and false are no numbers."""
    for name, value in values.items():
        if not has_type(value, kinds[name]):
            raise TraceError(f"the trace's {where} says {name} = {str(value)[:40]!r}, expected {expected(kinds[name])}")
