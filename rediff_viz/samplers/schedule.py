"""How many masks each pass fills: evenly, or by LaViDa's schedules. Knows numpy, no model and no plan."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from .decide import spread

Schedule = Literal["even", "linear", "shift", "cosine", "logit_normal"]
ROUNDING = 1e-9  # of a mask: what rounding may take from a whole number


def quota(masks: int, steps: int, schedule: Schedule = "even", shift: float = 3.0) -> list[int]:
    """The masks filled in each of `steps` passes, or in fewer: LaViDa's schedules (arXiv:2505.16839, jacklishufan/LaViDa 284ef5c).

    Every pass fills at least one, so that there are no more passes than masks; what is too much then is taken from the others in turn,
    one a round. As published, the counts are then reversed: a curve that rises early fills most of the masks late. "even" is LLaDA's.
    Published in float32, where 2/3 of 6 may be 3; here it is 4.
    """
    if schedule == "even":
        return spread(masks, steps)
    steps = min(steps, masks)
    reached = curve(np.linspace(0, 1, steps + 1), schedule, shift) * masks
    counts = np.maximum(np.diff((reached + ROUNDING).astype(np.int64)), 1)
    while (excess := int(counts.sum()) - masks) > 0:
        counts[np.flatnonzero(counts > 1)[:excess]] -= 1
    return [int(count) for count in counts[::-1]]


def curve(t: np.ndarray, schedule: Schedule, shift: float) -> np.ndarray:
    """(S + 1,) share of the masks at each time t (S + 1,) of 0 to 1; 0 at 0 and 1 at 1."""
    match schedule:
        case "shift":
            return np.asarray(shift * t / (1 + (shift - 1) * t))
        case "cosine":
            return np.asarray(1 - 0.5 * (1 + np.cos(np.pi * t)))
        case "logit_normal":
            return np.array([0, *(0.5 * (1 + math.erf(math.log(u / (1 - u)) / math.sqrt(2))) for u in t[1:-1]), 1][: len(t)])
        case _:
            return t
