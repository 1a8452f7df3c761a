"""`analyse`, `cascade`, `whatif`, `ground`: why a recorded run went as it did."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import arguments, output

PLACE = re.compile(r"(\d+)@(\d+)")
FORCED = re.compile(r"(\d+)=(.+)@(\d+)")


def add(commands: Any) -> None:
    """Add the commands and their arguments."""
    _add_analyse(commands)
    _add_cascade(commands)
    _add_whatif(commands)
    _add_ground(commands)


def _add_analyse(commands: Any) -> None:
    parser = commands.add_parser("analyse", help="errors, repairs, harms, credit of revisions, order and oddities of recorded runs")
    parser.description = (
        "Print what became of the errors of each trace, in what order its words came to be, and what is odd about it. A word is wrong "
        "by the claims about its scene where that is known, else by --reference. Needs no model. Positions and passes count from 1 in "
        "the table and from 0 in JSON."
    )
    arguments.examples(parser, "example:\n  python -m rediff_viz analyse runs/first/*.trace")
    parser.add_argument("traces", type=Path, nargs="+", metavar="TRACE", help="trace files")
    parser.add_argument("--reference", metavar="TEXT", help="a text to compare with instead of the scene")
    arguments.as_json(parser)
    parser.set_defaults(act=_analyse)


def _add_cascade(commands: Any) -> None:
    parser = commands.add_parser("cascade", help="replace every committed word in turn and list what changes")
    parser.description = (
        "Run the trace's lane again once for every word that it committed, with that word replaced by its runner-up from the next pass "
        "on and everything else equal, and print every later event that differs, as CSV. A control without a change says on stderr "
        "whether the differences may be called effects. The checkpoint that made the trace is needed; the picture is picture.png beside "
        "it. Positions and passes count from 1 in CSV and from 0 in JSON."
    )
    arguments.examples(parser, "example:\n  python -m rediff_viz cascade runs/first/1-denoise@world-plain.trace > cascade.csv")
    _trunk(parser)
    parser.add_argument("--hidden", action="store_true", help="hide the word behind a mask for one pass instead of replacing it")
    parser.add_argument("--most", type=int, default=128, metavar="N", help="at most so many words, drawn evenly (default 128)")
    arguments.as_json(parser)
    parser.set_defaults(act=_cascade)


def _add_whatif(commands: Any) -> None:
    parser = commands.add_parser("whatif", help="run a recorded lane again with a word forced or hidden")
    parser.description = (
        "Play a trace back up to a pass, change words there, and run on with everything else equal. Prints both texts, the words that "
        "differ and whether a control without a change repeats the run. Positions and passes count from 1."
    )
    example = "whatif runs/first/1-denoise@world-plain.trace --force 6=cats@2 --hold 3 --out branch.trace"
    arguments.examples(parser, f"example:\n  python -m rediff_viz {example}")
    _trunk(parser)
    parser.add_argument("--force", action="append", default=[], metavar="POS=TOKEN@PASS", help="write a token before a pass; repeatable")
    parser.add_argument("--hide", action="append", default=[], metavar="POS@PASS", help="put a mask in a word's place before a pass")
    parser.add_argument("--hold", type=int, default=1, metavar="K", help="do so before K passes; 1: a method that revises may overwrite it")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the branch as a trace")
    arguments.as_json(parser)
    parser.set_defaults(act=_whatif)


def _add_ground(commands: Any) -> None:
    parser = commands.add_parser("ground", help="what the picture adds to each word of a recorded run")
    parser.description = (
        "Print for every word log p(word | picture, rest) - log p(word | no picture, rest), in nats: when it was written and in the final "
        "text. Low means that the words alone predict it, not that it is false. Words that name a thing, known in the picture world's "
        "vocabulary, are marked so, with whether the scene has it where that is known. Positions count from 1 in CSV and from 0 in JSON."
    )
    arguments.examples(parser, "example:\n  python -m rediff_viz ground runs/first/1-denoise@world-plain.trace --without mean")
    _trunk(parser)
    ways = "none: as the checkpoint knows it; mean: one colour, the picture's mean; another: the picture of --other"
    parser.add_argument("--without", default="none", choices=("none", "mean", "another"), help=f"how to be without the picture ({ways})")
    parser.add_argument("--other", type=Path, metavar="FILE", help="the other picture")
    low = "a word that names a thing and gains less than so many nats when it is written is listed on stderr, and is low in the table"
    parser.add_argument("--low", type=arguments.number, default=1.0, metavar="NATS", help=f"{low} (default 1)")
    arguments.as_json(parser)
    parser.set_defaults(act=_ground)


def _trunk(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("trace", type=Path, metavar="TRACE", help="a trace file, in its run's folder")
    parser.add_argument("--image", type=Path, help="the picture; default: picture.png in the folder of the trace")


def _open(args: argparse.Namespace) -> tuple[Any, Any]:
    """The trace and the session that its lane had."""
    from ..analysis.trunk import open_trunk
    from ..images import open_picture
    from ..saved_run import load_picture
    from ..trace import Trace

    trace = Trace.load(args.trace)
    picture = open_picture(args.image) if args.image else load_picture(args.trace.parent)
    return trace, open_trunk(trace, picture)


def _analyse(args: argparse.Namespace) -> int:
    from ..analysis import badges, credit, detection, errors, order_numbers, run_numbers
    from ..trace import Trace

    rows = []
    for path in args.traces:
        trace = Trace.load(path)
        found = errors(trace, args.reference)
        numbers, odd = asdict(run_numbers(trace, found)), badges(trace)
        if not args.json and numbers["first_error"]:
            numbers["first_error"] = "pass {}, position {}".format(*(i + 1 for i in numbers["first_error"]))
        shown = {b.name: list(b.positions) for b in odd} if args.json else ", ".join(f"{b.name} ({len(b.positions)})" for b in odd)
        changes = credit(trace) | {
            f"change_{name}": value for name, value in asdict(detection([trace])).items() if name not in ("words", "wrong")
        }
        rows.append({"trace": path.name, "basis": found.basis, **numbers, **changes, **order_numbers(trace), "badges": shown})
    if args.json:
        output.print_rows(rows, True)
        return 0
    names = [name for name in rows[0] if name != "trace"]
    output.print_rows([{"": name, **{row["trace"]: row[name] for row in rows}} for name in names], False)
    return 0


def _cascade(args: argparse.Namespace) -> int:
    import pandas as pd
    from tqdm import tqdm

    from ..analysis import cascade, causes, depth
    from ..analysis.cascade import HIDDEN, RUNNER_UP
    from ..analysis.tables import cascade_rows

    if args.most < 1:
        raise ValueError(f"--most {args.most}, expected at least 1")
    trace, session = _open(args)
    with tqdm(total=len(trace), unit="pass", disable=not sys.stderr.isatty()) as bar:
        chosen = causes(trace, HIDDEN if args.hidden else RUNNER_UP, args.most)
        found = cascade(trace, session, chosen, lambda done, passes: bar.update(1) is not False)
    print(f"{found.sentence} Longest chain: {depth(found)} links.", file=sys.stderr)
    table = pd.DataFrame(cascade_rows(found, session.backend.tokens))
    counted = [name for name in ("cause_position", "cause_pass", "position", "pass") if name in table and not args.json]
    return output.print_table(table.assign(**{name: table[name] + 1 for name in counted}), args.json)


def _whatif(args: argparse.Namespace) -> int:
    from ..analysis import changed_words, whatif

    trace, session = _open(args)
    branch = whatif(trace, session, [*_forced(args, session.backend), *_hidden(args, trace)])
    if args.out:
        branch.trace.save(args.out)
    row = {
        "trunk": trace.text,
        "branch": branch.trace.text,
        "changed_words": int(changed_words(branch).sum()),
        "passes": len(branch.trace),
        "control": branch.control.sentence,
    }
    if args.json:
        output.print_rows([row | {"repeats": branch.control.repeats, "apart": branch.control.apart}], True)
    else:
        print("\n".join(f"{name.replace('_', ' ').capitalize()}: {value}" for name, value in row.items()))
    return 0


def _ground(args: argparse.Namespace) -> int:
    import pandas as pd

    from ..analysis import grounding, named_things, ungrounded
    from ..analysis.things import sentence
    from ..images import open_picture

    trace, session = _open(args)
    found = grounding(trace, session, args.without, open_picture(args.other) if args.other else None)
    first = 0 if args.json else 1
    columns = zip(trace.tokens(trace.final), found.at_commit.tolist(), found.at_end.tolist(), strict=True)
    rows = [{"position": i, "word": word, "at_commit": commit, "at_end": end} for i, (word, commit, end) in enumerate(columns, first)]
    things = named_things(trace)
    low = {thing.position for thing in ungrounded(things, found.at_commit, args.low)}
    named = {thing.position: {"thing": thing.noun, "there": thing.there, "low": thing.position in low} for thing in things}
    rows = [row | named.get(i, {"thing": None, "there": None, "low": None}) for i, row in enumerate(rows)]
    print(sentence(things, found.at_commit, args.low), file=sys.stderr)
    return output.print_table(pd.DataFrame(rows), args.json, float_format="%.3f")


def _forced(args: argparse.Namespace, backend: Any) -> list[Any]:
    from ..analysis import force

    edits = []
    for text in args.force:
        match = FORCED.fullmatch(text)
        tokens = backend.encode(match[2]) if match else []
        if not match or len(tokens) != 1:
            raise ValueError(f"--force {text[:60]!r}, expected POS=TOKEN@PASS with one token, for instance 6=cats@2")
        edits.append(force(_from_one(match[1]), tokens[0], int(match[3]), args.hold))
    return edits


def _hidden(args: argparse.Namespace, trace: Any) -> list[Any]:
    from ..analysis import hide

    edits = []
    for text in args.hide:
        match = PLACE.fullmatch(text)
        if not match:
            raise ValueError(f"--hide {text[:60]!r}, expected POS@PASS, for instance 6@2")
        edits.append(hide(trace, _from_one(match[1]), int(match[2]), args.hold))
    return edits


def _from_one(text: str) -> int:
    """A position as a person types it, counted from 0."""
    if int(text) < 1:
        raise ValueError(f"position {text}, expected at least 1: positions count from 1")
    return int(text) - 1
