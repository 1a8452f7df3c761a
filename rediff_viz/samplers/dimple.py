"""Dimple's confident decoding: fill all that is sure enough; where nothing is, as much as the time grid asks for. Knows no model."""

from __future__ import annotations

import numpy as np

from ..trace import Sampler
from .decide import surest
from .dream import time_grid
from .method import Method, SettingHelp
from .plan import Plan


def dimple(plan: Plan, threshold: float = 0.95) -> Sampler:
    """Dimple (arXiv:2505.16990, yu-rp/Dimple), decoding_pipeline `dim`: every mask whose proposal is more probable than the threshold.

    Where none is, the grid is read from the share of masks that is left: up to its next time that fills at least one. The last planned pass
    fills all; the loop ends as soon as no mask is left.
    """
    x = plan.canvas()
    for block in plan.blocks():
        times, size = time_grid(block.steps), block.end - block.start
        for i in range(block.steps):
            if plan.done(x, block, None):
                break
            x, prediction = yield plan.query(block, i, x)
            masked = x == plan.mask_id
            eligible = masked & block.reached
            unmask = eligible & (prediction.prob > threshold) if i < block.steps - 1 else eligible
            if not unmask.any():
                unmask = surest(prediction.prob, eligible, by_grid(times[i + 1 :], int(eligible.sum()), size))
            x = np.where(unmask & masked, prediction.ids, x)
    yield plan.final(x)


def by_grid(times: np.ndarray, masks: int, size: int) -> int:
    """How many of `masks` to fill, of a block of `size`: the share up to the first later time that makes it at least one."""
    now = masks / size
    for later in times:
        if later < now and (k := int(masks * (1 - later / now))) >= 1:
            return k
    return masks


METHOD = Method(
    run=dimple,
    title="Dimple",
    paper="arXiv:2505.16990",
    origin="published code",
    code="yu-rp/Dimple",
    line="Each pass fills every mask that is surer than a threshold; where none is, as many as a time grid asks for.",
    rules=("commit",),
    unchecked="No word is ever reconsidered; the last planned pass fills all that is left at once.",
    settings_help={"threshold": SettingHelp("fill every mask whose proposal is more probable than this", 0, 1)},
)
