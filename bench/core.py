"""The cost of the run loop itself, per pass, and of two lanes in one batch against one lane and against two runs.

    python bench/core.py [--checkpoint world-plain] [--passes 40] [--repeat 9]

Prints a table and one line of JSON. One thread (set OMP_NUM_THREADS=1); medians over the repeats. A measurement, not a test.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from bench.about import machine
from rediff_viz.backends import BatchItem, Request, open_checkpoint
from rediff_viz.backends.toy import ToyBackend
from rediff_viz.events import summary
from rediff_viz.run import build, collect, job, loop
from rediff_viz.trace import PassRecord, Prediction, Trace

LANES = ("denoise", "rediff", "rediff:settle=8,max_revisions=3", "proseco")


class InstantBackend(ToyBackend):
    """A toy that answers at once from a table, so that only the run loop is measured; `inside` is the time spent in it, in seconds."""

    inside = 0.0

    def predict(self, items: Sequence[BatchItem]) -> list[Prediction]:
        began = perf_counter()
        table: dict[int, list[Prediction]] = self.__dict__.setdefault("table", {})
        N = len(items[0].read)
        if N not in table:
            table[N] = _table(N)
        answers = [table[N][i % len(table[N])] for i in range(len(items))]
        self.inside += perf_counter() - began
        return answers


def _table(N: int) -> list[Prediction]:
    rng = np.random.default_rng(N)
    ids = rng.integers(3, 50, N)
    top = rng.integers(3, 50, (N, 5))
    return [Prediction(ids, rng.random(N), rng.random(N), rng.random(N), top, rng.random((N, 5)), {"argmax": ids}) for _ in range(3)]


def milliseconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return (perf_counter() - began) * 1e3


def overhead(repeat: int) -> list[dict[str, Any]]:
    """Milliseconds per pass outside the model (sampler, run loop, records), and of building the trace at the end."""
    results = []
    for N in (40, 128):
        for name in LANES:
            per_pass, building, passes = zip(*(one_run(name, N) for _ in range(repeat)), strict=True)
            results.append({"lane": name, "N": N, "nfe": passes[-1], "ms_per_pass": _median(per_pass), "ms_trace": _median(building)})
    return results


def one_run(name: str, N: int) -> tuple[float, float, int]:
    """Milliseconds per pass outside the model, of building the trace, and how many passes."""
    sampler, _, settings = name.partition(":")
    backend = InstantBackend()
    lane = job(f"{sampler}@toy" + (f":{settings}" if settings else ""), backend.open(Request(length=N)), steps=N)
    records: list[PassRecord] = []
    total = milliseconds(lambda: records.extend(tick.records[0] for tick in loop([lane]) if tick.records))
    building = milliseconds(lambda: build(lane, records))
    return (total - backend.inside * 1e3) / len(records), building, len(records)


def files(repeat: int) -> dict[str, Any]:
    """Milliseconds and bytes of a 128-pass trace of 128 positions."""
    trace = collect([job("denoise@toy", ToyBackend().open(Request(length=128)), steps=128, temperature=0.7)])[0]
    content = trace.to_bytes()
    return {
        "bytes": len(content),
        "ms_write": _median([milliseconds(trace.to_bytes) for _ in range(repeat)]),
        "ms_read": _median([milliseconds(lambda: Trace.from_bytes(content)) for _ in range(repeat)]),
        "ms_summary": _median([milliseconds(lambda: summary(trace)) for _ in range(repeat)]),
    }


def batched(checkpoint: str, passes: int, repeat: int) -> dict[str, Any]:
    """One lane, two lanes in one batch, two runs one after the other: milliseconds per tick on a real checkpoint."""
    backend = open_checkpoint(checkpoint)
    session = backend.open(Request(length=backend.card.length))
    one = job(f"denoise@{checkpoint}", session, steps=min(passes, backend.card.length))
    two = job(f"denoise@{checkpoint}:remasking=random", session, steps=min(passes, backend.card.length))
    collect([one, two])  # warm
    alone, together, apart = [], [], []
    for _ in range(repeat):
        alone.append(milliseconds(lambda: collect([one])))
        together.append(milliseconds(lambda: collect([one, two])))
        apart.append(milliseconds(lambda: collect([one]) + collect([two])))
    ticks = one.plan.steps
    ms = {name: _median([s / ticks for s in v]) for name, v in (("one", alone), ("two_in_a_batch", together), ("two_runs", apart))}
    return {"checkpoint": checkpoint, "ticks": ticks, **ms, "batch_over_one": _ratio(ms, "one"), "batch_over_runs": _ratio(ms, "two_runs")}


def _ratio(ms: dict[str, float], to: str) -> float:
    return round(ms["two_in_a_batch"] / ms[to], 2)


def _median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 4)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--checkpoint", action="append", help="measure batching on this checkpoint (default world-plain); repeatable")
    arguments.add_argument("--passes", type=int, default=40)
    arguments.add_argument("--repeat", type=int, default=9)
    args = arguments.parse_args()
    result: dict[str, Any] = {"machine": machine(), "python": platform.python_version(), "numpy": np.__version__}
    result["overhead"] = overhead(args.repeat)
    result["file"] = files(args.repeat)
    result["batch"] = [batched(name, args.passes, args.repeat) for name in args.checkpoint or ["world-plain"]]
    print(f"{'lane':36}{'N':>5}{'NFE':>6}{'ms a pass':>12}{'ms a trace':>12}")
    for row in result["overhead"]:
        print(f"{row['lane']:36}{row['N']:5}{row['nfe']:6}{row['ms_per_pass']:12.3f}{row['ms_trace']:12.2f}")
    print(f"\nfile of 128 x 128: {result['file']}")
    for row in result["batch"]:
        times = f"one {row['one']:.2f}, two in a batch {row['two_in_a_batch']:.2f}, two runs {row['two_runs']:.2f}"
        ratios = f"two in a batch cost {row['batch_over_one']} x one and {row['batch_over_runs']} x two runs"
        print(f"{row['checkpoint']}, ms a tick: {times}; {ratios}")
    loop_ms, model_ms = result["overhead"][0]["ms_per_pass"], result["batch"][0]["one"]
    print(f"run loop and records are {loop_ms / model_ms:.1%} of such a tick, {loop_ms / 10:.1%} of one of 10 ms")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
