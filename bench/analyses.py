"""What the analyses of a run cost, beside the run itself: runs of the embedded world on the longest prompt it takes.

    python -m bench.analyses [--lane denoise@world-plain] [--words 8] [--turns 3] [--dry]

first pass  from a word's click, as it comes to the server, to the message with the first pass that it changed (the browser not counted)
cascade     every committed word replaced in turn, all branches together, against the same branches run whole and alone
grounding   of all words without the picture, no tiles, against the run

Each is timed by the clock and by the processor's time of this process, on one thread of torch; the second is what an idle machine
would take. Medians over the turns, ratios of each turn's own figures. The rows go to bench/results/analyses.json; the last line is
JSON. Aims: .4 s; 5 s and 2.5 times as fast; at most one run more.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter, process_time
from typing import Any

import torch

from bench.about import measurement
from bench.quality import PROMPT, ROOT, markdown
from rediff_viz.analysis import Cause, cascade, causes, force, grounding, open_trunk
from rediff_viz.run import collect, fork, jobs
from rediff_viz.service.branch import branch
from rediff_viz.service.run_store import RunStore
from rediff_viz.service.whatif import find_trunk, read_wish
from rediff_viz.trace import Trace
from rediff_viz.world import render, scene_from_seed, to_dict

FIRST = 6_400_000  # scenes
CLICKS = 8  # words clicked, and times that a short one is taken
Row = dict[str, Any]


@dataclass(frozen=True)
class Time:
    """Seconds by the clock, and of the processor."""

    clock: float
    busy: float

    def over(self, other: Time) -> Time:
        """How many times as long as another."""
        return Time(self.clock / other.clock, self.busy / other.busy)


def timed(work: Callable[[], object]) -> Time:
    clock, busy = perf_counter(), process_time()
    work()
    return Time(perf_counter() - clock, process_time() - busy)


def median(times: Sequence[Time]) -> Time:
    return Time(statistics.median(time.clock for time in times), statistics.median(time.busy for time in times))


def first_pass(store: RunStore, run: str, cause: Cause) -> None:
    """A rival put in a word's place, as the page asks for it, up to the first message."""
    asked = {"run": run, "lane": 0, "position": cause.position, "kind": "rival", "pass": cause.at + 1, "written": cause.at + 1, "rival": 1}
    trunk = find_trunk(store, asked)
    for message in branch(store.begin(None, trunk.picture), trunk, read_wish(asked, trunk.trace)):
        if isinstance(message, dict):
            return


def alone(trace: Trace, session: Any, chosen: Sequence[Cause]) -> None:
    """Each branch of a cascade from its first pass on, one after the other."""
    for cause in chosen:
        collect([fork(trace, session, [force(cause.position, cause.put, cause.at + 2)], at=1)])


@dataclass(frozen=True)
class Turn:
    """One run, and what each analysis of it took."""

    trace: Trace
    branches: int
    cascade_passes: int
    grounding_passes: int
    times: dict[str, Time]


def turn(lane: str, words: int, number: int, most: int = 10_000) -> Turn:
    """The analyses of one run of a scene that nothing was asked of before, so that nothing of it is remembered; `most` branches."""
    scene = scene_from_seed(number)
    picture = render(scene)
    run = jobs([lane], picture, scene=to_dict(scene), prompt=PROMPT, tokens_per_pass=words)
    (trace,) = collect(run)
    session, chosen, store = open_trunk(trace, picture), causes(trace, most=most), RunStore()
    held = store.begin(None, picture)
    held.traces = (trace,)
    clicked = [timed(partial(first_pass, store, held.run, cause)) for cause in chosen[:: max(1, len(chosen) // CLICKS)]]
    found: list[Any] = []
    times = {
        "run": median([timed(lambda: collect(run)) for _ in range(CLICKS)]),
        "grounding": median([timed(lambda: found.append(grounding(trace, session))) for _ in range(CLICKS)]),
        "first_pass": median(clicked),
        "cascade": timed(lambda: found.append(cascade(trace, session, chosen))),
        "alone": timed(lambda: alone(trace, session, chosen)),
    }
    return Turn(trace, len(chosen), found[-1].passes, found[0].passes, times)


def cost(lane: str, words: int = 8, repeat: int = 1) -> Row:
    """What the analyses of one run take: medians over turns of seconds and of each turn's own ratios; sizes of the last turn."""
    turn(lane, words, FIRST, most=2)  # the model is warm
    turns = [turn(lane, words, FIRST + 1 + number) for number in range(repeat)]
    ratios = {
        name: median([one.times[above].over(one.times[below]) for one in turns])
        for name, (above, below) in {"faster": ("alone", "cascade"), "grounding_to_run": ("grounding", "run")}.items()
    }
    last = turns[-1]
    return {
        "lane": lane, "positions": len(last.trace.final), "passes": len(last.trace), "branches": last.branches,
        "cascade_passes": last.cascade_passes, "grounding_passes": last.grounding_passes, "turns": repeat,
        "seconds": {name: vars(median([one.times[name] for one in turns])) for name in last.times},
        "ratios": {name: vars(ratio) for name, ratio in ratios.items()},
    }  # fmt: skip


def table(row: Row) -> str:
    """What was measured beside what was aimed at."""
    seconds, ratios = row["seconds"], row["ratios"]
    lines = [
        ("click to first changed pass, s", seconds["first_pass"], "0.4"),
        (f"cascade, {row['branches']} branches, s", seconds["cascade"], "5"),
        ("the same branches whole and alone, s", seconds["alone"], ""),
        ("times as fast", ratios["faster"], "at least 2.5"),
        (f"a run of {row['positions']} positions in {row['passes']} passes, s", seconds["run"], ""),
        (f"grounding of all words, {row['grounding_passes']} canvases, s", seconds["grounding"], ""),
        ("of the run", ratios["grounding_to_run"], "at most 1"),
    ]
    cells = [[name, f"{time['clock']:.3g}", f"{time['busy']:.3g}", aim] for name, time, aim in lines]
    return markdown(["", "by the clock", "of the processor", "aim"], cells)


def cost_sentence(row: Row) -> str:
    """What a cascade and grounding cost, in two sentences."""
    seconds = {name: time["clock"] for name, time in row["seconds"].items()}
    return (
        f"The cascade of all {row['branches']} words of a run of {row['positions']} positions in {row['passes']} passes takes "
        f"{seconds['cascade']:.1f} s, {row['ratios']['faster']['clock']:.1f} times as fast as rerunning each branch whole and alone. "
        f"Grounding all its words takes {seconds['grounding']:.2f} s ({row['grounding_passes']} canvases, batched), the run itself "
        f"{seconds['run']:.2f} s."
    )


def main() -> None:
    """Measure, store, print."""
    parser = argparse.ArgumentParser("bench.analyses", description="What the analyses of a run cost, beside the run itself.")
    parser.add_argument("--lane", default="denoise@world-plain", help="the lane (default denoise@world-plain)")
    parser.add_argument("--words", type=int, default=8, help="words a pass (default 8)")
    parser.add_argument("--turns", type=int, default=3, help="runs, a scene each (default 3)")
    parser.add_argument("--dry", action="store_true", help="print only; write nothing")
    args = parser.parse_args()
    torch.set_num_threads(1)
    about, row = measurement(first=FIRST), cost(args.lane, args.words, args.turns)
    print(f"{table(row)}\n\n{cost_sentence(row)}\n", flush=True)
    if not args.dry:
        (ROOT / "bench/results/analyses.json").write_text(json.dumps(about | row, indent=1) + "\n", "utf-8")
    print(json.dumps(about | row))


if __name__ == "__main__":
    main()
