"""What holds of every sampler, whatever the model predicts. A law that does not hold for one is excused by name, with the reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lanes import Case, cases, settings_of

from rediff_viz.backends.toy import EOT, MASK, SCRIPTS, ToySession, contrasted
from rediff_viz.events import KINDS, changes, summary
from rediff_viz.run import Edit, collect, fork, loop, replay
from rediff_viz.samplers import SAMPLERS
from rediff_viz.trace import PHASES, Trace

EXCUSED: dict[tuple[str, str], str] = {
    ("earlier blocks stay", "proseco"): "its corrector rewrites every committed word up to the block's end",
    ("earlier blocks stay", "dsl_correct"): "its one correction is of the whole answer",
}
FIXED: dict[tuple[str, str], dict[str, Any]] = {  # settings under which alone a law holds
    ("earlier blocks stay", "rediff"): {"settle": 0},  # settle passes revise the whole answer
}
HONEST_TOYS = tuple(name for name in SCRIPTS if name != "toy-masks")  # those that never propose the mask

quick = settings(max_examples=40, deadline=None)
Law = Callable[[str, st.DataObject, Case], None]
LAWS: list[tuple[Law, dict[str, Any]]] = []  # every law of every sampler, and what kind of cases it is about


def law(**about: Any) -> Callable[[Law], Law]:
    """A law that holds of every sampler in the registry, over `cases(**about)`."""

    def register(function: Law) -> Law:
        LAWS.append((function, about))
        checked: Law = quick(given(data=st.data(), case=cases(**about))(function))
        pytest.mark.parametrize("sampler", SAMPLERS)(checked)  # marks the function itself
        return checked

    return register


def excused(name: str, sampler: str) -> None:
    """Skip where the law is excused."""
    if (name, sampler) in EXCUSED:
        pytest.skip(f"excused: {EXCUSED[name, sampler]}")


def one(case: Case, sampler: str, chosen: dict[str, Any] | None = None, **changed: Any) -> Trace:
    return collect([case.job(sampler, chosen, **changed)])[0]


def test_every_excuse_names_a_sampler() -> None:
    assert {sampler for _law, sampler in [*EXCUSED, *FIXED]} <= SAMPLERS.keys()


@law()
def test_there_is_one_record_per_forward_pass(sampler: str, data: st.DataObject, case: Case) -> None:
    backend = case.backend()
    trace = one(case, sampler, data.draw(settings_of(sampler)), backend=backend)
    assert len(trace) == trace.nfe == backend.calls == sum(backend.widths)


@law()
def test_it_starts_as_planned(sampler: str, data: st.DataObject, case: Case) -> None:
    trace = one(case, sampler, data.draw(settings_of(sampler)))
    assert trace.start.tolist() == [*case.draft, *[MASK] * (case.length - len(case.draft))]
    assert not len(trace) or np.array_equal(trace.before[0], trace.start)


@law(toys=HONEST_TOYS, stops=False)
def test_it_ends_without_masks(sampler: str, data: st.DataObject, case: Case) -> None:
    case = Case(**{**case.__dict__, "draft": tuple(EOT if i == MASK else i for i in case.draft)})
    trace = one(case, sampler, data.draw(settings_of(sampler)))
    assert not (trace.final == MASK).any()


@law()
def test_where_masks_are_left_it_says_why(sampler: str, data: st.DataObject, case: Case) -> None:
    trace = one(case, sampler, data.draw(settings_of(sampler)))
    left = int((trace.final == MASK).sum())
    assert left == 0 or "masks left" in trace.head.stopped or trace.head.stop_at is not None
    assert (trace.head.stopped == "complete") <= (left == 0)


@law()
def test_events_lead_from_the_start_to_the_end(sampler: str, data: st.DataObject, case: Case) -> None:
    trace = one(case, sampler, data.draw(settings_of(sampler)))
    c, canvas = changes(trace), trace.start.copy()
    for i in range(len(c.at)):
        assert canvas[c.position[i]] == c.old[i] != c.new[i]
        was, now = c.old[i] == MASK, c.new[i] == MASK
        assert KINDS[c.kind[i]] == {(True, False): "commit", (False, False): "revise", (False, True): "remask"}[bool(was), bool(now)]
        canvas[c.position[i]] = c.new[i]
    assert np.array_equal(canvas, trace.final)


@law(toys=HONEST_TOYS)
def test_it_makes_only_the_events_it_has_a_rule_for(sampler: str, data: st.DataObject, case: Case) -> None:
    c = changes(one(case, sampler, data.draw(settings_of(sampler))))
    assert {KINDS[k] for k in set(c.kind)} <= set(SAMPLERS[sampler].rules)


@law()
def test_committed_text_changes_only_in_the_open_block(sampler: str, data: st.DataObject, case: Case) -> None:
    excused("earlier blocks stay", sampler)
    trace = one(case, sampler, data.draw(settings_of(sampler)) | FIXED.get(("earlier blocks stay", sampler), {}))
    c = changes(trace)
    size = case.block or case.length
    revised = c.kind == KINDS.index("revise")
    assert (c.position[revised] // size == trace.block[c.at[revised]]).all()


@law()
def test_what_it_makes_the_model_read_is_the_answer_and_nothing_else(sampler: str, data: st.DataObject, case: Case) -> None:
    trace = one(case, sampler, data.draw(settings_of(sampler)))
    draft = trace.phase == PHASES.index("draft")
    assert trace.read.shape[1] == case.length
    assert np.array_equal(trace.read[~draft], trace.before[~draft])
    assert not (trace.read[draft] == MASK).any() or case.toy == "toy-masks"  # a draft is complete


@quick
@given(data=st.data(), case=cases())
def test_denoise_never_revises(data: st.DataObject, case: Case) -> None:
    trace = one(case, "denoise", data.draw(settings_of("denoise")))
    assert summary(trace)["revisions"] == summary(trace)["remasks"] == 0
    visible = np.array(case.draft, int) != MASK
    assert np.array_equal(trace.final[: len(case.draft)][visible], np.array(case.draft, int)[visible])


@quick
@given(data=st.data(), case=cases(toys=("toy-blind",), drafts=False, warm=False))
def test_rediff_equals_denoise_for_a_model_that_ignores_what_it_reads(data: st.DataObject, case: Case) -> None:
    chosen = {k: v for k, v in data.draw(settings_of("rediff")).items() if k != "settle"}
    plain = one(case, "denoise", {k: v for k, v in chosen.items() if k == "remasking"})
    assert one(case, "rediff", chosen).same(plain)


@quick
@given(data=st.data(), case=cases())
def test_rediff_that_never_revises_equals_denoise(data: st.DataObject, case: Case) -> None:
    remasking = data.draw(st.sampled_from(["low_confidence", "random"]))
    assert one(case, "rediff", {"revise_start": 0.0, "remasking": remasking}).same(one(case, "denoise", {"remasking": remasking}))


@quick
@given(data=st.data(), case=cases(stops=False))
def test_proseco_without_corrector_equals_denoise(data: st.DataObject, case: Case) -> None:
    remasking = data.draw(st.sampled_from(["low_confidence", "random"]))
    plain = one(case, "denoise", {"remasking": remasking})
    assert one(case, "proseco", {"rounds": 0, "early_end": False, "remasking": remasking}).same(plain)


@quick
@given(data=st.data(), case=cases(toys=("toy-blind",), stops=False, drafts=False, warm=False))
def test_proseco_equals_denoise_in_its_words_for_a_model_that_ignores_what_it_reads(data: st.DataObject, case: Case) -> None:
    chosen = {**data.draw(settings_of("proseco")), "threshold": None, "early_end": False, "remasking": "low_confidence"}
    trace, plain = one(case, "proseco", chosen), one(case, "denoise")
    last = [t for t in range(len(trace)) if t + 1 == len(trace) or trace.phase[t + 1] == 0]  # the pass that ends each step
    assert np.array_equal(trace.canvas[last], plain.canvas)


@law()
def test_the_same_seed_gives_the_same_trace(sampler: str, data: st.DataObject, case: Case) -> None:
    chosen = data.draw(settings_of(sampler))
    first, second = one(case, sampler, chosen), one(case, sampler, chosen)
    assert first.same(second)
    assert {**first.head.__dict__} == {**second.head.__dict__}


@law()
def test_a_saved_trace_is_read_back_whole(sampler: str, data: st.DataObject, case: Case) -> None:
    trace = one(case, sampler, data.draw(settings_of(sampler)))
    content = trace.to_bytes()
    again = Trace.from_bytes(content)
    assert again.same(trace)
    assert again.head == trace.head
    assert again.to_bytes() == content


@law()
def test_replaying_its_predictions_gives_the_trace(sampler: str, data: st.DataObject, case: Case) -> None:
    trace = one(case, sampler, data.draw(settings_of(sampler)))
    assert replay(trace).same(trace)
    assert replay(Trace.from_bytes(trace.to_bytes())).same(trace)


@law()
def test_a_fork_with_no_edit_equals_its_trunk(sampler: str, data: st.DataObject, case: Case) -> None:
    first = case.job(sampler, data.draw(settings_of(sampler)))
    trunk = collect([first])[0]
    at = data.draw(st.integers(1, len(trunk) + 1))
    forked = collect([fork(trunk, first.session, at=at)])[0]
    assert forked.same(trunk)
    assert forked.head.parent is not None
    assert forked.head.parent["replayed"] == at - 1


@law()
def test_a_fork_replays_edits_made_before(sampler: str, data: st.DataObject, case: Case) -> None:
    edits = data.draw(st.lists(st.builds(Edit, st.integers(1, 6), st.integers(0, case.length - 1), st.integers(0, 9), st.integers(1, 3))))
    first = case.job(sampler, data.draw(settings_of(sampler)), edits=edits)
    trunk = collect([first])[0]
    assert collect([fork(trunk, first.session, at=data.draw(st.integers(1, len(trunk) + 1)))])[0].same(trunk)
    assert replay(trunk).same(trunk)
    assert Trace.from_bytes(trunk.to_bytes()).same(trunk)


@law()
def test_a_forced_word_stands_before_its_pass_and_drafts_are_never_edited(sampler: str, data: st.DataObject, case: Case) -> None:
    position = data.draw(st.integers(0, case.length - 1))
    edit = Edit(data.draw(st.integers(1, 4)), position, data.draw(st.integers(0, 9)), data.draw(st.integers(1, 3)))
    trace = one(case, sampler, data.draw(settings_of(sampler)), edits=[edit])
    applied = trace.head.edits[0]["applied"]
    ordinary = [t + 1 for t in range(len(trace)) if trace.phase[t] != 1 and t + 1 >= edit.at]
    assert applied == ordinary[: edit.passes]
    for number in applied:
        assert trace.before[number - 1, position] == trace.read[number - 1, position] == edit.token


@law(toys=HONEST_TOYS, stops=False)
def test_a_word_hidden_by_hand_is_written_again(sampler: str, data: st.DataObject, case: Case) -> None:
    case = Case(**{**case.__dict__, "draft": ()})
    chosen = data.draw(settings_of(sampler))
    trunk = one(case, sampler, chosen)
    at = data.draw(st.integers(1, len(trunk)))
    trace = one(case, sampler, chosen, edits=[Edit(at, data.draw(st.integers(0, case.length - 1)), MASK)])
    assert not (trace.final == MASK).any()


@law()
def test_a_lane_alone_equals_the_same_lane_among_others(sampler: str, data: st.DataObject, case: Case) -> None:
    chosen, backend = data.draw(settings_of(sampler)), case.backend()
    names = data.draw(st.lists(st.sampled_from(sorted(SAMPLERS)), min_size=1, max_size=3))
    others = [case.job(name, data.draw(settings_of(name)), backend=backend, seed=7, draft=()) for name in names]
    together = collect([others[0], case.job(sampler, chosen, backend=backend), *others[1:]])
    assert together[1].same(one(case, sampler, chosen))
    assert len(backend.widths) == max(len(t) for t in together)  # one forward pass a tick


@law()
def test_it_makes_no_more_passes_than_planned(sampler: str, data: st.DataObject, case: Case) -> None:
    first = case.job(sampler, data.draw(settings_of(sampler)))
    trace = collect([first])[0]
    assert len(trace) <= SAMPLERS[sampler].planned_passes(first.plan, first.settings)
    assert not trace.head.stopped.endswith(("pass was reached", "passes was reached"))  # it ended by itself


@law()
def test_the_answer_ends_before_the_leftmost_stop_ever_written(sampler: str, data: st.DataObject, case: Case) -> None:
    if not SAMPLERS[sampler].honours_stop:
        pytest.skip("it knows no stop sequences")
    case = Case(**{**case.__dict__, "stop": ("owl",), "draft": ()})
    trace = one(case, sampler, data.draw(settings_of(sampler)))
    hits = np.argwhere(trace.canvas == case.backend().encode("owl")[0])
    assert trace.head.stop_at == (int(hits[:, 1].min()) if len(hits) else None)


@law(warm=False)
def test_records_hold_what_the_model_predicted(sampler: str, data: st.DataObject, case: Case) -> None:
    backend = case.backend()
    first = case.job(sampler, data.draw(settings_of(sampler)), backend=backend)
    assert isinstance(first.session, ToySession)
    for record in (tick.records[0] for tick in loop([first]) if tick.records):
        z = backend.logits(record.read, first.session.salt)
        if first.contrast is not None:
            z = contrasted(z, backend.logits(record.read, first.session.blind), first.contrast)
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        here = np.arange(case.length)
        assert record.key is not None or np.array_equal(record.prediction.ids, z.argmax(axis=1))  # with a key it is a draw
        assert np.allclose(record.prediction.prob, p[here, record.prediction.ids], rtol=1e-12)
        assert np.allclose(record.prediction.input_prob, p[here, record.read], rtol=1e-6)
        assert np.allclose(record.prediction.top_prob, -np.sort(-p, axis=1)[:, :5], atol=1e-3)
        assert np.allclose(record.prediction.entropy, -(p * np.log(np.maximum(p, 1e-300))).sum(axis=1), atol=1e-5)
        assert record.network_rows == (2 if case.contrast else 1)
        assert record.prediction.entropy.max() <= math.log(z.shape[1]) + 1e-6
