"""Which words of a canvas differ from the true caption nearest to it, position by position."""

from __future__ import annotations

import numpy as np

from rediff_viz.world.grammar import language
from rediff_viz.world.scenes import Scene
from rediff_viz.world.vocabulary import BRIEFLY, EOT_ID, MASK_ID


def nearest_caption(scene: Scene, ids: np.ndarray, prompt: str = BRIEFLY) -> np.ndarray:
    """The true caption nearest to a canvas: (N,) ids -> (N,) int64 ids, padded with <eot>.

    Nearest is fewest positions that differ, <eot> after the caption's end included; ties go to the
    first in the order of `grammar.captions`. Captions longer than the canvas are left out;
    ValueError if none fits.
    """
    canvas = np.asarray(ids, dtype=np.int64)
    if canvas.ndim != 1:
        raise ValueError(f"a canvas of shape {canvas.shape}, expected one row of token ids (N,)")
    nearest: np.ndarray = language(scene, prompt).nearest(canvas[None])[0]
    return nearest


def wrong_tokens(canvases: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Which settled tokens are wrong at each pass: (S, N) canvases and (N,) a true caption -> (S, N) bool.

    A token is wrong when it differs, at its position, from `truth`, usually the caption nearest to the FINAL canvas.
    Open positions (<mask>) and <eot> are not judged.
    """
    canvases = np.asarray(canvases)
    if canvases.ndim != 2 or canvases.shape[1:] != truth.shape:
        raise ValueError(f"canvases of shape {canvases.shape}, expected (S, {truth.shape[-1]}) as the true caption")
    judged = (canvases != MASK_ID) & (canvases != EOT_ID)
    wrong: np.ndarray = judged & (canvases != truth)
    return wrong
