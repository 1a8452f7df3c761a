"""The sampler's events as boolean tables over pass and position. A user's edits are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rediff_viz import events
from rediff_viz.trace import Trace


@dataclass(frozen=True)
class EventTables:
    """Where each kind of event happened; a position may have two in one pass (remask, then commit)."""

    commit: np.ndarray  # (S, N) bool, open -> settled
    revise: np.ndarray  # (S, N) bool, settled -> another token
    remask: np.ndarray  # (S, N) bool, settled -> open


def event_tables(trace: Trace) -> EventTables:
    """The sampler's commits, revisions and remasks of every pass."""
    changes = events.changes(trace)
    kinds = []
    for kind in range(len(events.KINDS)):
        chosen = (changes.kind == kind) & ~changes.by_hand
        table = np.zeros(trace.canvas.shape, dtype=bool)
        table[changes.at[chosen], changes.position[chosen]] = True
        kinds.append(table)
    return EventTables(*kinds)
