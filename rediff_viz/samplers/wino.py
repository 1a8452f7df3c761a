"""WINO: fill widely, and mask again what the rest of the text, without the word itself, does not bear out. Knows no model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..trace import Sampler
from .decide import surest
from .method import Method, SettingHelp
from .plan import Plan

FIRST_FILL = 30  # stands for the words of the pass before the first


def wino(plan: Plan, threshold: float = 0.6, keep_threshold: float = 0.9) -> Sampler:
    """WINO (arXiv:2507.18578, Feng-Hong/WINO-DLLM 9549a1d).

    A pass fills every mask that is surer than `threshold` (of n open ones at most .7 n, and 20; always one). Where it fills more than one
    it masks again the words written before whose probability, read off a shadow of the position that sees all but the word itself, is
    below `keep_threshold`; fewer of them than the pass before filled, so that a block of n ends within n + 30 passes.
    """
    x = plan.canvas()
    for block in plan.blocks():
        last = FIRST_FILL
        for i in range(plan.masks(x, block.inside) + FIRST_FILL):
            if not plan.masks(x, block.reached):
                break
            x, prediction = yield replace(plan.query(block, i, x), wants=("leave_one_out",))
            masked = x == plan.mask_id
            eligible = masked & block.reached
            most = min(max(int(0.7 * eligible.sum()), 5), 20)
            fill = surest(prediction.prob, eligible & (prediction.prob > threshold), most)
            fill = fill if fill.any() else surest(prediction.prob, eligible, 1)
            alone = prediction.extra["leave_one_out"]
            doubted = block.inside & ~masked & (alone < keep_threshold) & (fill.sum() > 1)
            back = surest(-alone, doubted, last - 1)
            last = int(fill.sum())
            x = np.where(back, plan.mask_id, np.where(fill, prediction.ids, x))
    yield plan.final(x)


METHOD = Method(
    run=wino,
    title="WINO",
    paper="arXiv:2507.18578",
    origin="published code",
    code="Feng-Hong/WINO-DLLM 9549a1d",
    line="Each pass fills widely and masks again the words that the rest of the text, without them, does not bear out.",
    rules=("commit", "remask"),
    unchecked="The words of a block's last pass are never looked at again.",
    needs=("leave_one_out",),
    extra_passes=lambda plan, settings: plan.length - plan.steps + FIRST_FILL * (plan.length // (plan.block_length or plan.length)),
    settings_help={
        "threshold": SettingHelp("fill what is more probable than this", 0, 1),
        "keep_threshold": SettingHelp("mask again what is less probable than this without itself", 0, 1),
    },
)
