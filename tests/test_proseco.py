"""ProSeCo pass by pass against a script of predictions."""

from __future__ import annotations

from script import END, M, play, predicted

from rediff_viz.samplers import Plan
from rediff_viz.trace import Prediction


def test_the_corrector_completes_the_draft_corrects_what_was_committed_and_chooses_from_its_last_prediction() -> None:
    script = [
        predicted([1, 2, 3], [0.9, 0.1, 0.1]),
        predicted([1, 5, 6], [0.9, 0.5, 0.5]),  # predictor: completes the draft to 1 5 6
        predicted([8, 5, 9], [0.9, 0.2, 0.3]),  # corrector: changes it
        predicted([8, 5, 9], [0.9, 0.4, 0.7]),  # corrector: a fixed point
        predicted([0, 4, 0], [0, 1, 0]),
    ]
    played = play("proseco", Plan(3, 3, M), script, rounds=4)
    assert [query.phase for query in played.queries] == ["predict", "predict", "draft", "draft", "predict", "final"]
    assert [query.read.tolist() for query in played.queries[2:4] if query.read is not None] == [[1, 5, 6], [8, 5, 9]]
    assert played.canvases == [[M, M, M], [1, M, M], [1, M, M], [1, M, M], [8, M, 9], [8, 4, 9]]


def test_the_corrector_reaches_earlier_blocks_and_leaves_later_ones() -> None:
    script = [
        predicted([1, 2, 3, 4], [1, 1, 1, 1]),
        predicted([5, 6, 7, 8], [1, 1, 1, 1]),
        predicted([9, 9, 9, 9], [1, 1, 1, 1]),
    ]
    played = play("proseco", Plan(6, 3, M, block_length=2), [*[_six(s) for s in script], _six(script[2])], every=1, rounds=1)
    assert [query.phase for query in played.queries] == ["predict", "draft", "predict", "draft", "predict"]
    assert played.queries[3].read is not None
    assert played.queries[3].read.tolist() == [5, 6, 9, 9, 0, 0]  # committed words stand in the draft, later blocks keep the first guess
    assert played.canvases[2] == [5, 6, M, M, M, M]
    assert played.canvases[4] == [9, 9, 9, 9, M, M]


def _six(s: Prediction) -> Prediction:
    return predicted([*s.ids, 0, 0], [*s.prob, 0, 0])


def test_a_corrector_that_never_rests_ends_after_its_rounds() -> None:
    script = [predicted([1, 1], [1, 1]), *[predicted([2 + t % 2] * 2, [1, 1]) for t in range(9)]]
    played = play("proseco", Plan(2, 1, M), script, every=1, rounds=5)
    assert [query.phase for query in played.queries].count("draft") == 5


def test_a_threshold_replaces_the_quota() -> None:
    script = [predicted([1, 2, 3], [0.6, 0.7, 0.1]), predicted([1, 2, 3], [0, 0, 0.1])]
    assert play("proseco", Plan(3, 1, M), script, rounds=0, threshold=0.5).canvases == [[M] * 3, [1, 2, M], [1, 2, 3]]


def test_a_block_that_closes_with_end_of_text_fills_the_rest_with_it() -> None:
    script = [predicted([1, END, 3, 4], [1, 1, 1, 1])]
    played = play("proseco", Plan(4, 2, M, block_length=2, eot_id=END), script, rounds=0)
    assert played.end.canvas.tolist() == [1, END, END, END]
    assert "end-of-text" in played.end.why
    going = play("proseco", Plan(4, 2, M, block_length=2, eot_id=END), script * 2, rounds=0, early_end=False)
    assert going.end.canvas.tolist() == [1, END, 3, 4]


def test_under_a_temperature_the_corrector_stays_greedy_and_the_choice_is_drawn() -> None:
    script = [predicted([1, 2], [1, 1]), predicted([5, 6], [1, 1], argmax=[3, 4]), predicted([7, 8], [0.9, 0.1], argmax=[3, 4])]
    played = play("proseco", Plan(2, 2, M, temperature=0.5), script, every=1)
    assert [query.temperature for query in played.queries[:3]] == [0.0, 0.5, 0.5]
    assert played.queries[2].read is not None
    assert played.queries[2].read.tolist() == [3, 4]
    assert played.canvases[3] == [7, M]
