"""Record the runs shown on the page before a user runs anything: search scenes by fixed rules, write runs to assets/runs.

    python -m tools.record_runs [--only 1-mended,5-harm] [--scenes 2000] [--out assets/runs]

Every run is a real one of the checkpoints in models/: the first scene from FIRST on that fits its rule and is not shown yet, so
that the same checkpoints give the same recordings. All scenes of a search are run, so that each recording says how common its
kind is. A title describes what its rule requires, also where a revision does harm. About an hour on one core.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from rediff_viz.analysis import cascade, cascade_part, grounding, grounding_part, lane_part, open_trunk
from rediff_viz.evaluate import interval
from rediff_viz.run import collect, compare, jobs
from rediff_viz.saved_run import SavedRun, save_run
from rediff_viz.stored_analysis import Lane
from rediff_viz.trace import Trace
from rediff_viz.world import Scene, render, scene_from_seed, to_dict
from tools.recording_rules import SEARCHES, Search, faults

FIRST = 1_000_000  # scene numbers from here on, so that none is a scene offered on the page
BATCH = 32  # scenes run together


def scene_of(search: Search, number: int) -> Scene:
    return scene_from_seed(number, against_priors=search.against_priors, grain=search.grain)


def asked(search: Search, scene: Scene) -> dict[str, Any]:
    """What a lane of the search is asked for on a scene."""
    return {"picture": render(scene), "scene": to_dict(scene), "prompt": search.prompt, "tokens_per_pass": search.tokens_per_pass}


def fitting(search: Search, scenes: int) -> Iterator[int]:
    """The numbers of all scenes from FIRST on whose run fits the rule, in order."""
    many = len(search.lanes)
    for first in tqdm(range(FIRST, FIRST + scenes, BATCH), desc=search.name, mininterval=10):
        numbers = range(first, min(first + BATCH, FIRST + scenes))
        batch = [job for n in numbers for job in jobs(list(search.lanes), **asked(search, scene_of(search, n)))]
        traces = collect(batch)
        yield from (n for i, n in enumerate(numbers) if search.fits(traces[i * many : (i + 1) * many]))


def recorded(search: Search, number: int, found: int, scenes: int) -> SavedRun:
    """The run of a scene, with how it was found and how common its kind is."""
    scene = scene_of(search, number)
    traces: list[Trace] = compare(list(search.lanes), **asked(search, scene))
    if not search.fits(traces):
        raise RuntimeError(f"scene {number} fits {search.name} in a batch and not alone")
    low, high = interval([1.0] * found + [0.0] * (scenes - found))
    light = f" · grain {search.grain:g}" if search.grain else ""
    about = f"{search.prompt} · {search.tokens_per_pass} words a pass · scene {number}{light}"
    story = (
        f"Found by search: in {found:,} of {scenes:,} scenes ({found / scenes:.2%}, 95 % interval {low:.2%} to {high:.2%}) "
        f"{search.kind}. This is the first of them."
    )
    words = {"title": search.title, "about": about, "found": story}
    return SavedRun(search.name, tuple(traces), render(scene), words, tuple(analysed(trace, render(scene)) for trace in traces))


def analysed(trace: Trace, picture: Any) -> Lane:
    """What the page shows of a recording without a model: its numbers, its cascade and its grounding."""
    session = open_trunk(trace, picture)
    return {**lane_part(trace), **cascade_part(cascade(trace, session)), **grounding_part(trace, grounding(trace, session))}


def main() -> None:
    """Search and write; a recording that is not found is reported and left out."""
    parser = argparse.ArgumentParser(description="Record the runs shown on the page before a user runs anything.")
    parser.add_argument("--only", default="", help="names of searches, with commas between them (default: all)")
    parser.add_argument("--scenes", type=int, default=0, help="number of scenes searched for each recording (default: its own)")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "assets" / "runs")
    args = parser.parse_args()
    np.seterr(all="raise", under="ignore")
    shown: set[int] = set()
    for search in (search for search in SEARCHES if not args.only or search.name in args.only.split(",")):
        scenes = args.scenes or search.scenes
        numbers = list(fitting(search, scenes))
        fresh = [number for number in numbers if number not in shown]
        print(f"{search.name}: {len(numbers)} of {scenes} scenes")
        if not fresh:
            continue
        shown.add(fresh[0])
        run = recorded(search, fresh[0], len(numbers), scenes)
        folder = args.out / search.name
        shutil.rmtree(folder, ignore_errors=True)
        save_run(folder, run)
        for trace in run.traces:
            print(f"  {trace.head.lane}: {len(trace)} passes, {faults(trace)} words wrong: {trace.text}")


if __name__ == "__main__":
    main()
