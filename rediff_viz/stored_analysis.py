"""What is stored of a run's analysis: analysis.json in its folder, one entry a lane, read with suspicion (format: docs/analysis.md).

An entry belongs to the trace whose fingerprint it has, wherever the trace lies. Knows traces and their files; computes nothing.
Shapes: N answer positions, S passes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .trace import Trace
from .trace.file import replace_file
from .trace.stored import read_json

NAME, VERSION = "analysis.json", 1
LIMIT_FILE = 8 << 20  # bytes
LIMIT_LANES = 64
LIMIT_EFFECTS = 10_000  # of a lane
LIMIT_TEXT = 400  # characters
LIMIT_NATS = 1000.0  # of a change of a log-probability
LIMIT_PASSES = 1 << 16  # a branch may take more passes than its trunk
WITHOUT = ("blank", "mean", "another")  # ways to be without the picture
_HEX = re.compile(r"[0-9a-f]{16}")

Lane = Mapping[str, Any]  # "trace", and what was computed of "numbers", "badges", "credit", "errors", "cascade", "grounding"


def load_analysis(folder: Path, traces: Sequence[Trace]) -> tuple[tuple[Lane, ...], str]:
    """The entry of each trace, {} where there is none, and one sentence where something was left out, else ""."""
    if not (folder / NAME).is_file():
        return tuple({} for _ in traces), ""
    try:
        entries = _entries(folder / NAME)
        marks = [trace.fingerprint for trace in traces]
        lanes = tuple(_checked(entries[mark], trace) if mark in entries else {} for mark, trace in zip(marks, traces, strict=True))
    except ValueError as error:
        return tuple({} for _ in traces), f"{NAME} cannot be read as an analysis, so it is left out: {error}."
    without = [trace.head.lane for trace, lane in zip(traces, lanes, strict=True) if not lane]
    if len(without) == len(lanes):
        return lanes, f"{NAME} belongs to another run than these traces, so it is left out."
    return lanes, f"{NAME} holds nothing of {without[0][:80]}." if without else ""


def save_analysis(folder: Path, traces: Sequence[Trace], lanes: Sequence[Lane]) -> str:
    """Write into the folder what is new of each trace's lane, {} for nothing; what is stored of the same traces and not new stays.

    Returns one sentence where a stored analysis was another run's, or damaged, and is replaced, else "". Raises OSError.
    """
    stored, why = load_analysis(folder, traces)
    merged = [
        {"trace": trace.fingerprint, **old, **{key: value for key, value in new.items() if key != "trace"}}
        for trace, old, new in zip(traces, stored, lanes, strict=True)
    ]
    content = {"version": VERSION, "lanes": merged}
    replace_file(folder / NAME, (json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n").encode())
    return why.replace("so it is left out", "so it is replaced") if not any(stored) else ""


def shown(lane: Lane) -> dict[str, Any]:
    """The parts of a lane that the Score draws."""
    return {key: lane[key] for key in ("cascade", "grounding") if key in lane}


def _entries(path: Path) -> dict[str, Any]:
    """Fingerprint -> entry, not yet checked. Raises ValueError."""
    try:
        if path.stat().st_size > LIMIT_FILE:
            raise ValueError(f"it has {path.stat().st_size >> 20} MiB, at most {LIMIT_FILE >> 20} are read")
        stored = read_json(path.read_bytes().decode("utf-8"), parse_constant=_no_constant)
    except OSError as error:
        raise ValueError(error.strerror or "it cannot be opened") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError("it is not JSON") from error
    _expect(isinstance(stored, dict), "it is not a table")
    if stored.get("version") != VERSION:
        raise ValueError(f"version {str(stored.get('version'))[:20]}, this code reads {VERSION}")
    lanes = stored.get("lanes")
    _expect(isinstance(lanes, list) and len(lanes) <= LIMIT_LANES, f"lanes must be a list of at most {LIMIT_LANES}")
    for lane in lanes:
        _expect(isinstance(lane, dict) and _text(lane.get("trace")) and _HEX.fullmatch(lane["trace"]), "a lane does not say its trace")
    return {lane["trace"]: lane for lane in lanes}


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _checked(lane: dict[str, Any], trace: Trace) -> Lane:
    """An entry of a trace, its parts checked; what is not known is left out. Raises ValueError."""
    length = len(trace.start)
    checks: dict[str, Callable[[Any], Any]] = {
        "numbers": lambda part: _table(part, _number_or_place),
        "badges": lambda part: _is_list(part, LIMIT_LANES) and all(_badge(one, length) for one in part),
        "credit": lambda part: _table(part, lambda value: _whole(value, 0, 1 << 31)),
        "errors": _text,
        "cascade": lambda part: _cascade(part, length, len(trace)),
        "grounding": lambda part: isinstance(part, dict) and part.get("without") in WITHOUT and _nats(part, length),
    }
    for name, check in checks.items():
        _expect(name not in lane or check(lane[name]), f"{name} does not hold what it should")
    return {name: lane[name] for name in ("trace", *checks) if name in lane}


def _cascade(part: Any, length: int, passes: int) -> bool:
    """Whether it is a cascade of a trace of these sizes."""
    if not (isinstance(part, dict) and _text(part.get("control")) and isinstance(part.get("measured"), bool)):
        return False
    floor, effects = part.get("floor"), part.get("effects")
    rest = {key: value for key, value in part.items() if key not in ("control", "measured", "floor", "effects")}
    if not (_number_or_none(floor) and (floor or 0) >= 0 and _whole(part.get("left_out"), 0, 1 << 31) and _table(rest, _number_or_none)):
        return False
    return isinstance(effects, list) and len(effects) <= LIMIT_EFFECTS and all(_effect(row, length, passes) for row in effects)


def _effect(row: Any, length: int, passes: int) -> bool:
    if not _is_list(row, 7) or len(row) != 7:
        return False
    cause, at, effect, later, change, word, above = row
    places = _whole(cause, 0, length - 1) and _whole(at, 0, passes - 1) and _whole(effect, 0, length - 1)
    moved = change is None or (_number(change) and abs(change) <= LIMIT_NATS)
    return places and _whole(later, at + 1, LIMIT_PASSES) and moved and _whole(word, 0, 1) and _whole(above, 0, 1)


def _badge(one: Any, length: int) -> bool:
    if not (isinstance(one, dict) and _text(one.get("name")) and _text(one.get("line")) and _is_list(one.get("positions"), length)):
        return False
    return all(_whole(position, 0, length - 1) for position in one["positions"])


def _nats(part: dict[str, Any], length: int) -> bool:
    columns = [part.get(name) for name in ("at_commit", "at_end")]
    return all(isinstance(one, list) and len(one) == length and all(map(_number_or_none, one)) for one in columns)


def _table(part: Any, check: Callable[[Any], bool]) -> bool:
    return isinstance(part, dict) and len(part) <= LIMIT_LANES and all(_text(key) and check(value) for key, value in part.items())


def _is_list(value: Any, most: int) -> bool:
    return isinstance(value, list) and len(value) <= most


def _number_or_place(value: Any) -> bool:
    place = _is_list(value, 2) and len(value) == 2 and all(_whole(one, 0, LIMIT_PASSES) for one in value)
    return place or _number_or_none(value)


def _number_or_none(value: Any) -> bool:
    return value is None or _number(value)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LIMIT_TEXT


def _expect(holds: Any, sentence: str) -> None:
    if not holds:
        raise ValueError(sentence)
