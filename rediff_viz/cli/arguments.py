"""Arguments that several commands share, with the same meaning everywhere."""

from __future__ import annotations

import argparse
import math
import textwrap


def examples(parser: argparse.ArgumentParser, text: str) -> None:
    """Print these lines unchanged below a command's help, and wrap its description."""
    parser.description = textwrap.fill(parser.description or "", 80)
    parser.epilog, parser.formatter_class = text, argparse.RawDescriptionHelpFormatter


def lanes(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """--lane, once or more."""
    from ..run.reading import READING
    from ..samplers import SAMPLERS

    written = "SAMPLER@CHECKPOINT[:key=value,...], e.g. rediff@world-rediff:settle=4,max_revisions=3; repeat for more lanes. "
    samplers = "; ".join(f"{name} ({method.provenance({})})" for name, method in SAMPLERS.items())
    reading = "; ".join(f"{setting.name}, {setting.expected()}: {setting.line}" for setting in READING.values())
    words = f"{written}The samplers: {samplers}. Settings of every lane that reads a picture, from the paper: {reading}"
    parser.add_argument("--lane", action="append", required=required, dest="lanes", metavar="LANE", help=words)


def as_json(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="print a JSON list of rows instead")


def no_save(parser: argparse.ArgumentParser) -> None:
    """--no-save, of a command that stores what it finds."""
    words = "do not store the result; else it goes into analysis.json of the run's folder in which the trace lies, for `show` and the page"
    parser.add_argument("--no-save", action="store_true", help=words)


def most(parser: argparse.ArgumentParser, what: str, others: str = "") -> None:
    """--most, the limit on what a command computes."""
    words = f"at most so many {what}, drawn evenly (default 128){others}"
    parser.add_argument("--most", type=int, default=128, metavar="N", help=words)


def check_most(args: argparse.Namespace) -> None:
    """Raises ValueError for a --most below 1."""
    if args.most < 1:
        raise ValueError(f"--most {args.most}, expected at least 1")


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
    parser.add_argument("--grain", type=number, default=0.0, metavar="G", help="strength of the noise over the picture, 0 to 1 (default 0)")


def groups(parser: argparse.ArgumentParser) -> None:
    """--groups, of a scene; the world says which numbers there are."""
    parser.add_argument("--groups", type=int, metavar="G", help="2 to 4: a draw of scenes with so many groups (default: two or three)")
