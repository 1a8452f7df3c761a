"""Counts per pass: what is still open, what happened, what came back, what nobody looked at again."""

from __future__ import annotations

import numpy as np

from rediff_viz.metrics.changes import earlier, tables
from rediff_viz.trace import Trace


def masks_left(trace: Trace) -> np.ndarray:
    """(S,): positions still open after the pass."""
    return (trace.canvas == trace.head.mask_id).sum(axis=1)


def commits(trace: Trace) -> np.ndarray:
    """(S,): positions that went from open to a token."""
    return tables(trace).commit.sum(axis=1)


def revisions(trace: Trace) -> np.ndarray:
    """(S,): positions where one token replaced another."""
    return tables(trace).revise.sum(axis=1)


def remasks(trace: Trace) -> np.ndarray:
    """(S,): positions that went from a token back to open."""
    return tables(trace).remask.sum(axis=1)


def flip_flops(trace: Trace) -> np.ndarray:
    """(S,): positions where a token came back that had stood there before and had been replaced since.

    What was open in between does not count as a replacement: a -> mask -> a is no flip-flop, a -> b -> a is one.
    """
    mask = trace.head.mask_id
    states = np.stack([earlier(trace), trace.before, trace.canvas], axis=1)  # (S, 3, N)
    held: list[list[int]] = [[] for _ in range(states.shape[2])]
    counts = np.zeros(len(trace), dtype=np.int64)
    for t in range(len(trace)):
        back = np.zeros(states.shape[2], dtype=bool)
        for state in states[t]:
            for position in np.flatnonzero(state != mask):
                past, token = held[position], int(state[position])
                if past and past[-1] != token:
                    back[position] |= token in past
                if not past or past[-1] != token:
                    past.append(token)
        counts[t] = back.sum()
    return counts


def unread(trace: Trace) -> np.ndarray:
    """(S, N) bool: settled positions whose token no pass up to and including this one has read.

    A token a pass places is read by the next pass at the earliest. One that stands in a corrector's draft at
    its own position counts as read.
    """
    mask = trace.head.mask_id
    checked = np.zeros(trace.canvas.shape[1], dtype=bool)
    last = trace.start
    table = np.zeros(trace.canvas.shape, dtype=bool)
    for t in range(len(trace)):
        checked &= last == trace.before[t]
        checked |= (trace.read[t] == trace.before[t]) & (trace.before[t] != mask)
        checked &= trace.before[t] == trace.canvas[t]
        table[t] = (trace.canvas[t] != mask) & ~checked
        last = trace.canvas[t]
    return table


def unchecked_share(trace: Trace) -> np.ndarray:
    """(S,): share of the settled positions nobody has read since; 0 while none is settled.

    After the last pass this is the share of the answer that was never checked.
    """
    settled = (trace.canvas != trace.head.mask_id).sum(axis=1)
    return unread(trace).sum(axis=1) / np.maximum(1, settled)
