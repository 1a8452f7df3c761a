"""How far one wrong word reaches: plain denoising against each method that mends, on the embedded world.

    python -m bench.cascades [--scenes 200] [--words 8] [--dry]

Three experiments on scenes from 6,000,000 on, `in detail` where the checkpoints take it, 8 words a pass:

reach   a committed word is replaced by its runner-up in the next pass: how many other words of the final text change; the figure
        has the share of replacements that change at least so many
stays   a wrong word of the same class is put in the place of a right one, once: is it still there at the end
healed  the words that are not those of the nearest true caption after the first pass that has any are put right by hand: words
        marked wrong elsewhere at the end, and exact captions, before and after, as means and as totals

And whether a cascade finds what hangs together: words of sound captions that must agree (article and noun, noun and verb, a noun and
its repetition, a count and the total) and were committed in different passes, against matched pairs that need not; an edge is
drawn where the later word's event changed by more than EDGE nats, or came out otherwise. Recall and precision of each type, and
the rank correlation of an effect's size with how far, before the pass, one position moves the other (`dependency`).

And what it costs (`bench.analyses`).

Every mean has a 95 % interval over scenes. The tables go to README.md between their marks, the figure to docs/cascades.svg, and all
rows to bench/results/cascades.json; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from bench import reach_figure
from bench.about import measurement, stamp
from bench.agreement import agreement_table, validated
from bench.analyses import cost, cost_sentence
from bench.cascade_tables import COLUMNS, drawn, table
from bench.planted import count, noun, relation, size, tint
from bench.quality import ROOT, place
from bench.scene_runs import BATCH, runs
from rediff_viz.analysis import cascade, causes, force, open_trunk
from rediff_viz.evaluate import caption_words, half_width, interval, paired
from rediff_viz.run import collect, fork
from rediff_viz.trace import Trace
from rediff_viz.truth import wrong_words
from rediff_viz.world import Scene
from rediff_viz.world.grammar import language, prompt_of
from rediff_viz.world.nearest import nearest_caption
from rediff_viz.world.vocabulary import WORD_IDS

FIRST = 6_000_000
LANES = ("denoise@world-plain", "denoise@world-rediff", "rediff@world-rediff:settle=0", "rediff@world-rediff", "proseco@world-proseco")
PLANTS = (noun, count, relation, size, tint)  # wrong words of the same class
PICTURE = "![Share of replaced words that change at least so many other words of the final text, a line a lane](docs/cascades.svg)"
RATES = ("any", "stays", "exact_before", "exact_after", *(f"at_least_{k}" for k in range(reach_figure.MOST + 1)))
HEALED = ("errors", "before", "after", "exact_before", "exact_after")  # counted over all captions begun wrong
Row = dict[str, Any]


def reach(trace: Trace, session: Any, words: int, seed: int) -> dict[str, float]:
    """Other final words that change for one replaced word, and the share of replacements that change any, or at least k."""
    found = cascade(trace, session, causes(trace, most=words, seed=seed))
    changed = np.array([one.changed.sum() for one in found.consequences], float)
    if not len(changed):
        return {}
    shares = {f"at_least_{k}": float((changed >= k).mean()) for k in range(reach_figure.MOST + 1)}
    return {"changed": float(changed.mean()), "any": shares["at_least_1"]} | shares


def stays(trace: Trace, session: Any, scene: Scene, rng: np.random.Generator) -> dict[str, float]:
    """Whether a wrong word put in once, the pass after the right one was committed, stands there at the end."""
    words = caption_words(trace)
    wrong = wrong_words(trace, slice(-1, None))
    for plant in rng.permutation(np.array(PLANTS, dtype=object)):
        planted = plant(words, scene, rng)
        if planted is None or wrong is None:
            continue
        position = next(i for i, (a, b) in enumerate(zip(words, planted.words, strict=True)) if a != b)
        written = np.flatnonzero((trace.canvas[:, position] != trace.head.mask_id) & (trace.canvas[:, position] == trace.final[position]))
        if wrong[-1, position] or not len(written) or written[0] + 2 > len(trace):
            continue
        token = WORD_IDS[planted.words[position]]
        branch = collect([fork(trace, session, [force(position, token, int(written[0]) + 2)])])[0]
        return {"stays": float(branch.final[position] == token)}
    return {}


def healed(trace: Trace, session: Any, scene: Scene) -> dict[str, float]:
    """The first pass with words unlike the nearest true caption, these put right before the next pass."""
    asked = prompt_of(scene, trace.head.prompt)
    for t in range(len(trace) - 1):
        nearest = nearest_caption(scene, trace.canvas[t], asked)
        places = np.flatnonzero((trace.canvas[t] != nearest) & (trace.canvas[t] != trace.head.mask_id))
        if not len(places):
            continue
        branch = collect([fork(trace, session, [force(int(p), int(nearest[p]), t + 2) for p in places])])[0]
        elsewhere = np.ones(len(nearest), dtype=bool)
        elsewhere[places] = False
        ends = [wrong_words(lane, slice(-1, None)) for lane in (trace, branch)]
        before, after = (float((one[-1] & elsewhere).sum()) for one in ends if one is not None)
        true = language(scene, asked)
        exact = [float(true.accepts(lane.final)) for lane in (trace, branch)]
        return {"errors": float(len(places)), "before": before, "after": after, "exact_before": exact[0], "exact_after": exact[1]}
    return {}


def mean(name: str, values: Sequence[float]) -> list[float]:
    """[mean, low, high] with its 95 % interval: a rate's within 0 and 1, a count's from 0 on."""
    middle = sum(values) / len(values)
    if name in RATES:
        return [middle, *interval(values)]
    half = half_width(values)
    return [middle, max(0.0, middle - half), middle + half]


def measured(lane: str, scenes: int, words: int) -> Row:
    """All three experiments of a lane."""
    found: dict[str, list[float]] = {}
    for first in tqdm(range(FIRST, FIRST + scenes, BATCH), desc=lane, mininterval=10):
        for i, (scene, picture, trace) in enumerate(runs(lane, range(first, min(first + BATCH, FIRST + scenes)))):
            session = open_trunk(trace, picture)
            rng = np.random.default_rng(first + i)
            results = reach(trace, session, words, first + i) | stays(trace, session, scene, rng) | healed(trace, session, scene)
            for name, value in results.items():
                found.setdefault(name, []).append(value)
    row: Row = {"lane": lane, "scenes": scenes, "words": words} | {name: mean(name, values) for name, values in found.items()}
    row |= {"planted": len(found.get("stays", ())), "begun_wrong": len(found.get("before", ()))}
    row |= {"totals": {name: sum(found.get(name, ())) for name in HEALED}}
    if "before" in found:
        row["saved"] = list(paired(found["before"], found["after"]))
        row["made_exact"] = list(paired(found["exact_after"], found["exact_before"]))
    return row


def main() -> None:
    """Measure, store the rows, write the table."""
    parser = argparse.ArgumentParser("bench.cascades", description="How far one wrong word reaches, plain against each method that mends.")
    parser.add_argument("--scenes", type=int, default=200, help="scenes of each lane (default 200)")
    parser.add_argument("--words", type=int, default=8, help="words replaced in each run (default 8)")
    parser.add_argument("--lanes", default=",".join(LANES), help="lanes, with commas between them; settings with a semicolon between them")
    parser.add_argument("--dry", action="store_true", help="print only; write nothing")
    args = parser.parse_args()
    rows = [measured(lane.replace(";", ","), args.scenes, args.words) for lane in args.lanes.split(",")]
    about = measurement(first=FIRST, scenes=args.scenes, words=args.words)
    agreements, costs = validated(LANES[0], FIRST, args.scenes), cost(LANES[0])
    print(f"\n{table(rows)}\n\n{cost_sentence(costs)}\n\n{agreement_table(agreements)}\n", flush=True)
    if not args.dry:
        (ROOT / "bench/results/cascades.json").write_text(
            json.dumps({**about, "rows": rows, "agreements": agreements, "cost": costs}, indent=1) + "\n", "utf-8"
        )
        (ROOT / "docs/cascades.svg").write_text(drawn(rows, args.scenes), "utf-8")
        words = f"{args.scenes} scenes from {FIRST:,} on, 95 % intervals. {stamp(about)}"
        place(ROOT / "README.md", "cascades", f"{PICTURE}\n\n{table(rows)}\n\n{cost_sentence(costs)}\n\n{words}\n")
        place(ROOT / "README.md", "agreements", f"{agreement_table(agreements)}\n\n`{LANES[0]}`, one word a pass, {words}\n")
    print(json.dumps(about | {"cost": costs} | {row["lane"]: {name: row.get(name) for name in COLUMNS} for row in rows}))


if __name__ == "__main__":
    main()
