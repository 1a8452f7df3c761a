"""`cascade`, `whatif`: a recorded run run again with something changed."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from . import arguments, output
from .storing import store
from .trunk import add_trunk, open_lane, say_cost

SEEN = re.compile(r"(\d),(\d)=(\w+)")
PLACE = re.compile(r"(\d+)@(\d+)")
FORCED = re.compile(r"(\d+)=(.+)@(\d+)")


def add(commands: Any) -> None:
    """Add the commands and their arguments."""
    _add_cascade(commands)
    _add_whatif(commands)


def _add_cascade(commands: Any) -> None:
    parser = commands.add_parser("cascade", help="replace every committed word in turn and list what changes")
    parser.description = (
        "Run the trace's lane again once for every word that it committed, with that word replaced by its runner-up from the next pass "
        "on and everything else equal, and print every later event that differs, as CSV. A control without a change says on stderr "
        "whether the differences may be called effects. The checkpoint that made the trace is needed; the picture is picture.png beside "
        "it. Positions and passes count from 1 in CSV and from 0 in JSON."
    )
    arguments.examples(parser, "example:\n  python -m rediff_viz cascade runs/first/1-denoise@world-plain.trace > cascade.csv")
    add_trunk(parser)
    parser.add_argument("--hidden", action="store_true", help="hide the word behind a mask for one pass instead of replacing it")
    arguments.most(parser, "words")
    arguments.no_save(parser)
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
    add_trunk(parser)
    parser.add_argument("--force", action="append", default=[], metavar="POS=TOKEN@PASS", help="write a token before a pass; repeatable")
    parser.add_argument("--hide", action="append", default=[], metavar="POS@PASS", help="put a mask in a word's place before a pass")
    parser.add_argument(
        "--eye", action="append", default=[], metavar="ROW,COLUMN=NOUN",
        help="change what the embedded eye saw in one of its cells, to a noun it knows or to nothing, and write all anew; repeatable",
    )  # fmt: skip
    parser.add_argument("--hold", type=int, default=1, metavar="K", help="do so before K passes; 1: a method that revises may overwrite it")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the branch as a trace")
    arguments.as_json(parser)
    parser.set_defaults(act=_whatif)


def _cascade(args: argparse.Namespace) -> int:
    import pandas as pd
    from tqdm import tqdm

    from ..analysis import cascade, cascade_part, causes, depth, lane_part
    from ..analysis.cascade import HIDDEN, RUNNER_UP, cascade_passes
    from ..analysis.tables import cascade_rows

    arguments.check_most(args)
    trace, session = open_lane(args)
    chosen = causes(trace, HIDDEN if args.hidden else RUNNER_UP, args.most)
    say_cost(cascade_passes(trace, chosen), trace)
    with tqdm(total=len(trace), unit="pass", disable=not sys.stderr.isatty()) as bar:
        found = cascade(trace, session, chosen, lambda done, passes: bar.update(1) is not False)
    print(f"{found.sentence} Longest chain: {depth(found)} links.", file=sys.stderr)
    if not args.no_save:
        store({args.trace: {**lane_part(trace), **cascade_part(found)}})
    table = pd.DataFrame(cascade_rows(found, session.backend.tokens))
    counted = [name for name in ("cause_position", "cause_pass", "position", "pass") if name in table and not args.json]
    return output.print_table(table.assign(**{name: table[name] + 1 for name in counted}), args.json)


def _whatif(args: argparse.Namespace) -> int:
    from ..analysis import changed_words, whatif

    trace, session = open_lane(args)
    branch = whatif(trace, session, [*_forced(args, session.backend), *_hidden(args, trace)], _seen(args))
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


def _seen(args: argparse.Namespace) -> list[Any]:
    from ..analysis.eye import SIDE
    from ..backends import EyeEdit

    edits = []
    for text in args.eye:
        match = SEEN.fullmatch(text)
        row, column = (int(match[1]), int(match[2])) if match else (0, 0)
        if not match or not 1 <= row <= SIDE or not 1 <= column <= SIDE:
            raise ValueError(f"--eye {text[:60]!r}, expected ROW,COLUMN=NOUN, each from 1 to {SIDE}, for instance 3,4=dog or 3,4=nothing")
        edits.append(EyeEdit((row - 1) * SIDE + column - 1, "" if match[3] == "nothing" else match[3]))
    return edits


def _from_one(text: str) -> int:
    """A position as a person types it, counted from 0."""
    if int(text) < 1:
        raise ValueError(f"position {text}, expected at least 1: positions count from 1")
    return int(text) - 1
