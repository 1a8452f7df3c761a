"""What-if branches, cascades on a toy with planted dependencies, errors and their fates, order and badges."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from test_metrics import HEAD, M, run_of

from rediff_viz.analysis import (
    badges,
    cascade,
    causes,
    changed_words,
    conflicts,
    dependency,
    depth,
    draft,
    errors,
    fates,
    force,
    hide,
    kendall_tau,
    order_numbers,
    run_numbers,
    runner_up,
    whatif,
)
from rediff_viz.analysis.branches import compared
from rediff_viz.analysis.effects import effects
from rediff_viz.backends import Request
from rediff_viz.backends.toy import MASK, WORDS, ToyBackend
from rediff_viz.run import Edit, collect, job
from rediff_viz.run.lane import LaneSpec
from rediff_viz.samplers import SAMPLERS
from rediff_viz.trace import PHASES, Trace

PARENT = {2: 0, 3: 1, 5: 2, 6: 3, 7: 6}  # position -> the position that its word hangs on
REACHED = {0: {2, 5}, 1: {3, 6, 7}, 2: {5}, 3: {6, 7}, 4: set(), 5: set(), 6: {7}}  # position -> all that hang on it
LIKELY, RIVAL = 10, 30  # first token of each


class Planted(ToyBackend):
    """Fills from left to right; a position proposes its likely word, and its rival where its parent's word is not the likely one."""

    def logits(self, read: np.ndarray, salt: int = 0) -> np.ndarray:
        here = np.arange(len(read))
        z = np.full((len(read), len(WORDS)), -10.0)
        z[here, LIKELY + here], z[here, RIVAL + here] = 9.0 - 0.5 * here, 3.0 - 0.5 * here
        for child, parent in PARENT.items():
            if read[parent] not in (MASK, LIKELY + parent):
                z[child, [LIKELY + child, RIVAL + child]] = z[child, [RIVAL + child, LIKELY + child]]
        return z


def planted(sampler: str = "denoise", **settings: Any) -> tuple[Trace, Any]:
    session = Planted().open(Request(length=8))
    return collect([job(LaneSpec(sampler, "toy", settings), session, steps=8)])[0], session


def toy_run(sampler: str, **plan: Any) -> tuple[Trace, Any]:
    session = ToyBackend().open(Request(length=12))
    return collect([job(LaneSpec(sampler, "toy"), session, **{"steps": 6, "seed": 3} | plan)])[0], session


def test_a_cascade_finds_every_planted_dependency_and_no_other() -> None:
    trunk, session = planted()
    found = cascade(trunk, session)
    assert {one.cause.position: set(np.flatnonzero(one.changed).tolist()) for one in found.consequences} == REACHED
    assert found.control.repeats
    assert depth(found) == 3  # 1 -> 3 -> 6 -> 7
    assert "All 8" not in found.sentence  # the last word: no pass reads it
    assert found.sentence.startswith("7 of 8 committed words were replaced in turn. Those of the last pass (1)")


def test_an_effect_says_what_changed_when_and_by_how_much() -> None:
    trunk, session = planted()
    first = next(one for one in cascade(trunk, session).consequences if one.cause.position == 0)
    assert (first.cause.token, first.cause.put, first.cause.at) == (LIKELY, RIVAL, 0)
    assert [(e.kind, e.position, e.at, e.old, e.new) for e in first.effects] == [
        ("token", 2, 2, LIKELY + 2, RIVAL + 2), ("token", 5, 5, LIKELY + 5, RIVAL + 5)
    ]  # fmt: skip
    assert first.effects[0].delta == pytest.approx(6.0, abs=0.05)  # nats between a likely word and its rival


def test_a_refining_method_mends_what_hangs_on_a_word_that_it_puts_back() -> None:
    trunk, session = planted("rediff")
    assert not any(one.changed.any() for one in cascade(trunk, session).consequences if one.cause.position < 3)


def test_branches_of_one_pass_share_their_forward_passes() -> None:
    trunk, session = planted()
    before = session.backend.calls
    found = cascade(trunk, session)
    assert session.backend.calls - before <= len(trunk)
    assert found.passes == sum(range(1, 8)) + 7  # a branch computes what is left after its word; the control from the second pass on


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_a_branch_that_changes_nothing_is_its_trunk(sampler: str, temperature: float) -> None:
    trunk, session = toy_run(sampler, temperature=temperature)
    ordinary = trunk.phase != PHASES.index("draft")  # a draft is never edited
    at, position = (int(i) for i in np.argwhere((trunk.read != MASK) & ordinary[:, None])[0])
    branch = whatif(trunk, session, [force(position, int(trunk.read[at, position]), at + 1)])
    assert branch.control.repeats
    assert branch.control.apart == 0
    assert not changed_words(branch).any()
    assert not effects(trunk, branch.trace, 0)


