"""How sure the model is of the token that stands at each position after each pass."""

from __future__ import annotations

import numpy as np

from rediff_viz.events import probability
from rediff_viz.trace import Trace


def current_token_prob(trace: Trace) -> np.ndarray:
    """(S, N) float64: probability the pass gave to the token standing after it; NaN where a mask stands.

    Where the pass said nothing about that token (a corrector's pass reads its draft, not the answer, and the
    token is not among its candidates) the last value known for it stays.
    """
    at, position = np.nonzero(trace.canvas != trace.head.mask_id)
    value = np.full(trace.canvas.shape, np.nan)
    value[at, position] = probability(trace, at, position, trace.canvas[at, position])
    for t in range(1, len(trace)):
        same = np.isnan(value[t]) & (trace.canvas[t] == trace.canvas[t - 1])
        value[t] = np.where(same, value[t - 1], value[t])
    return value


def mean_confidence(trace: Trace) -> np.ndarray:
    """(S,): mean over the settled positions of the probability of the token standing there; NaN while none is settled."""
    value = current_token_prob(trace)
    known = ~np.isnan(value)
    total = np.where(known, value, 0.0).sum(axis=1)
    count = known.sum(axis=1)
    return np.divide(total, count, out=np.full(len(trace), np.nan), where=count > 0)
