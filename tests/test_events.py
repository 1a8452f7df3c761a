"""Events, cells and never-checked tokens of small traces written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rediff_viz.events import cells, changes, events, never_checked, settled_at, summary, unread
from rediff_viz.run import Edit, record
from rediff_viz.run.recording import gather
from rediff_viz.trace import Head, PassRecord, Prediction, Trace

M = 9
PLAN: dict[str, Any] = {
    "length": 3,
    "steps": 3,
    "block_length": None,
    "temperature": 0.0,
    "draft": [],
    "stop": [],
    "forbid": [],
    "tokens_per_pass": None,
}


def trace(rows: list[tuple[list[int], list[int]]], start: list[int], edits: tuple[dict[str, Any], ...] = ()) -> Trace:
    """A trace from (before, canvas) of each pass; the model always proposes 5 at .5, and gives .25 to the token it read."""
    words = {i: f"w{i}" for i in range(10)}
    head = Head("denoise@toy", "denoise", "toy", {}, PLAN, 0, M, None, words, "", "complete", "published semantics", edits=edits)
    three = np.full(3, 5)
    top = np.tile([5, 6], (3, 1))
    prediction = Prediction(three, np.full(3, 0.5), np.full(3, 0.25), np.ones(3), top, np.full((3, 2), 0.125)).rounded()
    records = [PassRecord("predict", 0, i, np.array(b), np.array(b), np.array(c), prediction, 0.001) for i, (b, c) in enumerate(rows)]
    return gather(head, np.array(start), records)


def test_every_change_has_the_name_of_its_kind() -> None:
    t = trace([([M, M, M], [5, M, 1]), ([5, M, 1], [6, 2, M]), ([6, 2, M], [6, 2, M])], [M, M, M])
    table = events(t)
    assert table[["pass", "position", "event", "old", "new"]].to_numpy().tolist() == [
        [1, 0, "commit", M, 5], [1, 2, "commit", M, 1], [2, 0, "revise", 5, 6], [2, 1, "commit", M, 2], [2, 2, "remask", 1, M],
    ]  # fmt: skip
    assert table["new_text"].tolist() == ["w5", "w1", "w6", "w2", "w9"]


def test_probabilities_are_those_of_the_pass_or_nan() -> None:
    table = events(trace([([5, M, 1], [6, 1, 5])], [5, M, 1]))
    assert table["prob"].tolist()[::2] == [0.125, 0.5]  # among the candidates; the proposal
    assert np.isnan(table["prob"][1])  # not among them
    assert table["old_prob"].tolist()[1:] == [0.25, 0.25]  # what was read


def test_a_remask_before_a_pass_belongs_to_that_pass() -> None:
    t = trace([([M, M, M], [1, 2, M]), ([M, 2, M], [3, 2, 4])], [M, M, M])
    table = events(t)
    assert table[["pass", "position", "event"]].to_numpy().tolist()[2:] == [[2, 0, "remask"], [2, 0, "commit"], [2, 2, "commit"]]
    assert set(table["by"]) == {"sampler"}


def test_a_users_edit_is_not_an_event_of_the_sampler() -> None:
    edit = {"at": 2, "position": 0, "token": 7, "passes": 1, "applied": [2]}
    t = trace([([M, M, M], [1, 2, M]), ([7, 2, M], [7, 2, 4])], [M, M, M], (edit,))
    table = events(t)
    assert table["by"].tolist() == ["sampler", "sampler", "edit", "sampler"]
    assert np.isnan(table["prob"][2])
    assert (summary(t)["revisions"], summary(t)["edits"], summary(t)["commits"]) == (0, 1, 3)


def test_a_token_that_no_later_pass_has_read_is_never_checked() -> None:
    t = trace([([M, M, M], [1, 2, M]), ([1, 2, M], [3, 2, 4])], [M, M, M])
    assert settled_at(t).tolist() == [2, 1, 2]
    assert never_checked(t).tolist() == [True, False, True]
    full = trace([([1, 2, 3], [1, 2, 3])], [1, 2, 3])
    assert not never_checked(full).any()


def test_a_token_remasked_and_placed_again_is_unread_until_it_is_read_again() -> None:
    t = trace([([M, M, M], [1, M, M]), ([1, M, M], [1, M, M]), ([M, M, M], [1, M, M])], [M, M, M])
    assert unread(t)[:, 0].tolist() == [True, False, True]
    assert never_checked(t).tolist() == [True, False, False]


def test_without_a_pass_every_given_token_is_never_checked() -> None:
    assert never_checked(trace([], [1, M, 2])).tolist() == [True, False, True]


def test_an_open_position_is_not_unchecked() -> None:
    assert never_checked(trace([([M, M, M], [1, M, M])], [M, M, M])).tolist() == [True, False, False]


def test_the_cell_table_has_every_pass_and_position() -> None:
    t = record("rediff@toy:settle=2", length=6, steps=3)
    table = cells(t)
    assert len(table) == len(t) * 6
    assert table["canvas"].to_numpy().reshape(len(t), 6).tolist() == t.canvas.tolist()
    assert table[table["pass"] == 1]["open"].sum() == 4


@pytest.mark.parametrize("lane", ["denoise@toy", "proseco@toy-flips", "rediff@toy-ties:settle=3,max_revisions=1"])
def test_a_trace_without_events_or_passes_has_empty_tables(lane: str) -> None:
    t = record(lane, length=2, steps=1, draft="a cat", edits=[Edit(1, 0, 3)])
    if len(t) == 0:
        assert len(events(t)) == len(cells(t)) == len(changes(t).at) == 0
    assert summary(t)["nfe"] == len(t)
