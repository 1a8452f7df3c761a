"""Running lanes: their names and settings, one forward pass a tick, edits, forks, cancelling."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest

from rediff_viz import Trace, TraceError
from rediff_viz.backends import Request, open_checkpoint
from rediff_viz.backends.noise import uniform
from rediff_viz.backends.toy import MASK, TOYS, ToyBackend
from rediff_viz.cards import Card
from rediff_viz.run import Edit, build, collect, compare, fork, job, record, replay, stream
from rediff_viz.run.lane import LaneSpec, budget, parse_lane, resolve
from rediff_viz.run.recording import digest
from rediff_viz.samplers import SAMPLERS, Plan
from rediff_viz.trace import PassRecord, Sampler

# names of lanes


@pytest.mark.parametrize(
    "text",
    ["denoise@toy", "rediff@world-rediff:settle=4,most=3", "rediff@toy:revise_top=none", "proseco@toy:threshold=0.9,early_end=false"],
)
def test_a_lane_is_read_and_written_alike(text: str) -> None:
    assert str(parse_lane(text)) == text
    assert parse_lane(str(parse_lane(text))) == parse_lane(text)


def test_values_take_the_types_of_the_signature() -> None:
    assert parse_lane("rediff@toy:revise_top=0.5,settle=4").settings == {"revise_top": 0.5, "settle": 4}
    assert parse_lane("proseco@toy:early_end=off,threshold=1").settings == {"early_end": False, "threshold": 1.0}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rediff", "lane 'rediff' is not written sampler@checkpoint, e.g. rediff@world-rediff:settle=4"),
        ("@toy", f"no sampler ''; the samplers are {', '.join(SAMPLERS)}"),
        ("redif@toy", f"no sampler 'redif'; the samplers are {', '.join(SAMPLERS)}"),
        ("rediff@Q Q", "'Q Q' is no name of a checkpoint, expected letters, digits, - and _, or a folder's path with a /"),
        (
            "rediff@toy:settles=4",
            (
                "rediff has no setting 'settles'; its settings are revise_top, revise_start, remasking, settle, max_revisions, "
                "contrast, plausibility"
            ),
        ),
        ("rediff@toy:settle", "setting 'settle' is not written key=value"),
        ("rediff@toy:settle=1,settle=2", "setting 'settle' is given twice"),
        ("rediff@toy:settle=4.5", "setting settle is '4.5', expected a whole number from 0 to 64"),
        ("rediff@toy:settle=999", "setting settle is 999, expected a whole number from 0 to 64"),
        ("rediff@toy:revise_start=nan", "setting revise_start is 'nan', expected a number from 0 to 1"),
        ("rediff@toy:revise_top=2", "setting revise_top is 2.0, expected a number from 0 to 1 or none"),
        ("denoise@toy:remasking=high", "setting remasking is 'high', expected low_confidence or random"),
        ("proseco@toy:early_end=perhaps", "setting early_end is 'perhaps', expected true or false"),
    ],
)
def test_a_wrong_lane_is_refused_in_one_sentence_that_lists_what_there_is(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_lane(text)
    assert str(refusal.value) == sentence


def test_the_lanes_own_settings_win_over_the_cards_and_those_over_the_samplers() -> None:
    card = Card(name="x", title="x", backend="toy", mask_id=1, samplers={"rediff": {"settle": 8, "most": 3, "revise_top": "none"}})
    settled = resolve(parse_lane("rediff@x:max_revisions=1"), card)
    assert (settled["settle"], settled["max_revisions"], settled["revise_start"], settled["revise_top"]) == (8, 1, 1.0, None)


def test_an_earlier_name_of_a_setting_is_read_for_good_and_printed_as_it_was_given() -> None:
    spec = parse_lane("rediff@world-rediff:settle=0,most=0")
    assert spec.settings == {"settle": 0, "max_revisions": 0}
    assert str(spec) == "rediff@world-rediff:settle=0,most=0"
    trace = record("rediff@toy:settle=2,most=3", length=8, steps=2)
    assert trace.head.lane == "rediff@toy:settle=2,most=3"
    assert trace.head.settings["max_revisions"] == 3
    assert replay(trace).same(trace)
    old = replace(trace, head=replace(trace.head, settings={"settle": 2, "most": 3}))  # as the first edition wrote it
    assert replay(old).same(trace)
    with pytest.raises(ValueError, match=r"^setting 'max_revisions' is given twice$"):
        parse_lane("rediff@toy:most=1,max_revisions=2")


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


def test_an_unknown_checkpoint_is_refused() -> None:
    with pytest.raises(ValueError, match="no checkpoint 'nowhere'; the checkpoints are"):
        record("denoise@nowhere")


@pytest.mark.parametrize(("k", "block", "steps"), [(1, None, 40), (8, None, 5), (3, None, 14), (40, None, 1), (4, 10, 12), (1.5, None, 27)])
def test_tokens_per_pass_become_steps(k: float, block: int | None, steps: int) -> None:
    assert budget(40, block, None, k, 40) == steps


def test_a_budget_that_cannot_be_is_refused() -> None:
    for sentence, arguments in (
        ("not both", (40, None, 5, 5, 40)),
        ("more than", (40, None, 41, None, 40)),
        ("not between", (40, None, None, 0, 40)),
    ):
        with pytest.raises(ValueError, match=sentence):
            budget(*arguments)


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


# edits and forks


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
