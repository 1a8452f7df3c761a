"""What tells that a named thing is not in the picture: grounding, confidence, its wobble or entropy, on the embedded world.

    python -m bench.detectors [--scenes 200] [--dry]

Every word of a final caption that names a thing is asked about once: is the thing not there? Each detector has its direction fixed
beforehand: less grounding, less confidence, more wobble, more entropy mean that it is not.

grounding, K    log p(word | picture, rest) - log p(word | K, rest) in the pass that wrote the word; K is no picture, the picture's
                mean colour, or the picture of the next scene
at the end      the same in the final text, the word itself in view
confidence      the word's probability in the pass that wrote it
wobble          the standard deviation, over all passes of the run, of the probability of the word at its place (0 where it was not
                among the recorded candidates)
entropy         of the prediction at the word's place in the pass that wrote it

On scenes against the world's priors, under grain, and in a style that nobody trained on; 8 words a pass. AUROC with 95 % intervals by
bootstrap over scenes, seeded, and not corrected for choosing the best of nine. The table goes to README.md between its marks, and all
rows to bench/results/detectors.json; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from tqdm import tqdm

from bench.about import measurement, stamp
from bench.quality import ROOT, markdown, place
from bench.scene_runs import BATCH, runs
from rediff_viz.analysis import auroc, grounding, named_things, open_trunk
from rediff_viz.analysis.grounding import KINDS
from rediff_viz.events import probability, settled_at
from rediff_viz.trace import Trace

FIRST = 6_500_000
DRAWS = 1000  # of the bootstrap
LANES = ("denoise@world-plain", "rediff@world-rediff")
CONDITIONS: dict[str, dict[str, Any]] = {
    "against the priors": {"against_priors": True},
    "under grain": {"grain": 0.2},
    "held-out style": {"style": "twitter"},
}
DETECTORS = (
    *(f"grounding, {kind}" for kind in KINDS), *(f"grounding, {kind}, at the end" for kind in KINDS), "confidence", "wobble", "entropy",
)  # fmt: skip
Row = dict[str, Any]


def signals(trace: Trace, picture: Any, other: Any) -> np.ndarray:
    """(D, N): every detector at every position, higher where a thing is likelier not to be there; NaN where it is not known."""
    session = open_trunk(trace, picture)
    found = [grounding(trace, session, kind, other) for kind in KINDS]
    here, written = np.arange(len(trace.final)), settled_at(trace) - 1
    confidence = np.where(written < 0, np.nan, probability(trace, np.maximum(written, 0), here, trace.final))
    entropy = np.where(written < 0, np.nan, trace.entropy[np.maximum(written, 0), here])
    rows = [-one.at_commit for one in found] + [-one.at_end for one in found] + [-confidence, wobble(trace), entropy]
    return np.array(rows, np.float64)


def wobble(trace: Trace) -> np.ndarray:
    """(N,) the standard deviation over all passes of the probability of the final word at its place."""
    here = np.arange(len(trace.final))
    each = [probability(trace, np.full(len(here), t), here, trace.final) for t in range(len(trace))]
    return np.asarray(np.nan_to_num(np.array(each)).std(axis=0))


def words(lane: str, scenes: int, condition: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """(W,) the scene of each naming, (W,) bool whether the thing is absent, (D, W) its signals; and how many were left out."""
    where: list[int] = []
    absent: list[bool] = []
    columns: list[np.ndarray] = []
    for first in tqdm(range(FIRST, FIRST + scenes, BATCH), desc=lane, mininterval=10):
        batch = runs(lane, range(first, min(first + BATCH, FIRST + scenes) + 1), **condition)  # the last is only another's picture
        for (_, picture, trace), (_, other, _) in pairwise(batch):
            things, table = named_things(trace), signals(trace, picture, other)
            where += [trace.head.scene["seed"] if trace.head.scene else -1] * len(things)
            absent += [thing.there is False for thing in things]
            columns += [table[:, thing.position] for thing in things]
    table = np.array(columns).reshape(-1, len(DETECTORS)).T
    known = np.isfinite(table).all(axis=0)
    return np.array(where, int)[known], np.array(absent, bool)[known], table[:, known], int((~known).sum())


def areas(absent: np.ndarray, table: np.ndarray) -> list[float]:
    """AUROC of every detector; NaN without both classes."""
    found = [auroc(absent, row) for row in table]
    return [float("nan") if area is None else area for area in found]


def resampled(where: np.ndarray, absent: np.ndarray, table: np.ndarray, draws: int = DRAWS) -> np.ndarray:
    """(draws, D) AUROC over scenes drawn with replacement; draws without both classes are left out."""
    rng, members = np.random.default_rng(0), [np.flatnonzero(where == scene) for scene in np.unique(where)]
    found = []
    for _ in range(draws if absent.any() and not absent.all() else 0):
        chosen = np.concatenate([members[k] for k in rng.integers(len(members), size=len(members))])
        found.append(areas(absent[chosen], table[:, chosen]))
    drawn = np.array(found).reshape(-1, len(table))
    return np.asarray(drawn[np.isfinite(drawn).all(axis=1)])


def compared(where: np.ndarray, absent: np.ndarray, table: np.ndarray, draws: int = DRAWS) -> Row:
    """AUROC of each detector with its interval, the best and how far it is ahead of the next best in the same draws."""
    drawn = resampled(where, absent, table, draws)
    if not len(drawn):
        return {"words": len(absent), "absent": int(absent.sum()), "auroc": dict.fromkeys(DETECTORS), "best": None}
    whole = areas(absent, table)
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    best, second = np.argsort(whole, kind="stable")[::-1][:2]
    ahead = drawn[:, best] - drawn[:, second]
    return {
        "words": len(absent),
        "absent": int(absent.sum()),
        "auroc": {name: [whole[k], float(low[k]), float(high[k])] for k, name in enumerate(DETECTORS)},
        "best": DETECTORS[best],
        "second": DETECTORS[second],
        "ahead": [whole[best] - whole[second], *np.percentile(ahead, [2.5, 97.5]).tolist()],
    }


def measured(lane: str, scenes: int) -> list[Row]:
    """A row for each condition, and one for all of them together."""
    rows: list[Row] = []
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, int]] = []
    for number, (name, condition) in enumerate(CONDITIONS.items()):
        where, absent, table, left_out = words(lane, scenes, condition)
        parts.append((where + number * 10**8, absent, table, left_out))  # one scene in two conditions is two pictures
        rows.append({"lane": lane, "condition": name, "left_out": left_out} | compared(where, absent, table))
    where, absent, table = (np.concatenate([part[k] for part in parts], axis=-1) for k in range(3))
    together = {"lane": lane, "condition": "all three", "left_out": sum(part[3] for part in parts)}
    return [*rows, together | compared(where, absent, table)]


def verdict(row: Row) -> str:
    """Which detector wins a row, in one sentence."""
    where = f"`{row['lane']}`, {row['condition']}"
    if row["best"] is None:
        return f"{where}: nothing can be said, {row['absent']} of {row['words']} named things are not there."
    area, least, _ = row["auroc"][row["best"]]
    if least <= 0.5:
        return f"{where}: no detector is told apart from chance; {row['best']} comes first (AUROC {area:.3f})."
    mean, low, high = row["ahead"]
    if low <= 0:
        sure = f"not told apart from {row['second']} ({low:+.3f} to {high:+.3f})"
    else:
        sure = f"{mean:.3f} ({low:.3f} to {high:.3f}) ahead of {row['second']}"
    return f"{where}: {row['best']} tells best what is not there (AUROC {area:.3f}), {sure}."


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table, detectors down, lanes and conditions across; the best of a column in bold."""
    header = ["detector", *(f"`{row['lane']}`, {row['condition']}" for row in rows)]
    lines = [["words, of them not there", *(f"{row['words']}, {row['absent']}" for row in rows)]]
    lines += [[name, *(cell(row, name) for row in rows)] for name in DETECTORS]
    return markdown(header, lines)


