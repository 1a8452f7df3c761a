"""Record the runs shown on the page before a user runs anything: search scenes by fixed rules, write runs to assets/runs.

    python -m tools.record_runs [--scenes 1500] [--out assets/runs]

Every run is a real one of the checkpoints in models/: the first scene from FIRST on that fits a fixed rule, so that the same
checkpoints give the same recordings. A title describes what its rule requires, also where a revision does harm.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rediff_viz.run import compare
from rediff_viz.saved_run import SavedRun, save_run
from rediff_viz.trace import Trace
from rediff_viz.truth import absent, wrong_words
from rediff_viz.world import FAVOURED, PARTNERS, PLURALS, from_dict, render, scene_from_seed, to_dict

FIRST = 1_000_000  # scene numbers from here on, so that none is a scene offered on the page


@dataclass(frozen=True)
class Search:
    """A recording to search for: its name, title, lanes, budget, and the rule that its traces must satisfy."""

    name: str
    title: str
    lanes: tuple[str, ...]
    tokens_per_pass: int
    fits: Callable[[Sequence[Trace]], bool]
    against_priors: bool = False
    grain: float = 0.0


def mistakes(trace: Trace) -> int:
    """Wrong words of the final canvas."""
    wrong = wrong_words(trace)
    return 0 if wrong is None else int(wrong[-1].sum())


def names_absent_thing(trace: Trace) -> bool:
    """Whether the final canvas names a thing that is not in the picture."""
    return bool(set(absent(trace)) & {int(i) for i in trace.final})


def follows_priors(trace: Trace) -> bool:
    """Whether an absent thing is named that the setting favours, or that is the partner of a thing in the picture."""
    scene = from_dict(trace.head.scene)
    usual = {*FAVOURED[scene.setting], *(PARTNERS[group.noun] for group in scene.groups)}
    usual -= {group.noun for group in scene.groups}
    return bool({form for noun in usual for form in (noun, PLURALS[noun])} & set(trace.tokens(trace.final)))


def revisions(trace: Trace) -> int:
    """Number of revisions."""
    open_ = (trace.before == trace.head.mask_id) | (trace.canvas == trace.head.mask_id)
    return int(((trace.canvas != trace.before) & ~open_).sum())


def harmed(trace: Trace) -> int:
    """Words that were right in some pass and are wrong at the end."""
    wrong = wrong_words(trace)
    if wrong is None:
        return 0
    was_right = ((trace.canvas != trace.head.mask_id) & (trace.canvas != trace.head.eot_id) & ~wrong).any(axis=0)
    return int((was_right & wrong[-1]).sum())


PLAIN, REDIFF, PROSECO = "denoise@world-plain", "rediff@world-rediff", "proseco@world-proseco"
SEARCHES = (
    Search("1-invented", "A thing that is not there, and its mending", (PLAIN, REDIFF), 8,
           lambda t: names_absent_thing(t[0]) and 1 <= mistakes(t[0]) <= 8 and mistakes(t[1]) == 0 and revisions(t[1]) >= 2),
    Search("2-tangled", "Two sentences tangled into one", (PLAIN, REDIFF), 8,
           lambda t: 3 <= mistakes(t[0]) <= 8 and mistakes(t[1]) == 0 and revisions(t[1]) >= 3),
    Search("3-control", "The same weights, revising off and on", ("denoise@world-rediff", REDIFF), 8,
           lambda t: 2 <= mistakes(t[0]) <= 7 and mistakes(t[1]) == 0 and revisions(t[1]) >= 2),
    Search("4-three", "Three ways side by side", (PLAIN, REDIFF, PROSECO), 8,
           lambda t: mistakes(t[0]) >= 2 and mistakes(t[1]) <= 1 and mistakes(t[2]) <= 1),
    Search("5-harm", "A mending that harms", (PLAIN, REDIFF), 4,
           lambda t: mistakes(t[0]) == 0 and mistakes(t[1]) >= 1 and harmed(t[1]) >= 1),
    Search("6-habit", "In the dark it says what is usual", (PLAIN, REDIFF), 4,
           lambda t: all(follows_priors(lane) and mistakes(lane) <= 4 for lane in t), against_priors=True, grain=0.2),
)  # fmt: skip


def find(search: Search, scenes: int, shown: set[int]) -> tuple[int, SavedRun] | None:
    """The first scene not yet shown whose run fits the rule, and the run; or None."""
    for number in sorted(set(range(FIRST, FIRST + scenes)) - shown):
        scene = scene_from_seed(number, against_priors=search.against_priors, grain=search.grain)
        picture = render(scene)
        traces = compare(list(search.lanes), picture, scene=to_dict(scene), tokens_per_pass=search.tokens_per_pass)
        if search.fits(traces):
            about = f"{search.tokens_per_pass} words a pass · scene {number}" + (f" · grain {search.grain:g}" if search.grain else "")
            return number, SavedRun(search.name, tuple(traces), picture, {"title": search.title, "about": about})
    return None


def main() -> None:
    """Search and write; a recording that is not found is reported and left out."""
    parser = argparse.ArgumentParser(description="Record the runs shown on the page before a user runs anything.")
    parser.add_argument("--scenes", type=int, default=1500, help="number of scenes searched for each recording")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "assets" / "runs")
    args = parser.parse_args()
    np.seterr(all="raise", under="ignore")
    shown: set[int] = set()
    for search in SEARCHES:
        found = find(search, args.scenes, shown)
        if found is None:
            print(f"{search.name}: none in {args.scenes} scenes")
            continue
        number, run = found
        shown.add(number)
        folder = args.out / search.name
        shutil.rmtree(folder, ignore_errors=True)
        save_run(folder, run)
        print(f"{search.name}: {run.words['about']}")
        for trace in run.traces:
            print(f"  {trace.head.lane}: {len(trace)} passes, {mistakes(trace)} wrong: {trace.text}")


if __name__ == "__main__":
    main()
