"""In what order an answer came to be, and what is odd about it, by rule. Shapes: N answer positions, S passes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..events import never_checked, settled_at
from ..metrics import METRICS
from ..trace import Trace


def kendall_tau(trace: Trace) -> float:
    """Kendall's tau-b between position and the pass that wrote the final word: 1 from left to right, -1 from right to left.

    NaN where all were written in one pass, or there are fewer than two positions.
    """
    when = settled_at(trace)
    later = np.sign(when[None, :] - when[:, None])[np.triu_indices(len(when), 1)]
    untied, pairs = int((later != 0).sum()), len(later)
    return float(later.sum() / np.sqrt(untied * pairs)) if untied else float("nan")


@dataclass(frozen=True)
class Badge:
    """Something odd about a run, found by rule. Positions and passes count from 0."""

    name: str
    line: str  # what the rule is
    positions: tuple[int, ...]


LONG_SETTLED = 3  # passes a word has stood before its change counts as late


def badges(trace: Trace) -> list[Badge]:
    """Every badge that a run earns, in a fixed order."""
    words = _answer(trace)
    rules = (
        ("immediate repetition", "a word directly after itself", _repeated(words)),
        ("loop", "three words or more, directly after themselves", _loops(words)),
        ("early end", "end-of-text with other words after it", _early_end(trace)),
        ("mask left", "a mask in the final answer", np.flatnonzero(trace.final == trace.head.mask_id).tolist()),
        ("oscillation", "a word that came back after another had replaced it", _oscillating(trace)),
        ("never checked", "a final word that no pass has read", np.flatnonzero(never_checked(trace)).tolist()),
        ("late flip", f"a word changed after it had stood for {LONG_SETTLED} passes or more", _late_flips(trace)),
    )
    return [Badge(name, line, tuple(positions)) for name, line, positions in rules if positions]


def _answer(trace: Trace) -> list[int]:
    """The final tokens before the first end-of-text."""
    final: list[int] = trace.final.tolist()
    return final[: final.index(trace.head.eot_id)] if trace.head.eot_id in final else final


def _repeated(words: list[int]) -> list[int]:
    return [p for p in range(1, len(words)) if words[p] == words[p - 1]]


def _loops(words: list[int]) -> list[int]:
    found: set[int] = set()
    for size in range(3, len(words) // 2 + 1):
        for p in range(len(words) - 2 * size + 1):
            if words[p : p + size] == words[p + size : p + 2 * size]:
                found |= set(range(p + size, p + 2 * size))
    return sorted(found)


def _early_end(trace: Trace) -> list[int]:
    end = np.flatnonzero(trace.final == trace.head.eot_id) if trace.head.eot_id is not None else np.array([], np.int64)
    if not len(end) or (trace.final[end[0] :] == trace.head.eot_id).all():
        return []
    return [int(end[0])]


def _oscillating(trace: Trace) -> list[int]:
    """Positions where a token came back after another one; masks in between do not count."""
    found = []
    for position in range(trace.canvas.shape[1]):
        seen = [token for token in trace.canvas[:, position].tolist() if token != trace.head.mask_id]
        runs = [token for k, token in enumerate(seen) if k == 0 or token != seen[k - 1]]
        if len(set(runs)) < len(runs):
            found.append(position)
    return found


def _late_flips(trace: Trace) -> list[int]:
    found = []
    for position in range(trace.canvas.shape[1]):
        stood, last = 0, None
        for token in trace.canvas[:, position].tolist():
            if token == last:
                stood += 1
                continue
            if last not in (None, trace.head.mask_id) and stood >= LONG_SETTLED:
                found.append(position)
                break
            stood, last = 1, token
    return found


def order_numbers(trace: Trace) -> dict[str, float]:
    """Kendall's tau and both kinds of AR-ness at the end."""
    last = {name: float(METRICS[name](trace)[-1]) if len(trace) else float("nan") for name in ("local_arness", "global_arness")}
    return {"kendall_tau": kendall_tau(trace), **last}
