"""Training-free self-correction: some of the masks that would have stayed are spent on words that the model has come to doubt."""

from __future__ import annotations

import numpy as np

from ..trace import Sampler
from .decide import spread
from .method import Method, SettingHelp
from .plan import Plan

WINDOWS = ((0.4, 0.6, 64), (0.6, 0.8, 128), (0.8, 1.0, 256))  # of the run: from, to, and one in so many positions is remasked a pass


def free_correction(plan: Plan, strength: float = 1.0) -> Sampler:
    """Training-free self-correction (arXiv:2602.02927, huge123/FreeCorrection 17fc37a), ported to text by us.

    The published code is for images: of 1,024 tokens it remasks 16, 8 and then 4 a pass in the windows .4-.6, .6-.8 and .8-1 of the run,
    those with the lowest mean probability over the passes since they were written, and fills as many masks more, so that the schedule
    holds. Here the same shares of a block, at least one word, with the quota of plain denoising for its cosine.
    """
    x = plan.canvas()
    given = x != plan.mask_id
    total, passes = np.zeros(plan.length), np.zeros(plan.length)
    for block in plan.blocks():
        quota = spread(plan.masks(x, block.inside), block.steps)
        for i, k in enumerate(quota):
            if plan.done(x, block, None):
                break
            x, prediction = yield plan.query(block, i, x)
            masked = x == plan.mask_id
            eligible, visible = masked & block.reached, block.inside & ~masked & ~given
            total, passes = np.where(masked, 0.0, total + prediction.input_prob), np.where(masked, 0, passes + 1)
            stay = int(eligible.sum()) - k
            back = 0 if i + 1 == block.steps else min(stay, share(i / block.steps, block.end - block.start, strength), int(visible.sum()))
            mean = np.divide(total, passes, out=np.ones_like(total), where=passes > 0)
            fill = plan.choose(prediction.prob, eligible, k + max(back, 0))
            remask = plan.choose(-mean, visible, back)
            x = np.where(remask, plan.mask_id, np.where(fill & masked, prediction.ids, x))
    yield plan.final(x)


def share(progress: float, size: int, strength: float) -> int:
    """How many of a block's words are remasked in a pass at this share of the run."""
    for start, end, one_in in WINDOWS:
        if start <= progress < end:
            return max(1, round(size * strength / one_in)) if strength else 0
    return 0


METHOD = Method(
    run=free_correction,
    title="Training-free self-correction",
    paper="arXiv:2602.02927",
    origin="reconstruction",
    code="huge123/FreeCorrection 17fc37a (images; the port to text is ours)",
    line="In its second half a run masks again the words the model has come to doubt, and fills as many others for them.",
    rules=("commit", "remask"),
    unchecked="Words written near the end are hardly looked at again.",
    settings_help={"strength": SettingHelp("times the published share of words masked again", 0, 16)},
)
