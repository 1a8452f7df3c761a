"""Which positions hang on each other, before either is filled: how far a prediction moves when another position is filled in.

Shapes: N answer positions, K recorded candidates, M masks of a canvas.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ..backends import Session
from ..trace import Prediction
from .predict import item, predict_all

CANDIDATES = 3  # likeliest words tried at a position


def dependency(session: Session, read: np.ndarray, candidates: int = CANDIDATES) -> np.ndarray:
    """(N, N) float: D[i, j] is the expected change of the prediction at mask i when mask j is filled by its own prediction.

    The change is a total variation, 0 to 1, from below: of words that one of two predictions does not record, only their sum is
    compared. The expectation is over the `candidates` likeliest words of j, their probabilities scaled to 1. NaN where i or j is
    no mask, and on the diagonal. `read` is a canvas (N,). One batch of M x candidates + 1 canvases.
    """
    mask_id = session.backend.mask_id
    masks = np.flatnonzero(read == mask_id)
    first = predict_all([item(session, read)])[0]
    filled, weights = [], []
    for j in masks:
        words = [k for k in range(first.top_ids.shape[1]) if first.top_ids[j, k] != mask_id][:candidates]
        weights.append(first.top_prob[j, words] / first.top_prob[j, words].sum())
        for k in words:
            canvas = read.copy()
            canvas[j] = first.top_ids[j, k]
            filled.append(item(session, canvas))
    after = iter(predict_all(filled))
    moved = np.full((len(read), len(read)), np.nan)
    for j, weight in zip(masks, weights, strict=True):
        change = sum(w * total_variation(first, next(after)) for w in weight)
        moved[masks, j] = np.asarray(change)[masks]
    np.fill_diagonal(moved, np.nan)
    return moved


def total_variation(one: Prediction, other: Prediction) -> np.ndarray:
    """(N,) total variation between two predictions, from below: words that both record, and the rest of each as one."""
    same = one.top_ids[:, :, None] == other.top_ids[:, None, :]  # (N, K, K)
    theirs = np.where(same, other.top_prob[:, None, :], 0.0).sum(axis=2)  # (N, K) the other's probability of our candidates
    shared = same.any(axis=2)
    ours = np.where(shared, one.top_prob, 0.0)
    apart = np.abs(ours - theirs).sum(axis=1) + np.abs(theirs.sum(axis=1) - ours.sum(axis=1))
    return np.asarray(apart / 2)


def conflicts(moved: np.ndarray, positions: np.ndarray, least: float = 0.2) -> list[tuple[int, int, float]]:
    """Pairs of positions that should not be filled in one pass, with how far one moves the other at most, the furthest first.

    `moved` (N, N) as `dependency` gives it, `positions` the ones about to be filled, `least` the least total variation that counts.
    """
    pairs = [(int(i), int(j), float(np.nanmax([moved[i, j], moved[j, i], 0.0]))) for i, j in combinations(positions, 2)]
    return sorted((pair for pair in pairs if pair[2] >= least), key=lambda pair: -pair[2])
