"""KLASS: fill the masks whose prediction is sure and has come to rest. Knows no model."""

from __future__ import annotations

import numpy as np

from ..trace import Prediction, Sampler
from .decide import spread
from .method import Method, SettingHelp
from .plan import Plan
from .until_full import passes_beyond_plan

TINY = 1e-12


def klass(plan: Plan, threshold: float = 0.6, kl_threshold: float = 0.015, history: int = 2) -> Sampler:
    """KLASS (arXiv:2511.05664, shkim0116/KLASS): every mask with a confidence above the threshold whose prediction hardly moved.

    Hardly moved: in each of the last `history` passes KL(now, before) < kl_threshold. Where no mask is ready, the quota of plain
    denoising fills the surest; passes go on until the block is full, for fewer than the quota may be ready. As published, what is
    remembered of the predictions outlasts a block, and the count of passes does not. The published KL is over the whole vocabulary;
    this one over the tokens among the most probable of both passes, and all others as one.
    """
    x, before = plan.canvas(), None
    moved: list[np.ndarray] = []
    for block in plan.blocks():
        masks = plan.masks(x, block.inside)
        for i, k in enumerate((spread(masks, block.steps) + [1] * masks)[:masks]):
            if plan.done(x, block, None):
                break
            x, prediction = yield plan.query(block, i, x)
            masked = x == plan.mask_id
            eligible = masked & block.inside
            moved = [*moved, np.full(len(x), np.inf) if before is None else movement(prediction, before)][-history:]
            before = prediction
            rested = np.all([kl < kl_threshold for kl in moved], axis=0) if i >= history - 1 else np.zeros_like(masked)
            ready = eligible & (prediction.prob > threshold) & rested
            unmask = ready if ready.any() else plan.choose(prediction.prob, masked & block.reached, k)
            x = np.where(unmask & masked, prediction.ids, x)
    yield plan.final(x)


def movement(now: Prediction, before: Prediction) -> np.ndarray:
    """(N,) nats: KL(now, before) over the tokens among the most probable of both, and the rest as one: at most the true KL."""
    same = now.top_ids[:, :, None] == before.top_ids[:, None, :]  # (N, K, K)
    p = np.where(same.any(2), now.top_prob, 0.0).astype(np.float64)
    q = (same * before.top_prob[:, None, :]).sum(2, dtype=np.float64)
    p = np.column_stack((p, np.clip(1 - p.sum(1), 0, None)))
    q = np.column_stack((q, np.clip(1 - q.sum(1), 0, None)))
    return np.asarray((p * (np.log(p + TINY) - np.log(q + TINY))).sum(1))


METHOD = Method(
    run=klass,
    title="KLASS",
    paper="arXiv:2511.05664",
    origin="published code",
    code="shkim0116/KLASS",
    line="Each pass fills the masks whose prediction is sure and no longer moves; where none is, plain denoising's quota.",
    rules=("commit",),
    unchecked="No word is ever reconsidered.",
    extra_passes=passes_beyond_plan,
    settings_help={
        "threshold": SettingHelp("fill only what is more probable than this", 0, 1),
        "kl_threshold": SettingHelp("and moved less than this from pass to pass, in nats, over the tokens that are recorded", 0, 100),
        "history": SettingHelp("in so many passes", 1, 16),
    },
)
