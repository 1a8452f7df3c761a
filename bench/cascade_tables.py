"""The rows of `bench.cascades` as a Markdown table, sentences and a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench import reach_figure
from bench.quality import markdown

Row = dict[str, Any]
COLUMNS = {
    "changed": "other words changed by one runner-up",
    "any": "share that changes any",
    "stays": "a wrong word put in stays",
    "before": "wrong words at the end",
    "after": "after the first errors were put right",
    "saved": "fewer",
    "exact_before": "exact at the end",
    "exact_after": "after the first errors were put right",
    "made_exact": "more",
}


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    header = ["lane", *COLUMNS.values()]
    cells = [
        [f"`{row['lane']}`", *("{:.2f} ({:.2f} to {:.2f})".format(*row[name]) if name in row else "-" for name in COLUMNS)] for row in rows
    ]
    totals = "\n".join(f"- {healing(row)}" for row in rows)
    return f"{markdown(header, cells)}\n\n{totals}"


def rate(row: Row, name: str) -> str:
    """A mean with its interval."""
    return "{:.2f} ({:.2f} to {:.2f})".format(*row[name]) if name in row else "-"


def healing(row: Row) -> str:
    """What putting the first errors right did to all captions of a lane, in one sentence."""
    total, many = row["totals"], row["begun_wrong"]
    if not many:
        return f"`{row['lane']}`: no caption was begun wrong."
    return (
        f"`{row['lane']}`: putting the first {total['errors']:.0f} wrong words of {many} captions right by hand takes wrong words "
        f"elsewhere from {total['before']:.0f} to {total['after']:.0f}, and exact captions from {total['exact_before']:.0f} to "
        f"{total['exact_after']:.0f}."
    )


def drawn(rows: Sequence[Row], scenes: int) -> str:
    """The figure of all lanes."""
    lanes = {row["lane"]: [row[f"at_least_{k}"] for k in range(reach_figure.MOST + 1)] for row in rows if "at_least_0" in row}
    about = f"Share of replaced words that change at least so many other words of the final text, {scenes} scenes a lane, 95 % intervals"
    return reach_figure.figure(lanes, about)
