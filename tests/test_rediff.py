"""ReDiff pass by pass against a script of predictions."""

from __future__ import annotations

import numpy as np
import pytest
from script import END, M, play, predicted

from rediff_viz.samplers import Plan
from rediff_viz.samplers.rediff import share


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
