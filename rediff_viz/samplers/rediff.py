"""ReDiff: unmask some words and rewrite the visible ones in the same pass. Knows no model."""

from __future__ import annotations

from collections.abc import Generator
from math import ceil

import numpy as np

from ..trace import Look, Prediction, Sampler
from .decide import Remasking, fixes, opened, score, spread
from .method import Method, Words
from .plan import Plan


def rediff(
    plan: Plan,
    revise_top: float | None = None,
    revise_start: float = 1.0,
    remasking: Remasking = "low_confidence",
    settle: int = 0,
    most: int = 0,
) -> Sampler:
    """ReDiff (arXiv:2510.19871, jiyt17/ReDiff 52604ca): one pass unmasks some and rewrites what it could already see.

    A new word waits one pass before it can be rewritten; earlier blocks are frozen; the loop ends when the canvas is
    full, so the last pass's words are never looked at again. There is no threshold: a visible word becomes the
    model's present choice. A rewrite may be the mask itself, and no quota is added for it. `settle` and `most` are
    ours and off by default.
    """
    x, stop = plan.canvas(), None
    for block in plan.blocks():
        if stop is not None and stop <= block.start:
            break
        quota = spread(plan.masks(x, block.inside), block.steps)  # counted when the block is entered
        first = block.steps - ceil(block.steps * revise_start)
        for i, k in enumerate(quota):
            if plan.done(x, block, stop):
                break
            look = plan.look(block, i, x, remasking)
            x, said = yield look
            sure, reach = score(said, remasking), block.reach(stop)
            masked, by_hand = x == plan.mask_id, opened(look, x, plan.mask_id)
            unmask = by_hand | plan.choose(sure, masked & reach & ~by_hand, k)
            revise = block.inside & ~masked if i >= first else np.zeros_like(masked)
            if revise_top:
                revise = plan.choose(sure, revise & reach, int(revise.sum() * revise_top))
            x = np.where(unmask | fixes(said, x, revise, most), said.ids, x)
            stop = plan.scan(x, stop)
    x, stop = yield from settled(plan, x, stop, settle, most)
    yield plan.final(x, stop)


def settled(
    plan: Plan, x: np.ndarray, stop: int | None, passes: int, most: int
) -> Generator[Look, tuple[np.ndarray, Prediction], tuple[np.ndarray, int | None]]:
    """Ours: greedy passes over the whole answer that only revise, until nothing changes. A mask left open is filled."""
    for i in range(passes):
        x, said = yield Look("settle", None, x, x, i)
        answer, masked = np.arange(len(x)) < (len(x) if stop is None else stop), x == plan.mask_id
        new = np.where(answer & masked | fixes(said, x, answer & ~masked, most), said.ids, x)
        if np.array_equal(new, x):
            break
        x, stop = new, plan.scan(new, stop)
    return x, stop


METHOD = Method(
    run=rediff,
    title="ReDiff",
    paper="arXiv:2510.19871",
    code="jiyt17/ReDiff 52604ca",
    line="Each pass fills some masks and, in place, rewrites the words that were already visible to it.",
    rules=("commit", "revise"),
    unchecked="Words placed in the last pass are never looked at again, and finished blocks are frozen (settle passes, ours, mend both).",
    words={
        "revise_top": Words("share of the visible words that may be rewritten in a pass, surest proposals first; none: all", 0, 1),
        "revise_start": Words("share of a block's passes, the last ones, that rewrite; 1: all of them", 0, 1),
        "remasking": Words("what the next words are chosen by: the model's confidence, or chance"),
        "settle": Words("up to so many passes that only rewrite, once the answer is full", 0, 64, ours=True),
        "most": Words("at most so many rewrites in a pass, by the largest gain in log-probability; 0: no limit", 0, 64, ours=True),
    },
)
