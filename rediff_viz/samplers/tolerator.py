"""Tolerator: fill the answer, then mask a random part of it again and again and write it anew. Knows no model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..trace import Sampler
from .decide import spread, surest
from .method import Method, SettingHelp
from .plan import Plan


def tolerator(plan: Plan, fill_share: float = 0.5, refine_share: float = 0.5, last_share: float = 0.1) -> Sampler:
    """Tolerator (arXiv:2510.05090): a share of the passes fills the answer, each of the rest masks a random part and rewrites it at once.

    Only the abstract is known. Here the part shrinks evenly from `refine_share` to `last_share` of the answer, and end-of-text is not
    penalised. Blocks are ignored: refining is of the whole answer.
    """
    x = plan.canvas()
    given = x != plan.mask_id
    whole = next(replace(plan, block_length=None).blocks())
    steps = max(1, round(plan.steps * fill_share))
    chance = np.zeros(plan.length)
    for i, k in enumerate(spread(plan.masks(x, whole.inside), steps)):
        if plan.done(x, whole, None):
            break
        x, prediction = yield plan.query(whole, i, x, "random")
        masked, chance = x == plan.mask_id, prediction.extra["uniform"]
        x = np.where(plan.choose(prediction.prob, masked, k) & masked, prediction.ids, x)
    rounds = plan.steps - steps
    for i in range(rounds):
        part = refine_share + (last_share - refine_share) * i / max(1, rounds - 1)
        free = ~given & (x != plan.mask_id)
        opened = np.where(surest(chance, free, round(part * int(free.sum()))), plan.mask_id, x)
        x, prediction = yield replace(plan.query(whole, steps + i, opened, "random"), canvas=x)
        chance = prediction.extra["uniform"]
        x = np.where(x == plan.mask_id, prediction.ids, x)
    yield plan.final(x)


METHOD = Method(
    run=tolerator,
    title="Tolerator",
    paper="arXiv:2510.05090",
    origin="reconstruction",
    code="",
    line="Fills the answer in part of its passes, then masks random parts of it again and rewrites them, fewer and fewer words.",
    rules=("commit", "remask"),
    unchecked="Chance decides what is looked at again.",
    settings_help={
        "fill_share": SettingHelp("share of the passes that fill the answer", 0.01, 1),
        "refine_share": SettingHelp("share of the answer that the first refining pass rewrites", 0, 1),
        "last_share": SettingHelp("the same for the last", 0, 1),
    },
)
