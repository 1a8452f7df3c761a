"""Counts per pass: open positions, events, tokens that came back, settled tokens that no later pass has read."""

from __future__ import annotations

import numpy as np

from rediff_viz.events import previous_canvas, unread
from rediff_viz.metrics.event_tables import event_tables
from rediff_viz.trace import Trace


def masks_left(trace: Trace) -> np.ndarray:
    """(S,): positions still open after the pass."""
    return _per_pass(trace.canvas == trace.head.mask_id)


def commits(trace: Trace) -> np.ndarray:
    """(S,): positions that went from open to a token."""
    return _per_pass(event_tables(trace).commit)


def revisions(trace: Trace) -> np.ndarray:
    """(S,): positions where one token replaced another."""
    return _per_pass(event_tables(trace).revise)


def remasks(trace: Trace) -> np.ndarray:
    """(S,): positions that went from a token back to open."""
    return _per_pass(event_tables(trace).remask)


def flip_flops(trace: Trace) -> np.ndarray:
    """(S,): positions where a token came back that had been there before and had been replaced since.

    What was open in between does not count as a replacement: a -> mask -> a is no flip-flop, a -> b -> a is one.
    """
    mask = trace.head.mask_id
    states = np.stack([previous_canvas(trace), trace.before, trace.canvas], axis=1)  # (S, 3, N)
    history: list[list[int]] = [[] for _ in range(states.shape[2])]
    counts = np.zeros(len(trace), dtype=np.int64)
    for t in range(len(trace)):
        back = np.zeros(states.shape[2], dtype=bool)
        for state in states[t]:
            for position in np.flatnonzero(state != mask):
                past, token = history[position], int(state[position])
                if past and past[-1] != token:
                    back[position] |= token in past
                if not past or past[-1] != token:
                    past.append(token)
        counts[t] = back.sum()
    return counts


def unchecked_share(trace: Trace) -> np.ndarray:
    """(S,): share of the settled positions whose token no later pass has read; 0 while none is settled.

    After the last pass this is the share of the answer that was never checked.
    """
    settled = _per_pass(trace.canvas != trace.head.mask_id)
    share: np.ndarray = _per_pass(unread(trace)) / np.maximum(1, settled)
    return share


def _per_pass(marked: np.ndarray) -> np.ndarray:
    """(S, N) bool -> (S,): how many positions are marked."""
    count: np.ndarray = marked.sum(axis=1)
    return count
