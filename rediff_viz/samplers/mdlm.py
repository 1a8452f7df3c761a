"""MDLM's ancestral sampler: chance alone decides when a mask is filled. Knows no model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..trace import Sampler
from .method import Method
from .plan import Plan

LAST_TIME = 1e-5  # the grid ends just before 0


def mdlm(plan: Plan) -> Sampler:
    """MDLM (arXiv:2406.07524, kuleshov-group/mdlm): between the times t and s a mask is filled with probability (t - s) / t.

    With its log-linear noise a mask is filled at a time that is uniform on 0..1, so these times are drawn once, in the block's first pass.
    Words are draws at temperature 1 whatever the plan says. As published, a pass is made only where the canvas has changed since the
    last; masks that outlast the grid are filled by one more pass, greedily.
    """
    x = plan.canvas()
    for block in plan.blocks():
        if plan.done(x, block, None):
            continue
        times = np.linspace(1.0, LAST_TIME, block.steps + 1)
        drawn = replace(plan.query(block, 0, x, "random"), temperature=1.0)
        x, prediction = yield drawn
        due = np.searchsorted(-times, -prediction.extra["uniform"]) - 1  # (N,) the step in which a mask is filled
        fresh = True
        for i in range(block.steps):
            masked = (x == plan.mask_id) & block.inside & (due == i)
            if not masked.any():
                continue
            if not fresh:
                x, prediction = yield replace(plan.query(block, i, x), temperature=1.0)
            x, fresh = np.where(masked & (x == plan.mask_id), prediction.ids, x), False
        if not plan.done(x, block, None):
            x, prediction = yield replace(plan.query(block, block.steps, x), temperature=0.0)
            x = np.where((x == plan.mask_id) & block.inside, prediction.ids, x)
    yield plan.final(x)


METHOD = Method(
    run=mdlm,
    title="MDLM, ancestral",
    paper="arXiv:2406.07524",
    origin="published code",
    code="kuleshov-group/mdlm",
    line="Chance decides when each mask is filled, and each word is drawn from what the model thinks possible.",
    rules=("commit",),
    unchecked="No word is ever reconsidered, and confidence plays no part.",
    extra_passes=lambda plan, settings: plan.length // (plan.block_length or plan.length),
)
