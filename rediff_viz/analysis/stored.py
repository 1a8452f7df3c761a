"""The analysis of a lane as it is stored: plain numbers, lists and sentences, in the format of analysis.json (docs/analysis.md).

Positions and passes count from 0. Shapes: N answer positions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from ..events import never_checked
from ..stored_analysis import Lane
from ..trace import Trace
from .cascade import Cascade, Consequence, depth
from .credit import credit
from .effects import Effect
from .errors import Errors, known_errors, run_numbers
from .grounding import Grounding, as_data
from .order import badges, order_numbers

MOST_EFFECTS = 1000  # of a lane, the strongest; how many are left out is stored too
UNKNOWN = "Nothing says what is wrong: the truth of the picture is not known."


def lane_part(trace: Trace, reference: str | None = None, marked: Iterable[tuple[int, int]] = ()) -> Lane:
    """What needs no model: numbers, badges, credit, and by what a word is called wrong; arguments as of `errors`."""
    found = known_errors(trace, reference, marked)
    odd = badges(trace)
    flips = sum(len(badge.positions) for badge in odd if badge.name == "oscillation")
    plain = {"passes": len(trace), "flip_flops": flips, "never_checked": int(never_checked(trace).sum()), **order_numbers(trace)}
    numbers = {**(asdict(run_numbers(trace, found)) if found else {}), **plain}
    return {
        "numbers": {name: _plain(value) for name, value in numbers.items()},
        "badges": [{"name": badge.name, "line": badge.line, "positions": list(badge.positions)} for badge in odd],
        "credit": credit(trace) if found and found.basis == "claims" else {},
        "errors": found.sentence if found else UNKNOWN,
    }


def cascade_part(cascade: Cascade) -> Lane:
    """A cascade: its strongest effects as rows, what its control showed, and how far a word reaches.

    A row: cause position and pass, effect position and pass, by how much the log-probability of the trunk's word there is higher with
    the cause than without it (nats, null where it is not recorded), whether the word is another one, whether that is above the floor.
    """
    rows = sorted(_effects(cascade), key=_strength, reverse=True)
    floor = cascade.floor if math.isfinite(cascade.floor) else None
    return {
        "cascade": {
            "control": cascade.sentence,
            "measured": cascade.control.repeats,
            "floor": floor,
            "left_out": max(0, len(rows) - MOST_EFFECTS),
            **_reach(cascade),
            "effects": sorted(rows[:MOST_EFFECTS], key=lambda row: (row[1], row[0], row[3], row[2])),
        }
    }


def grounding_part(trace: Trace, grounding: Grounding) -> Lane:
    """What the picture adds to each word that can be judged, nats."""
    return {"grounding": as_data(trace, grounding)}


def _effects(cascade: Cascade) -> Iterator[list[Any]]:
    clear = math.isfinite(cascade.floor)  # else other words come without a cause too
    for one in cascade.consequences:
        yield from (_row(one, effect, clear) for effect in one.effects)
        yield from (_row(one, effect, False) for effect in one.faint)


def _row(one: Consequence, effect: Effect, above: bool) -> list[Any]:
    changed = effect.kind in ("token", "new", "gone")
    delta = _plain(round(effect.delta, 3))
    return [one.cause.position, one.cause.at, effect.position, effect.at, delta, int(changed), int(above)]


def _strength(row: list[Any]) -> tuple[int, int, float]:
    return row[6], row[5], abs(row[4] or 0.0)


def _reach(cascade: Cascade) -> dict[str, Any]:
    """How many words were replaced, how many other final words that changes, the longest chain, and what is downstream of an error."""
    reached = [int(one.changed.sum()) for one in cascade.consequences]
    found = known_errors(cascade.trunk)
    return {
        "tried": len(reached),
        "commits": cascade.commits,
        "mean": round(float(np.mean(reached)), 3) if reached else None,
        "most": max(reached, default=0),
        "depth": depth(cascade),
        "downstream": None if found is None else downstream(cascade, found),
    }


def downstream(cascade: Cascade, found: Errors) -> float | None:
    """Share of the final errors that would be another word without an earlier word that was wrong while it stood; None without errors."""
    wrong = found.wrong[-1] if len(found.wrong) else np.zeros(0, dtype=bool)
    if not wrong.any():
        return None
    below = np.zeros_like(wrong)
    for one in cascade.consequences:
        stood = cascade.trunk.canvas[one.cause.at :, one.cause.position] == one.cause.token
        if (found.wrong[one.cause.at :, one.cause.position] & stood).any():
            below |= one.changed
    return float((wrong & below).sum() / wrong.sum())


def _plain(value: Any) -> Any:
    """A value as JSON holds it: NaN becomes null, a tuple a list."""
    if isinstance(value, tuple):
        return list(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
