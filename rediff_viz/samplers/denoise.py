"""Plain denoising: fill masks by quota, never touch what is visible. Knows no model."""

from __future__ import annotations

import numpy as np

from ..trace import Sampler
from .decide import Remasking, score
from .method import Method, SettingHelp
from .plan import Plan
from .schedule import Schedule, quota


def denoise(
    plan: Plan, remasking: Remasking = "low_confidence", eot_last: bool = False, schedule: Schedule = "even", shift: float = 3.0
) -> Sampler:  # fmt: skip
    """LLaDA (arXiv:2502.09992, ML-GSAI/LLaDA b7e6c35) and LLaDA-V (arXiv:2505.16933, 2252769), one answer.

    Every pass proposes a token at every mask and keeps the surest few; blocks left to right. LLaDA's own loop runs
    all its steps; like LLaDA-V's, this one leaves a block that has no mask left, which changes no token. With another
    `schedule` than "even" it is LaViDa's loop (schedule.py). `eot_last` is LLaDA's `confidence_eos_eot_inf`: end-of-text has
    no confidence, so that the end of the text is not settled before its words; the other scores are not renormalised.
    """
    x, stop = plan.canvas(), None
    for block in plan.blocks():
        if stop is not None and stop <= block.start:
            break
        masks = plan.masks(x, block.inside)  # counted when the block is entered
        for i, k in enumerate(quota(masks, block.steps, schedule, shift)):
            if plan.done(x, block, stop):
                break
            x, prediction = yield plan.query(block, i, x, remasking)
            masked, sure = x == plan.mask_id, score(prediction, remasking)
            if eot_last:
                sure = np.where(prediction.ids == plan.eot_id, 0.0, sure)
            unmask = plan.choose(sure, masked & block.reach(stop), k)
            x = np.where(unmask & masked, prediction.ids, x)  # a proposal of the mask itself fills nothing
            stop = plan.scan(x, stop)
    yield plan.final(x, stop)


METHOD = Method(
    run=denoise,
    title="Plain denoising (LLaDA)",
    paper="arXiv:2502.09992",
    origin="published code",
    code="ML-GSAI/LLaDA b7e6c35, ML-GSAI/LLaDA-V 2252769; the schedules: jacklishufan/LaViDa 284ef5c",
    line="Each pass fills the masks it is surest of and never changes a word it has written.",
    rules=("commit",),
    unchecked="No word is ever reconsidered: an early error stays, and later words are fitted to it.",
    honours_stop=True,
    settings_help={
        "remasking": SettingHelp("what the next words are chosen by: the model's confidence, or chance"),
        "eot_last": SettingHelp("end-of-text is filled in only once no word is left to fill in"),
        "schedule": SettingHelp("how many words each pass fills: the same in all, or by one of LaViDa's curves (arXiv:2505.16839)"),
        "shift": SettingHelp("bend of the curve under shift: above 1 most words are filled late, below 1 early", 0.01, 100),
    },
)