def cell(row: Row, name: str) -> str:
    """One AUROC with its interval."""
    if row["auroc"][name] is None:
        return "-"
    shown = "{:.3f} ({:.3f}-{:.3f})".format(*row["auroc"][name])
    return f"**{shown}**" if name == row["best"] else shown


def main() -> None:
    """Measure, store the rows, write the table."""
    parser = argparse.ArgumentParser("bench.detectors", description="What tells that a named thing is not in the picture.")
    parser.add_argument("--scenes", type=int, default=200, help="scenes of each lane and condition (default 200)")
    parser.add_argument("--lanes", default=",".join(LANES), help="lanes, with commas between them; settings with a semicolon between them")
    parser.add_argument("--dry", action="store_true", help="print only; write nothing")
    args = parser.parse_args()
    if args.scenes < 1:
        parser.error(f"{args.scenes} scenes, expected at least 1")
    rows = [row for lane in args.lanes.split(",") for row in measured(lane.replace(";", ","), args.scenes)]
    about = measurement(first=FIRST, scenes=args.scenes)
    verdicts = "\n".join(f"- {verdict(row)}" for row in rows)
    print(f"\n{table(rows)}\n\n{verdicts}\n", flush=True)
    if not args.dry:
        stored = json.dumps({**about, "rows": rows}, indent=1)
        (ROOT / "bench/results/detectors.json").write_text(stored + "\n", "utf-8")
        many = f"{args.scenes} scenes from {FIRST:,} on for each lane and condition, 95 % intervals over scenes."
        place(ROOT / "README.md", "detectors", f"{table(rows)}\n\n{verdicts}\n\n{many} {stamp(about)}\n")
    print(json.dumps(about | {f"{row['lane']}, {row['condition']}": row["auroc"] | {"best": row["best"]} for row in rows}))


if __name__ == "__main__":
    main()
