"""The correction head of world-dsc: how well it tells wrong words, and the captions that `dsc` and `prism` write with it.

    python -m bench.heads [--scenes 500] [--read 200] [--dry]

Detection. Plain denoising at 4 and 8 words a pass; every canvas on the way is read once more, and each of its words before the end is
asked: is it wrong, that is, not the word of the true caption nearest to the canvas? By the head, by the same head trained without
future-context augmentation (FCA), and by what costs no head: 1 - p(visible word), and 1 - p(word by the rest), whose shadows double a
pass's rows. AUROC, and precision and recall where more than .5 is called wrong.

Captions. Both lanes at 4 and 8 words a pass beside denoising with the same weights in as many passes, and denoising at one word a pass.

95 % intervals, of detection by bootstrap over scenes. The tables go to README.md between their marks, all rows to
bench/results/heads.json; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
from copy import copy
from typing import Any

import numpy as np
from tqdm import tqdm

from bench.about import measurement, stamp
from bench.quality import PLAIN, PROMPT, ROOT, SEED, Row, alone, beside_control, markdown, place, table
from bench.scene_runs import BATCH, runs
from rediff_viz.analysis import auroc
from rediff_viz.backends import BatchItem, Request, open_checkpoint
from rediff_viz.backends.world import WorldBackend
from rediff_viz.backends.world_weights import HEAD_WITHOUT_FCA, load_correction_head
from rediff_viz.trace import Trace
from rediff_viz.world import Scene
from rediff_viz.world.grammar import language, prompt_of

HEADED = "world-dsc"
FIRST = 7_500_000  # scenes of the detection
WORDS = (4, 8)  # a pass
SIGNALS = ("correction head", "correction head without FCA", "1 - p(visible word)", "1 - p(word by the rest)")
MEASURES = ("AUROC", "precision", "recall")
THRESHOLD = 0.5  # what is called wrong
DRAWS = 300  # of the bootstrap


def both_heads() -> tuple[WorldBackend, WorldBackend]:
    """The checkpoint as it is, and with the head of the comparison."""
    backend = open_checkpoint(HEADED)
    assert isinstance(backend, WorldBackend)
    other = copy(backend)
    other.correction_head = load_correction_head(backend.card, backend.writer, HEAD_WITHOUT_FCA)
    return backend, other


def read_again(heads: tuple[WorldBackend, WorldBackend], scene: Scene, picture: Any, trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """(W,) bool whether each word is wrong, (4, W) SIGNALS of it: of all canvases that a run left, the last included."""
    canvases = [canvas.astype(np.int64) for canvas in trace.canvas]
    with_fca, without = heads
    session = with_fca.open(Request(picture, PROMPT, len(trace.start)))
    first = with_fca.predict([BatchItem(session, canvas, wants=("error_prob", "leave_one_out")) for canvas in canvases])
    second = without.predict([BatchItem(session, canvas, wants=("error_prob",)) for canvas in canvases])
    read = np.array(canvases)
    columns = [[p.extra["error_prob"] for p in first], [p.extra["error_prob"] for p in second]]
    columns += [[1 - p.input_prob for p in first], [1 - p.extra["leave_one_out"] for p in first]]
    true = language(scene, prompt_of(scene, trace.head.prompt)).nearest(read)
    visible = (read != with_fca.mask_id) & (read != with_fca.eot_id)
    return (read != true)[visible], np.array(columns)[:, visible]


def words_read(words: int, scenes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(W,) the scene of each word, (W,) bool whether it is wrong, (4, W) its signals."""
    heads, parts = both_heads(), []
    for first in tqdm(range(FIRST, FIRST + scenes, BATCH), desc=f"{words} words a pass", mininterval=10):
        numbers = range(first, min(first + BATCH, FIRST + scenes))
        for number, run in zip(numbers, runs(f"denoise@{HEADED}", numbers, words), strict=True):
            wrong, signals = read_again(heads, *run)
            parts.append((np.full(len(wrong), number), wrong, signals))
    where, wrong, signals = (np.concatenate([part[k] for part in parts], axis=-1) for k in range(3))
    return where, wrong, signals


def measures(wrong: np.ndarray, signals: np.ndarray) -> np.ndarray:
    """(4, 3): MEASURES of every signal; NaN where one is not defined."""
    called = signals > THRESHOLD
    hits = (called & wrong).sum(axis=1)
    with np.errstate(invalid="ignore"):
        precision, recall = hits / called.sum(axis=1), hits / wrong.sum()
    areas = [np.nan if (area := auroc(wrong, signal)) is None else area for signal in signals]
    return np.column_stack((areas, precision, recall))


