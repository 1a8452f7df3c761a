"""What samplers share: quotas, the order of choices, scores, fixes. Knows numpy and the plan, no model.

Every choice here is stable: by score, then by position, and never outside the eligible set.
N answer positions.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from ..trace import Prediction

Remasking = Literal["low_confidence", "random"]


def spread(masks: int, steps: int) -> list[int]:
    """How many masks each of `steps` passes fills: as even as can be, larger shares first (LLaDA b7e6c35)."""
    base, rest = divmod(masks, steps)
    return [base + 1] * rest + [base] * (steps - rest)


def surest(score: np.ndarray, eligible: np.ndarray, k: int) -> np.ndarray:
    """(N,) bool: the k eligible positions of the highest score; equal scores go to the lower position.

    score (N,) float, eligible (N,) bool. Fewer than k eligible: all of them.
    """
    chosen = np.zeros(len(score), bool)
    where = np.flatnonzero(eligible)
    chosen[where[np.argsort(-score[where], kind="stable")[: max(k, 0)]]] = True
    return chosen


def above(score: np.ndarray, eligible: np.ndarray, threshold: float) -> np.ndarray:
    """(N,) bool: the eligible positions that reach the threshold, and always the surest one."""
    return np.asarray(eligible & (score >= threshold) | surest(score, eligible, 1))


def score(prediction: Prediction, remasking: Remasking) -> np.ndarray:
    """(N,) what positions are chosen by: the proposal's probability, or a uniform number the driver drew."""
    return prediction.prob if remasking == "low_confidence" else prediction.extra["uniform"]


def score_wants(remasking: Remasking) -> tuple[str, ...]:
    """The extra columns that `score` reads."""
    return () if remasking == "low_confidence" else ("uniform",)


def margin(prediction: Prediction) -> np.ndarray:
    """(N,) how far the most probable token leads the second."""
    return np.asarray(prediction.top_prob[:, 0] - prediction.top_prob[:, 1], np.float64)


def greedy(prediction: Prediction) -> np.ndarray:
    """(N,) the most probable token, also where the proposal is a draw."""
    return prediction.extra.get("argmax", prediction.ids)


def limit_revisions(prediction: Prediction, x: np.ndarray, revise: np.ndarray, max_revisions: int) -> np.ndarray:
    """(N,) bool: at most `max_revisions` of the positions to revise (0: all), by the largest gain ln p(new) - ln p(old).

    Ours, not the paper's: when many tokens are rewritten at once they can chase each other.
    """
    if not max_revisions:
        return revise
    tiny = np.finfo(np.float32).tiny
    gain = np.log(np.maximum(prediction.prob, tiny)) - np.log(np.maximum(prediction.input_prob, tiny))
    return surest(gain, revise & (prediction.ids != x), max_revisions)
