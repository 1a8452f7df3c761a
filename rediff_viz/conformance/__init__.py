"""Held against recordings of the published code: every case of a folder, token for token, step by step.

What only the published code does (its order among equals, its overflow, its random stream) lives here and nowhere else;
samplers, networks and reduction are the ones everybody uses. `python -m rediff_viz conform DIR [--kind ...] [--json]`.
Importing this package loads no torch.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser the arguments that `run` reads."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder with MANIFEST.json, npz files and tiny checkpoints")
    parser.add_argument("--kind", action="append", default=[], help="only cases whose kind or id begins with this; may be repeated")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")


def run(arguments: argparse.Namespace) -> int:
    """Run the cases and print what failed. 0 when nothing failed, 1 when something did, 2 when the folder cannot be read."""
    from .report import report

    try:
        return report(arguments.folder, tuple(arguments.kind), arguments.json)
    except (OSError, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return 2


def main(argv: Sequence[str] | None = None) -> int:
    """`run` on a command line without the program's name."""
    parser = argparse.ArgumentParser(prog="rediff_viz conform", description="Hold the samplers and models against recordings.")
    add_arguments(parser)
    return run(parser.parse_args(argv))
