"""ProSeCo: complete the draft, let the model correct it until nothing changes, then fill some masks. Knows no model."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..trace import Prediction, Query, Sampler
from .decide import Remasking, above, greedy, score, score_wants, spread
from .method import Method, SettingHelp
from .plan import Block, Plan


def proseco(
    plan: Plan,
    every: int = 2,
    rounds: int = 4,
    threshold: float | None = None,
    early_end: bool = True,
    remasking: Remasking = "low_confidence",
) -> Sampler:
    """ProSeCo (arXiv:2602.11590, kuleshov-group/proseco 69fe45d, llada/generate.py).

    Every `every` steps of a block a corrector reads a completed draft and refines it, greedily, up to `rounds` times;
    all committed words up to the block's end, earlier blocks included, become the corrected ones, and the next words
    are chosen from the corrector's last prediction. The published loop fails when the model proposes the mask itself
    and the quotas are spent, or never ends under a threshold; this one leaves the block with masks left and says so.
    It knows no stop sequences.
    """
    x, why = plan.canvas(), ""
    for block in plan.blocks():
        masks = plan.masks(x, block.inside)
        quota = spread(masks, block.steps) if threshold is None else [1] * masks
        for i, k in enumerate(quota):
            if plan.done(x, block, None):
                break
            correct = rounds > 0 and (i + 1) % every == 0
            x, prediction = yield replace(plan.query(block, i, x, remasking), temperature=0.0 if correct else plan.temperature)
            masked = x == plan.mask_id
            if correct:
                x, prediction = yield from corrected(plan, block, i, x, prediction, rounds, remasking)
            sure, eligible = score(prediction, remasking), masked & block.reached
            unmask = plan.choose(sure, eligible, k) if threshold is None else above(sure, eligible, threshold)
            x = np.where(unmask & masked, prediction.ids, x)
        if early_end and masks and plan.closed(x, block):  # a block that the draft had closed ends nothing
            if (x == plan.mask_id).any():
                why = f"block {block.index + 1} closed with end-of-text, the rest was filled with it"
            x = np.where(x == plan.mask_id, x[block.end - 1], x)
            break
    yield plan.final(x, why=why)


def corrected(
    plan: Plan, block: Block, step: int, x: np.ndarray, prediction: Prediction, rounds: int, remasking: Remasking
) -> Generator[Query, tuple[np.ndarray, Prediction], tuple[np.ndarray, Prediction]]:
    """The corrector: (canvas with its committed words corrected, the last prediction)."""
    masked = x == plan.mask_id
    draft = np.where(masked, greedy(prediction), x)  # later blocks keep this first guess
    wants = score_wants(remasking) + (("argmax",) if plan.temperature > 0 else ())
    for _ in range(rounds):
        _, prediction = yield Query("draft", block.index, draft, x, step, plan.temperature, wants)
        new = np.where(block.reached, greedy(prediction), draft)
        if plan.same(new, draft):
            break
        draft = new
    return np.where(block.reached & ~masked, new, x), prediction


def _extra_passes(plan: Plan, settings: Mapping[str, Any]) -> int:
    steps = plan.steps if settings["threshold"] is None else plan.length  # under a threshold a step may fill one word
    return steps - plan.steps + steps // int(settings["every"]) * int(settings["rounds"])


METHOD = Method(
    run=proseco,
    title="ProSeCo",
    paper="arXiv:2602.11590",
    origin="published code",
    code="kuleshov-group/proseco 69fe45d",
    line="Every few passes a corrector completes the draft, rewrites it until it holds still, and only then are words filled in.",
    rules=("commit", "revise"),
    unchecked="Words placed after the corrector's last visit are never looked at again; its draft passes cost forward passes too.",
    extra_passes=_extra_passes,
    settings_help={
        "every": SettingHelp("the corrector works in every so many steps of a block", 1, 1024),
        "rounds": SettingHelp("at most so many corrector passes at a visit; 0: no corrector", 0, 64),
        "threshold": SettingHelp("fill every mask whose proposal is at least this probable, and always one; none: by quota", 0, 1),
        "early_end": SettingHelp("when a block's last word is end-of-text, the rest of the answer is filled with it"),
        "remasking": SettingHelp("what the next words are chosen by: the model's confidence, or chance"),
    },
    needs=("argmax",),
)
