"""LLaDA2.1's token editing: visible words are replaced (T2T) or put back behind a mask (T2M) where the model objects. Knows no model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from ..trace import Prediction, Sampler
from .decide import surest
from .method import Method, SettingHelp
from .plan import Plan, unrested

Trigger = Literal["low_prob", "edit", "drop"]
_EDITABLE_SHARE = 0.25  # of the visible words of a block may be remasked in a pass


def t2t(plan: Plan, threshold: float = 0.95, edit_threshold: float = 0.9, at_least: int = 1, post_passes: int = 16) -> Sampler:
    """Token-to-token editing of LLaDA2.1 (arXiv:2602.08676, as in ZHZisZZ/dllm ca17675): ReDiff with thresholds.

    A pass fills every mask that is surer than `threshold` (the `at_least` surest where fewer are) and replaces every visible word of the
    block by a different proposal that is surer than `edit_threshold`. A full block is edited on, until a pass changes nothing.
    """
    x, why = plan.canvas(), ""
    for block in plan.blocks():
        posts, rested = post_passes, False
        for i in range(plan.masks(x, block.inside) + post_passes):
            open_before = not plan.done(x, block, None)
            if not open_before and posts == 0:
                break
            posts -= not open_before
            x, prediction = yield plan.query(block, i, x)
            masked, eligible = x == plan.mask_id, (x == plan.mask_id) & block.reached
            fill = filled(prediction, eligible, threshold, at_least)
            edit = block.inside & ~masked & (prediction.prob > edit_threshold) & (prediction.ids != x)
            x = np.where(fill | edit, prediction.ids, x)
            if rested := not open_before and not edit.any():
                break
        if posts == 0 and not rested:
            why = why or unrested(post_passes)
    yield plan.final(x, why=why)


def t2m(
    plan: Plan,
    trigger: Trigger = "low_prob",
    limit: float = 0.5,
    threshold: float = 0.95,
    at_least: int = 1,
    remasks: int = 5,
    post_passes: int = 16,
) -> Sampler:
    """Token-to-mask remasking (arXiv:2604.18738, synsis/remasked_DLM): the same, but what the model objects to is masked again.

    It objects to a visible word of probability below `limit` (low_prob), to one with another proposal surer than `limit` (edit), or to one
    whose probability fell by more than `limit` since the last pass (drop). At most a quarter of the block's visible words a pass, and each
    position at most `remasks` times.
    """
    x, why = plan.canvas(), ""
    before = np.zeros(plan.length)
    spent = np.zeros(plan.length, np.int64)
    for block in plan.blocks():
        posts, rested = post_passes, False
        for i in range(plan.masks(x, block.inside) + remasks * (block.end - block.start) + post_passes):
            open_before = not plan.done(x, block, None)
            if not open_before and posts == 0:
                break
            posts -= not open_before
            x, prediction = yield plan.query(block, i, x)
            masked, eligible = x == plan.mask_id, (x == plan.mask_id) & block.reached
            fill = filled(prediction, eligible, threshold, at_least)
            worth, objects = objections(prediction, x, before, trigger, limit)
            back = objects & block.inside & ~masked & (spent < remasks)
            back = surest(-worth, back, int(_EDITABLE_SHARE * (block.inside & ~masked).sum()))
            before = np.where(masked, 0.0, prediction.input_prob)
            spent = spent + back
            x = np.where(back, plan.mask_id, np.where(fill, prediction.ids, x))
            if rested := not open_before and not back.any():
                break
        if posts == 0 and not rested:
            why = why or unrested(post_passes)
    yield plan.final(x, why=why)


def filled(prediction: Prediction, eligible: np.ndarray, threshold: float, at_least: int) -> np.ndarray:
    """(N,) bool: the eligible masks that are surer than the threshold, or the `at_least` surest where fewer are."""
    sure = eligible & (prediction.prob > threshold)
    return sure if sure.sum() >= at_least else surest(prediction.prob, eligible, at_least)


def objections(
    prediction: Prediction, x: np.ndarray, before: np.ndarray, trigger: Trigger, limit: float
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """What each word is worth, the lowest remasked first, and whether the model objects to it: (N,) float and (N,) bool."""
    match trigger:
        case "low_prob":
            return prediction.input_prob, prediction.input_prob < limit
        case "edit":
            return -prediction.prob, (prediction.ids != x) & (prediction.prob > limit)
        case "drop":
            fall = before - prediction.input_prob
            return -fall, fall > limit


def _blocks(plan: Plan) -> int:
    return plan.length // (plan.block_length or plan.length)


def _t2t_passes(plan: Plan, settings: Mapping[str, Any]) -> int:
    return plan.length - plan.steps + _blocks(plan) * int(settings["post_passes"])


def _t2m_passes(plan: Plan, settings: Mapping[str, Any]) -> int:
    return _t2t_passes(plan, settings) + plan.length * int(settings["remasks"])


_THRESHOLD = SettingHelp("fill every mask whose proposal is more probable than this", 0, 1)
_AT_LEAST = SettingHelp("fill at least so many masks a pass, the surest", 1, 64)
_POST = SettingHelp("at most so many passes that only look again, once a block is full", 0, 64)

T2T = Method(
    run=t2t,
    title="Token editing (LLaDA2.1, T2T)",
    paper="arXiv:2602.08676",
    origin="published code",
    code="ZHZisZZ/dllm ca17675",
    line="Each pass fills what it is sure of and replaces visible words where it is sure of another; a full block is edited on.",
    rules=("commit", "revise"),
    unchecked="A wrong word stays where no other is sure enough; finished blocks are frozen.",
    extra_passes=_t2t_passes,
    settings_help={
        "threshold": _THRESHOLD,
        "edit_threshold": SettingHelp("replace a visible word where another is more probable than this", 0, 1),
        "at_least": _AT_LEAST,
        "post_passes": _POST,
    },
)

T2M = Method(
    run=t2m,
    title="Token-to-mask remasking (T2M)",
    paper="arXiv:2604.18738",
    origin="published code",
    code="synsis/remasked_DLM",
    line="Each pass fills what it is sure of and masks again the visible words that it objects to.",
    rules=("commit", "remask"),
    unchecked="A position that was masked too often stays as it is; finished blocks are frozen.",
    extra_passes=_t2m_passes,
    settings_help={
        "trigger": SettingHelp("what counts as an objection: an improbable word, a sure other one, or a fall in probability"),
        "limit": SettingHelp("how improbable, how sure, or how deep a fall", 0, 1),
        "threshold": _THRESHOLD,
        "at_least": _AT_LEAST,
        "remasks": SettingHelp("a position is masked again at most so often", 0, 64),
        "post_passes": _POST,
    },
)
