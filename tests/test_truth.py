"""Every pass of a lane is judged by what its own canvas says."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from rediff_viz.run import record
from rediff_viz.score.messages import payload
from rediff_viz.trace import Trace
from rediff_viz.truth import judgements, scene_words, true_ids, wrong_words
from rediff_viz.world import VOCABULARY, Scene, encode, from_dict, judge, parse, scene_from_seed, score_caption, to_dict
from rediff_viz.world.vocabulary import IN_DETAIL, words_of

SCENE = scene_from_seed(1)  # two small blue camels above a large cactus, under the sea
TRUE = "two blue camels sit above a cactus . they are under the sea ."


def trace_of(texts: Sequence[str], scene: Scene | None = SCENE, length: int = 40, prompt: str = "") -> Trace:
    """A lane of one pass a text, of the picture world's words."""
    canvases = np.stack([encode(text.split(), length) for text in texts]).astype(np.int32)
    trace = record("denoise@toy-blind", length=length, steps=len(texts))
    vocabulary = {i: VOCABULARY[i] for i in {0, 1, *canvases.ravel().tolist()}}
    head = replace(trace.head, vocabulary=vocabulary, scene=None if scene is None else to_dict(scene), prompt=prompt)
    return replace(trace, head=head, canvas=canvases)


def test_each_pass_is_judged_by_its_own_canvas() -> None:
    passes = ["<mask> <mask> frog <mask>", "two blue frog <mask>", "two blue camels are below a cactus .", TRUE]
    wrong = wrong_words(trace_of(passes))
    assert wrong is not None
    assert wrong.shape == (4, 40)
    assert [np.flatnonzero(row).tolist() for row in wrong] == [[2], [2], [4], []]


def test_a_true_caption_is_not_wrong_because_another_is_nearer_to_its_end() -> None:
    """Position by position, a caption that starts a word late is wrong everywhere."""
    wrong = wrong_words(trace_of([f"sea {TRUE}", "a cactus is below two blue camels . they are under the sea ."]))
    assert wrong is not None
    assert [np.flatnonzero(row).tolist() for row in wrong] in ([[0], []], [[], []])


def test_the_claims_of_every_pass_are_known() -> None:
    passes = judgements(trace_of(["two blue camels are below a cactus .", TRUE]))
    assert passes is not None
    relations = [[(claim.text, claim.verdict) for claim in one.claims if claim.kind == "relation"] for one in passes]
    assert relations == [[("camels below cactus", "wrong")], [("camels above cactus", "right")]]


def test_nothing_is_judged_without_a_scene_or_in_other_words() -> None:
    assert wrong_words(trace_of([TRUE], scene=None)) is None
    assert judgements(record("denoise@toy", steps=2)) is None


def test_a_canvas_longer_than_any_text_is_not_judged_once_it_is_full_of_words() -> None:
    assert wrong_words(trace_of([" ".join(["camels"] * 201)], length=256)) is None
    assert wrong_words(trace_of([TRUE], length=256)) is not None


def test_a_scene_of_four_groups_is_described_and_its_answer_compared_in_detail() -> None:
    scene = scene_from_seed(1, groups=4)
    words = scene_words(to_dict(scene))
    assert words.count(".") >= 4
    trace = trace_of([TRUE], scene, 64)
    nearest = true_ids(trace)
    assert nearest is not None
    assert score_caption(words_of(nearest), scene, IN_DETAIL).exact


@pytest.mark.parametrize(("prompt", "briefly"), [("", True), ("briefly", True), ("in detail", False), ("Describe it.", True)])
def test_the_nearest_caption_is_one_of_the_prompt(prompt: str, briefly: bool) -> None:
    nearest = true_ids(trace_of([TRUE], length=64, prompt=prompt))
    assert nearest is not None
    assert (parse(words_of(nearest)) is not None) is briefly


def test_the_browser_is_sent_the_marked_positions_of_each_pass() -> None:
    trace = trace_of(["two blue camels are below a cactus .", TRUE])
    assert from_dict(trace.head.scene) == SCENE
    end = payload([trace], "run")["lanes"][0]["end"]
    assert end["wrong"] == [[4], []]
    assert not {"wrong", "claims"} & payload([trace_of([TRUE], scene=None)], "run")["lanes"][0]["end"].keys()


def test_the_message_counts_the_claims_of_every_pass() -> None:
    texts = ["", "they are", "a cactus is above two blue camels .", TRUE]
    counts = payload([trace_of(texts)], "run")["lanes"][0]["end"]["claims"]
    said = [[claim.verdict for claim in judge(text.split(), SCENE).claims] for text in texts]
    assert counts == [[verdicts.count(one) for one in ("right", "wrong", "unjudged")] for verdicts in said]
    assert counts[0] == [0, 0, 0]
    assert counts[2][1] > 0
