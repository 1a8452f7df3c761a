"""Every pass of a lane is judged by what its own canvas says."""

import json

import numpy as np
import pytest
from written import SCENE, TRUE, trace_of

from rediff_viz.run import record
from rediff_viz.score.messages import payload
from rediff_viz.truth import judged_events, judgements, scene_words, why_wrong, wrong_words
from rediff_viz.world import CANVAS, VOCABULARY, captions, from_dict, judge, scene_from_seed, to_dict
from rediff_viz.world.vocabulary import IN_DETAIL


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


def test_a_scene_of_four_groups_is_described_in_detail() -> None:
    assert scene_words(to_dict(scene_from_seed(1, groups=4))).count(".") >= 4


# the texts of two passes, the position revised between them -> the verdicts on the old word and the new one
REVISIONS = {
    "a count repaired": ("three blue camels", "two blue camels", 0, ("wrong", "right")),
    "a count harmed": ("two blue camels", "three blue camels", 0, ("right", "wrong")),
    "a thing that is not there, made another": ("a frog is here .", "a lion is here .", 1, ("wrong", "wrong")),
    "a word that claims nothing": ("two blue camels are", "two blue camels sit", 3, ("", "")),
    "a thing for a word that claims nothing": ("two blue is", "two blue camels", 2, ("", "right")),
    "a relation that can no longer be read": ("two camels sit below a cactus", "two camels sit above a <mask>", 3, ("wrong", "")),
}


@pytest.mark.parametrize("case", REVISIONS)
def test_the_event_table_tells_the_verdicts_before_and_after(case: str) -> None:
    before, after, position, expected = REVISIONS[case]
    table = judged_events(trace_of([before, after]))
    row = table[(table["pass"] == 2) & (table["position"] == position)].iloc[0]
    assert (row["old_verdict"], row["verdict"]) == expected


def test_a_relation_of_things_that_stand_diagonally_is_unjudged_in_the_event_table() -> None:
    text = "an apple sits left of two stars . they are in a room ."
    committed = judged_events(trace_of([text], scene_from_seed(0))).set_index("position")["verdict"]
    assert committed[[0, 1, 2, 3, 5, 10]].tolist() == ["right", "right", "", "unjudged", "right", "right"]


def test_the_event_table_has_empty_verdicts_where_no_truth_is_known() -> None:
    table = judged_events(trace_of([TRUE], scene=None))
    assert set(table["verdict"]) | set(table["old_verdict"]) == {""}


def test_a_word_wrong_for_two_reasons_has_both_said() -> None:
    reasons = why_wrong(trace_of(["an frog is on a beach . three blue camel are above a cactus .", TRUE]))
    assert reasons is not None
    assert reasons[1] == {}
    assert reasons[0][1] == "There is no frog in this picture."
    assert reasons[0][7] == "The picture has two camels, the text says three."


def test_the_browser_is_sent_every_claim_once_and_for_each_pass_which_it_has() -> None:
    texts = ["", "they are", "a cactus is above three blue camel .", "two blue camels are below a cactus .", TRUE, TRUE]
    trace = trace_of(texts)
    assert from_dict(trace.head.scene) == SCENE
    end = payload([trace], "run")["lanes"][0]["end"]
    for text, (claims, faults) in zip(texts, end["judged"], strict=True):
        said = judge(text.split(), SCENE)
        assert [tuple(end["claims"][k][:3]) for k in claims] == [(c.kind, c.text, c.verdict) for c in said.claims]
        assert [end["claims"][k][3:5] for k in claims] == [[list(c.positions), list(c.groups)] for c in said.claims]
        assert [end["faults"][k][:2] for k in faults] == [[fault.kind, list(fault.positions)] for fault in said.grammar]
        wrong = [end["claims"][k][3] for k in claims if end["claims"][k][2] == "wrong"] + [end["faults"][k][1] for k in faults]
        assert sorted({position for positions in wrong for position in positions}) == list(said.marked)
    assert len({json.dumps(claim) for claim in end["claims"]}) == len(end["claims"])
    assert all(bool(why) is (verdict != "right") for _, _, verdict, _, _, why in end["claims"])


def test_things_are_sent_with_their_places_in_the_picture() -> None:
    (camels, camel_boxes), (cactus, _) = payload([trace_of([TRUE])], "run")["lanes"][0]["end"]["things"]
    assert (camels, cactus) == ("two small blue camels", "a large cactus")
    assert camel_boxes == [[round(1000 * edge / CANVAS) for edge in box] for box in SCENE.groups[0].boxes]


def test_where_nothing_is_known_no_claims_and_no_things_are_sent() -> None:
    assert payload([trace_of([TRUE], scene=None)], "run")["lanes"][0]["end"].keys() == {"text", "stopped", "never_checked", "trace"}


def test_what_is_said_of_a_long_run_stays_small() -> None:
    """64 passes of 64 places, the text another in each."""
    scene = scene_from_seed(1, groups=4)
    words = list(next(captions(scene, IN_DETAIL)))
    rng = np.random.default_rng(0)
    texts = [" ".join(word if rng.random() < 0.9 else str(rng.choice(VOCABULARY[3:])) for word in words[:64]) for _ in range(64)]
    end = payload([trace_of(texts, scene, 64)], "run")["lanes"][0]["end"]
    assert len({json.dumps(row) for row in end["judged"]}) > 32
    assert len(json.dumps({name: end[name] for name in ("claims", "faults", "judged", "things")})) < 150_000
