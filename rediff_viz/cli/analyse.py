"""`analyse`, `ground`: what became of the errors of a recorded run, and what its words rest on."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import arguments, output
from .storing import store
from .trunk import add_trunk, open_lane, say_cost


def add(commands: Any) -> None:
    """Add the commands and their arguments."""
    _add_analyse(commands)
    _add_ground(commands)


def _add_analyse(commands: Any) -> None:
    parser = commands.add_parser("analyse", help="errors, repairs, harms, credit of revisions, order and oddities of recorded runs")
    parser.description = (
        "Print what became of the errors of each trace, in what order its words came to be, and what is odd about it. A word is wrong "
        "by the claims about its scene where that is known, else by --reference, else by --marked. Needs no model. Positions and passes "
        "count from 1 in the table and from 0 in JSON."
    )
    arguments.examples(parser, "example:\n  python -m rediff_viz analyse runs/first/*.trace")
    parser.add_argument("traces", type=Path, nargs="+", metavar="TRACE", help="trace files")
    parser.add_argument("--reference", metavar="TEXT", help="a text to compare with instead of the scene")
    marked = "words that you marked wrong on the page, as it saves them (verdicts.csv), where neither scene nor reference is known"
    parser.add_argument("--marked", type=Path, metavar="FILE", help=marked)
    arguments.no_save(parser)
    arguments.as_json(parser)
    parser.set_defaults(act=_analyse)


def _add_ground(commands: Any) -> None:
    parser = commands.add_parser("ground", help="what the picture adds to each word of a recorded run")
    parser.description = (
        "Print for every word log p(word | picture, rest) - log p(word | no picture, rest), in nats: when it was written and in the final "
        "text. Low means that the words alone predict it, not that it is false. Words that name a thing, known in the picture world's "
        "vocabulary, are marked so, with whether the scene has it where that is known. Positions count from 1 in CSV and from 0 in JSON."
    )
    arguments.examples(parser, "example:\n  python -m rediff_viz ground runs/first/1-denoise@world-plain.trace --without mean")
    add_trunk(parser)
    ways = "blank: as the checkpoint knows it; mean: one colour, the picture's mean; another: the picture of --other"
    parser.add_argument("--without", default="blank", choices=("blank", "mean", "another"), help=f"how to be without the picture ({ways})")
    parser.add_argument("--other", type=Path, metavar="FILE", help="the other picture")
    arguments.most(parser, "passes that wrote words", "; words of the others are measured in the final text only")
    low = "a word that names a thing and gains less than so many nats when it is written is listed on stderr, and is low in the table"
    parser.add_argument("--low", type=arguments.number, default=1.0, metavar="NATS", help=f"{low} (default 1)")
    arguments.no_save(parser)
    arguments.as_json(parser)
    parser.set_defaults(act=_ground)


def _analyse(args: argparse.Namespace) -> int:
    from ..analysis import badges, credit, detection, errors, lane_part, order_numbers, run_numbers
    from ..trace import Trace
    from ..verdicts import load_verdicts, marked_wrong

    verdicts = load_verdicts(args.marked) if args.marked else []
    traces = [Trace.load(path) for path in args.traces]
    marks, rows = [marked_wrong(trace, verdicts) for trace in traces], []
    for path, trace, marked in zip(args.traces, traces, marks, strict=True):
        if args.marked and not marked:
            print(f"rediff_viz: {args.marked.name} marks no word of {path.name} wrong", file=sys.stderr)
        found = errors(trace, args.reference, marked)
        numbers, odd = asdict(run_numbers(trace, found)), badges(trace)
        if not args.json and numbers["first_error"]:
            numbers["first_error"] = "pass {}, position {}".format(*(i + 1 for i in numbers["first_error"]))
        shown = {b.name: list(b.positions) for b in odd} if args.json else ", ".join(f"{b.name} ({len(b.positions)})" for b in odd)
        changes = credit(trace) | {
            f"change_{name}": value for name, value in asdict(detection([trace])).items() if name not in ("words", "wrong")
        }
        rows.append({"trace": path.name, "basis": found.basis, **numbers, **changes, **order_numbers(trace), "badges": shown})
    if not args.no_save:
        store({path: lane_part(trace, args.reference, marked) for path, trace, marked in zip(args.traces, traces, marks, strict=True)})
    if args.json:
        output.print_rows(rows, True)
        return 0
    names = [name for name in rows[0] if name != "trace"]
    output.print_rows([{"": name, **{row["trace"]: row[name] for row in rows}} for name in names], False)
    return 0


def _ground(args: argparse.Namespace) -> int:
    import pandas as pd

    from ..analysis import Reading, grounding_part, lane_part, named_things, ungrounded
    from ..analysis.things import sentence
    from ..images import open_picture

    arguments.check_most(args)
    trace, session = open_lane(args)
    reading = Reading(trace, session, args.without, open_picture(args.other) if args.other else None, most=args.most)
    say_cost(reading.rows, trace)
    found = reading.grounding(list(reading.rated()))
    first = 0 if args.json else 1
    columns = zip(trace.tokens(trace.final), found.at_commit.tolist(), found.at_end.tolist(), strict=True)
    rows = [{"position": i, "word": word, "at_commit": commit, "at_end": end} for i, (word, commit, end) in enumerate(columns, first)]
    things = named_things(trace)
    low = {thing.position for thing in ungrounded(things, found.at_commit, args.low)}
    named = {thing.position: {"thing": thing.noun, "there": thing.there, "low": thing.position in low} for thing in things}
    rows = [row | named.get(i, {"thing": None, "there": None, "low": None}) for i, row in enumerate(rows)]
    print(reading.sentence, sentence(things, found.at_commit, args.low), file=sys.stderr)
    if not args.no_save:
        store({args.trace: {**lane_part(trace), **grounding_part(trace, found)}})
    return output.print_table(pd.DataFrame(rows), args.json, float_format="%.3f")
