"""PRISM: fill masks by quota, and mask again a planned number of the words whose quality a head holds lowest. Knows no model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..trace import Sampler
from .decide import spread, surest
from .method import Method, SettingHelp
from .plan import Plan


def prism(plan: Plan, remasks: int = 12) -> Sampler:
    """PRISM (arXiv:2510.01384, SeunggeunKimkr/PRISM 08e4a0a), on DSC's correction head in place of its own.

    `remasks` words of a block are masked again, shared out over its passes, those likeliest wrong first; a pass fills as many masks
    beyond its quota, among those it could see. Near a block's end it masks again no more words than it fills beyond its quota.
    """
    x = plan.canvas()
    for block in plan.blocks():
        quotas = spread(plan.masks(x, block.inside), block.steps)
        for i, (quota, again) in enumerate(zip(quotas, centred(remasks, block.steps), strict=True)):
            if plan.done(x, block, None):
                break
            x, prediction = yield replace(plan.query(block, i, x), wants=("error_prob",))
            masked = x == plan.mask_id
            fill = surest(prediction.prob, masked & block.reached, quota + again)
            back = surest(prediction.extra["error_prob"], block.inside & ~masked, min(again, int(fill.sum()) - quota))
            x = np.where(back, plan.mask_id, np.where(fill, prediction.ids, x))
    yield plan.final(x)


def centred(many: int, steps: int) -> list[int]:
    """So many over `steps` passes: as even as can be, the larger shares in the middle."""
    base, rest = divmod(many, steps)
    order = np.argsort(np.abs(np.arange(steps) - (steps - 1) / 2), kind="stable")
    shares = np.full(steps, base)
    shares[order[:rest]] += 1
    return [int(share) for share in shares]


METHOD = Method(
    run=prism,
    title="PRISM (on DSC's head)",
    paper="arXiv:2510.01384",
    origin="published code",
    code="SeunggeunKimkr/PRISM 08e4a0a (its rule; the head is DSC's, for none of its own is published)",
    line="Each pass fills its share of the masks and masks again a planned few: the words that a head, here DSC's, trusts least.",
    rules=("commit", "remask"),
    unchecked="It masks again as many words as were planned, right or wrong; the words of a block's last pass are never looked at again.",
    needs=("error_prob",),
    settings_help={"remasks": SettingHelp("words of a block masked again, over all its passes", 0, 512)},
)
