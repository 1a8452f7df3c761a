"""Running lanes: one forward pass a tick, streams, limits, what a head says, chance."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest

from rediff_viz import Trace
from rediff_viz.backends import Request, open_checkpoint
from rediff_viz.backends.noise import uniform
from rediff_viz.backends.toy import MASK, TOYS, ToyBackend
from rediff_viz.cards import Card
from rediff_viz.run import build, collect, compare, job, record, replay, stream
from rediff_viz.run.recording import digest
from rediff_viz.samplers import SAMPLERS, Plan
from rediff_viz.trace import PassRecord, Sampler

# lanes together


def test_lanes_of_one_checkpoint_share_one_pass_a_tick_and_other_weights_take_turns() -> None:
    traces = compare(["denoise@toy", "rediff@toy:settle=2", "denoise@toy-blind"], steps=4, length=8)
    widths = open_checkpoint("toy").widths[-6:], open_checkpoint("toy-blind").widths[-4:]  # type: ignore[attr-defined]
    assert [len(t) for t in traces] == [4, 6, 4]
    assert widths == ([2, 2, 2, 2, 1, 1], [1, 1, 1, 1])


def test_many_pictures_of_one_checkpoint_share_a_pass_up_to_its_batch() -> None:
    backend = ToyBackend()
    backend.batch = 3
    lanes = [job("denoise@toy", backend.open(Request(prompt=str(i), length=8)), steps=2) for i in range(8)]
    together = collect(lanes)
    assert backend.widths == [3, 3, 2, 3, 3, 2]
    assert all(t.same(collect([j])[0]) for t, j in zip(together, lanes, strict=True))
    assert len({digest(t) for t in together}) == 8


def test_answers_of_different_lengths_never_share_a_pass() -> None:
    backend = ToyBackend()
    collect([job("denoise@toy", backend.open(Request(length=n)), steps=1) for n in (4, 8, 4)])
    assert sorted(backend.widths) == [1, 2]


def test_a_stream_yields_every_row_as_it_is_complete_and_each_trace_at_its_end() -> None:
    backend = ToyBackend()
    session = backend.open(Request(length=8))
    items = list(stream([job("denoise@toy", session, steps=2), job("rediff@toy:settle=3", session, steps=4)]))
    kinds = [(i, "trace" if isinstance(item, Trace) else "row") for i, item in items]
    assert kinds[:6] == [(0, "row"), (1, "row"), (0, "row"), (1, "row"), (0, "trace"), (1, "row")]
    traces = {i: item for i, item in items if isinstance(item, Trace)}
    rows = [item for i, item in items if i == 1 and isinstance(item, PassRecord)]
    assert len(rows) == len(traces[1])
    assert all(np.array_equal(row.canvas, canvas) for row, canvas in zip(rows, traces[1].canvas, strict=True))


def test_closing_a_stream_stops_the_lanes_and_the_rows_so_far_make_a_trace() -> None:
    backend = ToyBackend()
    lane = job("denoise@toy", backend.open(Request(length=8)), steps=8)
    running = stream([lane])
    rows = [next(running)[1] for _ in range(3)]
    assert isinstance(running, Generator)
    running.close()
    assert backend.calls == 3
    partial = build(lane, [row for row in rows if isinstance(row, PassRecord)])
    assert (len(partial), partial.head.stopped) == (3, "cancelled")
    assert (partial.final == MASK).sum() == 5


def test_a_lane_ends_at_its_limit_and_says_so() -> None:
    trace = record("denoise@toy", length=8, steps=8, limit=3)
    assert (len(trace), trace.head.stopped) == (3, "the limit of 3 passes was reached")
    assert record("denoise@toy", length=8, steps=8, limit=1).head.stopped == "the limit of 1 pass was reached"


def endless(plan: Plan) -> Sampler:
    """A sampler that never converges: it rewrites the answer for good."""
    x = plan.canvas()
    while True:
        _, prediction = yield plan.query(next(plan.blocks()), 0, x)
        x = prediction.ids


@pytest.mark.parametrize("extra", [0, 3])
def test_a_sampler_that_never_ends_is_ended_after_the_passes_of_its_plan(monkeypatch: pytest.MonkeyPatch, extra: int) -> None:
    method = replace(SAMPLERS["denoise"], run=endless, settings_help={}, extra_passes=lambda plan, settings: extra)
    monkeypatch.setitem(SAMPLERS, "endless", method)
    trace = record("endless@toy-flips", length=8, steps=4)
    assert (len(trace), trace.head.stopped) == (4 + extra, f"the limit of {4 + extra} passes was reached")
    assert replay(trace).same(trace)
    assert len(record("endless@toy", length=8, steps=4, limit=2)) == 2


@pytest.mark.parametrize(
    ("lane", "passes", "stopped"),
    [
        ("t2t@toy-flips:threshold=0,post_passes=3", 4, "the limit of 3 passes over a full text was reached while words still changed"),
        ("t2t@toy-flips:threshold=0,post_passes=0", 1, "complete"),
        ("t2t@toy-flips:threshold=0,edit_threshold=1", 2, "complete"),
        (
            "t2m@toy-flips:threshold=0,trigger=edit,remasks=64,post_passes=2", 5,
            "the limit of 2 passes over a full text was reached while words still changed",
        ),
        ("rediff@toy-flips:settle=1", 2, "the limit of 1 pass over a full text was reached while words still changed"),
        ("rediff@toy-flips:settle=4", 3, "went round in a circle"),
        ("rediff@toy-flips:settle=0", 1, "complete"),
    ],
)  # fmt: skip
def test_a_sampler_that_would_have_gone_on_says_at_which_limit_it_ended(lane: str, passes: int, stopped: str) -> None:
    trace = record(lane, length=4, steps=1)
    assert (len(trace), trace.head.stopped) == (passes, stopped)


def test_masks_left_are_said_beside_any_other_reason() -> None:
    plan = Plan(length=2, steps=1, mask_id=MASK)
    assert plan.final(plan.canvas(), why="went round in a circle").why.startswith("went round in a circle; 2 masks left: ")


def test_the_head_says_what_was_done() -> None:
    trace = record("rediff@toy:settle=2", prompt="look", length=8, tokens_per_pass=4, seed=9, scene={"groups": ((1, 2),)})
    head = trace.head
    assert (head.lane, head.sampler, head.checkpoint, head.seed, head.prompt) == ("rediff@toy:settle=2", "rediff", "toy", 9, "look")
    assert head.settings == {"revise_top": None, "revise_start": 1.0, "remasking": "low_confidence", "settle": 2, "max_revisions": 0}
    assert (head.plan["length"], head.plan["steps"], head.plan["tokens_per_pass"]) == (8, 2, 4)
    assert head.scene == {"groups": [[1, 2]]}
    assert head.provenance == "rules as in the published code, with settings of ours: settle=2"
    assert set(np.unique(trace.top_ids)) <= head.vocabulary.keys()
    assert trace.tokens([MASK, 5, 10**6]) == ["<mask>", "the", "<1000000>"]


def test_a_checkpoint_that_was_not_trained_for_a_sampler_says_so() -> None:
    backend = ToyBackend(Card(name="toy", title="t", backend="toy", mask_id=1, trained_for=("denoise",), options=TOYS["toy"].options))
    session = backend.open(Request(length=4))
    assert collect([job("rediff@toy", session, steps=1)])[0].head.notes == ("toy was not trained for rediff",)
    assert collect([job("denoise@toy", session, steps=1)])[0].head.notes == ()


def test_a_picture_is_kept_as_a_fingerprint() -> None:
    from PIL import Image

    red, blue = (record("denoise@toy", Image.new("RGB", (3, 2), colour), length=4, steps=1).head.picture for colour in ("red", "blue"))
    assert red is not None
    assert blue is not None
    assert (red["width"], red["height"], len(red["sha256"])) == (3, 2, 64)
    assert red["sha256"] != blue["sha256"]


# chance


def test_a_key_names_its_numbers() -> None:
    assert np.array_equal(uniform((1, 0, 2, "gumbel"), 5), uniform((1, 0, 2, "gumbel"), 5))
    keys = [
        (1, 0, 2, "gumbel"),
        (2, 0, 2, "gumbel"),
        (1, 1, 2, "gumbel"),
        (1, 0, 3, "gumbel"),
        (1, 0, 2, "uniform"),
        (2**63 - 1, 0, 2, "gumbel"),
    ]
    assert len({uniform(key, 1)[0] for key in keys}) == len(keys)


def test_another_seed_gives_another_text_only_where_there_is_chance() -> None:
    cold = [record("denoise@toy", length=12, steps=12, seed=s) for s in (1, 2)]
    warm = [record("denoise@toy", length=12, steps=12, seed=s, temperature=0.9) for s in (1, 2)]
    assert cold[0].same(cold[1])
    assert not warm[0].same(warm[1])
    assert cold[0].pass_record(0).key is None
    assert warm[0].pass_record(4).key == (1, 0, 5, "gumbel")
