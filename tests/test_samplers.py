"""Each sampler pass by pass against a script of predictions: what the published code does, stated as cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from rediff_viz.samplers import SAMPLERS, Plan
from rediff_viz.samplers.decide import above, spread, surest
from rediff_viz.samplers.method import PROVENANCE
from rediff_viz.samplers.rediff import share
from rediff_viz.trace import Prediction, Query, Sampler

M, END = 99, 7


def predicted(ids: Iterable[int], prob: Iterable[float], input_prob: Iterable[float] | None = None, **extra: Iterable[float]) -> Prediction:
    ids, prob = np.array([*ids], np.int64), np.array([*prob], np.float64)
    input_prob = np.zeros(len(ids), np.float32) if input_prob is None else np.array([*input_prob], np.float32)
    return Prediction(ids, prob, input_prob, np.zeros(len(ids)), ids[:, None], prob[:, None], {k: np.array([*v]) for k, v in extra.items()})


class Played:
    """A sampler against a list of predictions; `queries` are what it yielded."""

    def __init__(self, sampler: Sampler, script: list[Prediction], edits: dict[int, np.ndarray] | None = None) -> None:
        self.queries: list[Query] = [next(sampler)]
        for t, prediction in enumerate(script):
            query = self.queries[-1]
            if query.phase == "final":
                break
            canvas = query.canvas if query.phase == "draft" or query.read is None else query.read
            self.queries.append(sampler.send(((edits or {}).get(t, canvas), prediction)))

    @property
    def canvases(self) -> list[list[int]]:
        return [query.canvas.tolist() for query in self.queries]

    @property
    def end(self) -> Query:
        assert self.queries[-1].phase == "final"
        return self.queries[-1]


def play(name: str, plan: Plan, script: list[Prediction], edits: dict[int, np.ndarray] | None = None, **settings: object) -> Played:
    return Played(SAMPLERS[name].run(plan, **settings), script, edits)


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


# rediff


def test_rediff_rewrites_what_was_visible_and_a_new_word_waits_one_pass() -> None:
    script = [predicted([1, 2, 3], [0.9, 0.5, 0.4]), predicted([4, 5, 6], [0.1, 0.9, 0.8]), predicted([7, 8, 9], [0.1, 0.2, 0.3])]
    played = play("rediff", Plan(3, 3, M), script)
    assert played.canvases == [[M, M, M], [1, M, M], [4, 5, M], [7, 8, 9]]


def test_the_words_of_the_last_pass_are_never_rewritten() -> None:
    played = play("rediff", Plan(2, 2, M), [predicted([1, 2], [0.9, 0.1]), predicted([3, 4], [0.9, 0.9]), predicted([5, 6], [1, 1])])
    assert played.end.canvas.tolist() == [3, 4]


def test_earlier_blocks_are_frozen() -> None:
    script = [predicted([1, 2, 3, 4], [1, 1, 1, 1]), predicted([5, 6, 7, 8], [1, 1, 0.9, 0.8]), predicted([9, 9, 9, 9], [1, 1, 1, 1])]
    played = play("rediff", Plan(4, 2, M, block_length=2), script)
    assert played.end.canvas.tolist() == [1, 2, 7, 8]


@pytest.mark.parametrize(("start", "passes"), [(1.0, [1, 2, 3]), (0.5, [2, 3]), (0.3, [2, 3]), (0.25, [3]), (0.0, [])])
def test_revising_starts_late_if_asked(start: float, passes: list[int]) -> None:
    script = [predicted([10 + t] * 4, [0.9, 0.8, 0.7, 0.6]) for t in range(4)]
    canvases = play("rediff", Plan(4, 4, M), script, revise_start=start).canvases
    assert [t for t in range(1, 4) if canvases[t][0] != canvases[t + 1][0]] == passes


def test_only_the_share_of_visible_words_with_the_surest_proposals_is_rewritten() -> None:
    plan = Plan(5, 1, M, draft=(1, 2, 3, 4))
    played = play("rediff", plan, [predicted([11, 12, 13, 14, 15], [0.3, 0.9, 0.2, 0.8, 0.1])], revise_top=0.5)
    assert played.end.canvas.tolist() == [1, 12, 3, 14, 15]
    assert play("rediff", plan, [predicted([11, 12, 13, 14, 15], [0.3, 0.9, 0.2, 0.8, 0.1])], revise_top=0.2).end.canvas.tolist() == [
        1,
        2,
        3,
        4,
        15,
    ]


def test_with_a_stop_a_share_counts_the_words_behind_it_but_never_rewrites_them() -> None:
    plan = Plan(5, 2, M, draft=(M, 2, END, 4), stop=((END,),))
    script = [predicted([1, 2, END, 4, 5], [0.1, 0.9, 0.9, 0.9, 0.9]), predicted([21, 22, 23, 24, 25], [0.5, 0.6, 0.9, 0.9, 0.9])]
    assert play("rediff", plan, script, revise_top=1.0).end.canvas.tolist() == [21, 22, END, 4, 5]
    assert play("rediff", plan, script).end.canvas.tolist() == [21, 22, 23, 24, 25]  # without a share they are rewritten


@pytest.mark.parametrize("hundredths", range(101))
def test_a_share_is_counted_in_float32_as_torch_does(hundredths: int) -> None:
    """The published code: `int((visible_mask.sum() * rho))`, a whole tensor times a Python float."""
    torch = pytest.importorskip("torch")
    rho = hundredths / 100
    published = [int(torch.ones(visible, dtype=torch.bool).sum() * rho) for visible in range(1, 129)]
    assert [share(np.ones(visible, bool), rho) for visible in range(1, 129)] == published


def test_a_share_of_ninety_words_is_the_published_one() -> None:
    assert (share(np.ones(90, bool), 0.7), int(90 * 0.7)) == (63, 62)


def test_a_full_draft_costs_no_pass() -> None:
    played = play("rediff", Plan(3, 3, M, draft=(1, 2, 3)), [])
    assert played.end.canvas.tolist() == [1, 2, 3]


def test_a_block_that_the_draft_covers_is_passed_over() -> None:
    played = play("rediff", Plan(4, 2, M, block_length=2, draft=(1, 2)), [predicted([5, 6, 7, 8], [1, 1, 1, 1])])
    assert [query.block for query in played.queries] == [1, None]
    assert played.end.canvas.tolist() == [1, 2, 7, 8]


def test_a_rewrite_may_be_the_mask_and_adds_no_quota() -> None:
    played = play("rediff", Plan(2, 2, M), [predicted([1, 2], [0.9, 0.1]), predicted([M, 4], [0.9, 0.9])])
    assert played.end.canvas.tolist() == [M, 4]
    assert "masks left" in played.end.why


def test_a_rewritten_stop_still_ends_the_answer() -> None:
    plan = Plan(3, 3, M, stop=((END,),))
    played = play("rediff", plan, [predicted([1, END, 3], [0.1, 0.9, 0.2]), predicted([4, 5, 6], [0.1, 0.1, 0.1])])
    assert played.end.canvas.tolist() == [4, 5, M]
    assert played.end.stop == 1


def test_settling_rewrites_until_nothing_changes() -> None:
    script = [
        predicted([1, 2], [1, 1]),
        predicted([3, 2], [1, 1]),
        predicted([3, 4], [1, 1]),
        predicted([3, 4], [1, 1]),
        predicted([5, 5], [1, 1]),
    ]
    played = play("rediff", Plan(2, 1, M), script, settle=8)
    assert [query.phase for query in played.queries] == ["predict", "settle", "settle", "settle", "final"]
    assert played.end.canvas.tolist() == [3, 4]
    assert len(play("rediff", Plan(2, 1, M), script, settle=1).queries) == 3


def test_at_most_so_many_fixes_by_the_largest_gain() -> None:
    plan = Plan(4, 1, M, draft=(1, 2, 3))
    script = [predicted([11, 12, 3, 14], [0.9, 0.5, 0.9, 0.9], input_prob=[0.8, 0.001, 0.9, 0])]
    assert play("rediff", plan, script, max_revisions=1).end.canvas.tolist() == [1, 12, 3, 14]  # an unchanged word is no fix
    assert play("rediff", plan, script, max_revisions=2).end.canvas.tolist() == [11, 12, 3, 14]
    assert play("rediff", plan, script).end.canvas.tolist() == [11, 12, 3, 14]


# proseco


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
