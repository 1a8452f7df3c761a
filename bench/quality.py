"""Quality of the embedded checkpoints: measure every quality table of the README and write it there.

    python -m bench.quality [--scenes 1000] [--hard-scenes 200] [--only briefly,groups,...] [--dry]

About two hours on one core. A table of a prompt that the cards do not list is left out. The rows go to bench/results/quality.json,
and as tables between `<!-- quality:NAME -->` and `<!-- end -->` in README.md where it has such marks, each with machine, date and
commit. Every gain stands beside its control: denoising with the same weights in the same forward passes, differences paired by
scene. Commit the weights first.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.about import measurement, stamp
from rediff_viz.cards import card
from rediff_viz.evaluate import Measured, as_row, measure, paired
from rediff_viz.world.vocabulary import BRIEFLY, IN_DETAIL

ROOT = Path(__file__).resolve().parent.parent
SEED = 5_000_000  # nothing was tuned on scenes from here on: settings were chosen on scenes below 4,000,000
LONG = IN_DETAIL in card("world-plain").prompts  # whether the checkpoints here write long captions
PROMPT = IN_DETAIL if LONG else ""
PLAIN, REDIFF, PROSECO = "denoise@world-plain", "rediff@world-rediff", "proseco@world-proseco"
EOT_LAST = f"{PLAIN}:eot_last=true"
PAPER = f"{REDIFF}:settle=0,max_revisions=0"
FINAL = f"{REDIFF}:revise_start=0"  # nothing is rewritten while masks are filled, so that only the final passes rewrite
COMPARED = ("exact", "claims_right", "sentences_fluent")
Row = dict[str, Any]


def alone(lane: str, words: float, **how: Any) -> Row:
    """A lane at so many words a pass."""
    return as_row(measured(lane, words, **how))


def measured(lane: str, words: float, **how: Any) -> Measured:
    return measure([lane], [words], seed=SEED, progress=True, **how)[0]


def beside_control(lane: str, words: float, control: str = "", **how: Any) -> Row:
    """A lane; in `control` denoising with its weights (or another lane) in as many passes, rounded up; in `gain` the differences.

    A control takes no more passes than there are positions: it writes a word in each.
    """
    treated = measured(lane, words, **how)
    nfe = as_row(treated)["nfe"]
    other = control or f"denoise@{lane.partition('@')[2].partition(':')[0]}"
    passes = min(math.ceil(nfe - 1e-9), card(other.partition("@")[2].partition(":")[0]).canvas(how.get("prompt", "")))
    against = measure([other], steps=[passes], seed=SEED, progress=True, **how)[0]
    gain = {name: paired(column(treated, name), column(against, name)) for name in COMPARED}
    circles = sum("circle" in total["stopped"] for total in treated.totals) / len(treated.totals)
    return as_row(treated) | {"control": as_row(against), "gain": gain, "circles": circles}


def column(row: Measured, name: str) -> list[float]:
    return [float(getattr(score, name)) for score in row.scores]


def by_prompt(prompt: str, scenes: int) -> list[Row]:
    """Plain at falling budgets; the paper's rule, the card's setting and ProSeCo, each beside its control."""
    how: Row = {"prompt": prompt, "scenes": scenes}
    rows = [alone(PLAIN, words, **how) for words in (1, 2, 4, 8)] + [alone(EOT_LAST, words, **how) for words in (1, 8)]
    rows += [beside_control(lane, words, **how) for lane in (PAPER, REDIFF) for words in (2, 4, 8)]
    return rows + [beside_control(PROSECO, words, **how) for words in (4, 8)]


def by_groups(scenes: int) -> list[Row]:
    """The paper's rule and the card's setting where there is more to say."""
    return [
        beside_control(lane, 4, prompt=PROMPT, groups=groups, scenes=scenes) | {"groups": groups}
        for groups in ((2, 3, 4) if LONG else (2, 3))
        for lane in (PAPER, REDIFF)
    ]


def parts(scenes: int) -> list[Row]:
    """What buys the gain: the training alone, the paper's rule alone, the final passes alone, both."""
    how: Row = {"prompt": PROMPT, "scenes": scenes}
    rows = [beside_control("denoise@world-rediff", 4, PLAIN, **how) | {"part": "training alone, against plain"}]
    named = ((PAPER, "paper's rule alone"), (FINAL, "final passes alone"), (REDIFF, "both"))
    return rows + [beside_control(lane, 4, **how) | {"part": part} for lane, part in named]


def held_out(scenes: int) -> list[Row]:
    """A style nobody trained on."""
    how: Row = {"prompt": PROMPT, "scenes": scenes, "style": "twitter"}
    return [alone(lane, words, **how) for lane, words in ((PLAIN, 1), (PLAIN, 8), (REDIFF, 8), (PROSECO, 8))]


