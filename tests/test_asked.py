"""Whatever is asked for is either a run within its limits or one sentence."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from rediff_viz.run import jobs
from rediff_viz.service import asked

ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=40),
    lambda inner: some.lists(inner, max_size=5) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
LANES = ["denoise@toy", "rediff@toy:settle=2", "denoise@world-plain", "rediff@", "@toy", "x@toy:a=b", "denoise@toy:,,=", 7]
NEARLY = some.lists(some.sampled_from(LANES), max_size=5)
FIELDS = ("prompt", "tokens_per_pass", "length", "block", "temperature", "seed")


@given(lanes=NEARLY | ANYTHING, rest=some.fixed_dictionaries(dict.fromkeys(FIELDS, ANYTHING)))
def test_anything_is_a_run_within_its_limits_or_one_sentence(lanes: Any, rest: dict[str, Any]) -> None:
    refusal = ""
    try:
        run = asked.check(lanes, **rest, allowed={"toy"})
    except ValueError as error:
        refusal = str(error)
    if refusal:
        assert re.fullmatch(r"[^\n]{10,400}", refusal)
        return
    assert all(lane.startswith(("denoise@toy", "rediff@toy")) for lane in run.lanes)
    assert 0 <= run.tokens_per_pass <= asked.MAX_LENGTH
    assert run.length is None or 1 <= run.length <= asked.MAX_LENGTH
    assert run.block is None or 1 <= run.block <= asked.MAX_LENGTH
    assert 0 <= run.seed < 2**63


@given(tokens=some.floats(0, 1024, allow_nan=False, exclude_min=True), length=some.integers(1, 1024), temperature=some.floats(0, 2))
def test_numbers_in_range_are_taken_as_they_are(tokens: float, length: int, temperature: float) -> None:
    run = asked.check(["denoise@toy"], None, tokens, float(length), 0, temperature, None, allowed={"toy"})
    assert (run.tokens_per_pass, run.length, run.block, run.temperature, run.seed) == (tokens, length, None, temperature, 0)


def test_a_machine_with_a_gpu_reads_more_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    heavy = jobs(["denoise@toy"] * 4, length=256, tokens_per_pass=1)
    monkeypatch.setattr(asked, "gpu_gb", lambda: 80.0)
    asked.check_work(heavy)
    monkeypatch.setattr(asked, "gpu_gb", lambda: 0.0)
    with pytest.raises(ValueError, match="in 4 lanes, 262,144 places read; at most 32,768 are read in one run"):
        asked.check_work(heavy)