def test_a_word_can_be_forced_once_held_hidden_or_a_whole_draft_put_in() -> None:
    trunk, session = planted("rediff")
    once, held = (whatif(trunk, session, [force(0, RIVAL, 2, hold)]).trace for hold in (1, 7))
    assert once.final[0] == LIKELY  # the method put its own word back
    assert held.final[2] == RIVAL + 2
    assert whatif(trunk, session, [hide(trunk, 0, 2)]).trace.read[1, 0] == MASK
    rivals = [RIVAL + i for i in range(8)]
    assert whatif(trunk, session, draft(rivals, 2)).trace.read[1].tolist() == rivals


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([], "nothing is to be changed"),
        ([Edit(9, 0, 5)], "a change before pass 9, expected 1 to 8"),
        ([Edit(0, 0, 5)], "expected"),
        ([Edit(2, 0, 999)], "outside the vocabulary"),
        ([Edit(2, 40, 5)], "outside the answer"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(edits: list[Edit], sentence: str) -> None:
    trunk, session = planted()
    with pytest.raises(ValueError, match=sentence):
        whatif(trunk, session, edits)


def test_a_control_that_differs_calls_nothing_an_effect() -> None:
    trunk, _ = planted()
    other = compared(trunk, replace(trunk, prob=trunk.prob - np.float32(0.01)))
    assert not other.repeats
    assert "cannot be called its effect" in other.sentence
    assert not compared(trunk, planted("rediff", settle=1)[0]).same_tokens


def test_of_many_commits_some_are_drawn_the_same_each_time() -> None:
    trunk, _ = toy_run("denoise")
    drawn = causes(trunk, most=4)
    assert len(drawn) == 4
    assert drawn == causes(trunk, most=4)
    assert [cause.at for cause in drawn] == sorted(cause.at for cause in drawn)
    assert {cause.put for cause in causes(trunk, how="hidden")} == {MASK}
    with pytest.raises(ValueError, match="no way to replace a word"):
        causes(trunk, how="guess")
    assert runner_up(trunk, 0, 0, int(trunk.top_ids[0, 0, 0])) == trunk.top_ids[0, 0, 1]


def test_an_analysis_can_be_stopped() -> None:
    trunk, session = planted()
    with pytest.raises(ValueError, match="stopped"):
        cascade(trunk, session, on_tick=lambda tick, passes: tick < 2)


def test_masks_that_hang_on_each_other_are_known_before_they_are_filled() -> None:
    _, session = planted()
    moved = dependency(session, np.full(8, MASK))
    for i, j in permutations(range(8), 2):
        assert moved[i, j] == pytest.approx(0, abs=1e-3) if PARENT.get(i) != j else moved[i, j] > 1e-3
    assert np.isnan(np.diag(moved)).all()
    begun = np.full(8, MASK)
    begun[0] = RIVAL
    assert np.isnan(dependency(session, begun)[:, 0]).all()
    pairs = conflicts(moved, np.arange(8), least=1e-3)
    assert {frozenset(pair[:2]) for pair in pairs} == {frozenset(pair) for pair in PARENT.items()}
    assert [pair[2] for pair in pairs] == sorted((pair[2] for pair in pairs), reverse=True)


WORDED = {i: f"w{i}" for i in range(10)}


def by_hand(*canvases: list[int]) -> Trace:
    trace = run_of(*canvases)
    return replace(trace, head=replace(HEAD, vocabulary=WORDED, joiner=" "))


def test_errors_are_those_of_a_reference_or_of_a_reader_where_the_scene_is_not_known() -> None:
    trace = by_hand([M, M, M], [5, M, M], [6, 7, M], [5, 7, 8])
    assert errors(trace, "w5 w7 w9").wrong.tolist() == [[False, False, False], [True, False, False], [False, False, True]]
    marked = errors(trace, marked=[(0, 6)])
    assert (marked.basis, np.argwhere(marked.wrong).tolist()) == ("reader", [[1, 0]])
    with pytest.raises(ValueError, match="nothing says what is wrong"):
        errors(trace)


def test_the_numbers_of_a_run_count_repairs_harms_and_how_long_an_error_lived() -> None:
    trace = by_hand([M, M, M], [5, M, M], [6, 7, M], [6, 3, 8], [5, 3, 8])
    found = errors(trace, "w5 w7 w8")
    assert [(life.position, life.born, life.ended, life.mended) for life in fates(trace, found)] == [(0, 1, 3, True), (1, 2, None, False)]
    numbers = run_numbers(trace, found)
    assert (numbers.first_error, numbers.errors_at_end) == ((1, 0), 1)
    assert (numbers.repairs, numbers.harms) == (1, 2)
    assert numbers.half_life == 2
    assert numbers.preservation == pytest.approx(2 / 3)  # of three readings of a wrong word two proposed it again
    assert numbers.ever_right is None


def test_order_is_one_from_left_to_right_and_minus_one_the_other_way() -> None:
    assert kendall_tau(by_hand([M, M, M], [5, M, M], [5, 6, M], [5, 6, 7])) == 1
    assert kendall_tau(by_hand([M, M, M], [M, M, 7], [M, 6, 7], [5, 6, 7])) == -1
    assert np.isnan(kendall_tau(by_hand([M, M], [5, 6])))
    assert set(order_numbers(by_hand([M, M], [5, 6]))) == {"kendall_tau", "local_arness", "global_arness"}


@pytest.mark.parametrize(
    ("canvases", "name", "positions"),
    [
        (([M, M, M], [5, 5, 6]), "immediate repetition", (1,)),
        (([M] * 6, [5, 6, 7, 5, 6, 7]), "loop", (3, 4, 5)),
        (([M, M, M], [5, 0, 6]), "early end", (1,)),
        (([M, M], [5, M]), "mask left", (1,)),
        (([M], [5], [6], [5]), "oscillation", (0,)),
        (([M, M], [5, M], [5, 6]), "never checked", (1,)),
        (([M], [5], [5], [5], [6]), "late flip", (0,)),
    ],
)
def test_what_is_odd_gets_its_badge(canvases: tuple[list[int], ...], name: str, positions: tuple[int, ...]) -> None:
    trace = by_hand(*canvases)
    trace = replace(trace, head=replace(trace.head, eot_id=0))
    assert {badge.name: badge.positions for badge in badges(trace)}[name] == positions


def test_a_plain_run_that_went_well_has_no_badge() -> None:
    assert not badges(by_hand([M, M], [5, M], [5, 6], [5, 6]))