def habits(scenes: int) -> list[Row]:
    """Scenes with and against the world's priors, by grain."""
    asked = [
        (lane, words, against, grain) for grain in (0, 0.1, 0.2) for lane, words in ((PLAIN, 1), (REDIFF, 8)) for against in (False, True)
    ]
    return [
        alone(lane, words, scenes=scenes, against_priors=against, grain=grain) | {"against": against, "grain": grain}
        for lane, words, against, grain in asked
    ]


def markdown(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *lines))


def rate(row: Row, name: str) -> str:
    """A rate with its interval."""
    return "-" if row[name] is None else f"{row[name]:.3f} ({row[f'{name}_low']:.3f}-{row[f'{name}_high']:.3f})"


def gained(row: Row, name: str) -> str:
    """A difference to the control with its interval."""
    if "gain" not in row:
        return ""
    mean, low, high = row["gain"][name]
    return f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"


def table(rows: Sequence[Row], first: str = "") -> str:
    """A Markdown table of rates and, where there is a control, of gains; `first` names a column that comes first."""
    header = [*([first] if first else []), "lane", "words a pass", "NFE", "NFE of the control"]
    header += [name for quality in COMPARED for name in (quality.replace("_", " "), "gain")] + ["CHAIR_s", "in a circle"]
    lines = []
    for row in rows:
        cells = [str(row[first])] if first else []
        cells += [f"`{row['lane']}`", f"{row['tokens_per_pass']:g}", f"{row['nfe']:.1f}"]
        cells.append(f"{row['control']['nfe']:.0f}" if "control" in row else "")
        cells += [cell for name in COMPARED for cell in (rate(row, name), gained(row, name))]
        cells += [rate(row, "chair_s"), f"{row['circles']:.3f}" if "circles" in row else ""]
        lines.append(cells)
    return markdown(header, lines)


def habits_table(rows: Sequence[Row]) -> str:
    """CHAIR with the world's priors and against them."""
    header = ["lane", "words a pass", "grain", "CHAIR_i with", "CHAIR_i against", "CHAIR_s with", "CHAIR_s against"]
    lines = []
    for follows, against in zip(rows[::2], rows[1::2], strict=True):
        cells = [f"`{follows['lane']}`", f"{follows['tokens_per_pass']:g}", f"{follows['grain']:g}"]
        lines.append(cells + [rate(row, name) for name in ("chair_i", "chair_s") for row in (follows, against)])
    return markdown(header, lines)


TABLES: dict[str, tuple[Callable[[int, int], list[Row]], Callable[[list[Row]], str]]] = {
    "briefly": (lambda scenes, hard: by_prompt(BRIEFLY if LONG else "", scenes), table),
    **({"detail": (lambda scenes, hard: by_prompt(IN_DETAIL, scenes), table)} if LONG else {}),
    "groups": (lambda scenes, hard: by_groups(scenes), lambda rows: table(rows, "groups")),
    "parts": (lambda scenes, hard: parts(scenes), lambda rows: table(rows, "part")),
    "held-out": (lambda scenes, hard: held_out(hard), table),
    "habits": (lambda scenes, hard: habits(hard), habits_table),
}


def place(path: Path, name: str, text: str) -> None:
    """Replace the table between its marks, where a file has them."""
    pattern = re.compile(rf"(<!-- quality:{name} -->\n).*?(<!-- end -->)", re.DOTALL)
    path.write_text(pattern.sub(lambda match: f"{match[1]}{text}\n{match[2]}", path.read_text("utf-8")), "utf-8")


def main() -> None:
    """Measure, store the rows, write the tables."""
    parser = argparse.ArgumentParser("bench.quality", description="Measure the embedded checkpoints and fill in the READMEs' tables.")
    parser.add_argument("--scenes", type=int, default=1000, help="scenes of the main tables (default 1000)")
    parser.add_argument("--hard-scenes", type=int, default=200, help="scenes of the rows of held-out and habits (default 200)")
    parser.add_argument("--only", default=",".join(TABLES), help="tables, with commas between them")
    parser.add_argument("--dry", action="store_true", help="print only; write nothing")
    args = parser.parse_args()
    if unknown := set(args.only.split(",")) - set(TABLES):
        parser.error(f"no table {min(unknown)!r}; there are {', '.join(TABLES)}")
    about = measurement(scenes=args.scenes, hard_scenes=args.hard_scenes)
    results = ROOT / "bench/results/quality.json"
    for name in args.only.split(","):
        measure_rows, show = TABLES[name]
        rows = measure_rows(args.scenes, args.hard_scenes)
        print(f"{name}\n\n{show(rows)}\n", flush=True)
        if not args.dry:
            stored = json.loads(results.read_text("utf-8")) if results.is_file() else {}
            results.write_text(json.dumps({**stored, name: {**about, "rows": rows}}, indent=1) + "\n", "utf-8")
            many = args.hard_scenes if name in ("held-out", "habits") else args.scenes
            words = f"{many} scenes from {SEED:,} on, 95 % intervals. {stamp(about)}"
            place(ROOT / "README.md", name, f"{show(rows)}\n\n{words}\n")
    print(json.dumps(about))


if __name__ == "__main__":
    main()
