"""Captions of the grammar are true, parse, and stop parsing when an agreement is broken."""

from itertools import combinations, islice

import numpy as np
import pytest

from rediff_viz.world import (
    EOT,
    MASK,
    NOUNS,
    PLURALS,
    VOCABULARY,
    WORD_IDS,
    Scene,
    caption,
    captions,
    decode,
    encode,
    mean_scores,
    parse,
    sample_scene,
    scene_from_seed,
    score_caption,
)
from rediff_viz.world.detail import detail
from rediff_viz.world.lattice import Choice, Expr
from rediff_viz.world.scenes import relation
from rediff_viz.world.vocabulary import IN_DETAIL


def scenes(amount: int, seed: int = 0) -> list[Scene]:
    rng = np.random.default_rng(seed)
    return [sample_scene(rng) for _ in range(amount)]


def test_every_caption_of_1500_scenes_parses_and_scores_exact() -> None:
    rng = np.random.default_rng(11)
    scores = [score_caption(caption(scene, rng), scene) for scene in scenes(1500)]
    assert mean_scores(scores) == {
        "fluent": 1.0,
        "exact": 1.0,
        "object_f1": 1.0,
        "attribute_accuracy": 1.0,
        "relation_accuracy": 1.0,
        "duplicated": 0.0,
        "chair_i": 0.0,
        "chair_s": 0.0,
        "claims_right": 1.0,
        "sentences_fluent": 1.0,
    }


def test_all_captions_of_a_scene_are_distinct_exact_and_15_to_39_tokens_long() -> None:
    for scene in scenes(8, seed=3):
        every = list(captions(scene))
        assert len(set(every)) == len(every) >= 24
        assert all(15 <= len(words) <= 39 and score_caption(words, scene).exact for words in every)
        assert every == list(captions(scene))


def test_a_random_caption_is_one_of_the_enumerated_ones() -> None:
    rng = np.random.default_rng(0)
    for scene in scenes(10, seed=4):
        every = set(captions(scene))
        assert all(caption(scene, rng) in every for _ in range(20))


def fewest_words(expr: Expr) -> int:
    """The length of the shortest caption of a language."""
    if isinstance(expr, str):
        return 1
    if isinstance(expr, Choice):
        return min(map(fewest_words, expr.options))
    return sum(map(fewest_words, expr))


def test_the_shortest_long_caption_tells_neither_sizes_nor_relations() -> None:
    lengths: dict[int, set[int]] = {2: set(), 3: set(), 4: set()}
    shown = set()
    for scene in (scene_from_seed(n, groups=2 + n % 3) for n in range(300)):
        groups = scene.groups
        beside = [relation(a, b) is not None for a, b in combinations(groups, 2)]
        if all(beside):  # "there is also" is shorter, where nothing else can be told
            lengths[len(groups)].add(fewest_words(detail(scene)) - sum(group.tint is not None for group in groups))
            shown.add((relation(groups[0], groups[1]), groups[0].size, groups[1].size))
    assert all(len(found) == 1 for found in lengths.values()), lengths
    assert len(shown) == 16


def test_the_vocabulary_has_its_specials_first_and_every_noun_in_both_forms() -> None:
    assert VOCABULARY[:3] == ("<eot>", "<mask>", "<unk>")
    first, second = VOCABULARY[3:-7], VOCABULARY[-7:]  # those of the first edition keep their ids
    assert list(first) == sorted(set(first) - set(second))
    assert second == ("it", "them", "both", "kinds", "ten", "eleven", "twelve")
    assert 140 <= len(VOCABULARY) <= 170
    forms = [*NOUNS, *PLURALS.values()]
    assert len(set(forms)) == 2 * len(NOUNS)
    assert all(form in WORD_IDS for form in forms)


def test_every_word_of_the_vocabulary_is_used_by_some_caption() -> None:
    used = {word for scene in scenes(700, seed=5) for word in (w for c in islice(captions(scene), 0, None, 97) for w in c)}
    rng = np.random.default_rng(5)
    used |= {word for n in range(700) for word in caption(scene_from_seed(n, groups=2 + n % 3), rng, IN_DETAIL)}
    used |= set(caption(scene_from_seed(1474, groups=4), rng, IN_DETAIL))  # twelve objects, which few scenes have
    assert set(VOCABULARY[3:]) - used == set()


GOOD = "there is an orange cat on a beach . two dogs are left of the cat . three objects in all ."


def test_a_caption_written_by_hand_parses() -> None:
    graph = parse(GOOD.split())
    assert graph is not None
    assert (graph.setting, graph.relation, graph.total) == ("beach", (1, "left", 0), 3)
    assert [(g.noun, g.count, g.tint) for g in graph.groups] == [("cat", 1, "orange"), ("dog", 2, None)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("an orange", "a orange"),
        ("there is", "there are"),
        ("dogs are", "dogs is"),
        ("two dogs", "two dog"),
        ("an orange cat", "an orange cats"),
        ("the cat .", "the dog ."),
        ("the cat .", "the cats ."),
        ("three objects", "four objects"),
        ("on a beach", "in a beach"),
        ("two dogs", "two small dogs"),
        ("left of", "left"),
        (" in all .", " in all"),
        ("two", MASK),
        ("two", "five"),
    ],
)
def test_a_broken_agreement_does_not_parse(old: str, new: str) -> None:
    assert old in GOOD
    assert parse(GOOD.replace(old, new, 1).split()) is None


def test_words_after_the_end_are_ignored_and_an_empty_caption_does_not_parse() -> None:
    assert parse([*GOOD.split(), EOT, "cat", MASK]) == parse(GOOD.split())
    assert parse([]) is None
    assert parse([EOT]) is None
    with pytest.raises(ValueError, match="one string"):
        parse(GOOD)


def test_random_words_never_crashes_the_parser_or_the_scorer() -> None:
    rng = np.random.default_rng(1)
    for scene in scenes(100, seed=6):
        words = [VOCABULARY[k] for k in rng.integers(1, len(VOCABULARY), 40)]
        assert not score_caption(words, scene).fluent


def test_encode_pads_and_decode_stops_and_errors_state_what_is_expected() -> None:
    ids = encode(["a", "cat", MASK, "zebu"], 6)
    assert ids.dtype == np.int64
    assert ids.tolist()[2:] == [1, 2, 0, 0]
    assert decode(ids) == "a cat <mask> <unk>"
    with pytest.raises(ValueError, match="canvas length 3"):
        encode(["a"] * 4, 3)
    with pytest.raises(ValueError, match="token id 999"):
        decode([999])
