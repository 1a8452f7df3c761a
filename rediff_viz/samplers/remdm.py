"""ReMDM: an ancestral sampler that masks visible words again by chance. Knows no model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..trace import Sampler
from .mdlm import LAST_TIME
from .method import Method, SettingHelp
from .plan import Plan

Sigma = Callable[[float, float, np.ndarray], np.ndarray]  # (alpha_t, alpha_s, commit probability (N,)) -> (N,) chance to be remasked


def remdm_cap(plan: Plan, eta: float = 0.008) -> Sampler:
    """ReMDM-cap (arXiv:2503.00307, kuleshov-group/remdm f830d65): every word is remasked with chance eta, as far as the process allows."""
    return ancestral(plan, lambda t, s, written: np.full(len(written), min(eta, highest(t, s))))


def remdm_rescale(plan: Plan, eta: float = 0.015) -> Sampler:
    """ReMDM-rescale (same source): with eta times the highest chance that the process allows."""
    return ancestral(plan, lambda t, s, written: np.full(len(written), eta * highest(t, s)))


def remdm_conf(plan: Plan) -> Sampler:
    """ReMDM-conf (same source): the highest chance, shared out by a softmax over how improbable each word was when it was written."""

    def sigma(t: float, s: float, written: np.ndarray) -> np.ndarray:
        weight = np.exp(-written)  # 0 where nothing is written
        return np.asarray(highest(t, s) * weight / max(float(weight.sum()), np.finfo(np.float64).tiny))

    return ancestral(plan, sigma)


def highest(alpha_t: float, alpha_s: float) -> float:
    """The highest chance of being remasked under which the process stays one of masking: min(1, (1 - alpha_s) / alpha_t)."""
    return 1.0 if alpha_t == 0 else min(1.0, (1 - alpha_s) / alpha_t)


def ancestral(plan: Plan, sigma: Sigma) -> Sampler:
    """Between t and s, with alpha = 1 - time: a visible word is remasked with chance sigma, a mask is filled with chance

    (alpha_s - (1 - sigma) alpha_t) / (1 - alpha_t), all at once. Words are draws at temperature 1 whatever the plan says. What is masked
    after the last step is filled by one more pass, greedily. The published loop skips a pass where the last changed nothing; this one
    makes it.
    """
    x = plan.canvas()
    written = np.full(plan.length, np.inf)  # probability of each word when it was written
    for block in plan.blocks():
        times = np.linspace(1.0, LAST_TIME, block.steps + 1)
        for i in range(block.steps):
            alpha_t, alpha_s = 1 - times[i], 1 - times[i + 1]
            x, prediction = yield replace(plan.query(block, i, x, "random"), temperature=1.0)
            masked, chance = x == plan.mask_id, prediction.extra["uniform"]
            s = np.where(masked, sigma(alpha_t, alpha_s, np.inf * np.ones(plan.length)), sigma(alpha_t, alpha_s, written))
            fill = masked & block.inside & (chance < (alpha_s - (1 - s) * alpha_t) / (1 - alpha_t))
            back = ~masked & block.inside & (chance < s)
            x, written = rewritten(plan, x, written, fill, back, prediction.ids, prediction.prob)
        if not plan.done(x, block, None):
            x, prediction = yield replace(plan.query(block, block.steps, x), temperature=0.0)
            x = np.where((x == plan.mask_id) & block.inside, prediction.ids, x)
    yield plan.final(x)


def remdm_loop(plan: Plan, eta: float = 0.02, on: float = 0.55, off: float = 0.05, alpha_on: float = 0.9) -> Sampler:
    """ReMDM-loop (same source): plain ancestral filling to the share `alpha_on`, remasking with chance eta at that share between the times

    `on` and `off`, then plain filling of the rest.
    """
    x = plan.canvas()
    for block in plan.blocks():
        times = np.linspace(1.0, LAST_TIME, block.steps + 1)
        for i in range(block.steps):
            fills, remasks = loop_chances(times[i], times[i + 1], eta, on, off, alpha_on)
            x, prediction = yield replace(plan.query(block, i, x, "random"), temperature=1.0)
            masked, chance = x == plan.mask_id, prediction.extra["uniform"]
            fill, back = masked & block.inside & (chance < fills), ~masked & block.inside & (chance < remasks)
            x = np.where(back, plan.mask_id, np.where(fill, prediction.ids, x))
        if not plan.done(x, block, None):
            x, prediction = yield replace(plan.query(block, block.steps, x), temperature=0.0)
            x = np.where((x == plan.mask_id) & block.inside, prediction.ids, x)
    yield plan.final(x)


def loop_chances(t: float, s: float, eta: float, on: float, off: float, alpha_on: float) -> tuple[float, float]:
    """Of a mask to be filled, and of a word to be remasked, between the times t and s."""

    def alpha(time: float) -> float:
        if time > on:
            return alpha_on * (1 - time) / (1 - on)
        return alpha_on if time > off else alpha_on + (1 - alpha_on) * (1 - time / off)

    if off < t <= on:
        return eta * alpha_on / (1 - alpha_on), eta
    return (alpha(s) - alpha(t)) / (1 - alpha(t)), 0.0


def rewritten(
    plan: Plan, x: np.ndarray, written: np.ndarray, fill: np.ndarray, back: np.ndarray, ids: np.ndarray, prob: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """The canvas and the commit probabilities after a step, all (N,)."""
    x = np.where(back, plan.mask_id, np.where(fill, ids, x))
    return x, np.where(x == plan.mask_id, np.inf, np.where(fill, prob, written))


def _method(run: Callable[..., Sampler], rule: str, line: str, **settings_help: SettingHelp) -> Method:
    return Method(
        run=run,
        title=f"ReMDM-{rule}",
        paper="arXiv:2503.00307",
        origin="published code",
        code="kuleshov-group/remdm f830d65",
        line=line,
        rules=("commit", "remask"),
        unchecked="Chance decides what is masked again; what is written in the last passes is not.",
        extra_passes=lambda plan, settings: plan.length // (plan.block_length or plan.length),
        settings_help=settings_help,
    )


CAP = _method(
    remdm_cap,
    "cap",
    "Chance fills masks and, with a small fixed probability, masks words again.",
    eta=SettingHelp("chance of a word to be masked again in a pass", 0, 1),
)
RESCALE = _method(
    remdm_rescale,
    "rescale",
    "Chance fills masks and masks words again, by a share of the most that the process allows.",
    eta=SettingHelp("share of the highest chance that the process allows", 0, 1),
)
CONF = _method(remdm_conf, "conf", "Chance fills masks and masks words again, the rather the less probable they were when written.")
LOOP = _method(
    remdm_loop,
    "loop",
    "Chance fills most of the masks, masks words again and refills them for a while, then fills the rest.",
    eta=SettingHelp("chance of a word to be masked again in a pass of the loop", 0, 1),
    on=SettingHelp("the time, of 1 to 0, at which the loop begins", 0.3, 0.99),
    off=SettingHelp("the time at which it ends", 0.001, 0.29),
    alpha_on=SettingHelp("share of the answer that is filled during the loop", 0.01, 0.99),
)
