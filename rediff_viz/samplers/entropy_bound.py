"""EB-Sampler: fill as many masks at once as their joint uncertainty allows. Knows no model."""

from __future__ import annotations

import numpy as np

from ..trace import Prediction, Sampler
from .method import Method, SettingHelp
from .plan import Plan
from .until_full import passes_beyond_plan, until_full


def entropy_bound(plan: Plan, bound: float = 0.1) -> Sampler:
    """EB-Sampler (arXiv:2505.24857): the masks of least entropy, as many as keep their summed entropy, less the largest, within the bound.

    That sum bounds what is lost by filling them as if they were independent. The accepted set is that of diffusers'
    EntropyBoundScheduler; what is not accepted stays masked.
    """

    def rule(prediction: Prediction, eligible: np.ndarray, step: int) -> np.ndarray:
        return accepted(prediction.entropy, eligible, bound)

    return until_full(plan, rule)


def accepted(entropy: np.ndarray, eligible: np.ndarray, bound: float) -> np.ndarray:
    """(N,) bool: the eligible positions within the bound; always the one of least entropy. entropy (N,) nats."""
    where = np.flatnonzero(eligible)
    order = where[np.argsort(entropy[where], kind="stable")]
    sums = np.cumsum(entropy[order], dtype=np.float64)
    chosen = np.zeros(len(entropy), bool)
    chosen[order[sums - entropy[order] <= bound]] = True
    return chosen


METHOD = Method(
    run=entropy_bound,
    title="EB-Sampler",
    paper="arXiv:2505.24857",
    origin="published code",
    code="huggingface/diffusers EntropyBoundScheduler (for uniform noise; here for masks)",
    line="Each pass fills as many masks as their joint uncertainty allows: many where the model is sure, one where it is not.",
    rules=("commit",),
    unchecked="No word is ever reconsidered.",
    honours_stop=True,
    extra_passes=passes_beyond_plan,
    settings_help={"bound": SettingHelp("nats of entropy that may be filled at once, the largest not counted", 0, 100)},
)
