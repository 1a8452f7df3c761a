"""`show`, `events`, `metrics`: read recorded traces. Needs neither torch nor gradio."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import arguments, output


def add(commands: Any) -> None:
    """Add the commands and their arguments."""
    _add_show(commands)
    _add_table(commands, "events", "every commit, revision and remask of a trace, as CSV", _events)
    _add_table(commands, "metrics", "the metrics of a trace, as CSV", _metrics)


def _add_show(commands: Any) -> None:
    parser = commands.add_parser("show", help="write one HTML file that plays recorded lanes")
    parser.description = (
        "Write one HTML file that plays the traces side by side. It needs no server and no network. What `cascade` and `ground` stored "
        "beside them is in it."
    )
    arguments.examples(parser, "example:\n  python -m rediff_viz show runs/first/*.trace --out first.html")
    parser.add_argument("traces", type=Path, nargs="+", metavar="TRACE", help="trace files, or the folder that `run` wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the HTML file to write")
    parser.add_argument("--image", type=Path, help="the picture; default: picture.png in the folder of the first trace, if there is one")
    parser.add_argument("--title", default="", help="title of the page")
    parser.set_defaults(act=_show)


def _show(args: argparse.Namespace) -> int:
    from ..images import open_picture
    from ..saved_run import SavedRun, load_picture, load_run
    from ..score.html import page
    from ..stored_analysis import load_analysis
    from ..trace import Trace
    from ..trace.file import replace_file

    if len(args.traces) == 1 and args.traces[0].is_dir():
        folder = args.traces[0]
        traces = load_run(folder).traces
    else:
        folder = args.traces[0].parent
        traces = tuple(Trace.load(path) for path in args.traces)
    analysis, left_out = load_analysis(folder, traces)
    if left_out:
        print(f"rediff_viz: {left_out}", file=sys.stderr)
    picture = open_picture(args.image) if args.image else load_picture(folder)
    title = args.title or " · ".join(trace.head.lane for trace in traces)
    _warn_of_unknown_samplers(traces)
    replace_file(args.out, page(SavedRun(args.out.stem, traces, picture, {"title": title}, analysis)).encode())
    print(args.out)
    return 0


def _warn_of_unknown_samplers(traces: Sequence[Any]) -> None:
    from ..samplers import SAMPLERS

    unknown = sorted({trace.head.sampler for trace in traces} - set(SAMPLERS))
    if unknown:
        names = ", ".join(unknown)
        print(f"rediff_viz: this version has no sampler {names}; the traces are shown without the sampler's description", file=sys.stderr)


def _add_table(commands: Any, name: str, line: str, act: Any) -> None:
    parser = commands.add_parser(name, help=line)
    parser.description = f"Print {line}; one row per {'event' if name == 'events' else 'forward pass'}."
    if name == "events":
        parser.description += (
            " Positions count from 1 in CSV and from 0 in JSON. `verdict` and `old_verdict` are on the claims that the new word and the"
            " old one carry: right, wrong, unjudged, or empty where they carry none or the scene is not known."
        )
    arguments.examples(parser, f"example:\n  python -m rediff_viz {name} runs/first/2-rediff@world-rediff.trace > {name}.csv")
    parser.add_argument("trace", type=Path, metavar="TRACE", help="a trace file")
    arguments.as_json(parser)
    parser.set_defaults(act=act)


def _events(args: argparse.Namespace) -> int:
    from ..events import for_people
    from ..trace import Trace
    from ..truth import judged_events

    table = judged_events(Trace.load(args.trace))
    return output.print_table(table if args.json else for_people(table), args.json)


def _metrics(args: argparse.Namespace) -> int:
    import pandas as pd

    from ..metrics import METRICS
    from ..trace import Trace

    trace = Trace.load(args.trace)
    columns = {name: metric(trace) for name, metric in METRICS.items()}
    return output.print_table(pd.DataFrame({"pass": range(1, len(trace) + 1), **columns}), args.json)
