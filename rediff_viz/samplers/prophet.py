"""Prophet: plain denoising that commits all that is left as soon as the model is sure enough of it. Knows no model."""

from __future__ import annotations

import numpy as np

from ..trace import Sampler
from .decide import margin, spread
from .method import Method, SettingHelp
from .plan import Plan


def prophet(plan: Plan, gap: float = 0.9, last_gap: float = 0.5) -> Sampler:
    """Prophet (arXiv:2508.19982): when the best word leads the second by enough, as a mean over the open answer, all is filled at once.

    Only the abstract is known: that the lead is averaged over the answer and that the threshold falls with time. Here it falls evenly
    from `gap` in the first pass to `last_gap` in the last.
    """
    x, passes, why = plan.canvas(), 0, ""
    for block in plan.blocks():
        for i, k in enumerate(spread(plan.masks(x, block.inside), block.steps)):
            if plan.done(x, block, None):
                break
            x, prediction = yield plan.query(block, i, x)
            masked = x == plan.mask_id
            threshold = gap + (last_gap - gap) * passes / max(1, plan.steps - 1)
            passes += 1
            sure = masked.any() and float(margin(prediction)[masked].mean()) >= threshold
            unmask = masked if sure else plan.choose(prediction.prob, masked & block.reached, k)
            x = np.where(unmask & masked, prediction.ids, x)
            if sure and not (x == plan.mask_id).any():
                why = f"the model was sure of the rest in pass {passes}"
                break
        if why:
            break
    yield plan.final(x, why=why)


METHOD = Method(
    run=prophet,
    title="Prophet",
    paper="arXiv:2508.19982",
    origin="reconstruction",
    code="",
    line="Plain denoising, until the model is sure enough of all that is left: then everything is filled at once.",
    rules=("commit",),
    unchecked="No word is ever reconsidered, and what is filled at the end is filled unseen by its neighbours.",
    settings_help={
        "gap": SettingHelp("lead of the best word over the second that ends a run in its first pass, averaged over the open answer", 0, 1),
        "last_gap": SettingHelp("the same in its last pass", 0, 1),
    },
)
