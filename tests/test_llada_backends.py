"""The LLaDA family behind the seam: loading by path, lanes together, memories, reduction, and what may not be there."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_llada import LANES, PLAN, SEEING, TEXT

from rediff_viz import run
from rediff_viz.backends import BatchItem, PassError, Request, find_card, open_checkpoint, reduce
from rediff_viz.backends.llada import cached_trunk
from rediff_viz.backends.llada.cached_trunk import CachedTrunk
from rediff_viz.backends.llada.refresh import cheapest, measure
from rediff_viz.backends.variants import CacheKind, Variant, parse_variant
from rediff_viz.nets.dllm_cache import RefreshIntervals
from rediff_viz.trace import Trace


def test_a_lane_alone_equals_the_same_lane_among_others(picture: Image.Image) -> None:
    together = run.compare([f"{sampler}@{SEEING}" for sampler in LANES], picture, **PLAN)
    for sampler, trace in zip(LANES, together, strict=True):
        alone = run.record(f"{sampler}@{SEEING}", picture, **PLAN)
        assert np.array_equal(alone.canvas, trace.canvas)
        assert np.allclose(alone.prob, trace.prob, atol=1e-5)


def test_refreshing_in_every_pass_is_exact(picture: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = run.record(f"rediff@{SEEING}", picture, **PLAN)
    assert np.array_equal(run.record(f"rediff@{SEEING}+prefix=1", picture, **PLAN).canvas, exact.canvas)
    monkeypatch.setattr(cached_trunk, "RefreshIntervals", lambda: RefreshIntervals(1, 1))
    assert np.array_equal(run.record(f"rediff@{SEEING}+dllm", picture, **PLAN).canvas, exact.canvas)


def test_a_cached_run_says_so_and_carries_its_difference_to_the_exact_prediction(picture: Image.Image) -> None:
    trace = run.record(f"rediff@{SEEING}+refresh=4+check=1", picture, **PLAN)
    drift = trace.extra["drift"]
    assert trace.head.checkpoint.endswith("+refresh=4+check=1")
    assert any("approximate" in note for note in trace.head.notes)
    assert drift[0].max() < 1e-5
    assert drift[3].max() < 1e-5
    assert drift[1].max() > 1e-3
    assert "drift" not in run.record(f"rediff@{SEEING}", picture, **PLAN).extra


def test_lanes_that_are_cached_share_a_batch_and_stay_themselves(picture: Image.Image) -> None:
    lanes = [f"{sampler}@{SEEING}+prefix=3" for sampler in ("denoise", "rediff")]
    together = run.compare(lanes, picture, **PLAN)
    for lane, trace in zip(lanes, together, strict=True):
        assert np.array_equal(run.record(lane, picture, **PLAN).canvas, trace.canvas)


def test_the_chosen_refreshes_are_the_cheapest_there_are(picture: Image.Image) -> None:
    error = np.triu(np.random.default_rng(3).random((7, 7)), 1)

    def cost(chosen: tuple[int, ...]) -> float:
        edges = [*chosen, 8]
        return float(sum(error[a - 1, a - 1 : b - 1].sum() for a, b in pairwise(edges)))

    for count in (1, 2, 3, 7):
        best = min(cost((1, *rest)) for rest in combinations(range(2, 8), count - 1))
        chosen, left = cheapest(error, count)
        assert left == pytest.approx(best)
        assert cost(chosen) == pytest.approx(best)
    backend = open_checkpoint(str(SEEING))
    session = backend.open(Request(picture, "", 16))
    table = measure(backend, session, run.record(f"rediff@{SEEING}", picture, **PLAN).read[:4])  # type: ignore[arg-type]
    assert np.abs(np.diag(table)).max() < 1e-5
    assert table[0, 1] > 0


def plainly(logits: torch.Tensor, read: torch.Tensor) -> dict[str, torch.Tensor]:
    p = logits.double().softmax(-1)
    here = torch.arange(len(p))
    top = torch.sort(p, dim=-1, descending=True)
    entropy = -(p * p.clamp_min(1e-300).log()).sum(-1)
    return {"argmax": logits.argmax(-1), "prob": p.amax(-1), "input_prob": p[here, read], "entropy": entropy, "top_prob": top.values[:, :8]}


@pytest.mark.parametrize("size", [300, 1024, 5003])
def test_the_reduction_says_what_a_plain_softmax_says(size: int) -> None:
    drawn = torch.Generator().manual_seed(size)
    logits = torch.randn(40, size, generator=drawn) * 5
    read = torch.randint(size, (40,), generator=drawn)
    predicted, plain = reduce.reduce(logits, read), plainly(logits, read)
    assert torch.equal(predicted.argmax, plain["argmax"])
    for name in ("prob", "input_prob", "entropy", "top_prob"):
        assert torch.allclose(getattr(predicted, name), plain[name], atol=1e-6)
    assert torch.equal(predicted.top_ids[:, 0], predicted.argmax)


def test_equal_logits_go_to_the_lower_id() -> None:
    logits = torch.zeros(2, 4000)
    logits[0, [3900, 17, 2050]] = 2.0
    logits[1, [3, 2]] = 1.0
    predicted = reduce.reduce(logits, torch.zeros(2, dtype=torch.long))
    assert predicted.top_ids[0, :3].tolist() == [17, 2050, 3900]
    assert predicted.argmax.tolist() == [17, 2]


def test_a_forbidden_id_has_no_probability_and_no_effect_on_the_entropy() -> None:
    logits = torch.randn(3, 5000, generator=torch.Generator().manual_seed(1))
    without = torch.cat((logits[:, :7], logits[:, 8:]), 1)
    predicted = reduce.reduce(reduce.forbid(logits.clone(), torch.tensor([7])), torch.full((3,), 7))
    assert predicted.input_prob.abs().max() == 0
    assert torch.allclose(predicted.entropy, reduce.reduce(without, torch.zeros(3, dtype=torch.long)).entropy, atol=1e-6)


def test_working_on_few_rows_at_a_time_changes_nothing(picture: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run.record(f"rediff@{SEEING}", picture, temperature=0.7, **PLAN)
    monkeypatch.setattr("rediff_viz.backends.llada.forward.AT_ONCE", 16 * 400)
    again = run.record(f"rediff@{SEEING}", picture, temperature=0.7, **PLAN)
    assert np.array_equal(whole.canvas, again.canvas)
    assert not np.array_equal(run.record(f"rediff@{SEEING}", picture, temperature=0.7, seed=1, **PLAN).ids, whole.ids)


def test_a_picture_free_prediction_is_one_more_column(picture: Image.Image) -> None:
    backend = open_checkpoint(str(SEEING))
    session = backend.open(Request(picture, "", 16))
    read = np.full(16, backend.mask_id, np.int64)
    predicted = backend.predict([BatchItem(session, read, wants=("argmax", "no_image", "no_image_input_prob", "no_image_ids"))])[0]
    assert set(predicted.extra) == {"argmax", "no_image", "no_image_input_prob", "no_image_ids"}
    assert np.array_equal(predicted.ids, backend.predict([BatchItem(session, read)])[0].ids)
    assert not np.allclose(predicted.extra["no_image"], predicted.prob)


def test_guidance_costs_a_row_and_zero_is_none(picture: Image.Image) -> None:
    guided = run.record(f"denoise@{SEEING}+guidance=1.5", picture, **PLAN)
    assert guided.network_rows.tolist() == [2] * len(guided)
    assert parse_variant("guidance=0") == Variant()


def test_a_suffix_is_read_but_never_written(picture: Image.Image) -> None:
    backend: Any = open_checkpoint(str(SEEING))
    plain, ended = backend.open(Request(picture, "", 16)), backend.open(Request(picture, "", 16), suffix=" so ok")
    read = np.full(16, backend.mask_id, np.int64)
    a, b = backend.predict([BatchItem(plain, read)])[0], backend.predict([BatchItem(ended, read)])[0]
    assert len(b.ids) == 16
    assert not np.allclose(a.prob, b.prob)


@pytest.mark.parametrize("size", [(5, 5), (3000, 400), (1, 900)])
def test_odd_pictures_are_seen(size: tuple[int, int]) -> None:
    trace = run.record(f"denoise@{SEEING}", Image.new("RGB", size, (90, 140, 60)), length=4, steps=2, block=4)
    assert len(trace) == 2


def test_the_vocabulary_ends_where_the_tokenizer_ends(picture: Image.Image) -> None:
    trace = run.record(f"denoise@{SEEING}", picture, **PLAN)
    assert trace.top_ids.max() < 397


@pytest.mark.parametrize("failing", [1, 4])
def test_out_of_memory_keeps_the_passes_before_it(failing: int, picture: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, calls = CachedTrunk.run, [0]

    def scarce(self: CachedTrunk, trunk: Any, rows: Any, length: int, kind: CacheKind | None = None) -> Any:
        calls[0] += 1
        if calls[0] >= failing:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return usual(self, trunk, rows, length, kind)

    monkeypatch.setattr(CachedTrunk, "run", scarce)
    events = list(run.stream(run.jobs([f"rediff@{SEEING}"], picture, **PLAN)))
    trace = events[-1][1]
    assert isinstance(trace, Trace)
    assert len(trace) == failing - 1
    assert trace.head.stopped.startswith("out of memory in a pass")
    monkeypatch.setattr(CachedTrunk, "run", usual)
    assert len(run.record(f"rediff@{SEEING}", picture, **PLAN)) == 8


def test_lanes_that_do_not_fit_together_run_one_by_one(picture: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = CachedTrunk.run

    def narrow(self: CachedTrunk, trunk: Any, rows: Any, length: int, kind: CacheKind | None = None) -> Any:
        if len(rows) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return usual(self, trunk, rows, length, kind)

    lanes = [f"denoise@{SEEING}", f"rediff@{SEEING}"]
    together = run.compare(lanes, picture, **PLAN)
    monkeypatch.setattr(CachedTrunk, "run", narrow)
    assert all(np.array_equal(a.canvas, b.canvas) for a, b in zip(run.compare(lanes, picture, **PLAN), together, strict=True))


def test_another_fault_is_not_taken_for_a_lack_of_memory(picture: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(CachedTrunk, "run", broken)
    with pytest.raises(RuntimeError, match="shapes do not match") as caught:
        run.record(f"denoise@{SEEING}", picture, **PLAN)
    assert not isinstance(caught.value, PassError)


@pytest.mark.parametrize("way", ["", "+refresh=3-5+check=2", "+prefix=2"])
def test_a_batch_that_does_not_fit_is_run_lane_by_lane_to_the_same_end(
    way: str, picture: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes = [f"{sampler}@{SEEING}{way}" for sampler in ("denoise", "rediff")]
    roomy = run.compare(lanes, picture, **PLAN)
    usual = CachedTrunk.run

    def narrow(self: CachedTrunk, trunk: Any, rows: Any, length: int, kind: CacheKind | None = None) -> Any:
        found = usual(self, trunk, rows, length, kind)
        if len(rows) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return found

    monkeypatch.setattr(CachedTrunk, "run", narrow)
    for trace, wide in zip(run.compare(lanes, picture, **PLAN), roomy, strict=True):
        assert np.array_equal(trace.canvas, wide.canvas)
        assert trace.extra.keys() == wide.extra.keys()
        for name in trace.extra:
            assert np.array_equal(np.isnan(trace.extra[name]), np.isnan(wide.extra[name]))


@pytest.mark.parametrize("text", ["rediff+fast", "rediff+prefix=x", "rediff+4bit+8bit", "rediff+", "rediff+guidance=-1"])
def test_an_unknown_way_to_run_is_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        find_card(text)


def test_the_embedded_models_run_in_one_way_only() -> None:
    with pytest.raises(ValueError, match="one way only"):
        open_checkpoint("toy+prefix=4")


def test_a_text_model_takes_no_picture_and_needs_a_prompt(picture: Image.Image) -> None:
    with pytest.raises(ValueError, match="reads text only"):
        run.record(f"denoise@{TEXT}", picture, prompt="Hi", **PLAN)
    with pytest.raises(ValueError, match="needs a prompt"):
        run.record(f"denoise@{TEXT}", **PLAN)
    with pytest.raises(ValueError, match="<image>"):
        run.record(f"denoise@{SEEING}", picture, prompt="<image> what?", **PLAN)


@pytest.mark.parametrize(
    ("stored", "grid", "side"),
    [([[384, 384], [384, 768]], 27, 384), (None, 27, 384), ("(1x1),...,(6x6)", 27, 384), ([[56, 112], [112, 56]], 4, 56),
     ([[60, 120]], 4, 60), (None, 5, 70)],
)  # fmt: skip
def test_a_tile_is_as_wide_as_the_canvas_sizes_say(stored: Any, grid: int, side: int) -> None:
    from rediff_viz.nets.llada_v import tile_side

    assert tile_side(stored, grid, 14) == side


def test_a_pass_can_be_asked_for_the_probability_of_other_words_than_those_it_read(picture: Image.Image) -> None:
    backend = open_checkpoint(str(SEEING))
    session = backend.open(Request(picture, "what", 8))
    read = np.full(8, backend.mask_id)
    plain = backend.predict([BatchItem(session, read, cache=backend.lane_cache())])[0]
    second = plain.top_ids[:, 1]
    asked = backend.predict([BatchItem(session, read, cache=backend.lane_cache(), asked=second)])[0]
    assert asked.input_prob == pytest.approx(plain.top_prob[:, 1], rel=1e-3)
    assert np.array_equal(asked.ids, plain.ids)
