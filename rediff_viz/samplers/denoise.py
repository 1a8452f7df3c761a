"""Plain denoising: fill masks by quota, never touch what is visible. Knows no model."""

from __future__ import annotations

import numpy as np

from ..trace import Sampler
from .decide import Remasking, opened, score, spread
from .method import Method, Words
from .plan import Plan


def denoise(plan: Plan, remasking: Remasking = "low_confidence") -> Sampler:
    """LLaDA (arXiv:2502.09992, ML-GSAI/LLaDA b7e6c35) and LLaDA-V (arXiv:2505.16933, 2252769), one answer.

    Every pass proposes a token at every mask and keeps the surest few; blocks left to right. LLaDA's own loop runs
    all its steps; like LLaDA-V's, this one leaves a block that has no mask left, which changes no token.
    """
    x, stop = plan.canvas(), None
    for block in plan.blocks():
        if stop is not None and stop <= block.start:
            break
        quota = spread(plan.masks(x, block.inside), block.steps)  # counted when the block is entered
        for i, k in enumerate(quota):
            if plan.done(x, block, stop):
                break
            look = plan.look(block, i, x, remasking)
            x, said = yield look
            masked, by_hand = x == plan.mask_id, opened(look, x, plan.mask_id)
            unmask = by_hand | plan.choose(score(said, remasking), masked & block.reach(stop) & ~by_hand, k)
            x = np.where(unmask & masked, said.ids, x)  # a proposal of the mask itself fills nothing
            stop = plan.scan(x, stop)
    yield plan.final(x, stop)


METHOD = Method(
    run=denoise,
    title="Plain denoising (LLaDA)",
    paper="arXiv:2502.09992",
    code="ML-GSAI/LLaDA b7e6c35, ML-GSAI/LLaDA-V 2252769",
    line="Each pass fills the masks it is surest of and never changes a word it has written.",
    rules=("commit",),
    unchecked="No word is ever reconsidered: an early error stays, and later words are fitted to it.",
    words={"remasking": Words("what the next words are chosen by: the model's confidence, or chance")},
)
