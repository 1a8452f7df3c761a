"""What the sampler changed in each pass, as tables: `events.changes` laid out by pass and position. Edits by hand are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rediff_viz import events
from rediff_viz.trace import Trace


@dataclass(frozen=True)
class Tables:
    """Where each kind of event happened; one position may have two in one pass (remask, then commit)."""

    commit: np.ndarray  # (S, N) bool, open -> settled
    revise: np.ndarray  # (S, N) bool, settled -> another token
    remask: np.ndarray  # (S, N) bool, settled -> open


def tables(trace: Trace) -> Tables:
    """The sampler's commits, revisions and remasks of every pass."""
    happened = events.changes(trace)
    kinds = []
    for kind in range(len(events.KINDS)):
        chosen = (happened.kind == kind) & ~happened.by_hand
        table = np.zeros(trace.canvas.shape, dtype=bool)
        table[happened.at[chosen], happened.position[chosen]] = True
        kinds.append(table)
    return Tables(*kinds)


def earlier(trace: Trace) -> np.ndarray:
    """(S, N): the canvas as the pass before left it; row 0 is the start."""
    return np.concatenate([trace.start[None, :], trace.canvas])[: len(trace)]
