"""The true caption nearest to a canvas by positions or to a text by edits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rediff_viz.world.grammar import language
from rediff_viz.world.scenes import Scene
from rediff_viz.world.sentences import word_ids
from rediff_viz.world.vocabulary import BRIEFLY, IN_DETAIL, MASK, VOCABULARY, before_eot


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


def nearest_in_edits(words: Iterable[str], scene: Scene, prompt: str | None = None) -> tuple[str, ...]:
    """The true caption nearest to a text by edit distance, masks free of charge; without a prompt, of any that the scene has."""
    return tuple(VOCABULARY[word] for _, word in _aligned(before_eot(words), scene, prompt) if word is not None)


def true_word(words: Iterable[str], scene: Scene, position: int, prompt: str | None = None) -> str | None:
    """The word that the caption of `nearest_in_edits` has at a position of the text; None where it has none there, or the same one."""
    text = before_eot(words)
    found = next((VOCABULARY[word] for at, word in _aligned(text, scene, prompt) if at == position and word is not None), None)
    return None if found is None or found == text[position] else found


def _aligned(text: Sequence[str], scene: Scene, prompt: str | None) -> list[tuple[int | None, int | None]]:
    """The nearest caption beside the text, word by word, as `Lattice.align` has it."""
    ids, weights = word_ids(text), [int(word != MASK) for word in text]
    of_scene = [BRIEFLY, IN_DETAIL] if len(scene.groups) < 4 else [IN_DETAIL]

    def edits(pairs: Sequence[tuple[int | None, int | None]]) -> int:
        return sum(1 if at is None else weights[at] * (ids[at] != word) for at, word in pairs)

    return min((language(scene, one).align(ids, weights) for one in ([prompt] if prompt else of_scene)), key=edits)
