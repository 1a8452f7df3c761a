"""Passes over each block until it is full, at least one word a pass: the loop of samplers that choose by what they see, not by quota."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ..trace import Prediction, Sampler
from .decide import Remasking, surest
from .plan import Plan

Rule: TypeAlias = Callable[[Prediction, np.ndarray, int], np.ndarray]  # (prediction, eligible (N,) bool, step) -> (N,) bool


def until_full(plan: Plan, rule: Rule, remasking: Remasking = "low_confidence") -> Sampler:
    """Fills what the rule chooses of the open masks, blocks left to right.

    The rule must choose at least one position; where it chooses none, the surest is filled. A block takes at most as many passes as
    it has masks, so that a model which proposes the mask itself ends it too.
    """
    x, stop = plan.canvas(), None
    for block in plan.blocks():
        if stop is not None and stop <= block.start:
            break
        for i in range(plan.masks(x, block.inside)):
            if plan.done(x, block, stop):
                break
            x, prediction = yield plan.query(block, i, x, remasking)
            masked = x == plan.mask_id
            eligible = masked & block.reach(stop)
            chosen = rule(prediction, eligible, i) & eligible
            unmask = chosen if chosen.any() else surest(prediction.prob, eligible, 1)
            x = np.where(unmask, prediction.ids, x)
            stop = plan.scan(x, stop)
    yield plan.final(x, stop)


def passes_beyond_plan(plan: Plan, settings: object) -> int:
    """Such a loop may take as many passes as there are positions, whatever was planned."""
    return plan.length - plan.steps
