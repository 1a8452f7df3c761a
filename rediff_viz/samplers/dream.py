"""Dream: fill a share of the masks that the time grid asks for, by confidence, margin or entropy. Knows no model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..trace import Prediction, Sampler
from .decide import margin
from .method import Method
from .plan import Plan

LAST_TIME = 1e-3  # the grid ends just before 0


def dream_maskgit(plan: Plan) -> Sampler:
    """Dream (arXiv:2508.15487), alg `maskgit_plus`: the most probable proposals first."""
    return on_grid(plan, lambda prediction: prediction.prob)


def dream_margin(plan: Plan) -> Sampler:
    """Dream (arXiv:2508.15487), alg `topk_margin`: the largest lead of the best token over the second first."""
    return on_grid(plan, margin)


def dream_entropy(plan: Plan) -> Sampler:
    """Dream (arXiv:2508.15487), alg `entropy`: the predictions of the smallest entropy first."""
    return on_grid(plan, lambda prediction: -prediction.entropy.astype(np.float64))


def on_grid(plan: Plan, sureness: Callable[[Prediction], np.ndarray]) -> Sampler:
    """Dream's loop (as copied in NVlabs/Fast-dLLM 24cc59e): of n masks, int(n (1 - s / t)) are filled between the times t and s.

    The grid runs evenly from 1 to 0.001 in each block; a pass may fill nothing, and the last one fills all that is left. Scores are of
    the prediction as it is, before temperature.
    """
    x = plan.canvas()
    for block in plan.blocks():
        times = time_grid(block.steps)
        for i in range(block.steps):
            if plan.done(x, block, None):
                break
            x, prediction = yield plan.query(block, i, x)
            masked = x == plan.mask_id
            eligible = masked & block.reached
            open_masks = int(eligible.sum())
            k = open_masks if i == block.steps - 1 else int(open_masks * (1 - times[i + 1] / times[i]))
            x = np.where(plan.choose(sureness(prediction), eligible, k) & masked, prediction.ids, x)
    yield plan.final(x)


def time_grid(steps: int) -> np.ndarray:
    """(steps + 1,) the times from 1 to 0.001."""
    return np.linspace(1.0, LAST_TIME, steps + 1)


def _method(run: Callable[..., Sampler], by: str, line: str) -> Method:
    return Method(
        run=run,
        title=f"Dream, by {by}",
        paper="arXiv:2508.15487",
        origin="published code",
        code="NVlabs/Fast-dLLM 24cc59e (its copy of Dream's generation_utils)",
        line=line,
        rules=("commit",),
        unchecked="No word is ever reconsidered; the last pass fills all that is left at once.",
    )


MASKGIT = _method(dream_maskgit, "confidence", "Each pass fills its share of the masks, the most probable words first.")
MARGIN = _method(dream_margin, "margin", "Each pass fills its share of the masks, first where the best word leads the second by most.")
ENTROPY = _method(dream_entropy, "entropy", "Each pass fills its share of the masks, first where the fewest words are possible.")
