"""Words of a caption that must agree, and words of the same kinds that need not: what a cascade should find, and what it should not.

A pair is (type, i, j), positions with i < j. Of every type, the independent pairs are matched to the agreeing ones: words of the
same two kinds, as far apart as can be, that no agreement links. `validated` says how well cascades tell the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from bench.quality import markdown
from bench.scene_runs import BATCH, runs
from rediff_viz.analysis import cascade, causes, dependency, open_trunk
from rediff_viz.evaluate import caption_words, interval
from rediff_viz.events import settled_at
from rediff_viz.trace import Trace
from rediff_viz.world import Scene
from rediff_viz.world.claims import COUNTS, VERBS, read_mentions
from rediff_viz.world.grammar import language, prompt_of
from rediff_viz.world.things import SIZES, TINTS

TYPES = ("article and noun", "noun and verb", "noun and its repetition", "count and total")
EDGE = 0.5  # nats
TRIED = 6  # causes tried in a run whose pairs are tested
Pair = tuple[str, int, int]
Row = dict[str, Any]


def agreeing(words: Sequence[str]) -> list[Pair]:
    """The pairs of a sound caption that must agree."""
    mentions = read_mentions(words)
    found: list[Pair] = []
    introduced: dict[str, int] = {}
    for mention in mentions:
        if mention.introduces:
            found.append(("article and noun", mention.start, mention.at))
        if mention.at + 1 < len(words) and words[mention.at + 1] in VERBS:
            found.append(("noun and verb", mention.at, mention.at + 1))
        if mention.noun in introduced:
            found.append(("noun and its repetition", introduced[mention.noun], mention.at))
        introduced.setdefault(mention.noun, mention.at)
    totals = [at for at in range(len(words) - 1) if words[at + 1] == "objects" and words[at] in COUNTS]
    counts = [mention.start for mention in mentions if mention.introduces]
    return found + [("count and total", at, total) for total in totals for at in counts if at < total]


def independent(words: Sequence[str], agree: Sequence[Pair]) -> list[Pair]:
    """For each agreeing pair one of the same kinds of words, as far apart as can be, that no agreement links; none where none is."""
    linked = {pair[1:] for pair in agree}
    spots = {"noun": {m.at for m in read_mentions(words)}, "opening": {m.start for m in read_mentions(words) if m.introduces}}
    spots |= {
        "verb": {k for k, word in enumerate(words) if word in VERBS},
        "detail": {k for k, w in enumerate(words) if w in {*SIZES, *TINTS}},
    }
    kinds = {"article and noun": ("opening", "noun"), "noun and verb": ("noun", "verb"), "noun and its repetition": ("noun", "noun")}
    found: list[Pair] = []
    for name, i, j in agree:
        firsts, seconds = (spots["detail"], {j}) if name == "count and total" else tuple(spots[kind] for kind in kinds[name])
        options = [(a, b) for a in firsts for b in seconds if a < b and (a, b) not in linked and (name, a, b) not in found]
        options = [(a, b) for a, b in options if name != "noun and its repetition" or words[a] != words[b]]
        if options:
            a, b = min(options, key=lambda pair: (abs(pair[1] - pair[0] - (j - i)), pair))
            found.append((name, a, b))
    return found


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


def validated(lane: str, start: int, scenes: int) -> list[Row]:
    """Recall and precision of each type of agreement, and the rank correlation of effect and dependency; scenes from `start` on."""
    pairs: list[tuple[str, bool, bool, float, float]] = []
    for first in tqdm(range(start, start + scenes, BATCH), desc=f"pairs of {lane}", mininterval=10):
        for scene, picture, trace in runs(lane, range(first, min(first + BATCH, start + scenes)), words=1):
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


def agreement_table(rows: Sequence[Row]) -> str:
    """Recall and precision by type as a Markdown table, and the correlation below it."""
    header = ["words that must agree", "pairs", "matched pairs", "recall", "precision"]
    cells = [[r["type"], str(r["agreeing"]), str(r["independent"]), f"{r['recall']:.2f}", f"{r['precision']:.2f}"] for r in rows[:-1]]
    correlation = f"Rank correlation of effect and dependency over {rows[-1]['pairs']:,} pairs: {rows[-1]['spearman']:.2f}."
    return f"{markdown(header, cells)}\n\n{correlation}"
