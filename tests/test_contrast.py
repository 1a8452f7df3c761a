"""A prediction set against one without the picture: on a toy by hand, on every family of models, in forks, lanes and files."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_llada import SEEING, TEXT

from rediff_viz.backends import BatchItem, Request, Session, open_checkpoint
from rediff_viz.backends.base import Contrast
from rediff_viz.backends.reduce import NEVER, contrasted
from rediff_viz.backends.toy import ToyBackend
from rediff_viz.backends.toy import contrasted as contrasted_in_numpy
from rediff_viz.evaluate import evaluate
from rediff_viz.run import collect, fork, job, parse_lane, record, replay
from rediff_viz.samplers import SAMPLERS
from rediff_viz.service.asked import check_work
from rediff_viz.trace import Trace, TraceError
from rediff_viz.ui.controls import settings_html
from rediff_viz.world import render, scene_from_seed

EYES = [("world-plain", 40), (str(SEEING), 16), ("toy", 16)]  # every family that can predict without a picture
SERVED = [  # every sampler on every one of them that gives what it needs
    (sampler, name, length)
    for name, length in EYES
    for sampler in SAMPLERS
    if set(SAMPLERS[sampler].needs) <= set(open_checkpoint(name).gives)
]
HALF = "contrast=0.5,plausibility=0"


def picture() -> Image.Image:
    return render(scene_from_seed(7))


def opened(name: str, length: int, sees: bool = True) -> Session:
    return open_checkpoint(name).open(Request(picture() if sees else None, length=length))


def test_only_plausible_words_are_raised_by_what_the_picture_adds() -> None:
    z, without = np.array([[2.0, 1.0, -2.0, NEVER]]), np.array([[2.0, -1.0, -9.0, NEVER]])
    found = contrasted_in_numpy(z, without, Contrast(1.0, 0.1))
    assert found[0, :2].tolist() == [2.0, 3.0]
    assert np.exp(found[0, 2:] - 3.0).tolist() == [0.0, 0.0]
    assert found[0, 2] > found[0, 3]  # the implausible keep their order
    assert contrasted_in_numpy(z, without, Contrast(1.0, 0.0))[0, :3].tolist() == [2.0, 3.0, 5.0]
    assert contrasted_in_numpy(z, without, Contrast(1.0, 1.0)).argmax() == 0
    in_torch = contrasted(torch.from_numpy(z), torch.from_numpy(without), Contrast(1.0, 0.1))
    assert np.array_equal(in_torch.numpy(), found)


def nats(session: Session, tokens: np.ndarray, column: str = "", contrast: Contrast | None = None) -> np.ndarray:
    """(T, N) log-probabilities of some tokens everywhere, where a text of masks is read."""
    length = session.request.length
    masks, wants = np.full(length, session.backend.mask_id, np.int64), (column,) if column else ()
    items = [
        BatchItem(session, masks, asked=np.full(length, token), wants=wants, contrast=contrast, cache=session.backend.lane_cache())
        for token in tokens
    ]
    found = session.backend.predict(items)
    return np.log([np.asarray(one.extra[column] if column else one.input_prob, np.float64) for one in found])


@pytest.mark.parametrize(("name", "length"), EYES)
def test_a_contrast_is_of_what_the_model_predicts_with_and_without_the_picture(name: str, length: int) -> None:
    session, tokens = opened(name, length), np.arange(4, 10)
    blind = nats(session, tokens, "no_image_input_prob") if name == str(SEEING) else nats(opened(name, length, sees=False), tokens)
    expected = 1.5 * nats(session, tokens) - 0.5 * blind
    found = nats(session, tokens, contrast=Contrast(0.5, 0.0))
    assert found - found[0] == pytest.approx(expected - expected[0], abs=2e-3)
    assert not np.allclose(found, nats(session, tokens), atol=0.05)


@pytest.mark.parametrize(("sampler", "name", "length"), SERVED)
def test_no_contrast_is_bit_for_bit_as_without_the_setting_and_costs_nothing(sampler: str, name: str, length: int) -> None:
    plain, off = (record(f"{sampler}@{name}{end}", picture(), length=length, steps=4) for end in ("", ":contrast=0,plausibility=0.3"))
    assert off.same(plain)
    assert (off.head.settings, off.head.notes, off.head.provenance) == (plain.head.settings, plain.head.notes, plain.head.provenance)
    assert set(plain.network_rows) == {1}


@pytest.mark.parametrize(("sampler", "name", "length"), SERVED)
def test_a_contrasted_lane_forks_replays_and_is_stored_as_it_ran(sampler: str, name: str, length: int) -> None:
    lane = f"{sampler}@{name}:{HALF}"
    first = job(lane, opened(name, length), steps=4, block=length, stop=())
    (trace,) = collect([first])
    assert set(trace.network_rows) == {2}
    assert (trace.head.settings["contrast"], trace.head.settings["plausibility"]) == (0.5, 0)
    assert "from the paper" in trace.head.provenance
    assert any(note.startswith("contrast 0.5, plausibility 0") for note in trace.head.notes)
    again = Trace.from_bytes(trace.to_bytes())
    assert replay(again).same(trace)
    for at in (1, 3):
        forked = collect([fork(again, first.session, at=at)])[0]
        assert np.array_equal(forked.canvas, trace.canvas)
        assert np.allclose(forked.prob, trace.prob, rtol=0, atol=1e-4)
        assert forked.network_rows.tolist() == trace.network_rows.tolist()
        assert forked.head.settings == trace.head.settings
    plain = collect([job(f"{sampler}@{name}", first.session, steps=4, block=length, stop=())])[0]
    assert not np.allclose(plain.prob[0], trace.prob[0], atol=1e-3)


def test_a_contrasted_lane_beside_a_plain_one_changes_neither() -> None:
    session = opened("world-plain", 40)
    alone = [collect([job(lane, session)])[0] for lane in ("denoise@world-plain", f"denoise@world-plain:{HALF}")]
    together = collect([job(lane, session) for lane in ("denoise@world-plain", f"denoise@world-plain:{HALF}")])
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one.canvas, other.canvas)
        assert np.allclose(one.prob, other.prob, rtol=0, atol=1e-4)


REFUSED = [
    (f"denoise@{TEXT}:contrast=1", "contrast needs a prediction without the picture, which .* cannot give"),
    ("denoise@toy:contrast=1", "there is no picture"),
    ("denoise@world-plain:contrast=1", "there is no picture"),
    ("denoise@toy:contrast=11", "setting contrast is 11.0, expected a number from 0 to 10"),
    ("denoise@toy:contrast=-1", "setting contrast is -1.0"),
    ("denoise@toy:contrast=much", "setting contrast is 'much'"),
    ("denoise@toy:contrast=nan", "setting contrast is 'nan'"),
    ("denoise@toy:plausibility=2", "setting plausibility is 2.0, expected a number from 0 to 1"),
    ("denoise@toy:contrast=1,contrast=2", "given twice"),
    ("denoise@toy:contrasts=1", "its settings are remasking, eot_last, schedule, shift, contrast, plausibility"),
]


@pytest.mark.parametrize(("lane", "sentence"), REFUSED)
def test_what_cannot_be_contrasted_is_refused_in_one_sentence(lane: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        record(lane, None, prompt="" if "world" in lane else "what is there")
    assert "\n" not in str(refusal.value)


def test_a_fork_keeps_its_trunks_contrast_and_wants_a_model_that_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened("toy", 16)
    trace = collect([job("denoise@toy:contrast=1", session)])[0]
    with pytest.raises(TraceError, match="a fork keeps its trunk's contrast"):
        fork(trace, session, at=2, contrast=0.0)
    monkeypatch.setattr(ToyBackend, "contrasts", False)
    with pytest.raises(TraceError, match="which toy cannot give"):
        fork(trace, session, at=2)


def test_the_work_of_a_contrast_is_counted_twice_and_the_setting_is_told() -> None:
    session = opened("toy", 16)
    plain, contrasting = job("denoise@toy", session), job("denoise@toy:contrast=1", session)
    assert (plain.network_rows, contrasting.network_rows) == (1, 2)
    many = 2**15 // (16 * 8)
    check_work([plain] * many)
    with pytest.raises(ValueError, match="65,536 places read"):
        check_work([contrasting] * many)
    assert parse_lane("rediff@toy:contrast=0.5").settings == {"contrast": 0.5}
    (row,) = evaluate(["denoise@toy:contrast=1"], [8], scenes=1)
    assert (row["nfe"], row["network_rows"]) == (2, 4)
    page = settings_html()
    assert "<code>contrast</code>" in page
    assert "From the paper." in page
