"""DSC: fill masks, and mask again the words that a correction head holds wrong. Knows no model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..trace import Sampler
from .decide import surest
from .method import Method, SettingHelp
from .plan import Plan


def dsc(plan: Plan, threshold: float = 0.5, post_passes: int = 4) -> Sampler:
    """Decoupled self-correction (arXiv:2601.06428): a reconstruction, for neither its rule nor its code is published.

    A pass fills k masks, as many as are planned a pass, and masks again the words it could see that are likelier wrong than `threshold`,
    the likeliest first and fewer than it fills. A full block is looked at again: what is held wrong, at most k words, is masked and
    filled anew, until nothing is or `post_passes` are spent, the last of which only fills.
    """
    x = plan.canvas()
    for block in plan.blocks():
        k = -(-(block.end - block.start) // block.steps)
        been_full, left = False, post_passes
        for i in range(plan.masks(x, block.inside) + post_passes):
            full = plan.done(x, block, None)
            been_full |= full
            left -= been_full
            if full and left < 1:
                break
            x, prediction = yield replace(plan.query(block, i, x), wants=("error_prob",))
            masked, wrong = x == plan.mask_id, prediction.extra["error_prob"]
            fill = surest(prediction.prob, masked & block.reached, k)
            most = 0 if been_full and left < 1 else fill.sum() - 1 if fill.any() else k
            back = surest(wrong, block.inside & ~masked & (wrong > threshold), most)
            x = np.where(back, plan.mask_id, np.where(fill, prediction.ids, x))
            if full and not back.any():
                break
    yield plan.final(x)


METHOD = Method(
    run=dsc,
    title="DSC",
    paper="arXiv:2601.06428",
    origin="reconstruction",
    code="",
    line="Each pass fills masks and masks again the words that a correction head, trained on the model's own errors, holds wrong.",
    rules=("commit", "remask"),
    unchecked="What the head holds right stays; the words of a block's last pass are never looked at again.",
    needs=("error_prob",),
    extra_passes=lambda plan, settings: (
        plan.length - plan.steps + plan.length // (plan.block_length or plan.length) * int(settings["post_passes"])
    ),
    settings_help={
        "threshold": SettingHelp("mask again what is wrong with a higher probability than this", 0, 1),
        "post_passes": SettingHelp("at most so many passes once a block is full; the last of them only fills", 0, 64),
    },
)
