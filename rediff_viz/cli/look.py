"""`show`, `events`, `metrics`: what a recorded run says. Needs neither torch nor gradio."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from . import words


def add(commands: Any) -> None:
    """The commands and their arguments."""
    _add_show(commands)
    _add_table(commands, "events", "every commit, revision and remask of a trace, as CSV", _events)
    _add_table(commands, "metrics", "numbers per pass of a trace, as CSV", _metrics)


def _add_show(commands: Any) -> None:
    parser = commands.add_parser("show", help="a page that plays recorded lanes, in one file")
    parser.description = "Write one HTML file that plays the traces, side by side, from a disk: no server, no network."
    words.examples(parser, "example:\n  python -m rediff_viz show runs/first/*.trace --out first.html")
    parser.add_argument("traces", type=Path, nargs="+", metavar="TRACE", help="trace files, or one folder that `run` wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the page to write")
    parser.add_argument("--image", type=Path, help="the picture; default: picture.png beside the first trace, if it is there")
    parser.add_argument("--title", default="", help="its title")
    parser.set_defaults(act=_show)


def _show(chosen: argparse.Namespace) -> int:
    from ..images import open_picture
    from ..saved_run import SavedRun, load_run
    from ..score.html import page
    from ..trace import Trace

    if len(chosen.traces) == 1 and chosen.traces[0].is_dir():
        run = load_run(chosen.traces[0])
        traces, beside = run.traces, chosen.traces[0] / "picture.png"
    else:
        traces, beside = tuple(Trace.load(path) for path in chosen.traces), chosen.traces[0].parent / "picture.png"
    image = chosen.image or (beside if beside.is_file() else None)
    picture = None if image is None else open_picture(image)
    title = chosen.title or " · ".join(trace.head.lane for trace in traces)
    chosen.out.write_text(page(SavedRun(chosen.out.stem, traces, picture, {"title": title})), encoding="utf-8")
    print(chosen.out)
    return 0


def _add_table(commands: Any, name: str, line: str, act: Any) -> None:
    parser = commands.add_parser(name, help=line)
    parser.description = f"Print {line}; one row an {'event' if name == 'events' else 'NFE'}."
    words.examples(parser, f"example:\n  python -m rediff_viz {name} runs/first/2-rediff@world-rediff.trace > {name}.csv")
    parser.add_argument("trace", type=Path, metavar="TRACE", help="a trace file")
    words.as_json(parser)
    parser.set_defaults(act=act)


def _events(chosen: argparse.Namespace) -> int:
    from ..events import events
    from ..trace import Trace

    return _table(events(Trace.load(chosen.trace)), chosen.json)


def _metrics(chosen: argparse.Namespace) -> int:
    import pandas as pd

    from ..metrics import METRICS
    from ..trace import Trace

    trace = Trace.load(chosen.trace)
    columns = {name: metric(trace) for name, metric in METRICS.items()}
    return _table(pd.DataFrame({"pass": range(1, len(trace) + 1), **columns}), chosen.json)


def _table(table: Any, json_wanted: bool) -> int:
    if json_wanted:
        words.print_rows(table.to_dict("records"), True)
    else:
        table.to_csv(sys.stdout, index=False)
    return 0
