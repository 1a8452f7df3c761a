"""The model's probability of the token at each position after each pass."""

from __future__ import annotations

import numpy as np

from rediff_viz.events import probability
from rediff_viz.trace import Trace


def current_token_prob(trace: Trace) -> np.ndarray:
    """(S, N) float64: probability that a pass gave to the token it left at a position; NaN at masks.

    Where the pass recorded no probability for that token (a corrector's pass reads its draft, not the answer, and the
    token is not among its candidates) the last known value is repeated.
    """
    at, position = np.nonzero(trace.canvas != trace.head.mask_id)
    value = np.full(trace.canvas.shape, np.nan)
    value[at, position] = probability(trace, at, position, trace.canvas[at, position])
    for t in range(1, len(trace)):
        same = np.isnan(value[t]) & (trace.canvas[t] == trace.canvas[t - 1])
        value[t] = np.where(same, value[t - 1], value[t])
    return value


def mean_confidence(trace: Trace) -> np.ndarray:
    """(S,): mean over the settled positions of the probability of the current token; NaN while none is settled."""
    value = current_token_prob(trace)
    known = ~np.isnan(value)
    total = np.where(known, value, 0.0).sum(axis=1)
    count = known.sum(axis=1)
    mean: np.ndarray = np.divide(total, count, out=np.full(len(trace), np.nan), where=count > 0)
    return mean
