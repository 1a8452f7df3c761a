"""A language is searched without being listed, and the search equals listing it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rediff_viz.world import EOT_ID, WORD_IDS, encode, sample_scene, scene_from_seed
from rediff_viz.world.grammar import LANGUAGES, caption, captions, language
from rediff_viz.world.lattice import Choice, compile_language
from rediff_viz.world.vocabulary import IN_DETAIL, LENGTHS, VOCABULARY

SMALL = ("a", Choice(("cat", ("red", Choice(("cat", "dog"))), ())), Choice((".", ("is", "red", "."))))


def edits(text: Sequence[int], caption: Sequence[int]) -> int:
    """The edit distance, by the textbook's table."""
    row = list(range(len(caption) + 1))
    for i, a in enumerate(text, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(caption, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def test_a_small_language_has_all_its_captions_in_their_order() -> None:
    found = [" ".join(words) for words in compile_language(SMALL).paths()]
    stems = ["a cat", "a red cat", "a red dog", "a"]
    assert found == [f"{stem} {end}" for stem in stems for end in (".", "is red .")]


def test_captions_below_the_least_length_are_left_out() -> None:
    found = [" ".join(words) for words in compile_language(SMALL, 5).paths()]
    assert found == ["a cat is red .", "a red cat is red .", "a red dog is red ."]
    with pytest.raises(ValueError, match="no caption"):
        compile_language(SMALL, 7)


@pytest.mark.parametrize("prompt", LANGUAGES)
def test_a_drawn_caption_is_accepted_and_a_changed_one_is_not(prompt: str) -> None:
    rng = np.random.default_rng(3)
    for _ in range(40):
        scene = sample_scene(rng)
        words = encode(caption(scene, rng, prompt), LENGTHS[prompt])
        assert language(scene, prompt).accepts(words)
        changed = words.copy()
        changed[int(rng.integers(np.flatnonzero(words == EOT_ID)[0]))] = WORD_IDS["zero"] if "zero" in WORD_IDS else WORD_IDS["also"]
        assert not language(scene, prompt).accepts(changed) or (changed == words).all()


def test_the_nearest_long_caption_equals_listing_them() -> None:
    rng = np.random.default_rng(4)
    small = [scene for scene in (scene_from_seed(n) for n in range(60)) if len(scene.groups) == 2 and not any(g.tint for g in scene.groups)]
    for scene in small[:4]:
        every = np.stack([encode(words, 64) for words in captions(scene, IN_DETAIL)])
        canvases = every[rng.integers(len(every), size=12)].copy()
        hit = rng.random(canvases.shape) < 0.3
        canvases[hit] = rng.integers(0, len(VOCABULARY), hit.sum())
        best = [int((every != canvas).sum(axis=1).argmin()) for canvas in canvases]
        assert (language(scene, IN_DETAIL).nearest(canvases) == every[best]).all()


def test_the_alignment_has_the_smallest_edit_distance_and_spells_a_caption() -> None:
    rng = np.random.default_rng(5)
    for number in range(6):
        scene = scene_from_seed(number)
        lattice = language(scene)
        every = [[WORD_IDS[word] for word in words] for words in captions(scene)][::29]
        for _ in range(3):
            text = list(every[int(rng.integers(len(every)))])
            for _ in range(3):
                at = int(rng.integers(len(text)))
                change = int(rng.integers(3))
                text[at : at + (change != 1)] = [] if change == 0 else [int(rng.integers(3, len(VOCABULARY)))]
            pairs = lattice.align(text)
            spelled = [word for _, word in pairs if word is not None]
            assert lattice.accepts(spelled)
            assert [i for i, _ in pairs if i is not None] == list(range(len(text)))
            cost = sum(i is None or word is None or text[i] != word for i, word in pairs)
            assert cost == edits(text, spelled)
            assert cost <= min(edits(text, one) for one in every)


def test_a_true_caption_is_its_own_nearest_and_aligns_without_an_edit() -> None:
    rng = np.random.default_rng(6)
    for number in range(30):
        for prompt, groups in (("briefly", None), (IN_DETAIL, None), (IN_DETAIL, 4)):
            scene = scene_from_seed(number, groups=groups)
            words = caption(scene, rng, prompt)
            canvas = encode(words, LENGTHS[prompt])
            lattice = language(scene, prompt)
            assert (lattice.nearest(canvas[None])[0] == canvas).all()
            assert lattice.align(canvas[: len(words)]) == [(i, WORD_IDS[word]) for i, word in enumerate(words)]


def test_long_captions_have_30_to_60_words_and_leave_under_a_quarter_to_end_of_text() -> None:
    rng = np.random.default_rng(7)
    lengths = [len(caption(sample_scene(rng), rng, IN_DETAIL)) for _ in range(1000)]
    four = [len(caption(scene_from_seed(n, groups=4), rng, IN_DETAIL)) for n in range(200)]
    assert min(lengths + four) >= 30
    assert max(lengths + four) <= 60
    assert 1 - np.mean(lengths) / LENGTHS[IN_DETAIL] < 0.25


def test_four_groups_have_no_short_caption_and_no_prompt_is_made_up() -> None:
    with pytest.raises(ValueError, match="in detail only"):
        language(scene_from_seed(0, groups=4))
    with pytest.raises(ValueError, match="'briefly' or 'in detail'"):
        language(scene_from_seed(0), "at length")
    with pytest.raises(ValueError, match="room for the shortest"):
        language(scene_from_seed(0), IN_DETAIL).nearest(np.zeros((1, 20), np.int64))
