"""What commands print: tables and JSON on stdout, the progress of downloads and loading on stderr."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def loading_progress() -> AbstractContextManager[None]:
    """While open, one line on the terminal shows what is being downloaded and loaded."""
    from ..backends.progress import in_words, progress

    if not sys.stderr.isatty():
        return nullcontext()

    def draw(done: int, total: int, what: str) -> None:
        end = "\n" if done and done >= 0.999 * total else ""
        print(f"\r{in_words(done, total, what)}\x1b[K", end=end, file=sys.stderr, flush=True)

    return progress(draw)


def print_rows(rows: Sequence[Mapping[str, Any]], json_wanted: bool, columns: Sequence[str] | None = None) -> None:
    """Rows as JSON, or as an aligned table of `columns` (all when None)."""
    if json_wanted:
        json.dump([{key: json_value(value) for key, value in row.items()} for row in rows], sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    names = list(columns or (rows[0] if rows else ()))
    table = [names, *([cell_text(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(names))]
    right = [all(isinstance(row.get(name), (int, float, type(None))) for row in rows) for name in names]
    for line in table:
        cells = [cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(line, widths, right, strict=True)]
        print("  ".join(cells).rstrip())


def print_table(table: Any, json_wanted: bool, float_format: str | None = None) -> int:
    """A pandas table as JSON rows, or as CSV in which no text begins as a formula does; returns the exit code 0."""
    from ..csv_cells import write_csv

    if json_wanted:
        print_rows(table.to_dict("records"), True)
    else:
        write_csv(table, sys.stdout, float_format)
    return 0


def json_value(value: Any) -> Any:
    """A value that JSON can hold: NaN becomes null, a numpy number a plain one."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def cell_text(value: Any) -> str:
    """A cell of a table."""
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
