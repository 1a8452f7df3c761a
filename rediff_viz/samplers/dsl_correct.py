"""DSL's error correction: one pass over a full draft, and every word becomes the model's choice. Knows no model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..trace import Sampler
from .decide import spread
from .method import Method
from .plan import Plan


def dsl_correct(plan: Plan) -> Sampler:
    """DSL's one-shot correction (arXiv:2602.16169, fengsxy/DSL-LLaDA 914b3e3): a full text is read once, and every word becomes the argmax.

    The draft is the plan's, or one of plain denoising where that leaves masks.
    """
    x = plan.canvas()
    for block in plan.blocks():
        for i, k in enumerate(spread(plan.masks(x, block.inside), block.steps)):
            if plan.done(x, block, None):
                break
            x, prediction = yield plan.query(block, i, x)
            masked = x == plan.mask_id
            x = np.where(plan.choose(prediction.prob, masked & block.reached, k) & masked, prediction.ids, x)
    x, prediction = yield replace(plan.query(block, block.steps, x), temperature=0.0)
    yield plan.final(prediction.ids)


METHOD = Method(
    run=dsl_correct,
    title="DSL, one-shot correction",
    paper="arXiv:2602.16169",
    origin="published code",
    code="fengsxy/DSL-LLaDA 914b3e3",
    line="Writes a draft by plain denoising, then reads it once and makes every word the model's present choice.",
    rules=("commit", "revise"),
    unchecked="What the one correction writes is never looked at again.",
    extra_passes=lambda plan, settings: 1,
)
