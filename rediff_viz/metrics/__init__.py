"""Trace -> numbers per pass. Every metric takes a trace and returns one number a pass, (S,).
Knows numpy, the events and, where a scene is known, its truth; a user's edits are not counted as events of the sampler.

Adding one: a function in a file of this package, and a line in METRICS.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rediff_viz.metrics.claims import claims_right
from rediff_viz.metrics.confidence import current_token_prob, mean_confidence
from rediff_viz.metrics.counts import commits, flip_flops, masks_left, remasks, revisions, unchecked_share
from rediff_viz.metrics.event_tables import EventTables, event_tables
from rediff_viz.metrics.order import global_arness, local_arness
from rediff_viz.trace import Trace

METRICS: dict[str, Callable[[Trace], np.ndarray]] = {
    "masks_left": masks_left,
    "commits": commits,
    "revisions": revisions,
    "remasks": remasks,
    "mean_confidence": mean_confidence,
    "flip_flops": flip_flops,
    "local_arness": local_arness,
    "global_arness": global_arness,
    "unchecked_share": unchecked_share,
    "claims_right": claims_right,
}

__all__ = ["METRICS", "EventTables", "current_token_prob", "event_tables"]
