"""AR-ness: how close the order of the commits is to writing from left to right.

After DiffuCoder (arXiv:2506.20639), from its description: no code was published. Commits of one pass have no
order of their own; here they count from left to right, so a block written at once counts as autoregressive.
A position committed again after a remask counts again.
"""

from __future__ import annotations

import numpy as np

from rediff_viz.metrics.event_tables import event_tables
from rediff_viz.trace import Trace


def local_arness(trace: Trace, k: int = 1) -> np.ndarray:
    """(S,): share, up to the pass, of commits at p that directly follow commits at p-k, ..., p-1, in that order.

    Only commits with k predecessors count; NaN before there is one. k = 1: the successor of the last commit.
    """
    order, when = _commit_order(trace)
    follows = np.diff(order) == 1
    hits = np.array([follows[i - k : i].all() for i in range(k, len(order))], dtype=bool)
    return _running_share(hits, when[k:], len(trace))


def global_arness(trace: Trace, k: int = 1) -> np.ndarray:
    """(S,): share, up to the pass, of commits at one of the k leftmost positions open at that moment."""
    order, when = _commit_order(trace)
    mask = trace.head.mask_id
    hits = []
    for t in range(len(trace)):
        committed = order[when == t]
        still_open = (trace.before[t] == mask) | (trace.canvas[t] == mask)
        still_open[committed] = True
        for position in committed:
            hits.append(still_open[:position].sum() < k)
            still_open[position] = False
    return _running_share(np.array(hits, dtype=bool), when, len(trace))


def _commit_order(trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Positions in the order they were committed, and the pass of each; both (C,)."""
    when, order = np.nonzero(event_tables(trace).commit)
    return order, when


def _running_share(hits: np.ndarray, when: np.ndarray, passes: int) -> np.ndarray:
    total = np.cumsum(np.bincount(when, minlength=passes))[:passes]
    good = np.cumsum(np.bincount(when[hits], minlength=passes))[:passes]
    share: np.ndarray = np.divide(good, total, out=np.full(passes, np.nan), where=total > 0)
    return share
