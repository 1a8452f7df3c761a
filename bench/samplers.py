"""All samplers on the embedded model's long captions at equal budgets: which is best, and by how much over its control.

    python -m bench.samplers [--scenes 500] [--tune 96] [--budgets 12,24] [--only saber,wino,...] [--dry]

Every sampler is tried with the settings of GRID on scenes from TUNING on. Of those whose mean NFE is within the budget, there and on the
scenes from SEED on, the one that was best on the former (mean of claims right and sentences fluent) is measured on the latter, beside
denoising with the same weights in as many passes. Prints a table a budget, its winner, and one line of JSON. The rows go to
bench/results/samplers.json, the tables to README.md between their marks, the figure (of the tuning scenes) to docs/samplers.svg.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from bench.about import measurement, stamp
from bench.quality import COMPARED, LONG, PROMPT, ROOT, SEED, column, gained, markdown, place, rate
from bench.samplers_figure import figure
from rediff_viz.evaluate import Measured, as_row, measure, paired
from rediff_viz.samplers import SAMPLERS

TUNING = 3_500_000  # scenes that settings are chosen on
CONTROLS = "world-plain"
WEIGHTS = {"rediff": "world-rediff", "t2t": "world-rediff", "t2m": "world-rediff", "dsl_correct": "world-rediff"}
WEIGHTS |= {"proseco": "world-proseco", "proseco_owt": "world-proseco"}
OWN_PACE = {"steps": (1,)}  # passes are not planned: the settings decide how many there are
PLANNED = {"steps": (6, 8, 10, 11, 12, 16, 20, 23, 24)}  # 11 and 23 for those that make one pass more than was planned
PICTURE = "![Quality within so many forward passes, a curve a sampler](docs/samplers.svg)"
GRID: dict[str, tuple[Mapping[str, Sequence[int]], Mapping[str, Sequence[Any]]]] = {
    "denoise": (PLANNED, {"schedule": ("even", "shift", "cosine")}),
    "fast_dllm_threshold": (OWN_PACE, {"threshold": (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)}),
    "fast_dllm_factor": (OWN_PACE, {"factor": (0.25, 0.5, 1, 2, 3)}),
    "entropy_bound": (OWN_PACE, {"bound": (0.1, 0.3, 0.6, 1, 2, 4)}),
    "chunks": (OWN_PACE, {"size": (3, 4, 6, 8)}),
    "left_to_right": (OWN_PACE, {}),
    "klass": ({"steps": (6, 8, 12, 24)}, {"threshold": (0.6, 0.9), "kl_threshold": (0.001, 0.015, 0.1)}),
    "dimple": ({"steps": (8, 12, 16, 24)}, {"threshold": (0.7, 0.9, 0.95)}),
    "prophet": ({"steps": (12, 16, 24, 32)}, {"gap": (0.8, 0.9, 0.95), "last_gap": (0.5, 0.8)}),
    "rediff": ({"steps": (4, 6, 8, 10, 12, 16, 20)}, {"settle": (0, 2, 4, 8)}),
    "proseco": ({"steps": (4, 6, 8, 12, 16)}, {"every": (2, 3), "rounds": (2, 4)}),
    "proseco_owt": ({"steps": (4, 6, 8, 11, 12, 16)}, {"every": (1, 2, 3), "rounds": (1, 2)}),
    "t2t": (OWN_PACE, {"threshold": (0.5, 0.7, 0.9), "edit_threshold": (0.3, 0.5, 0.7, 0.9), "at_least": (1, 4)}),
    "t2m": (OWN_PACE, {"threshold": (0.5, 0.7, 0.9), "limit": (0.2, 0.5), "at_least": (1, 4)}),
    "saber": (OWN_PACE, {"at_least": (2, 4, 8)}),
    "wino": (OWN_PACE, {"threshold": (0.5, 0.6, 0.8), "keep_threshold": (0.3, 0.6, 0.9)}),
    "remdm_cap": (PLANNED, {"eta": (0.008, 0.03, 0.1)}),
    "remdm_rescale": (PLANNED, {"eta": (0.015, 0.1, 0.3)}),
    "remdm_loop": (PLANNED, {"eta": (0.02, 0.1)}),
    "remdm_llada": ({"steps": (4, 6, 8, 12)}, {"remasks": (1, 2, 4), "temperature": (0, 1)}),
    "free_correction": (PLANNED, {"strength": (1, 2, 4)}),
    "tolerator": (PLANNED, {"fill_share": (0.5, 0.7), "refine_share": (0.2, 0.5), "last_share": (0.05, 0.1)}),
}


@dataclass(frozen=True)
class Choice:
    """A sampler with settings and a plan, and what it gave on the tuning scenes."""

    lane: str
    steps: int
    nfe: float
    quality: float


def lanes(sampler: str) -> Iterator[tuple[str, int]]:
    """Every lane and number of planned passes that are tried."""
    plans, settings = GRID.get(sampler, (PLANNED, {}))
    for values in product(*settings.values()):
        named = ",".join(f"{name}={value}" for name, value in zip(settings, values, strict=True))
        lane = f"{sampler}@{WEIGHTS.get(sampler, CONTROLS)}" + (f":{named}" if named else "")
        for steps in plans["steps"]:
            yield lane, steps


def tuned(sampler: str, scenes: int) -> list[Choice]:
    """All of a sampler's lanes on the tuning scenes."""
    found = []
    for lane, steps in lanes(sampler):
        row = as_row(on(lane, steps, scenes, TUNING))
        found.append(Choice(lane, steps, row["nfe"], (row["claims_right"] + row["sentences_fluent"]) / 2))
    return found


