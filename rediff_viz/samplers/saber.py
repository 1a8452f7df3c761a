"""Saber: fill what is surer than the run's own mean, and mask again what lost most. Knows no model."""

from __future__ import annotations

import numpy as np

from ..trace import Sampler
from .decide import surest
from .method import Method, SettingHelp
from .plan import Plan
from .until_full import passes_beyond_plan


def saber(plan: Plan, at_least: int = 2) -> Sampler:
    """Saber (arXiv:2510.18165, zhaoyMa/Saber 2f061e2), training-free.

    A pass fills every mask whose proposal is surer than the mean confidence of all words when they were written (the `at_least` surest
    where fewer are), then masks again an eighth as many of the words written so far: those at whose positions the best probability fell
    most since the last pass, whatever stands there, the words of this very pass included. The last pass remasks nothing.
    """
    x = plan.canvas()
    last, written = np.zeros(plan.length), np.full(plan.length, -np.inf)
    given = x != plan.mask_id
    for block in plan.blocks():
        for i in range(plan.masks(x, block.inside)):
            if not plan.masks(x, block.reached):
                break
            x, prediction = yield plan.query(block, i, x)
            masked = x == plan.mask_id
            eligible = masked & block.reached
            fall = np.where(block.reached & ~given, prediction.prob - last, np.inf)
            last = np.where(block.reached & ~given, prediction.prob, last)
            known = written[block.reached & (written > -np.inf)]
            fill = eligible & (prediction.prob > (known.mean() if len(known) else 1.0))
            if fill.sum() < at_least:
                fill = surest(prediction.prob, eligible, at_least)
            written = np.where(fill, prediction.prob, written)
            x = np.where(fill, prediction.ids, x)
            if not plan.masks(x, block.reached):
                break
            many = max(at_least, int(fill.sum()))
            back = min(max(at_least // 2, -(-many // 8)), many - 1)
            x = np.where(surest(-fall, block.reached & ~given & (x != plan.mask_id), back), plan.mask_id, x)
    yield plan.final(x)


METHOD = Method(
    run=saber,
    title="Saber",
    paper="arXiv:2510.18165",
    origin="published code",
    code="zhaoyMa/Saber 2f061e2",
    line="Each pass fills what is surer than the words before it were, and masks again the few whose confidence fell most.",
    rules=("commit", "remask"),
    unchecked="The words of a block's last pass are never looked at again.",
    extra_passes=passes_beyond_plan,
    settings_help={"at_least": SettingHelp("fill at least so many masks a pass, the surest", 2, 64)},
)
