"""Which words of a canvas are wrong: those that differ from the true caption nearest to it.

`nearest_caption` is exact over all captions of the scene: a caption is a sequence of segments, so its distance
to a canvas is a sum of (segment, start) costs; the costs are tabulated once per canvas and every
outline is summed by one gather.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rediff_viz.world.outlines import KEYS, FrameShape, frames, outlines, phrase, width
from rediff_viz.world.scenes import Scene
from rediff_viz.world.vocabulary import EOT_ID, MASK_ID, WORD_IDS

_KEY_IDS = {key: k for k, key in enumerate(KEYS)}
_END, _NOTHING = len(KEYS), len(KEYS) + 1  # rows of the cost table after the segments
_WIDEST = 5  # tokens in the longest segment


def nearest_caption(scene: Scene, ids: np.ndarray) -> np.ndarray:
    """The true caption nearest to a canvas: (N,) ids -> (N,) int64 ids, padded with <eot>.

    Nearest is fewest positions that differ, <eot> after the caption's end included; ties go to the
    first in the order of `grammar.captions`. Captions longer than the canvas are left out;
    ValueError if none fits.
    """
    canvas = np.asarray(ids, dtype=np.int64)
    if canvas.ndim != 1:
        raise ValueError(f"a canvas of shape {canvas.shape}, expected one row of token ids (N,)")
    best: tuple[int, np.ndarray] | None = None
    for frame in frames(scene):
        layout = _layout(frame.shape, len(canvas))
        if not len(layout.cells):
            continue
        table = _segment_ids(scene, frame.roles)
        costs = _costs(table, canvas)[layout.cells].sum(axis=1)  # (P,)
        k = int(costs.argmin())
        if best is None or costs[k] < best[0]:
            best = int(costs[k]), _spell(table, layout.keys[k], len(canvas))
    if best is None:
        raise ValueError(f"a canvas of {len(canvas)} tokens, expected room for the scene's shortest caption")
    return best[1]


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


@dataclass(frozen=True)
class _Layout:
    """The P outlines of a shape on a canvas of N: where each segment of each outline starts."""

    cells: np.ndarray  # (P, slots) int32: row x (N + 1) + start into the flat cost table
    keys: tuple[tuple[int, ...], ...]  # P rows of segment rows


@lru_cache(maxsize=4096)
def _layout(shape: FrameShape, length: int) -> _Layout:
    rows, keys = [], []
    for outline in outlines(shape):
        start, row = 0, []
        for key in outline:
            row.append(_KEY_IDS[key] * (length + 1) + start)
            start += width(key, shape)
        if start <= length:
            rows.append([*row, _END * (length + 1) + start])
            keys.append(tuple(_KEY_IDS[key] for key in outline))
    slots = max(map(len, rows), default=0)
    padded = [row + [_NOTHING * (length + 1)] * (slots - len(row)) for row in rows]
    return _Layout(np.array(padded, dtype=np.int32).reshape(len(rows), slots), tuple(keys))


@lru_cache(maxsize=4096)
def _segment_ids(scene: Scene, roles: tuple[int, ...]) -> np.ndarray:
    """Token ids of every segment, (len(KEYS), _WIDEST) int64, -1 after a segment's end."""
    frame = next(f for f in frames(scene) if f.roles == roles)
    table = np.full((len(KEYS), _WIDEST), -1, dtype=np.int64)
    for k, key in enumerate(KEYS):
        if key[0] in ("np", "be") and key[1] >= len(roles):
            continue
        ids = [WORD_IDS[word] for word in phrase(key, scene, frame)]
        table[k, : len(ids)] = ids
    return table


def _costs(table: np.ndarray, canvas: np.ndarray) -> np.ndarray:
    """Flat ((len(KEYS) + 2) x (N + 1),) int16: mismatches of each segment at each start."""
    length = len(canvas)
    padded = np.concatenate([canvas, np.full(_WIDEST, -2)])
    costs = np.zeros((len(KEYS) + 2, length + 1), dtype=np.int16)
    for w in range(_WIDEST):
        word = table[:, w, None]  # (K, 1)
        costs[: len(KEYS)] += (word != padded[None, w : w + length + 1]) & (word >= 0)
    costs[_END, :length] = np.cumsum((canvas != EOT_ID)[::-1])[::-1]
    return costs.reshape(-1)


def _spell(table: np.ndarray, keys: tuple[int, ...], length: int) -> np.ndarray:
    """The ids of one outline, padded with <eot> to (length,)."""
    tokens = table[list(keys)].reshape(-1)
    tokens = tokens[tokens >= 0]
    out = np.full(length, EOT_ID, dtype=np.int64)
    out[: len(tokens)] = tokens
    return out
