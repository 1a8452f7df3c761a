"""What several commands share: arguments that mean the same everywhere, tables and JSON on stdout."""

from __future__ import annotations

import argparse
import json
import math
import sys
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def examples(parser: argparse.ArgumentParser, text: str) -> None:
    """Print these lines as they are below a command's help, and its description wrapped."""
    parser.description = textwrap.fill(parser.description or "", 80)
    parser.epilog, parser.formatter_class = text, argparse.RawDescriptionHelpFormatter


def lanes(parser: argparse.ArgumentParser) -> None:
    """--lane, once or more."""
    from ..samplers import SAMPLERS

    words = "SAMPLER@CHECKPOINT[:key=value,...], e.g. rediff@world-rediff:settle=4,max_revisions=3; repeat for more lanes. "
    words += "The samplers: " + "; ".join(f"{name} ({method.provenance({})})" for name, method in SAMPLERS.items())
    parser.add_argument("--lane", action="append", required=True, dest="lanes", metavar="LANE", help=words)


def as_json(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="a JSON list of rows on stdout, for machines")


def told_while_loading() -> AbstractContextManager[None]:
    """While open, one line on the terminal says what is downloaded and loaded."""
    from ..backends.progress import in_words, progress

    if not sys.stderr.isatty():
        return nullcontext()

    def draw(done: int, total: int, what: str) -> None:
        end = "\n" if done and done >= 0.999 * total else ""
        print(f"\r{in_words(done, total, what)}\x1b[K", end=end, file=sys.stderr, flush=True)

    return progress(draw)


def number(text: str) -> float:
    """A finite number, for argparse; a whole one stays whole."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return int(value) if value.is_integer() else value


def numbers(text: str) -> list[float]:
    """Numbers between commas, for argparse."""
    return [number(part) for part in text.split(",")]


def whole_numbers(text: str) -> list[int]:
    """Whole numbers between commas, for argparse."""
    return [int(part) for part in text.split(",")]


def positions(text: str) -> int:
    """How many answer positions, for argparse."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"an answer of {text} positions, expected at least 1")
    return int(text)


def grain(parser: argparse.ArgumentParser) -> None:
    """--grain, of a scene."""
    parser.add_argument("--grain", type=number, default=0.0, metavar="G", help="noise over the picture, 0 to 1 of full scale (default 0)")


def print_rows(rows: Sequence[Mapping[str, Any]], json_wanted: bool, columns: Sequence[str] | None = None) -> None:
    """Rows as JSON, or as an aligned table of `columns` (all when None)."""
    if json_wanted:
        json.dump([{key: plain(value) for key, value in row.items()} for row in rows], sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    names = list(columns or (rows[0] if rows else ()))
    table = [names, *([shown(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(names))]
    right = [all(isinstance(row.get(name), (int, float, type(None))) for row in rows) for name in names]
    for line in table:
        cells = [cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(line, widths, right, strict=True)]
        print("  ".join(cells).rstrip())


def plain(value: Any) -> Any:
    """A value as JSON knows it: NaN is null, a numpy number a number."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def shown(value: Any) -> str:
    """A cell of a table."""
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
