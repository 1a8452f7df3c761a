"""The nearest true caption equals a brute-force search."""

from collections.abc import Sequence

import numpy as np
import pytest

from rediff_viz.world import (
    MASK_ID,
    VOCABULARY,
    caption,
    captions,
    encode,
    nearest_caption,
    sample_scene,
    score_caption,
    words_of,
)

V = len(VOCABULARY)


def damaged(rng: np.random.Generator, words: Sequence[str], amount: int, length: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """A caption's canvas with `amount` tokens replaced by other words: (before, after)."""
    true = encode(words, length)
    after = true.copy()
    for at in rng.choice(len(words), amount, replace=False):
        other = rng.integers(3, V - 1)
        after[at] = other + (other >= true[at])
    return true, after


@pytest.mark.parametrize("length", [40, 24, 48])
def test_the_nearest_caption_equals_brute_force_including_ties(length: int) -> None:
    rng = np.random.default_rng(length)
    for _ in range(12):
        scene = sample_scene(rng)
        every = [words for words in captions(scene) if len(words) <= length]
        if not every:
            continue
        matrix = np.stack([encode(words, length) for words in every])
        for amount in (0, 3, 9, 14):
            _, canvas = damaged(rng, every[int(rng.integers(len(every)))], amount, length)
            canvas[rng.random(length) < 0.1] = MASK_ID
            best = int((matrix != canvas).sum(axis=1).argmin())
            assert nearest_caption(scene, canvas).tolist() == matrix[best].tolist()


def test_the_nearest_caption_of_random_words_is_exact() -> None:
    rng = np.random.default_rng(5)
    for _ in range(100):
        scene = sample_scene(rng)
        found = nearest_caption(scene, rng.integers(0, V, 40))
        assert score_caption(words_of(found), scene).exact


def test_the_nearest_caption_of_a_true_caption_is_itself() -> None:
    rng = np.random.default_rng(6)
    for _ in range(100):
        scene = sample_scene(rng)
        canvas = encode(caption(scene, rng))
        assert nearest_caption(scene, canvas).tolist() == canvas.tolist()


def test_a_canvas_too_short_or_of_the_wrong_shape_is_refused_with_a_sentence() -> None:
    scene = sample_scene(np.random.default_rng(8))
    with pytest.raises(ValueError, match="a canvas of 9 tokens"):
        nearest_caption(scene, np.zeros(9, np.int64))
    with pytest.raises(ValueError, match="expected one row"):
        nearest_caption(scene, np.zeros((2, 40), np.int64))
