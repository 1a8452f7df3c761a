"""A recorded lane that a command goes on from: its arguments, its session, and what a command takes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add_trunk(parser: argparse.ArgumentParser) -> None:
    """The trace, and where its picture is."""
    parser.add_argument("trace", type=Path, metavar="TRACE", help="a trace file, in its run's folder")
    parser.add_argument("--image", type=Path, help="the picture; default: picture.png in the folder of the trace")


def open_lane(args: argparse.Namespace) -> tuple[Any, Any]:
    """The trace and the session that its lane had."""
    from ..analysis.trunk import open_trunk
    from ..images import open_picture
    from ..saved_run import load_picture
    from ..trace import Trace

    trace = Trace.load(args.trace)
    picture = open_picture(args.image) if args.image else load_picture(args.trace.parent)
    return trace, open_trunk(trace, picture)


def say_cost(rows: int, trace: Any) -> None:
    """Say on stderr what so many forward passes take, before they are made."""
    from ..analysis import cost

    print(f"Takes at most {cost(rows, trace)}.", file=sys.stderr)