def on(lane: str, steps: int, scenes: int, seed: int) -> Measured:
    return measure([lane], steps=[steps], scenes=scenes, seed=seed, prompt=PROMPT)[0]


def measured(choices: Sequence[Choice], budget: float, scenes: int) -> dict[str, Any] | None:
    """The best choice within a budget on both sets of scenes, beside its control; None where nothing is.

    Beside it: denoising with the same weights in as many passes, rounded up.
    """
    for choice in sorted((one for one in choices if one.nfe <= budget), key=lambda one: -one.quality):
        treated = on(choice.lane, choice.steps, scenes, SEED)
        if as_row(treated)["nfe"] <= budget:
            return beside(choice, treated, budget, scenes)
    return None


def beside(choice: Choice, treated: Measured, budget: float, scenes: int) -> dict[str, Any]:
    """The row of a lane that was measured, with its control."""
    row = as_row(treated)
    weights = choice.lane.partition("@")[2].partition(":")[0]
    control = on(f"denoise@{weights}", math.ceil(row["nfe"] - 1e-9), scenes, SEED)
    gain = {name: paired(column(treated, name), column(control, name)) for name in COMPARED}
    origin = SAMPLERS[choice.lane.partition("@")[0]].origin
    return row | {"budget": budget, "origin": origin, "control": as_row(control), "gain": gain}


def quality(row: Mapping[str, Any]) -> float:
    """The mean of claims right and sentences fluent."""
    return float(row["claims_right"] + row["sentences_fluent"]) / 2


def winner(rows: Sequence[Mapping[str, Any]], budget: float) -> str:
    """Which is best within a budget, and how far ahead of the next and of plain denoising, in one sentence."""
    first, *others = sorted(rows, key=quality, reverse=True)
    behind = {"the next": others[0] if others else None, "plain": next((row for row in others if row["lane"].startswith("denoise@")), None)}
    ahead = [f"{word} (`{row['lane']}`) has {quality(row):.3f}" for word, row in behind.items() if row]
    said = f"Best within {budget:g} NFE: `{first['lane']}` with {quality(first):.3f}, the mean of claims right and sentences fluent"
    return "; ".join([said, *ahead]) + "."


def drawn(curves: Mapping[str, Sequence[Choice]], budgets: Sequence[float], scenes: int) -> str:
    """The figure of all that was tried on the tuning scenes, up to the largest budget."""
    points = {name: [(one.nfe, one.quality) for one in found] for name, found in curves.items()}
    about = f"Best mean of claims right and sentences fluent within so many forward passes, each sampler's settings on {scenes} scenes"
    return figure(points, {name: SAMPLERS[name].group for name in curves}, max(budgets), about)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Best first: by the mean of claims right and sentences fluent."""
    header = ["lane", "rules", "passes planned", "NFE"] + [name for one in COMPARED for name in (one.replace("_", " "), "gain")]
    lines = []
    for row in sorted(rows, key=quality, reverse=True):
        cells = [f"`{row['lane']}`", row["origin"], str(row["steps"]), f"{row['nfe']:.1f}"]
        lines.append(cells + [cell for name in COMPARED for cell in (rate(dict(row), name), gained(dict(row), name))])
    return markdown(header, lines)


def main() -> None:
    """Tune, measure, print, store."""
    parser = argparse.ArgumentParser("bench.samplers", description="All samplers on long captions at equal budgets.")
    parser.add_argument("--scenes", type=int, default=500, help="scenes of the tables (default 500)")
    parser.add_argument("--tune", type=int, default=96, help="scenes that settings are chosen on (default 96)")
    parser.add_argument("--budgets", default="12,24", help="mean NFE at most, with commas between them")
    parser.add_argument("--only", default=",".join(SAMPLERS), help="samplers, with commas between them")
    parser.add_argument("--dry", action="store_true", help="print only; write nothing")
    args = parser.parse_args()
    if unknown := set(args.only.split(",")) - set(SAMPLERS):
        parser.error(f"no sampler {min(unknown)!r}; there are {', '.join(SAMPLERS)}")
    budgets = [float(budget) for budget in args.budgets.split(",")]
    curves = {sampler: tuned(sampler, args.tune) for sampler in args.only.split(",")}
    rows = [row for budget in budgets for choices in curves.values() if (row := measured(choices, budget, args.scenes))]
    about = measurement(scenes=args.scenes, tuned_on=args.tune)
    for budget in budgets:
        within = [row for row in rows if row["budget"] == budget]
        if not within:
            print(f"at most {budget:g} NFE: no sampler is within\n", flush=True)
            continue
        text = f"{winner(within, budget)}\n\n{table(within)}"
        print(f"at most {budget:g} NFE\n\n{text}\n", flush=True)
        if not args.dry:
            words = f"{args.scenes} scenes from {SEED:,} on, settings chosen on {args.tune} scenes from {TUNING:,} on, 95 % intervals."
            place(ROOT / "README.md", f"samplers-{budget:g}", f"{text}\n\n{words} {stamp(about)}\n")
    if not args.dry:
        (ROOT / "docs/samplers.svg").write_text(drawn(curves, budgets, args.tune), "utf-8")
        place(ROOT / "README.md", "samplers-figure", f"{PICTURE}\n")
        stored = {**about, "rows": rows, "curves": {name: [vars(one) for one in found] for name, found in curves.items()}}
        Path(ROOT / "bench/results/samplers.json").write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    summary = [{name: row[name] for name in ("budget", "lane", "steps", "nfe", *COMPARED)} for row in rows]
    print(json.dumps(about | {"long": LONG, "rows": summary}))


if __name__ == "__main__":
    main()
