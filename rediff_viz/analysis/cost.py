"""What an analysis takes, in words, before it begins. Knows no model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..trace import Trace

LONG = 3.0  # seconds: below, no estimate is worth a word


def cost(rows: int, trace: Trace) -> str:
    """ "187 forward passes, as many as 23 runs of this lane, about 40 s at its pace"; short ones without the time."""
    runs = rows / max(1, len(trace))
    words = f"{rows:,} forward pass{'' if rows == 1 else 'es'}"
    if runs >= 2:
        words += f", as many as {runs:.0f} runs of this lane"
    seconds = _seconds(rows, trace)
    if seconds > LONG:
        words += f", about {seconds:.0f} s at its pace" if seconds < 120 else f", about {seconds / 60:.0f} minutes at its pace"
    return words


def forked_passes(trace: Trace, ats: Sequence[int]) -> int:
    """Forward passes of forks, each before its pass (from 1), and of a control from the first of them on, as far as the trace went."""
    return sum(len(trace) - at + 1 for at in [*ats, min(ats, default=len(trace) + 1)])


def is_long(rows: int, trace: Trace) -> bool:
    """Whether so many passes take longer than a moment, at the pace of the trace's own."""
    return _seconds(rows, trace) > LONG


def _seconds(rows: int, trace: Trace) -> float:
    return rows * float(np.median(trace.seconds)) if len(trace) else 0.0
