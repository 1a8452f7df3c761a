"""ProSeCo's ancestral sampler: chance decides when a mask is filled, and a corrector rewrites the whole draft before. Knows no model."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from ..trace import Prediction, Query, Sampler
from .decide import greedy, surest
from .mdlm import LAST_TIME
from .method import Method, SettingHelp
from .plan import Block, Plan

Corrector = Literal["argmax", "sample", "select_top_k"]


def proseco_owt(
    plan: Plan, every: int = 1, rounds: int = 1, start: int = 1, corrector: Corrector = "argmax", top_k: int = 1
) -> Sampler:  # fmt: skip
    """ProSeCo as it is sampled on OpenWebText (arXiv:2602.11590, kuleshov-group/proseco 69fe45d, diffusion.py).

    MDLM's ancestral sampler (mdlm.py). In every `every`-th step from `start` on, a corrector reads the draft that the prediction
    completes and rewrites it in `rounds` rounds; the block's words become the corrected ones, and the masks whose time has come are
    drawn from the corrector's last prediction. Where a step fills nothing, that prediction is the next step's too, without a pass.
    Published without a corrector by default (no rounds) and for one block; here earlier blocks keep their words, and later ones their
    first guess. A prediction never is the mask: the draft takes the second most probable token there.
    """
    x = plan.canvas()
    for block in plan.blocks():
        if plan.done(x, block, None):
            continue
        times = np.linspace(1.0, LAST_TIME, block.steps + 1)
        due, seen = None, None  # the step in which each mask is filled; what was predicted, None once a mask is filled
        for i in range(block.steps):
            correct = rounds > 0 and (i + 1) % every == 0 and i + 1 >= start
            if due is not None and not correct and not (block.inside & (x == plan.mask_id) & (due == i)).any():
                continue
            if seen is None:
                asked = replace(plan.query(block, i, x), temperature=1.0, wants=("argmax",) if due is not None else ("argmax", "uniform"))
                x, seen = yield asked
                draft = np.where(x == plan.mask_id, likeliest(seen, plan.mask_id), x)
            if due is None:
                due = np.searchsorted(-times, -seen.extra["uniform"]) - 1
            if correct:
                draft, seen = yield from corrected(plan, block, i, x, draft, rounds, corrector, top_k)
                x = np.where(block.inside & (x != plan.mask_id), draft, x)
                draft = np.where(block.inside, likeliest(seen, plan.mask_id), draft)
            fill = block.inside & (x == plan.mask_id) & (due == i) & (seen.ids != plan.mask_id)
            if fill.any():
                x, seen = np.where(fill, seen.ids, x), None
        if not plan.done(x, block, None):
            x, seen = yield replace(plan.query(block, block.steps, x), temperature=0.0)
            x = np.where((x == plan.mask_id) & block.inside, seen.ids, x)
    yield plan.final(x)


def corrected(
    plan: Plan, block: Block, step: int, x: np.ndarray, draft: np.ndarray, rounds: int, corrector: Corrector, top_k: int
) -> Generator[Query, tuple[np.ndarray, Prediction], tuple[np.ndarray, Prediction]]:
    """The draft (N,) after so many rounds in the block, and the last prediction. A draft that no longer changes needs no more passes."""
    for _ in range(rounds):
        _, seen = yield Query("draft", block.index, draft, x, step, 1.0, ("argmax",))
        best = likeliest(seen, plan.mask_id)
        if corrector == "select_top_k":
            new = np.where(surest(seen.top_prob[:, 0], block.inside & (best != draft), top_k), best, draft)
        else:
            words = best if corrector == "argmax" else np.where(seen.ids == plan.mask_id, draft, seen.ids)
            new = np.where(block.inside, words, draft)
        if corrector != "sample" and plan.same(new, draft):
            break
        draft = new
    return draft, seen


def likeliest(prediction: Prediction, mask_id: int) -> np.ndarray:
    """(N,) the most probable token that is not the mask."""
    best = greedy(prediction)
    return np.where(best == mask_id, prediction.top_ids[:, 1], best)


def _extra_passes(plan: Plan, settings: Mapping[str, Any]) -> int:
    blocks = plan.length // (plan.block_length or plan.length)
    return plan.steps // int(settings["every"]) * int(settings["rounds"]) + blocks


METHOD = Method(
    run=proseco_owt,
    title="ProSeCo, ancestral",
    paper="arXiv:2602.11590",
    origin="published code",
    code="kuleshov-group/proseco 69fe45d",
    line="Chance decides when each mask is filled; before, a corrector completes the draft and rewrites it, word by visible word.",
    rules=("commit", "revise"),
    unchecked="Words filled after the corrector's last visit are never looked at again; its draft passes cost forward passes too.",
    extra_passes=_extra_passes,
    settings_help={
        "every": SettingHelp("the corrector works in every so many steps of a block", 1, 1024),
        "rounds": SettingHelp("corrector passes at a visit, fewer once nothing changes; 0: no corrector", 0, 64),
        "start": SettingHelp("the corrector works from this step of a block on", 1, 8192),
        "corrector": SettingHelp("what a round rewrites: every word by the likeliest, by a draw, or the top_k surest changes alone"),
        "top_k": SettingHelp("words a round may change under select_top_k", 1, 1024),
    },
    needs=("argmax",),
)
