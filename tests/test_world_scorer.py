"""Every wrong fact lowers the score that measures it."""

from dataclasses import replace

import numpy as np
import pytest

from rediff_viz.world import CaptionScore, Group, Scene, captions, mean_scores, parse, sample_scene, score_caption
from rediff_viz.world.scorer import mentions

CAT = Group("cat", 1, "large", "green", ((60, 40, 90, 70),))
DOGS = Group("dog", 2, "small", None, ((10, 50, 26, 66), (10, 70, 26, 86)))
SCENE = Scene("beach", (CAT, DOGS), "google", 1)
TRUE = "on a beach , a large green cat is right of two small dogs . three objects in all ."


def scored(text: str, scene: Scene = SCENE) -> CaptionScore:
    return score_caption(text.split(), scene)


def test_the_true_caption_is_exact() -> None:
    assert scored(TRUE).exact


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("right of", "left of"),
        ("green", "blue"),
        ("green ", ""),
        ("cat", "frog"),
        ("on a beach", "in a room"),
        ("two small dogs . three", "three small dogs . four"),
        ("small dogs", "small purple dogs"),
        ("large green cat is right of two small", "small green cat is right of two large"),
        ("dogs .", "dogs . there is also a small owl ."),
    ],
)
def test_a_flipped_fact_is_never_exact(old: str, new: str) -> None:
    text = TRUE.replace(old, new, 1)
    assert text != TRUE
    assert not scored(text).exact


def test_every_changed_scene_makes_every_caption_inexact() -> None:
    rng = np.random.default_rng(2)
    for scene in (sample_scene(rng) for _ in range(30)):
        other = replace(scene, setting="room" if scene.setting != "room" else "snow")
        words = next(captions(scene))
        assert score_caption(words, scene).exact
        assert not score_caption(words, other).exact


def test_hallucination_is_counted_per_noun_phrase() -> None:
    one = scored("on a beach , a green cat is right of a pig .")
    assert (one.chair_i, one.chair_s) == (0.5, True)
    assert one.object_f1 == pytest.approx(0.5)
    assert one.relation_accuracy == 0.0


def test_a_noun_introduced_twice_is_fluent_but_duplicated() -> None:
    twice = scored("on a beach , a green cat is right of a green cat . two objects in all .")
    assert (twice.fluent, twice.duplicated, twice.exact) == (True, True, False)


def test_attributes_are_judged_in_text_that_does_not_parse() -> None:
    loose = scored("there the , large blue cat right of two small dogs dogs is under")
    assert not loose.fluent
    assert loose.attribute_accuracy == pytest.approx(4 / 6)  # cat: size of 3; dogs: count, tint, size
    assert loose.relation_accuracy == 1.0
    assert loose.duplicated


def test_a_score_that_does_not_apply_is_none_and_left_out_of_the_mean() -> None:
    empty = scored("on a beach .")
    assert (empty.attribute_accuracy, empty.relation_accuracy, empty.chair_i) == (None, None, None)
    assert (empty.object_f1, empty.chair_s) == (0.0, False)
    assert mean_scores([empty, scored(TRUE)])["relation_accuracy"] == 1.0
    assert mean_scores([empty])["chair_i"] is None


def test_under_the_sea_is_a_setting_and_not_a_relation() -> None:
    assert scored("two dogs are under the sea .").relation_accuracy is None


def test_the_loose_reading_finds_the_noun_phrases_the_parser_finds() -> None:
    rng = np.random.default_rng(3)
    for scene in (sample_scene(rng) for _ in range(20)):
        for words in list(captions(scene))[::40]:
            graph = parse(words)
            assert graph is not None
            loose = [(m.noun, m.count, m.size, m.tint) for m in mentions(words)]
            assert loose == [(g.noun, g.count, g.size, g.tint) for g in graph.groups]
