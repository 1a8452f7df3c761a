"""Quality of the embedded checkpoints: measure every quality table of the READMEs and write it into them.

    python -m bench.quality [--scenes 500] [--hard-scenes 200]

Minutes on two cores. The rows go to bench/results/quality.json, and as tables between `<!-- quality:NAME -->` and
`<!-- end -->` in README.md and models/world-*/README.md, each with machine, date and commit. Commit the weights first.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.about import machine, today
from rediff_viz.evaluate import evaluate

ROOT = Path(__file__).resolve().parent.parent
PLAIN, REDIFF, PROSECO = "denoise@world-plain", "rediff@world-rediff", "proseco@world-proseco"
PAPER, CONTROL = f"{REDIFF}:settle=0,max_revisions=0", "denoise@world-rediff"
MAIN = ((PLAIN, (1, 2, 3, 4, 8)), (CONTROL, (1, 8)), (PAPER, (8,)), (REDIFF, (2, 4, 8, 16)), (PROSECO, (2, 4, 8, 16)))
HEADERS = {
    "lane": "lane", "tokens_per_pass": "tokens per pass", "nfe": "NFE", "fluent": "fluent", "exact": "exact", "object_f1": "object F1",
    "attribute_accuracy": "attributes", "relation_accuracy": "relations", "chair_i": "CHAIR_i", "chair_s": "CHAIR_s",
}  # fmt: skip
Row = dict[str, Any]


def measure(scenes: int, hard: int) -> dict[str, list[Row]]:
    """The rows of every table."""
    rows: dict[str, list[Row]] = {"main": [], "held-out": [], "habits": []}
    for lane, budgets in MAIN:
        rows["main"] += evaluate([lane], budgets, scenes, progress=True)
    rows["held-out"] = evaluate([PLAIN], [1, 8], hard, style="twitter", progress=True)
    rows["held-out"] += evaluate([REDIFF, PROSECO], [8], hard, style="twitter", progress=True)
    for grain in (0.0, 0.1, 0.2):
        for against in (False, True):
            rows["habits"] += evaluate([PLAIN], [1], hard, against_priors=against, grain=grain, progress=True)
            rows["habits"] += evaluate([REDIFF], [8], hard, against_priors=against, grain=grain, progress=True)
    return rows


def cell(name: str, value: Any) -> str:
    """A number as the tables print it."""
    if name == "lane":
        return f"`{value}`"
    return "-" if value is None else f"{value:g}" if name == "tokens_per_pass" else f"{value:.1f}" if name == "nfe" else f"{value:.3f}"


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *lines))


def quality(rows: Sequence[Row]) -> str:
    """One line per lane and budget, with all measures."""
    return table(list(HEADERS.values()), [[cell(name, row[name]) for name in HEADERS] for row in rows])


def priors(rows: Sequence[Row]) -> str:
    """CHAIR on scenes that follow the world's priors and on scenes against them, by grain."""
    lines = []
    for row in (row for row in rows if not row["against_priors"]):
        other = next(r for r in rows if r["against_priors"] and (r["lane"], r["grain"]) == (row["lane"], row["grain"]))
        both = [cell(name, r[name]) for name in ("chair_i", "chair_s", "fluent") for r in (row, other)]
        lines.append([cell("lane", row["lane"]), cell("tokens_per_pass", row["tokens_per_pass"]), f"{row['grain']:g}", *both])
    names = [f"{name} {how}" for name in ("CHAIR_i", "CHAIR_s", "fluent") for how in ("with habits", "against")]
    return table(["lane", "tokens per pass", "grain", *names], lines)


def place(path: Path, name: str, text: str) -> None:
    """Replace the table between its marks. Raises ValueError if the marks are missing."""
    pattern = re.compile(rf"(<!-- quality:{name} -->\n).*?(<!-- end -->)", re.DOTALL)
    old = path.read_text("utf-8")
    if not pattern.search(old):
        raise ValueError(f"{path.name} has no mark for the table {name}")
    path.write_text(pattern.sub(lambda match: f"{match[1]}{text}\n{match[2]}", old), "utf-8")


def publish(result: dict[str, Any]) -> None:
    """Write the tables into the READMEs."""
    rows, about = result["rows"], f"{result['machine']}, {result['date']}, commit {result['commit']}."
    readme = ROOT / "README.md"
    place(readme, "main", f"{quality(rows['main'])}\n\n{result['scenes']} scenes. {about}\n")
    place(readme, "held-out", f"{quality(rows['held-out'])}\n\n{result['hard_scenes']} scenes. {about}\n")
    place(readme, "habits", f"{priors(rows['habits'])}\n\n{result['hard_scenes']} scenes a row and side. {about}\n")
    for name in ("world-plain", "world-rediff", "world-proseco"):
        mine = [row for row in rows["main"] if f"@{name}" in row["lane"]]
        place(ROOT / "models" / name / "README.md", "main", f"{quality(mine)}\n\n{result['scenes']} scenes. {about}\n")


def main() -> None:
    """Measure, store the rows, write the tables."""
    parser = argparse.ArgumentParser("bench.quality", description="Measure the embedded checkpoints and fill in the READMEs' tables.")
    parser.add_argument("--scenes", type=int, default=500, help="scenes of the main table (default 500)")
    parser.add_argument("--hard-scenes", type=int, default=200, help="scenes of every other row (default 200)")
    args = parser.parse_args()
    about = {"machine": f"{machine()}, {os.cpu_count()} cores, no GPU", **today()}
    rows = measure(args.scenes, args.hard_scenes)
    result = {**about, "scenes": args.scenes, "hard_scenes": args.hard_scenes, "rows": rows}
    (ROOT / "bench/results/quality.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    publish(result)
    print(quality(rows["main"]), quality(rows["held-out"]), priors(rows["habits"]), json.dumps(about), sep="\n\n")


if __name__ == "__main__":
    main()
