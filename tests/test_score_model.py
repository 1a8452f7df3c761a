"""The browser's model, run in node: its own unit tests, and what it makes of each recorded run beside what Python makes of the traces."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from node import ROOT, node

from rediff_viz.events import events, never_checked
from rediff_viz.metrics import current_token_prob
from rediff_viz.run import Edit, compare
from rediff_viz.saved_run import load_run
from rediff_viz.score.messages import EOT, FAINT, MASK, payload, payload_of
from rediff_viz.trace import Trace
from rediff_viz.truth import judged_events, wrong_words

RECORDED = sorted(path.parent for path in (ROOT / "assets/runs").glob("*/run.json"))
TOYS: dict[str, Callable[[], list[Trace]]] = {  # what no recorded run has: a draft that changes words, edits, a remask
    "toy": lambda: compare(["denoise@toy", "rediff@toy:settle=2", "proseco@toy"], tokens_per_pass=3),
    "toy, edited": lambda: compare(["rediff@toy", "denoise@toy"], steps=8, length=8, edits=[Edit(2, 0, 20, 3), Edit(6, 3, 1)]),
}


@dataclass(frozen=True)
class Lane:
    """A lane in Python, and what the browser's model says of it."""

    trace: Trace
    browser: dict[str, Any]  # see tests/score/read_run.js
    vocab: list[str]  # the browser's texts by run-local id

    def local(self, ids: Sequence[int] | np.ndarray) -> list[int]:
        """Run-local ids of the trace's own."""
        head = self.trace.head
        special = {head.mask_id: MASK, head.eot_id: EOT}
        return [special[int(i)] if int(i) in special else self.vocab.index(head.vocabulary[int(i)].strip()) for i in ids]


@pytest.fixture(scope="module", params=[*(path.name for path in RECORDED), *TOYS])
def lanes(request: pytest.FixtureRequest) -> list[Lane]:
    if request.param in TOYS:
        traces = tuple(TOYS[request.param]())
        message = payload(traces, request.param)
    else:
        run = load_run(ROOT / "assets/runs" / request.param)
        traces, message = run.traces, payload_of(run)
    read = json.loads(node("tests/score/read_run.js", text=json.dumps(message)))
    return [Lane(trace, browser, read["vocab"]) for trace, browser in zip(traces, read["lanes"], strict=True)]


def test_the_unit_tests_of_the_model_pass() -> None:
    files = sorted(str(path) for path in (ROOT / "tests/score").glob("*.test.js"))
    assert files
    assert "\n# fail 0\n" in node("--test", "--test-reporter=tap", *files)


def test_there_are_recorded_runs() -> None:
    assert len(RECORDED) >= 6


def test_events_are_those_of_the_event_table(lanes: list[Lane]) -> None:
    for lane in lanes:
        table = events(lane.trace)
        tokens = zip(lane.local(table["old"]), lane.local(table["new"]), strict=True)
        known = [None if np.isnan(p) or e == "remask" else round(p * 1000) for p, e in zip(table["prob"], table["event"], strict=True)]
        python = zip(table["pass"], table["position"], table["event"], tokens, known, strict=True)
        assert [tuple(event) for event in lane.browser["events"]] == [(*where, *token, p) for *where, token, p in python]


def test_spans_hold_each_token_for_as_long_as_it_stays(lanes: list[Lane]) -> None:
    for lane in lanes:
        canvases = np.concatenate([lane.trace.start[None], lane.trace.canvas])  # (S + 1, N)
        filled = np.full(canvases.shape, MASK)
        for position, token, first, stop in lane.browser["spans"]:
            assert (filled[first:stop, position] == MASK).all()
            filled[first:stop, position] = token
        assert filled.tolist() == [lane.local(canvas) for canvas in canvases]


def test_the_probability_of_each_token_is_that_of_the_metric(lanes: list[Lane]) -> None:
    for lane in lanes:
        browser, python = np.array(lane.browser["prob"], float), np.round(current_token_prob(lane.trace) * 1000)  # per mille, NaN at a mask
        sent = ~(python < 1000 * FAINT)  # less probable candidates are in no message
        assert np.array_equal(np.isnan(browser), np.isnan(python))
        assert np.array_equal(browser[sent], python[sent], equal_nan=True)


def test_wrong_words_are_those_of_python(lanes: list[Lane]) -> None:
    for lane in lanes:
        wrong = wrong_words(lane.trace)
        assert lane.browser["wrong"] == (None if wrong is None else wrong.tolist())


OUTCOMES = {("wrong", "right"): "repaired", ("right", "wrong"): "harmed", ("wrong", "wrong"): "still wrong"}


def test_what_a_revision_did_to_a_claim_is_what_the_event_table_says(lanes: list[Lane]) -> None:
    for lane in lanes:
        table = judged_events(lane.trace)
        verdicts = zip(table["event"], table["old_verdict"], table["verdict"], strict=True)
        assert lane.browser["outcomes"] == [OUTCOMES.get((old, new), "") if event == "revise" else "" for event, old, new in verdicts]


def test_what_no_pass_has_read_is_marked_where_it_was_written(lanes: list[Lane]) -> None:
    for lane in lanes:
        unchecked = np.flatnonzero(never_checked(lane.trace))
        table = events(lane.trace)
        written = table[table["position"].isin(unchecked)].groupby("position")["pass"].max()  # position -> the pass that wrote it last
        assert lane.browser["neverChecked"] == unchecked.tolist()
        assert sorted(lane.browser["uncheckedEvents"]) == sorted([n, position] for position, n in written.items())


def test_drafts_count_with_the_step_they_serve(lanes: list[Lane]) -> None:
    for lane in lanes:
        drafts = [lane.trace.pass_record(t).phase == "draft" for t in range(len(lane.trace))]
        assert len(lane.browser["stepEnds"]) - 1 == drafts.count(False)
        assert lane.browser["stepEnds"][-1] == len(lane.trace)
