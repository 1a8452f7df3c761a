"""ReMDM for LLaDA: fill most of the answer, then mask the least sure words again and refill them. Knows no model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..trace import Sampler
from .decide import spread
from .method import Method, SettingHelp
from .plan import Plan


def remdm_llada(plan: Plan, remasks: int = 1, temperature: float = 1.0) -> Sampler:
    """ReMDM-LLaDA (arXiv:2503.00307, guanghanwang/ReMDM-LLaDA 169c9b9).

    A block takes twice its planned passes: seven eighths of them fill by quota; then, for as many passes as were planned, the `remasks`
    words with the lowest probability when they were written are masked again before the pass, which fills as many masks; then the
    rest is filled. Words are draws at `temperature`, 1 as published. The published loop ends as soon as end-of-text stands anywhere, the
    prompt included; this one does not.
    """
    x = plan.canvas()
    given, written = x != plan.mask_id, np.full(plan.length, np.inf)
    for block in plan.blocks():
        quota = spread(plan.masks(x, block.inside), block.steps)
        first = block.steps * 7 // 8
        for i, k in enumerate([*quota[:first], *[remasks] * block.steps, *quota[first:]]):
            again = block.inside & ~given & np.isfinite(written) if first <= i < first + block.steps else np.zeros_like(given)
            back = plan.choose(-written, again, remasks)
            opened, written = np.where(back, plan.mask_id, x), np.where(back, np.inf, written)
            if plan.done(opened, block, None):
                continue
            x, prediction = yield replace(plan.query(block, i, opened), canvas=x, temperature=temperature)
            masked = x == plan.mask_id
            fill = plan.choose(prediction.prob, masked & block.reached, k) & masked
            x, written = np.where(fill, prediction.ids, x), np.where(fill, prediction.prob, written)
    yield plan.final(x)


METHOD = Method(
    run=remdm_llada,
    title="ReMDM for LLaDA",
    paper="arXiv:2503.00307",
    origin="published code",
    code="guanghanwang/ReMDM-LLaDA 169c9b9",
    line="Fills most of the answer, then masks the least sure words again and refills them, pass by pass, before it fills the rest.",
    rules=("commit", "remask"),
    unchecked="What it remasks was unsure when it was written; it is never asked whether it still is.",
    extra_passes=lambda plan, settings: plan.steps,
    settings_help={
        "remasks": SettingHelp("words masked again in each pass of the loop", 1, 64),
        "temperature": SettingHelp("of the draws, whatever the plan says; 0: the most probable word", 0, 10),
    },
)