def detection(words: int, scenes: int) -> Row:
    """Every signal's measures with their intervals over scenes, and by how much the head is ahead of each other signal in AUROC."""
    where, wrong, signals = words_read(words, scenes)
    rng, members = np.random.default_rng(0), [np.flatnonzero(where == scene) for scene in np.unique(where)]
    draws = []
    for _ in range(DRAWS):
        chosen = np.concatenate([members[k] for k in rng.integers(len(members), size=len(members))])
        draws.append(measures(wrong[chosen], signals[:, chosen]))
    whole, drawn = measures(wrong, signals), np.array(draws)
    low, high = np.nanpercentile(drawn, [2.5, 97.5], axis=0)
    ahead = drawn[:, :1, 0] - drawn[:, 1:, 0]
    found = {
        signal: {name: [float(whole[i, j]), float(low[i, j]), float(high[i, j])] for j, name in enumerate(MEASURES)}
        for i, signal in enumerate(SIGNALS)
    }
    gaps = zip(SIGNALS[1:], whole[0, 0] - whole[1:, 0], *np.nanpercentile(ahead, [2.5, 97.5], axis=0), strict=True)
    row = {"tokens_per_pass": words, "words": len(wrong), "wrong": int(wrong.sum()), "signals": found}
    return row | {"ahead": {name: [float(gap), float(least), float(most)] for name, gap, least, most in gaps}}


def detection_table(rows: list[Row]) -> str:
    """Signals down, words a pass and measures across."""
    header = ["what says that a word is wrong", *(f"{name}, {row['tokens_per_pass']} words a pass" for row in rows for name in MEASURES)]
    cells = "{:.3f} ({:.3f}-{:.3f})".format
    return markdown(header, [[one, *(cells(*row["signals"][one][name]) for row in rows for name in MEASURES)] for one in SIGNALS])


def sentences(rows: list[Row]) -> str:
    """What the detection comes to, a line each."""
    lines = []
    for row in rows:
        many = f"{row['tokens_per_pass']} words a pass: {row['wrong']} of {row['words']} words read are wrong"
        gaps = "; ".join(f"{name} {gap:+.3f} ({low:+.3f} to {high:+.3f})" for name, (gap, low, high) in row["ahead"].items())
        lines.append(f"- {many}. The head's AUROC less that of: {gaps}.")
    return "\n".join(lines)


def captions(scenes: int) -> list[Row]:
    """One word a pass, then at each budget denoising and both lanes."""
    how: Row = {"prompt": PROMPT, "scenes": scenes}
    rows = [alone(PLAIN, 1, **how)]
    for words in WORDS:
        rows += [alone(PLAIN, words, **how), *(beside_control(f"{sampler}@{HEADED}", words, **how) for sampler in ("dsc", "prism"))]
    return rows


def main() -> None:
    """Measure, store the rows, write the tables."""
    parser = argparse.ArgumentParser("bench.heads", description="The correction head of world-dsc: detection and captions.")
    parser.add_argument("--scenes", type=int, default=500, help="scenes of the captions (default 500)")
    parser.add_argument("--read", type=int, default=200, help="scenes of the detection (default 200)")
    parser.add_argument("--dry", action="store_true", help="print only; write nothing")
    args = parser.parse_args()
    if args.scenes < 1 or args.read < 1:
        parser.error(f"{args.scenes} and {args.read} scenes, expected at least 1 of each")
    about = measurement(scenes=args.scenes, read=args.read)
    found = [detection(words, args.read) for words in WORDS]
    where = f"95 % intervals. {stamp(about)}"
    detected = f"{detection_table(found)}\n\n{sentences(found)}\n\n{args.read} scenes from {FIRST:,} on, {where}\n"
    print(f"\n{detected}", flush=True)
    rows = captions(args.scenes)
    written = f"{table(rows)}\n\n{args.scenes} scenes from {SEED:,} on, {where}\n"
    print(written, flush=True)
    if not args.dry:
        stored = json.dumps({**about, "detection": found, "captions": rows}, indent=1)
        (ROOT / "bench/results/heads.json").write_text(stored + "\n", "utf-8")
        place(ROOT / "README.md", "heads", detected)
        place(ROOT / "README.md", "heads-captions", written)
    print(json.dumps(about | {f"{row['tokens_per_pass']} words a pass": row["signals"] for row in found}))


if __name__ == "__main__":
    main()
