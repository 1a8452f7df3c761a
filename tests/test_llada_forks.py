"""A fork without an edit equals its trunk under every way to reuse work between passes: what is played back fills the caches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_llada import PLAN, SEEING, TEXT

from rediff_viz import run
from rediff_viz.backends import BatchItem, Request, open_checkpoint
from rediff_viz.backends.llada.cached_trunk import CachedTrunk
from rediff_viz.trace import Trace

VARIANTS = ["", "prefix=2", "prefix=8", "refresh=3-6", "block", "dllm", "guidance=1.5+prefix=3", "guidance=1.5+dllm", "prefix=3+check=2",
            "dllm+check=3"]  # fmt: skip
BLOCKS = {**PLAN, "block": 8}


def trunk_of(lane: str, picture: Image.Image | None, **plan: Any) -> tuple[Trace, Any]:
    """A recorded lane and its session."""
    (job,) = run.jobs([lane], picture, **plan)
    return run.collect([job])[0], job.session


def assert_equal(fork: Trace, trunk: Trace) -> None:
    assert len(fork) == len(trunk)
    for name in ("read", "canvas", "ids", "top_ids"):
        assert np.array_equal(getattr(fork, name), getattr(trunk, name)), name
    for name in ("prob", "input_prob", "top_prob"):
        assert np.allclose(getattr(fork, name), getattr(trunk, name), rtol=0, atol=1e-4), name
    assert fork.extra.keys() == trunk.extra.keys()
    for name, column in trunk.extra.items():
        assert np.allclose(fork.extra[name], column, rtol=0, atol=1e-4, equal_nan=True), name


def named(checkpoint: Path, variant: str) -> str:
    return f"{checkpoint}+{variant}" if variant else str(checkpoint)


@pytest.mark.parametrize("plan", [PLAN, BLOCKS], ids=["one block", "two blocks"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_fork_without_an_edit_equals_its_trunk(variant: str, plan: dict[str, Any], picture: Image.Image) -> None:
    trunk, session = trunk_of(f"rediff@{named(SEEING, variant)}", picture, **plan)
    for at in (1, 2, 4, 5, 6, len(trunk)):
        assert_equal(run.collect([run.fork(trunk, session, at=at)])[0], trunk)


@pytest.mark.parametrize("variant", VARIANTS)
def test_two_forks_in_one_batch_from_a_trace_out_of_a_file(variant: str, picture: Image.Image, tmp_path: Path) -> None:
    trunk, session = trunk_of(f"denoise@{named(SEEING, variant)}", picture, **BLOCKS)
    loaded = Trace.load(trunk.save(tmp_path / "trunk.trace"))
    for fork in run.collect([run.fork(loaded, session, at=4), run.fork(loaded, session, at=6), run.fork(loaded, session, at=6)]):
        assert_equal(fork, trunk)


@pytest.mark.parametrize("variant", ["prefix=2", "dllm"])
def test_draft_passes_are_played_back_into_the_cache_too(variant: str) -> None:
    trunk, session = trunk_of(f"proseco@{named(TEXT, variant)}", None, prompt="How many apples?", **BLOCKS)
    for at in (3, 5, 8):
        assert_equal(run.collect([run.fork(trunk, session, at=at)])[0], trunk)


def test_what_is_played_back_computes_the_prompt_only_where_a_pass_did(picture: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    trunk, session = trunk_of(f"rediff@{SEEING}+prefix=3", picture, **PLAN)
    usual, computed = CachedTrunk.whole, [0]

    def counting(self: CachedTrunk, *given: Any, **named: Any) -> Any:
        computed[0] += 1
        return usual(self, *given, **named)

    monkeypatch.setattr(CachedTrunk, "whole", counting)
    ticks = run.loop([run.fork(trunk, session, at=len(trunk) + 1)])
    assert len(list(ticks)) == len(trunk) == 8
    assert computed == [3]  # passes 1, 4 and 7
    exact, session = trunk_of(f"rediff@{SEEING}", picture, **PLAN)
    computed[0] = 0
    list(run.loop([run.fork(exact, session, at=len(exact) + 1)]))
    assert computed == [0]


def test_out_of_memory_in_a_batch_that_is_played_back_is_tried_lane_by_lane(picture: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    trunk, session = trunk_of(f"rediff@{SEEING}+prefix=2", picture, **PLAN)
    usual = CachedTrunk.replay

    def narrow(self: CachedTrunk, trunk: Any, rows: Any, length: int) -> None:
        usual(self, trunk, rows, length)
        if len(rows) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(CachedTrunk, "replay", narrow)
    for fork in run.collect([run.fork(trunk, session, at=6)] * 2):
        assert_equal(fork, trunk)

    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(CachedTrunk, "replay", full)
    (fork,) = run.collect([run.fork(trunk, session, at=6)])
    assert fork.head.stopped.startswith("out of memory in a pass")
    assert len(fork) == 0


def test_items_made_by_hand_need_no_cache(picture: Image.Image) -> None:
    backend = open_checkpoint(f"{SEEING}+prefix=2")
    item = BatchItem(backend.open(Request(picture, "", 16)), np.full(16, backend.mask_id, np.int64))
    assert np.array_equal(backend.predict([item])[0].ids, backend.predict([item, item])[1].ids)
    backend.replayed([item])
