"""Edits and forks: what a branch shares with its trunk, what is replayed, which edits can be."""

from __future__ import annotations

import numpy as np
import pytest

from rediff_viz import Trace, TraceError
from rediff_viz.backends import Request, open_checkpoint
from rediff_viz.backends.toy import MASK, ToyBackend
from rediff_viz.run import Edit, collect, fork, job, record, replay
from rediff_viz.run.lane import LaneSpec
from rediff_viz.run.recording import digest
from rediff_viz.samplers import SAMPLERS


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("position", [0, 9])
def test_a_word_hidden_by_hand_is_filled_in_the_same_pass_beside_the_quota(name: str, position: int) -> None:
    """The model reads the mask there; its proposal fills it, and the sampler's quota is spent on other masks."""
    session = ToyBackend().open(Request(length=12))
    lane, at = f"{name}@toy{':rounds=0' if name == 'proseco' else ''}", 3  # a draft pass is never edited
    trunk = collect([job(lane, session, steps=4)])[0]
    place = int(np.flatnonzero(trunk.canvas[at - 2] != MASK)[position % 3])
    trace = collect([job(lane, session, steps=4, edits=[Edit(at, place, MASK)])])[0]
    assert trace.read[at - 1, place] == MASK
    assert trace.ids[at - 1, place] != MASK
    masked_again = "remask" in SAMPLERS[name].rules and trace.canvas[at - 1, place] == MASK  # by the same pass, after it was filled
    assert masked_again or trace.canvas[at - 1, place] == trace.ids[at - 1, place]
    assert (trace.canvas[at - 1] == MASK).sum() == (trunk.canvas[at - 1] == MASK).sum()


def test_a_fork_shares_its_trunk_up_to_the_edit_and_says_so() -> None:
    backend = ToyBackend()
    first = job("rediff@toy", backend.open(Request(length=10)), steps=10, temperature=0.8, seed=4)
    trunk = collect([first])[0]
    before = backend.calls
    branch = collect([fork(trunk, first.session, [Edit(6, 2, 20)])])[0]
    assert backend.calls - before == len(branch) - 5  # the first five passes were played back
    assert np.array_equal(branch.canvas[:5], trunk.canvas[:5])
    assert branch.before[5, 2] == 20
    assert branch.head.parent == {"sha256": digest(trunk), "lane": "rediff@toy", "replayed": 5}
    assert branch.head.edits == ({"at": 6, "position": 2, "token": 20, "passes": 1, "applied": [6]},)
    shared = min(len(branch), len(trunk))
    assert np.array_equal(branch.key[:shared], trunk.key[:shared])


def test_a_fork_of_a_loaded_trace_goes_on() -> None:

    first = job("denoise@toy", ToyBackend().open(Request(length=6)), steps=6)
    trunk = collect([first])[0]
    assert collect([fork(Trace.from_bytes(trunk.to_bytes()), first.session, at=3)])[0].same(trunk)


def test_a_fork_may_change_settings_that_did_not_matter_before() -> None:
    first = job("rediff@toy", ToyBackend().open(Request(length=6)), steps=3)
    trunk = collect([first])[0]
    settled = collect([fork(trunk, first.session, settle=4)])[0]
    assert np.array_equal(settled.canvas[:3], trunk.canvas)
    assert settled.head.lane == "rediff@toy:settle=4"
    with pytest.raises(ValueError, match="has no setting"):
        fork(trunk, first.session, settles=4)
    with pytest.raises(TraceError, match="does not fit"):
        collect([fork(trunk, first.session, revise_start=0.0)])


def test_a_trace_is_not_forked_on_another_checkpoint() -> None:
    trunk = record("denoise@toy", length=6)
    with pytest.raises(TraceError, match="cannot go on"):
        fork(trunk, open_checkpoint("toy-blind").open(Request(length=6)))


def test_held_words_stay_until_they_are_let_go() -> None:
    edits = [Edit(2, 0, 20, passes=3)]
    trace = record("rediff@toy", length=8, steps=8, edits=edits)
    assert trace.before[1:4, 0].tolist() == [20, 20, 20]
    assert trace.head.edits[0]["applied"] == [2, 3, 4]


@pytest.mark.parametrize("edit", [Edit(0, 0, 1), Edit(1, 8, 1), Edit(1, -1, 1), Edit(1, 0, 10**6), Edit(1, 0, -1), Edit(1, 0, 1, 0)])
def test_an_edit_that_cannot_be_is_refused(edit: Edit) -> None:
    with pytest.raises(ValueError, match="edit"):
        record("denoise@toy", length=8, steps=8, edits=[edit])


def test_a_recording_replays_without_its_model_and_ends_where_it_ends() -> None:
    trace = record("proseco@toy:rounds=2", length=8, steps=4, temperature=0.4)
    again = replay(trace)
    assert again.same(trace)
    assert again.head == trace.head


def test_forbidden_ids_are_never_written() -> None:
    trace = record("denoise@toy", length=12, steps=12, forbid=[0, 20, 30])
    assert not np.isin(trace.final, [0, 20, 30]).any()


def test_a_lane_may_be_given_as_data() -> None:
    assert record(LaneSpec("denoise", "toy"), length=4, steps=2).same(record("denoise@toy", length=4, steps=2))
