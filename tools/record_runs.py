"""Record the runs that greet visitors: searches scenes for telling ones and writes them to assets/runs.

    python -m tools.record_runs [--scenes 1500] [--out assets/runs]

Every run is a real one of the checkpoints in models/, found by a fixed rule over scene numbers counted from 0, so that the
same checkpoints give the same recordings. What each title promises is what the rule asked for, harm included.
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

FIRST = 1_000_000  # scene numbers from here on: not those of the ready scenes


@dataclass(frozen=True)
class Wanted:
    """A recording to be found: its name, words, lanes, budget, and the rule."""

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


def invents(trace: Trace) -> bool:
    """Whether the final canvas names a thing that is not in the picture."""
    return bool(set(absent(trace)) & {int(i) for i in trace.final})


def habitual(trace: Trace) -> bool:
    """Whether a thing that is named and not there is one that the setting favours, or the partner of one that is there."""
    scene = from_dict(trace.head.scene)
    usual = {*FAVOURED[scene.setting], *(PARTNERS[group.noun] for group in scene.groups)}
    usual -= {group.noun for group in scene.groups}
    return bool({form for noun in usual for form in (noun, PLURALS[noun])} & set(trace.tokens(trace.final)))


def revisions(trace: Trace) -> int:
    """How often a word was replaced where it stood."""
    open_ = (trace.before == trace.head.mask_id) | (trace.canvas == trace.head.mask_id)
    return int(((trace.canvas != trace.before) & ~open_).sum())


def harmed(trace: Trace) -> int:
    """Right words that a revision made wrong and that are wrong at the end."""
    wrong = wrong_words(trace)
    if wrong is None:
        return 0
    placed_right = ((trace.canvas != trace.head.mask_id) & (trace.canvas != trace.head.eot_id) & ~wrong).any(axis=0)
    return int((placed_right & wrong[-1]).sum())


PLAIN, REDIFF, PROSECO = "denoise@world-plain", "rediff@world-rediff", "proseco@world-proseco"
WANTED = (
    Wanted("1-invented", "A thing that is not there, and its mending", (PLAIN, REDIFF), 8,
           lambda t: invents(t[0]) and 1 <= mistakes(t[0]) <= 8 and mistakes(t[1]) == 0 and revisions(t[1]) >= 2),
    Wanted("2-tangled", "Two sentences tangled into one", (PLAIN, REDIFF), 8,
           lambda t: 3 <= mistakes(t[0]) <= 8 and mistakes(t[1]) == 0 and revisions(t[1]) >= 3),
    Wanted("3-control", "The same weights, revising off and on", ("denoise@world-rediff", REDIFF), 8,
           lambda t: 2 <= mistakes(t[0]) <= 7 and mistakes(t[1]) == 0 and revisions(t[1]) >= 2),
    Wanted("4-three", "Three ways side by side", (PLAIN, REDIFF, PROSECO), 8,
           lambda t: mistakes(t[0]) >= 2 and mistakes(t[1]) <= 1 and mistakes(t[2]) <= 1),
    Wanted("5-harm", "A mending that harms", (PLAIN, REDIFF), 4,
           lambda t: mistakes(t[0]) == 0 and mistakes(t[1]) >= 1 and harmed(t[1]) >= 1),
    Wanted("6-habit", "In the dark it says what is usual", (PLAIN, REDIFF), 4,
           lambda t: all(habitual(lane) and mistakes(lane) <= 4 for lane in t), against_priors=True, grain=0.2),
)  # fmt: skip


def find(wanted: Wanted, scenes: int, shown: set[int]) -> tuple[int, SavedRun] | None:
    """The first scene not yet shown whose run fits the rule, and the run; or None."""
    for number in sorted(set(range(FIRST, FIRST + scenes)) - shown):
        scene = scene_from_seed(number, against_priors=wanted.against_priors, grain=wanted.grain)
        picture = render(scene)
        traces = compare(list(wanted.lanes), picture, scene=to_dict(scene), tokens_per_pass=wanted.tokens_per_pass)
        if wanted.fits(traces):
            about = f"{wanted.tokens_per_pass} words a pass · scene {number}" + (f" · grain {wanted.grain:g}" if wanted.grain else "")
            return number, SavedRun(wanted.name, tuple(traces), picture, {"title": wanted.title, "about": about})
    return None


def main() -> None:
    """Search and write; a recording that cannot be found is reported and left out."""
    parser = argparse.ArgumentParser(description="Record the runs that greet visitors.")
    parser.add_argument("--scenes", type=int, default=1500, help="scenes looked at for each recording")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "assets" / "runs")
    chosen = parser.parse_args()
    np.seterr(all="raise", under="ignore")
    shown: set[int] = set()
    for wanted in WANTED:
        found = find(wanted, chosen.scenes, shown)
        if found is None:
            print(f"{wanted.name}: none in {chosen.scenes} scenes")
            continue
        number, run = found
        shown.add(number)
        folder = chosen.out / wanted.name
        shutil.rmtree(folder, ignore_errors=True)
        save_run(folder, run)
        print(f"{wanted.name}: {run.words['about']}")
        for trace in run.traces:
            print(f"  {trace.head.lane}: {len(trace)} passes, {mistakes(trace)} wrong: {trace.text}")


if __name__ == "__main__":
    main()
