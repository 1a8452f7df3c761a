"""How far one wrong word reaches: plain denoising against each method that mends, on the embedded world.

    python -m bench.cascades [--scenes 200] [--words 8] [--dry]

Three experiments on scenes from 6,000,000 on, `in detail` where the checkpoints take it, 8 words a pass:

reach   a committed word is replaced by its runner-up from the next pass on: how many other words of the final text change
stays   a wrong word of the same class is put in the place of a right one, once: is it still there at the end
healed  the words that are not those of the nearest true caption after the first pass that has any are put right by hand: words
        marked wrong elsewhere at the end, and exact captions, before and after

And whether a cascade finds what hangs together: words of sound captions that must agree (article and noun, noun and verb, a noun and
its repetition, a count and the total) and were committed in different passes, against matched pairs that need not; an edge is
drawn where the later word's event changed by more than EDGE nats, or came out otherwise. Recall and precision of each type, and
the rank correlation of an effect's size with how far, before the pass, one position moves the other (`dependency`).

Every number has a 95 % interval over scenes. The table goes to README.md between its marks, and all rows to
bench/results/cascades.json; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from bench.about import machine, today
from bench.agreement import TYPES, agreeing, independent
from bench.planted import count, noun, relation, size, tint
from bench.quality import ROOT, markdown, place
from rediff_viz.analysis import cascade, causes, dependency, force, open_trunk
from rediff_viz.cards import card
from rediff_viz.evaluate import caption_words, half_width, interval, paired
from rediff_viz.events import settled_at
from rediff_viz.run import collect, fork, jobs
from rediff_viz.trace import Trace
from rediff_viz.truth import wrong_words
from rediff_viz.world import Scene, render, scene_from_seed, to_dict
from rediff_viz.world.grammar import language, prompt_of
from rediff_viz.world.nearest import nearest_caption
from rediff_viz.world.vocabulary import IN_DETAIL, WORD_IDS

FIRST = 6_000_000
BATCH = 16  # scenes run together
EDGE = 0.5  # nats
TRIED = 6  # causes tried in a run whose pairs are tested
LANES = ("denoise@world-plain", "denoise@world-rediff", "rediff@world-rediff:settle=0", "rediff@world-rediff", "proseco@world-proseco")
PLANTS = (noun, count, relation, size, tint)  # wrong words of the same class
Row = dict[str, Any]


def prompt() -> str:
    return IN_DETAIL if IN_DETAIL in card("world-plain").prompts else ""


def runs(lane: str, numbers: Sequence[int], words: int = 8) -> list[tuple[Scene, Any, Trace]]:
    """(scene, its picture, the lane's run at so many words a pass) of each scene number."""
    scenes = [scene_from_seed(number) for number in numbers]
    pictures = [render(scene) for scene in scenes]
    asked = [jobs([lane], p, scene=to_dict(s), prompt=prompt(), tokens_per_pass=words)[0] for s, p in zip(scenes, pictures, strict=True)]
    return list(zip(scenes, pictures, collect(asked), strict=True))


def reach(trace: Trace, session: Any, words: int, seed: int) -> dict[str, float]:
    """Other final words that change for one replaced word, and the share of replacements that change any."""
    found = cascade(trace, session, causes(trace, most=words, seed=seed))
    changed = np.array([one.changed.sum() for one in found.consequences], float)
    return {"changed": float(changed.mean()), "any": float((changed > 0).mean())} if len(changed) else {}


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


def mean(values: Sequence[float]) -> list[float]:
    """[mean, low, high] with its 95 % interval."""
    middle, half = sum(values) / len(values), half_width(values)
    return [middle, middle - half, middle + half]


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
    row: Row = {"lane": lane, "scenes": scenes, "words": words} | {name: mean(values) for name, values in found.items()}
    row |= {"planted": len(found["stays"]), "begun_wrong": len(found["before"])}
    return row | {
        "saved": list(paired(found["before"], found["after"])),
        "made_exact": list(paired(found["exact_after"], found["exact_before"])),
    }


def tested_pairs(trace: Trace, session: Any, scene: Scene) -> list[tuple[str, bool, bool, float, float]]:
    """(type, whether they must agree, whether the cascade has an edge, size of the effect, dependency) of the pairs of one run."""
    words = caption_words(trace)
    if not language(scene, prompt_of(scene, trace.head.prompt)).accepts(trace.final):
        return []
    agree = agreeing(words)
    pairs = [(name, True, i, j) for name, i, j in agree] + [(name, False, i, j) for name, i, j in independent(words, agree)]
    written = settled_at(trace) - 1
    ordered: list[tuple[str, bool, int, int]] = []
    for name, must, i, j in pairs:
        if written[i] != written[j]:
            ordered.append((name, must, i, j) if written[i] < written[j] else (name, must, j, i))
    chosen = {cause.position: cause for cause in causes(trace, most=10_000) if cause.at == written[cause.position]}
    asked = sorted({first for _, _, first, _ in ordered if first in chosen})
    if not asked:
        return []
    asked = np.random.default_rng(len(words)).permutation(asked)[:TRIED].tolist()
    found = {one.cause.position: one for one in cascade(trace, session, [chosen[p] for p in asked]).consequences}
    moved = {t: dependency(session, trace.read[t].astype(np.int64)) for t in {chosen[p].at for p in asked}}
    rows = []
    for name, must, first, second in ordered:
        if first not in found:
            continue
        changed = [e for e in found[first].effects if e.position == second]
        size = max((1e3 if e.kind != "probability" else abs(e.delta) for e in changed), default=0.0)
        rows.append((name, must, size > EDGE, size, float(moved[chosen[first].at][second, first])))
    return rows


def validated(lane: str, scenes: int) -> list[Row]:
    """Recall and precision of each type of agreement, and the rank correlation of effect and dependency over all pairs."""
    pairs: list[tuple[str, bool, bool, float, float]] = []
    for first in tqdm(range(FIRST, FIRST + scenes, BATCH), desc=f"pairs of {lane}", mininterval=10):
        for scene, picture, trace in runs(lane, range(first, min(first + BATCH, FIRST + scenes)), words=1):
            pairs += tested_pairs(trace, open_trunk(trace, picture), scene)
    rows = []
    for name in TYPES:
        edges = {must: [edge for kind, is_must, edge, _, _ in pairs if kind == name and is_must == must] for must in (True, False)}
        hits = sum(edges[True])
        row: Row = {"type": name, "agreeing": len(edges[True]), "independent": len(edges[False])}
        row |= {"recall": hits / max(1, len(edges[True])), "precision": hits / max(1, hits + sum(edges[False]))}
        rows.append(row | {"recall_interval": list(interval([float(e) for e in edges[True]])) if edges[True] else None})
    sized = [(size, moved) for *_, size, moved in pairs if np.isfinite(moved)]
    correlation = pd.DataFrame(sized).corr("spearman").iloc[0, 1] if len(sized) > 2 else float("nan")
    return [*rows, {"type": "all", "pairs": len(sized), "spearman": float(correlation)}]


COLUMNS = {
    "changed": "other words changed by one runner-up",
    "any": "share that changes any",
    "stays": "a wrong word put in stays",
    "before": "wrong words at the end",
    "after": "after the first errors were put right",
    "saved": "fewer",
    "made_exact": "more exact captions",
}


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    header = ["lane", *COLUMNS.values()]
    cells = [[f"`{row['lane']}`", *("{:.2f} ({:.2f} to {:.2f})".format(*row[name]) for name in COLUMNS)] for row in rows]
    return markdown(header, cells)


def agreement_table(rows: Sequence[Row]) -> str:
    """Recall and precision by type as a Markdown table, and the correlation below it."""
    header = ["words that must agree", "pairs", "matched pairs", "recall", "precision"]
    cells = [[r["type"], str(r["agreeing"]), str(r["independent"]), f"{r['recall']:.2f}", f"{r['precision']:.2f}"] for r in rows[:-1]]
    correlation = f"Rank correlation of effect and dependency over {rows[-1]['pairs']:,} pairs: {rows[-1]['spearman']:.2f}."
    return f"{markdown(header, cells)}\n\n{correlation}"


def main() -> None:
    """Measure, store the rows, write the table."""
    parser = argparse.ArgumentParser("bench.cascades", description="How far one wrong word reaches, plain against each method that mends.")
    parser.add_argument("--scenes", type=int, default=200, help="scenes of each lane (default 200)")
    parser.add_argument("--words", type=int, default=8, help="words replaced in each run (default 8)")
    parser.add_argument("--lanes", default=",".join(LANES), help="lanes, with commas between them; settings with a semicolon between them")
    parser.add_argument("--dry", action="store_true", help="print only; write nothing")
    args = parser.parse_args()
    rows = [measured(lane.replace(";", ","), args.scenes, args.words) for lane in args.lanes.split(",")]
    about = {
        "machine": f"{machine()}, {os.cpu_count()} cores, no GPU",
        **today(),
        "first": FIRST,
        "scenes": args.scenes,
        "words": args.words,
    }
    agreements = validated(LANES[0], args.scenes)
    print(f"\n{table(rows)}\n\n{agreement_table(agreements)}\n", flush=True)
    if not args.dry:
        (ROOT / "bench/results/cascades.json").write_text(
            json.dumps({**about, "rows": rows, "agreements": agreements}, indent=1) + "\n", "utf-8"
        )
        words = f"{args.scenes} scenes from {FIRST:,} on, 95 % intervals. {about['machine']}, {about['date']}, commit {about['commit']}."
        place(ROOT / "README.md", "cascades", f"{table(rows)}\n\n{words}\n")
        place(ROOT / "README.md", "agreements", f"{agreement_table(agreements)}\n\n`{LANES[0]}`, one word a pass, {words}\n")
    print(json.dumps(about | {row["lane"]: {name: row[name] for name in COLUMNS} for row in rows}))


if __name__ == "__main__":
    main()
