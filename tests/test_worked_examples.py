"""Samplers by hand: small numbers, ties, thresholds at equality, remainders, ends. One pass is one line of probabilities."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from rediff_viz.samplers import SAMPLERS, Plan
from rediff_viz.samplers.decide import margin
from rediff_viz.samplers.dimple import by_grid
from rediff_viz.samplers.entropy_bound import accepted
from rediff_viz.samplers.free_correction import share
from rediff_viz.samplers.klass import movement
from rediff_viz.samplers.prism import centred
from rediff_viz.samplers.remdm import highest, loop_chances
from rediff_viz.samplers.schedule import Schedule, quota
from rediff_viz.trace import Prediction, Query

EOT, MASK = 0, 1


def seen(prob: list[float], ids: list[int] | None = None, read: list[float] | None = None, **extra: list[float]) -> Prediction:
    """A prediction: the probability of the proposals (10, 11, ... or `ids`), of the words read, and the rest of the mass on id 99."""
    n, p = len(prob), np.array(prob)
    words = np.arange(n) + 10 if ids is None else np.array(ids)
    top_prob = np.column_stack((p, 1 - p))
    order = np.argsort(-top_prob, axis=1, kind="stable")
    return Prediction(
        ids=words,
        prob=p,
        input_prob=np.array(read if read is not None else [0.0] * n),
        entropy=np.array(extra.pop("entropy", [0.0] * n)),
        top_ids=np.take_along_axis(np.column_stack((words, np.full(n, 99))), order, 1),
        top_prob=np.take_along_axis(top_prob, order, 1),
        extra={name: np.array(values) for name, values in extra.items()},
    )


def canvases(sampler: str, passes: list[Prediction], length: int | None = None, **changed: Any) -> tuple[list[list[int]], Query]:
    """What the model reads in each pass, and the end."""
    settings = changed.pop("settings", {})
    plan = Plan(**({"length": length or len(passes[0].ids), "steps": len(passes), "mask_id": MASK, "eot_id": EOT} | changed))
    running = SAMPLERS[sampler].run(plan, **settings)
    query, read = next(running), list[list[int]]()
    for prediction in passes:
        assert query.read is not None, f"it ended after {len(read)} passes"
        read.append(query.read.tolist())
        query = running.send((query.read, prediction))
    return read, query


def after_one(sampler: str, prediction: Prediction, **changed: Any) -> list[int]:
    """The canvas after the first pass of many."""
    return [int(i) for i in canvases(sampler, [prediction], **{"steps": len(prediction.ids)} | changed)[1].canvas]


def test_end_of_text_comes_last_where_it_is_asked_to() -> None:
    passes = [seen([0.9, 0.3, 0.95, 0.9], ids=[EOT, 11, EOT, 13]), seen([0.8, 0.3, 0.7, 0.5], ids=[EOT, 11, EOT, 13])]
    assert canvases("denoise", passes)[0][1] == [EOT, MASK, EOT, MASK]
    read, end = canvases("denoise", passes, settings={"eot_last": True})
    assert read[1] == [MASK, 11, MASK, 13]
    assert end.canvas.tolist() == [EOT, 11, EOT, 13]
    assert canvases("denoise", passes, eot_id=None, settings={"eot_last": True})[0][1] == [EOT, MASK, EOT, MASK]


def test_a_threshold_is_reached_at_equality_and_the_surest_always_passes() -> None:
    assert after_one("fast_dllm_threshold", seen([0.9, 0.89, 0.95, 0.2])) == [10, MASK, 12, MASK]
    assert after_one("fast_dllm_threshold", seen([0.3, 0.4, 0.4, 0.2])) == [MASK, 11, MASK, MASK]


def test_the_factor_asks_more_the_more_are_filled() -> None:
    assert after_one("fast_dllm_factor", seen([0.9, 0.1])) == [10, MASK]  # the second needs 2/3
    assert after_one("fast_dllm_factor", seen([0.7, 0.9, 0.74, 0.76])) == [MASK, 11, MASK, 13]  # the third needs 3/4
    assert after_one("fast_dllm_factor", seen([0.7, 0.9, 0.75, 0.76])) == [MASK, 11, 12, 13]  # the fourth 4/5


def test_dream_fills_the_whole_part_of_what_the_grid_asks_for() -> None:
    passes = [seen([0.1 * (8 - i) for i in range(8)])] * 4
    read, end = canvases("dream_maskgit", passes)
    assert [row.count(MASK) for row in read] == [8, 7, 5, 3]  # 8 x .24975, 7 x .33289 and 5 x .499, cut to whole numbers
    assert end.canvas.tolist() == list(range(10, 18))


def test_dream_orders_by_margin_and_by_entropy() -> None:
    wave = seen([0.5, 0.9, 0.6], entropy=[0.2, 0.9, 0.5])
    assert margin(wave).round(6).tolist() == [0.0, 0.8, 0.2]
    assert canvases("dream_margin", [wave] * 3)[0] == [[MASK] * 3, [MASK] * 3, [MASK, 11, MASK]]  # .999 of a word is none
    assert canvases("dream_entropy", [wave] * 3)[0][2] == [10, MASK, MASK]


def test_dimple_passes_only_above_its_threshold_and_else_by_the_grid() -> None:
    assert after_one("dimple", seen([0.95, 0.96, 0.2, 0.99])) == [MASK, 11, MASK, 13]
    assert after_one("dimple", seen([0.5, 0.6, 0.2, 0.3])) == [MASK, 11, MASK, MASK]
    times = np.linspace(1, 1e-3, 5)
    assert by_grid(times[1:], 2, 4) == 1  # half is left: of the later times .25075 is the first to ask for one of two
    assert by_grid(times[1:], 4, 4) == 1  # .75025 asks for .999 of a word: none; .5005 for 1.998: one


def test_the_entropy_bound_counts_all_but_the_largest() -> None:
    every = np.ones(4, bool)
    assert accepted(np.array([0.05, 0.02, 0.5, 0.04]), every, 0.1).tolist() == [True, True, False, True]
    assert accepted(np.array([0.5, 0.5, 9.0, 9.0]), every, 0.5).tolist() == [True, True, False, False]  # .5 is within .5
    assert accepted(np.array([3.0, 2.0, 2.0, 5.0]), every, 0.0).tolist() == [False, True, False, False]
    assert not accepted(np.array([1.0]), np.zeros(1, bool), 1.0).any()


def test_klass_waits_until_the_prediction_rests() -> None:
    still = seen([0.9, 0.8, 0.7, 0.65, 0.3])
    read, end = canvases("klass", [still] * 3, steps=5)
    assert read == [[MASK] * 5, [10, *[MASK] * 4], [10, 11, *[MASK] * 3]]  # nothing rests yet: the quota of one
    assert end.canvas.tolist() == [10, 11, 12, 13, MASK]  # both above .6
    assert movement(still, still) == pytest.approx(np.zeros(5), abs=1e-9)
    p, q = np.array([0.8, 0.2]), np.array([0.5, 0.5])
    assert movement(seen([0.8]), seen([0.5]))[0] == pytest.approx(float((p * np.log(p / q)).sum()))


def test_prophet_fills_all_once_the_mean_lead_is_enough() -> None:
    sure, unsure = seen([0.96, 0.97, 0.98]), seen([0.9, 0.97, 0.98])  # leads of .92 to .96, and of .8 to .96
    assert after_one("prophet", sure) == [10, 11, 12]
    assert after_one("prophet", unsure, settings={"gap": 0.91}) == [MASK, MASK, 12]


def test_mdlm_fills_a_mask_at_its_own_time() -> None:
    first = seen([0.5] * 4, uniform=[0.9, 0.3, 0.6, 0.55])
    later = seen([0.5] * 4, ids=[20, 21, 22, 23])
    read, end = canvases("mdlm", [first, later], steps=4, length=4)  # the last two of four steps: .5 to .25, and .25 to 0
    assert read == [[MASK] * 4, [10, MASK, MASK, MASK]]
    assert end.canvas.tolist() == [10, MASK, 22, 23]


def test_left_to_right_ends_at_the_end_of_text() -> None:
    passes = [seen([0.1, 0.9, 0.9, 0.9]), seen([0.1, 0.2, 0.9, 0.9], ids=[20, EOT, 22, 23])]
    assert canvases("left_to_right", passes, steps=4)[1].canvas.tolist() == [10, EOT, EOT, EOT]
    assert after_one("chunks", seen([0.1] * 5), settings={"size": 3}) == [10, 11, 12, MASK, MASK]


def test_t2t_edits_above_its_threshold_and_stops_when_nothing_changes() -> None:
    fill = seen([0.96, 0.97, 0.2])
    edit = seen([0.9, 0.91, 0.3], ids=[20, 21, 22])
    rest = seen([0.99, 0.99, 0.99], ids=[10, 21, 22])
    read, end = canvases("t2t", [fill, edit, rest], steps=3)
    assert read == [[MASK] * 3, [10, 11, MASK], [10, 21, 22]]
    assert (end.phase, end.canvas.tolist()) == ("final", [10, 21, 22])


def test_t2m_masks_a_quarter_at_most_and_a_position_only_so_often() -> None:
    fill = seen([0.99] * 4)
    doubt = seen([0.99] * 4, read=[0.4, 0.1, 0.9, 0.3])
    read, end = canvases("t2m", [fill, doubt, fill, doubt], steps=4, settings={"remasks": 1})
    assert read == [[MASK] * 4, [10, 11, 12, 13], [10, MASK, 12, 13], [10, 11, 12, 13]]
    assert end.canvas.tolist() == [10, 11, 12, MASK]


@pytest.mark.parametrize(("filled", "back"), [(2, 1), (8, 1), (9, 2), (16, 2), (64, 8)])
def test_saber_masks_an_eighth_again(filled: int, back: int) -> None:
    first = seen([0.5, 0.5, *[0.1] * 70])  # no mean yet: two are filled, one masked again
    second = seen([0.1, 0.1, *[0.9] * filled, *[0.1] * (70 - filled)])  # so many surer than the mean of .5
    read, end = canvases("saber", [first, second], steps=72)
    assert (np.array(read[1]) != MASK).sum() == 1
    assert (end.canvas != MASK).sum() == 1 + filled - back


def test_remdm_chances_by_hand() -> None:
    assert highest(0.0, 0.25) == 1
    assert highest(0.5, 0.75) == 0.5
    fills, remasks = loop_chances(0.5, 0.4, eta=0.02, on=0.55, off=0.05, alpha_on=0.9)
    assert (round(fills, 6), remasks) == (0.18, 0.02)  # .02 x .9 / .1
    assert loop_chances(1.0, 0.55, 0.02, 0.55, 0.05, 0.9) == pytest.approx((0.9, 0.0))
    assert loop_chances(0.05, 0.0, 0.02, 0.55, 0.05, 0.9) == pytest.approx((1.0, 0.0))


def test_remdm_cap_fills_and_masks_again_in_the_same_pass() -> None:
    passes = [seen([0.5] * 3, uniform=[0.2, 0.9, 0.9]), seen([0.5] * 3, uniform=[0.1, 0.9, 0.9])]
    read, end = canvases("remdm_cap", passes, steps=3, settings={"eta": 0.3})
    assert read[1] == [10, MASK, MASK]
    assert end.canvas.tolist() == [MASK, MASK, MASK]  # .1 < .3, and masks are filled below (2/3 - .7/3) / (2/3) = .65


def test_remdm_llada_masks_the_least_sure_when_written() -> None:
    wave = seen([0.5, 0.9, 0.8, 0.7])
    read, _end = canvases("remdm_llada", [wave] * 5, steps=4, length=4)
    assert read[:4] == [[MASK] * 4, [MASK, 11, MASK, MASK], [MASK, 11, 12, MASK], [MASK, 11, 12, MASK]]


def test_free_correction_keeps_the_schedule() -> None:
    assert [share(r, 64, 1.0) for r in (0.0, 0.39, 0.4, 0.6, 0.8, 1.0)] == [0, 0, 1, 1, 1, 0]
    assert share(0.5, 128, 1.0) == 2
    assert share(0.5, 128, 0.0) == 0


def test_tolerator_masks_first_and_writes_in_the_same_pass() -> None:
    fill = seen([0.9, 0.8, 0.7, 0.6], uniform=[0.1, 0.9, 0.8, 0.2])
    again = seen([0.9] * 4, ids=[20, 21, 22, 23], uniform=[0.0] * 4)
    read, end = canvases("tolerator", [fill, again], steps=2)
    assert read == [[MASK] * 4, [10, MASK, MASK, 13]]
    assert end.canvas.tolist() == [10, 21, 22, 13]


def test_dsl_correct_makes_every_word_the_present_choice() -> None:
    read, end = canvases("dsl_correct", [seen([0.9, 0.8]), seen([0.6, 0.4], ids=[20, 11])], steps=1)
    assert read == [[MASK, MASK], [10, 11]]
    assert end.canvas.tolist() == [20, 11]


def test_proseco_owt_rewrites_the_draft_and_draws_from_the_last_prediction() -> None:
    passes = [
        seen([0.5] * 3, uniform=[0.9, 0.3, 0.6], argmax=[20, 21, 22]),  # of two steps the second is that of .3
        seen([0.5] * 3, ids=[40, 41, 42], argmax=[30, 21, 22]),  # a draft of three masks: nothing stands yet that it could change
        seen([0.5] * 3, argmax=[50, 51, 52]),
        seen([0.5] * 3, ids=[70, 71, 72], argmax=[60, 51, 42]),
    ]
    read, end = canvases("proseco_owt", passes, steps=2)
    assert read == [[MASK] * 3, [20, 21, 22], [40, MASK, 42], [40, 51, 42]]
    assert end.canvas.tolist() == [60, 71, 42]


def test_proseco_owt_makes_no_pass_where_nothing_was_filled() -> None:
    passes = [
        seen([0.5] * 2, uniform=[0.3, 0.2], argmax=[20, 21]),  # both are filled in the second step
        seen([0.5] * 2, argmax=[30, 31]),
        seen([0.5] * 2, ids=[40, 41], argmax=[30, 31]),
    ]
    read, end = canvases("proseco_owt", passes, steps=2)
    assert read == [[MASK] * 2, [20, 21], [30, 31]]
    assert (end.phase, end.canvas.tolist()) == ("final", [40, 41])


def test_proseco_owt_rests_once_a_round_changes_nothing_and_else_after_its_rounds() -> None:
    first, later = seen([0.5] * 2, uniform=[0.9, 0.8], argmax=[20, 21]), [seen([0.5] * 2, argmax=[20, 21])]
    assert canvases("proseco_owt", [first, *later], steps=1, settings={"rounds": 3})[0] == [[MASK] * 2, [20, 21]]
    flips = [seen([0.5] * 2, argmax=[30 + i, 21]) for i in range(3)]
    read, end = canvases("proseco_owt", [first, *flips], steps=1, settings={"rounds": 3})
    assert read == [[MASK] * 2, [20, 21], [30, 21], [31, 21]]
    assert end.phase == "final"


def test_proseco_owt_changes_only_the_surest_under_select_top_k() -> None:
    first = seen([0.5] * 3, uniform=[0.9] * 3, argmax=[20, 21, 22])
    doubt = seen([0.9, 0.7, 0.95], ids=[30, 31, 22], argmax=[30, 31, 22])  # the surest of all is no change
    read, _end = canvases(
        "proseco_owt", [first, doubt, doubt], steps=1, settings={"rounds": 2, "corrector": "select_top_k"}
    )  # fmt: skip
    assert read == [[MASK] * 3, [20, 21, 22], [30, 21, 22]]


def test_proseco_owt_never_drafts_the_mask() -> None:
    first = seen([0.6, 0.5], ids=[MASK, 11], uniform=[0.9, 0.8])
    read, end = canvases("proseco_owt", [first, seen([0.5] * 2)], steps=1)
    assert read == [[MASK] * 2, [99, 11]]
    assert end.canvas.tolist() == [10, 11]


@pytest.mark.parametrize(
    ("schedule", "shift", "counts"),
    [
        ("even", 3.0, [3, 3, 2, 2]),
        ("linear", 3.0, [3, 2, 3, 2]),  # 0, 2.5, 5, 7.5, 10, cut to whole numbers, in reverse
        ("shift", 3.0, [1, 2, 2, 5]),  # 0, 5, 7.5, 9, 10
        ("shift", 1 / 3, [5, 3, 1, 1]),  # 0, 1, 2.5, 5, 10
        ("cosine", 3.0, [2, 3, 4, 1]),  # 0, 1.46, 5, 8.53, 10
        ("logit_normal", 3.0, [2, 3, 4, 1]),  # 0, 1.36, 5, 8.64, 10
    ],
)
def test_the_schedules_of_lavida(schedule: Schedule, shift: float, counts: list[int]) -> None:
    assert quota(10, 4, schedule, shift) == counts


def test_a_schedule_fills_at_least_one_mask_a_pass_and_takes_the_excess_from_the_others_in_turn() -> None:
    assert quota(8, 5, "shift", 30.0) == [1, 1, 1, 1, 4]  # 7 at once and 1 later; four are made 1 of 0, so 3 of the 7 go
    assert quota(3, 5, "cosine", 3.0) == [1, 1, 1]  # no more passes than masks
    assert quota(0, 5, "cosine", 3.0) == []
    passes = [seen([0.1 * (10 - i) for i in range(10)])] * 4
    read, _end = canvases("denoise", passes, settings={"schedule": "shift"})
    assert [row.count(MASK) for row in read] == [10, 9, 7, 5]


@pytest.mark.parametrize("schedule", get_args(Schedule))
@pytest.mark.parametrize(("masks", "steps"), [(1, 1), (7, 3), (40, 40), (128, 16), (5, 9)])
def test_a_schedule_fills_every_mask(schedule: Schedule, masks: int, steps: int) -> None:
    counts = quota(masks, steps, schedule, 3.0)
    assert sum(counts) == masks
    assert len(counts) <= steps
    assert schedule == "even" or min(counts) >= 1


def test_dsc_masks_again_fewer_than_it_fills_and_only_above_its_threshold() -> None:
    first = seen([0.9, 0.8, 0.7, 0.3, 0.2], error_prob=[0.0] * 5)
    second = seen([0.9] * 5, ids=[20, 21, 22, 23, 24], error_prob=[0.8, 0.5, 0.9, 0.0, 0.0])
    read, end = canvases("dsc", [first, second], steps=2)
    assert read == [[MASK] * 5, [10, 11, 12, MASK, MASK]]  # three a pass, for two passes were planned
    assert end.canvas.tolist() == [10, 11, MASK, 23, 24]  # two are filled, so one goes back; .5 is not above .5


def test_dsc_looks_at_a_full_block_until_nothing_is_held_wrong() -> None:
    fill, doubt = seen([0.9] * 3, error_prob=[0.0] * 3), seen([0.9] * 3, error_prob=[0.6, 0.9, 0.7])
    again, rest = seen([0.8] * 3, ids=[20, 21, 22], error_prob=[0.0, 0.0, 0.7]), seen([0.9] * 3, error_prob=[0.0] * 3)
    read, end = canvases("dsc", [fill, doubt, again, rest], steps=1)
    assert read == [[MASK] * 3, [10, 11, 12], [MASK] * 3, [20, 21, 22]]
    assert (end.phase, end.canvas.tolist()) == ("final", [20, 21, 22])
    read, end = canvases("dsc", [fill, doubt, again], steps=1, settings={"post_passes": 2})
    assert (end.phase, end.canvas.tolist()) == ("final", [20, 21, 22])  # the second of two only fills
    assert canvases("dsc", [fill], steps=1, settings={"post_passes": 1})[1].phase == "final"


def test_prism_shares_its_remasks_out_from_the_middle() -> None:
    assert centred(12, 5) == [2, 3, 3, 2, 2]
    assert centred(2, 4) == [0, 1, 1, 0]
    assert centred(1, 4) == [0, 1, 0, 0]
    assert centred(3, 1) == [3]


def test_prism_fills_beyond_its_quota_what_it_masks_again() -> None:
    first = seen([0.9, 0.8, 0.1, 0.1, 0.1, 0.1], error_prob=[0.0] * 6)
    second = seen([0.9] * 6, ids=[20, 21, 22, 23, 24, 25], error_prob=[0.2, 0.1, 0.9, 0.0, 0.0, 0.0])
    third = seen([0.9] * 6, ids=[30, 31, 32, 33, 34, 35], error_prob=[0.9] * 6)
    read, end = canvases("prism", [first, second, third], steps=3, settings={"remasks": 1})
    assert read == [[MASK] * 6, [10, 11, *[MASK] * 4], [MASK, 11, 22, 23, 24, MASK]]  # the next three, and one of the first two goes back
    assert end.canvas.tolist() == [30, 11, 22, 23, 24, 35]


def test_prism_leaves_no_mask_where_the_last_pass_has_remasks_planned() -> None:
    fill = seen([0.9] * 8, error_prob=[0.9] * 8)
    read, end = canvases("prism", [fill, fill], steps=2, settings={"remasks": 4})
    assert read == [[MASK] * 8, [10, 11, 12, 13, 14, 15, MASK, MASK]]  # four by quota and two more, and nothing yet to mask again
    assert end.canvas.tolist() == list(range(10, 18))  # two masks are fewer than the quota, so no word goes back for them
