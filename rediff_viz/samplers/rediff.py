"""ReDiff: unmask some words and rewrite the visible ones in the same pass. Knows no model."""

from __future__ import annotations

from collections.abc import Generator
from math import ceil

import numpy as np

from ..trace import Prediction, Query, Sampler
from .decide import Remasking, limit_revisions, score, spread
from .method import Method, SettingHelp
from .plan import Plan, unrested


def rediff(
    plan: Plan,
    revise_top: float | None = None,
    revise_start: float = 1.0,
    remasking: Remasking = "low_confidence",
    settle: int = 0,
    max_revisions: int = 0,
) -> Sampler:
    """ReDiff (arXiv:2510.19871, jiyt17/ReDiff 52604ca): one pass unmasks some and rewrites what it could already see.

    A new word waits one pass before it can be rewritten; earlier blocks are frozen; the loop ends when the canvas is
    full, so the last pass's words are never looked at again. There is no threshold: a visible word becomes the
    model's present choice. A rewrite may be the mask itself, and no quota is added for it. `settle` and
    `max_revisions` are ours and off by default.
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
            x, prediction = yield plan.query(block, i, x, remasking)
            sure, reach, masked = score(prediction, remasking), block.reach(stop), x == plan.mask_id
            unmask = plan.choose(sure, masked & reach, k)
            revise = block.inside & ~masked if i >= first else np.zeros_like(masked)
            if revise_top:
                revise = plan.choose(sure, revise & reach, share(revise, revise_top))
            x = np.where(unmask | limit_revisions(prediction, x, revise, max_revisions), prediction.ids, x)
            stop = plan.scan(x, stop)
    x, stop, why = yield from settled(plan, x, stop, settle, max_revisions)
    yield plan.final(x, stop, why)


def share(visible: np.ndarray, revise_top: float) -> int:
    """How many of the visible positions (N,) bool may be rewritten: counted in float32, as published."""
    return int(np.float32(visible.sum()) * np.float32(revise_top))


def settled(
    plan: Plan, x: np.ndarray, stop: int | None, passes: int, max_revisions: int
) -> Generator[Query, tuple[np.ndarray, Prediction], tuple[np.ndarray, int | None, str]]:
    """Ours: greedy passes over the whole answer that only revise, until nothing changes or the canvas repeats an earlier one.

    A mask left open is filled. Returns the canvas, the stop and why it ended, "" where nothing is to be said.
    """
    seen: set[bytes] = set()
    for i in range(passes):
        x, prediction = yield Query("settle", None, x, x, i)
        answer, masked = np.arange(len(x)) < (len(x) if stop is None else stop), x == plan.mask_id
        new = np.where(answer & masked | limit_revisions(prediction, x, answer & ~masked, max_revisions), prediction.ids, x)
        if np.array_equal(new, x):
            break
        seen.add(x.tobytes())
        x, stop = new, plan.scan(new, stop)
        if x.tobytes() in seen:
            return x, stop, "went round in a circle"
    else:
        return x, stop, unrested(passes)
    return x, stop, ""


METHOD = Method(
    run=rediff,
    title="ReDiff",
    paper="arXiv:2510.19871",
    origin="published code",
    code="jiyt17/ReDiff 52604ca",
    line="Each pass fills some masks and, in place, rewrites the words that were already visible to it.",
    rules=("commit", "revise"),
    unchecked="Words placed in the last pass are never looked at again, and finished blocks are frozen (settle passes, ours, mend both).",
    honours_stop=True,
    extra_passes=lambda plan, settings: int(settings["settle"]),
    settings_help={
        "revise_top": SettingHelp("share of the visible words that may be rewritten in a pass, surest proposals first; none: all", 0, 1),
        "revise_start": SettingHelp("share of a block's passes, the last ones, that rewrite; 1: all of them", 0, 1),
        "remasking": SettingHelp("what the next words are chosen by: the model's confidence, or chance"),
        "settle": SettingHelp("up to so many passes that only rewrite, once the answer is full", 0, 64, ours=True),
        "max_revisions": SettingHelp(
            "at most so many rewrites in a pass, by the largest gain in log-probability; 0: no limit", 0, 64, ours=True, aliases=("most",)
        ),
    },
)
