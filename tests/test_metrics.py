"""Metrics against small runs counted by hand, and against the event table on runs of the toys."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lanes import Case, cases, settings_of
from written import SCENE, TRUE, trace_of

from rediff_viz.events import never_checked, summary
from rediff_viz.metrics import METRICS, current_token_prob
from rediff_viz.metrics.order import global_arness, local_arness
from rediff_viz.run import collect, record
from rediff_viz.run.recording import gather
from rediff_viz.samplers import SAMPLERS
from rediff_viz.trace import Head, PassRecord, Phase, Prediction, Trace
from rediff_viz.world.judgement import claims_right

M = 1  # the mask
HEAD = Head("denoise@hand", "denoise", "hand", {}, {}, 0, M, 0, {}, "", "complete", "published semantics")


def run_of(*canvases: list[int], before: dict[int, list[int]] | None = None, drafts: dict[int, list[int]] | None = None) -> Trace:
    """A trace with the given canvases, the start first; a pass proposes the tokens it leaves."""
    rows = []
    for t, (old, new) in enumerate(pairwise(canvases)):
        begun = np.array((before or {}).get(t, old))
        read = np.array((drafts or {}).get(t, begun))
        ids, half = np.array(new), np.full(len(new), 0.5)
        prediction = Prediction(ids, half + 0.1 * t, half - 0.1 * t, half, ids[:, None], (half + 0.1 * t)[:, None])
        phase: Phase = "draft" if t in (drafts or {}) else "predict"
        rows.append(PassRecord(phase, 0, t, begun, read, ids, prediction, 0.0))
    return gather(HEAD, np.array(canvases[0]), rows)


def numbers(name: str, trace: Trace) -> list[float]:
    rounded: list[float] = np.round(METRICS[name](trace).astype(float), 3).tolist()
    return rounded


REVISED = run_of([M, M, M], [5, M, M], [6, 7, M], [5, M, 8])  # commit; revise + commit; revise back + remask + commit


def test_events_are_counted_by_pass() -> None:
    assert numbers("masks_left", REVISED) == [2, 1, 1]
    assert numbers("commits", REVISED) == [1, 1, 1]
    assert numbers("revisions", REVISED) == [0, 1, 1]
    assert numbers("remasks", REVISED) == [0, 0, 1]


def test_a_word_that_comes_back_is_a_flip_flop_and_a_mask_between_is_none() -> None:
    assert numbers("flip_flops", REVISED) == [0, 0, 1]
    assert numbers("flip_flops", run_of([M], [5], [M], [5])) == [0, 0, 0]
    assert numbers("flip_flops", run_of([M], [5], [M], [6], [5])) == [0, 0, 0, 1]


def test_a_word_is_unchecked_until_a_later_pass_reads_it() -> None:
    assert numbers("unchecked_share", run_of([M, M], [5, M], [5, 6], [5, 6])) == [1, 0.5, 0]
    assert numbers("unchecked_share", run_of([M], [5], [6])) == [1, 1]


def test_a_word_changed_before_a_pass_counts_in_that_pass() -> None:
    trace = run_of([M, M], [5, M], [7, 6], before={1: [M, M]})
    assert numbers("remasks", trace) == [0, 1]
    assert numbers("commits", trace) == [1, 2]


def test_confidence_is_the_probability_of_the_current_token() -> None:
    trace = run_of([M, M], [5, M], [5, 6], [6, 6])
    assert np.round(current_token_prob(trace), 2).tolist()[0][0] == 0.5
    assert np.isnan(current_token_prob(trace)[0, 1])
    assert numbers("mean_confidence", trace)[0] == 0.5
    assert np.isnan(METRICS["mean_confidence"](run_of([M], [M]))).all()


def test_a_draft_pass_leaves_the_confidence_of_the_answer_as_it_was() -> None:
    trace = run_of([M, M], [5, M], [5, M], drafts={1: [9, 8]})
    ids, top_ids = trace.ids.copy(), trace.top_ids.copy()
    ids[1], top_ids[1] = 9, 9  # the corrector's prediction is about its draft alone
    assert current_token_prob(replace(trace, ids=ids, top_ids=top_ids))[:, 0].tolist() == [0.5, 0.5]


def test_writing_from_left_to_right_is_autoregressive() -> None:
    one_by_one = run_of([M, M, M, M], [5, M, M, M], [5, 5, M, M], [5, 5, 5, M], [5, 5, 5, 5])
    assert local_arness(one_by_one)[-1] == global_arness(one_by_one)[-1] == local_arness(one_by_one, k=3)[-1] == 1
    assert np.isnan(local_arness(one_by_one)[0])
    at_once = run_of([M, M, M], [5, 5, 5])
    assert local_arness(at_once)[0] == global_arness(at_once)[0] == 1


def test_writing_from_right_to_left_is_not_autoregressive() -> None:
    backwards = run_of([M, M, M], [M, M, 5], [M, 5, 5], [5, 5, 5])
    assert local_arness(backwards)[-1] == 0
    assert global_arness(backwards)[-1] == pytest.approx(1 / 3)  # the last commit has no choice
    assert global_arness(backwards, k=2)[-1] == pytest.approx(2 / 3)


def test_claims_right_is_what_the_scorer_says_of_each_text_and_unknown_without_a_scene() -> None:
    texts = ["<mask>", "two blue camels", "three blue camels are on a beach .", TRUE]
    share = METRICS["claims_right"](trace_of(texts))
    assert share.tolist() == [claims_right(text.split(), SCENE) for text in texts]
    assert (share[0], share[3]) == (0, 1)
    assert share[2] < share[1] < 1
    assert np.isnan(METRICS["claims_right"](trace_of(texts, scene=None))).all()


def test_metrics_of_a_run_without_passes_are_empty() -> None:
    trace = record("denoise@toy", length=2, draft="owl cat")
    assert len(trace) == 0
    assert all(metric(trace).shape == (0,) for metric in METRICS.values())


def read_since_placed(trace: Trace, position: int) -> bool | None:
    """Whether a pass read the final token after it was placed, by walking back from the end; None for an open position."""
    token = trace.final[position]
    if token == trace.head.mask_id:
        return None
    for t in reversed(range(len(trace))):
        if trace.before[t, position] != trace.canvas[t, position]:  # placed by this pass
            return False
        if trace.read[t, position] == token:
            return True
    return False


@settings(max_examples=25, deadline=None)
@given(case=cases(), data=st.data(), sampler=st.sampled_from(list(SAMPLERS)))
def test_metrics_agree_with_the_event_table(case: Case, data: st.DataObject, sampler: str) -> None:
    trace = collect([case.job(sampler, data.draw(settings_of(sampler)))])[0]
    totals = summary(trace)
    for name in ("commits", "revisions", "remasks"):
        assert METRICS[name](trace).sum() == totals[name]
    if len(trace):
        assert METRICS["masks_left"](trace)[-1] == totals["masks_left"]
        assert never_checked(trace).tolist() == [read_since_placed(trace, p) is False for p in range(case.length)]
    for name, metric in METRICS.items():
        values = metric(trace)
        assert values.shape == (len(trace),), name
        if name.endswith(("share", "arness", "confidence")):
            known = values[~np.isnan(values)]
            assert ((known >= 0) & (known <= 1 + 1e-6)).all(), name
