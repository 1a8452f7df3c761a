"""What samplers share, denoising pass by pass against a script of predictions, and their words and settings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from script import END, M, play, predicted

from rediff_viz.samplers import SAMPLERS, Plan
from rediff_viz.samplers.decide import above, spread, surest
from rediff_viz.samplers.method import PROVENANCE

# decide


@pytest.mark.parametrize(("masks", "steps", "quota"), [(16, 5, [4, 3, 3, 3, 3]), (8, 8, [1] * 8), (3, 5, [1, 1, 1, 0, 0]), (0, 2, [0, 0])])
def test_larger_shares_come_first(masks: int, steps: int, quota: list[int]) -> None:
    assert spread(masks, steps) == quota


def test_equal_scores_go_to_the_lower_position() -> None:
    assert np.flatnonzero(surest(np.full(200, 0.5), np.ones(200, bool), 3)).tolist() == [0, 1, 2]


def test_no_choice_leaves_the_eligible_positions() -> None:
    eligible = np.array([False, True, False, True])
    assert surest(np.array([9.0, -np.inf, 9.0, 0.1]), eligible, 4).tolist() == eligible.tolist()
    assert not surest(np.ones(4), eligible, 0).any()
    assert not surest(np.ones(4), np.zeros(4, bool), 2).any()


def test_a_threshold_is_reached_at_equality_and_one_always_passes() -> None:
    everywhere = np.ones(3, bool)
    assert above(np.array([0.9, 0.5, 0.4]), everywhere, 0.5).tolist() == [True, True, False]
    assert above(np.array([0.1, 0.3, 0.3]), everywhere, 0.5).tolist() == [False, True, False]


# denoise


def test_denoise_fills_the_surest_masks_by_quota() -> None:
    played = play("denoise", Plan(3, 2, M), [predicted([1, 2, 3], [0.2, 0.9, 0.5]), predicted([4, 5, 6], [0.1, 1, 1])])
    assert played.canvases == [[M, M, M], [M, 2, 3], [4, 2, 3]]
    assert played.end.why == "complete"


def test_denoise_goes_block_by_block_and_counts_a_blocks_masks_when_it_is_entered() -> None:
    script = [predicted([1, 2, 3, 4], [0.1, 0.2, 0.9, 0.9]), predicted([1, 2, 3, 4], [0.1, 0.2, 0.8, 0.9])]
    played = play("denoise", Plan(4, 2, M, block_length=2, draft=(M, 8)), script)
    assert played.canvases == [[M, 8, M, M], [1, 8, M, M], [1, 8, 3, 4]]
    assert [query.block for query in played.queries] == [0, 1, None]


def test_a_mask_that_is_proposed_spends_its_quota_and_may_be_filled_from_a_later_block() -> None:
    script = [predicted([M, 2, 3, 4], [0.9, 0.8, 1, 1]), predicted([1, 2, 3, 4], [0.9, 0, 0.5, 0.4])]
    played = play("denoise", Plan(4, 2, M, block_length=2), script)
    assert played.canvases[1:] == [[M, 2, M, M], [1, 2, 3, M]]
    assert played.end.why == "1 masks left: the model proposed the mask itself, and the quotas are spent"


def test_random_remasking_chooses_by_the_drivers_numbers() -> None:
    played = play("denoise", Plan(3, 3, M), [predicted([1, 2, 3], [0.9, 0.5, 0.1], uniform=[0.1, 0.2, 0.3])], remasking="random")
    assert played.queries[0].wants == ("uniform",)
    assert played.canvases[1] == [M, M, 3]


def test_a_stop_ends_the_answer_once_nothing_before_it_is_open() -> None:
    script = [predicted([1, END, 3, 4], [0.1, 0.9, 0.8, 0.2]), predicted([5, 5, 5, 5], [0.1, 0, 0, 0.9])]
    played = play("denoise", Plan(4, 2, M, stop=((END,),)), script)
    assert played.canvases == [[M] * 4, [M, END, 3, M], [5, END, 3, M]]  # behind the stop nothing is filled any more
    assert played.end.stop == 1
    assert played.end.why == "stop sequence found at position 2"


def test_a_stop_in_an_earlier_block_ends_before_the_next_block() -> None:
    played = play("denoise", Plan(4, 2, M, block_length=2, stop=((END,),)), [predicted([1, END, 3, 4], [1, 1, 1, 1])])
    assert played.end.canvas.tolist() == [1, END, M, M]


def test_a_stop_moves_left_only_and_the_first_sequence_alone_is_looked_for_afterwards() -> None:
    plan = Plan(6, 6, M, stop=((5, 6), (END,)))
    assert plan.scan(np.array([M, M, M, END, M, M]), None) == 3
    assert plan.scan(np.array([END, M, M, END, M, M]), 3) == 3  # the second sequence is not searched any more
    assert plan.scan(np.array([5, 6, M, END, M, M]), 3) == 0
    assert plan.scan(np.array([M, M, M, M, 5, 6]), 3) == 3
    assert plan.scan(np.array([M] * 6), 3) == 3  # not revoked


# words and settings


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_setting_has_words_and_a_default_it_accepts(name: str) -> None:
    method = SAMPLERS[name]
    assert method.settings().keys() == method.settings_help.keys()
    for setting in method.settings().values():
        assert setting.check(setting.default) == setting.default
        assert setting.line
        assert setting.expected()
    assert set(method.rules) | set(method.lacks) == {"commit", "revise", "remask"}
    assert method.title
    assert method.paper.startswith("arXiv:") or (method.origin == "ours" and not method.paper)
    assert method.line.endswith(".")
    assert method.unchecked.endswith(".")


def test_what_is_ours_is_off_by_default_and_said_when_it_is_on() -> None:
    for method in SAMPLERS.values():
        assert method.provenance({}) == PROVENANCE[method.origin]
    assert SAMPLERS["rediff"].provenance({"settle": 4}) == "rules as in the published code, with settings of ours: settle=4"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"length": 0}, "an answer of 0 positions is not between 1 and 8192"),
        ({"steps": 0}, "0 steps are not between 1 and 8192"),
        ({"block_length": 3}, "blocks of 3 do not divide an answer of 8 positions"),
        ({"block_length": 2, "steps": 3}, "3 steps are fewer than the 4 blocks, expected at least one step a block"),
        ({"block_length": 4, "steps": 3}, "3 steps cannot be shared out evenly over 2 blocks, expected a multiple of 2"),
        ({"temperature": -1.0}, "temperature -1.0 is not between 0 and 100"),
        ({"temperature": float("nan")}, "temperature nan is not between 0 and 100"),
        ({"draft": (1,) * 9}, "a draft of 9 tokens does not fit into 8 answer positions"),
        ({"stop": ((),)}, "a stop sequence is empty, expected at least one token"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_one_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        Plan(**{"length": 8, "steps": 8, "mask_id": M, **change})
    assert str(refusal.value) == sentence
