"""A GPU lent by the call, simulated: a forked process runs the generator, arguments and yields are pickled."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rediff_viz import backends, run
from rediff_viz.backends import zerogpu
from rediff_viz.backends.llada import loading
from rediff_viz.trace import Trace

GOLDEN = Path(__file__).parent / "golden"
LANES = [f"{sampler}@{GOLDEN}/checkpoints/llava_v_a" for sampler in ("denoise", "rediff")]
PLAN: dict[str, Any] = {"length": 16, "steps": 8, "block": 16, "stop": ()}


def lending(calls: list[int]) -> ModuleType:
    """A stand-in for the platform's package."""

    def gpu(duration: Callable[..., int]) -> Callable[[Any], Any]:
        def decorate(function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
            def called(*given: Any) -> Iterator[Any]:
                calls.append(duration(*given))
                packed = pickle.dumps(given)
                mine, theirs = multiprocessing.get_context("fork").Pipe()

                def child() -> None:
                    for item in function(*pickle.loads(packed)):
                        theirs.send(item)
                    theirs.send(None)

                process = multiprocessing.get_context("fork").Process(target=child)
                process.start()
                try:
                    while (item := mine.recv()) is not None:
                        yield item
                finally:
                    process.terminate()
                    process.join()

            return called

        return decorate

    module = ModuleType("spaces")
    module.GPU = gpu  # type: ignore[attr-defined]
    return module


def test_elsewhere_the_function_is_itself() -> None:
    def work() -> int:
        return 7

    assert zerogpu.gpu_call(lambda: 1)(work) is work


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_all_lanes_run_in_one_lent_call_and_come_back_through_the_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Image.open(GOLDEN / "images" / "rgb_landscape.png").convert("RGB")
    here = run.compare(LANES, picture, **PLAN)
    backends.forget()
    loading.forget_all()
    calls: list[int] = []
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    monkeypatch.setitem(sys.modules, "spaces", lending(calls))
    called = zerogpu.gpu_call(lambda made: zerogpu.seconds([job.plan.steps for job in made]))(run.stream)
    made = run.jobs(LANES, picture, **PLAN)
    assert not loading.loaded_models(), "no weight is read before the GPU is there"
    traces = [item for _, item in called(made) if isinstance(item, Trace)]
    assert calls == [24]
    for a, b in zip(here, traces, strict=True):
        assert np.array_equal(a.canvas, b.canvas)


def test_the_loan_grows_with_the_plan_and_ends_at_what_is_lent() -> None:
    assert zerogpu.seconds([32, 32]) < zerogpu.seconds([128, 128]) <= zerogpu.MAX_SECONDS
    assert zerogpu.seconds([10_000]) == zerogpu.MAX_SECONDS
    assert zerogpu.seconds([32, 32], checkpoints=2) - zerogpu.seconds([32, 32]) == zerogpu.START_SECONDS
