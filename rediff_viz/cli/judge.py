"""`judge`: a text as claims about a scene of the picture world, each right or wrong, and its faults of grammar."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from . import arguments, output
from .scenes import STYLES

PROMPTS = ("briefly", "in detail")


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("judge", help="judge a text about a scene of the picture world, claim by claim")
    parser.description = (
        "Read a text as claims about a scene (setting, thing, count, tint, size, relation, total), each right, wrong or unjudged, and "
        "find its faults of grammar (article, agreement, phrase). Unjudged is a relation of two things that stand diagonally, and what "
        "cannot be read. The words of the text stand between blanks, full stops too; <mask> is an open word, <eot> ends the text. "
        "Positions count from 1 in the table and from 0 in JSON."
    )
    arguments.examples(
        parser,
        "examples:\n"
        '  python -m rediff_viz judge --scene 0 "an apple sits left of two stars . they are in a room ."\n'
        '  python -m rediff_viz judge --scene 1 "there are two blue camels on a beach . a cactus are below the camels ." --json\n'
        '  python -m rediff_viz judge --scene 0 --groups 4 "there is a frog under the sea ."        a scene of four groups\n\n'
        "--json prints an object: `claims` (list of kind, text, verdict, positions), `grammar` (list of kind, positions) and\n"
        "`marked`, the positions of all words marked wrong; positions count from 0 among the words of TEXT.",
    )
    parser.add_argument("text", metavar="TEXT", help="the text, its words and full stops between blanks; in quotes")
    parser.add_argument("--scene", type=int, required=True, metavar="N", help="number of the scene, as in `scene --seed N`")
    arguments.groups(parser)
    parser.add_argument("--style", choices=STYLES, default=STYLES[0], help="set of sprites (default google); changes no judgement")
    parser.add_argument("--against-priors", action="store_true", help="nothing in its usual setting or with its usual partner")
    parser.add_argument(
        "--prompt", choices=PROMPTS, help="whose captions the nearest true one is sought among (default: the nearest of all)"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object instead")
    parser.set_defaults(act=act)


def act(args: argparse.Namespace) -> int:
    """Judge, and print."""
    from ..world import judge, nearest_in_edits, scene_from_seed

    if args.scene < 0:
        raise ValueError(f"scene {args.scene} is below 0")
    scene = scene_from_seed(args.scene, args.style, args.against_priors, groups=args.groups)
    if args.prompt == PROMPTS[0] and len(scene.groups) > 3:
        raise ValueError("a scene of four groups has no captions of the prompt 'briefly', expected 'in detail'")
    words = tuple(args.text.lower().split())
    judgement = judge(words, scene)
    if args.json:
        claims = [{"kind": c.kind, "text": c.text, "verdict": c.verdict, "positions": list(c.positions)} for c in judgement.claims]
        grammar = [{"kind": fault.kind, "positions": list(fault.positions)} for fault in judgement.grammar]
        print(json.dumps({"claims": claims, "grammar": grammar, "marked": list(judgement.marked)}, indent=1, ensure_ascii=False))
        return 0
    rows = [{"verdict": c.verdict, "kind": c.kind, "words": _places(c.positions), "says": c.text} for c in judgement.claims]
    rows += [
        {"verdict": "fault", "kind": f.kind, "words": _places(f.positions), "says": _text(words, f.positions)} for f in judgement.grammar
    ]
    if rows:
        output.print_rows(rows, json_wanted=False)
    else:
        print("The text claims nothing.")
    marked = " ".join(f"[{word}]" if k in judgement.marked else word for k, word in enumerate(words))
    print(f"\nMarked:  {marked if judgement.marked else 'no word'}")
    print(f"Nearest: {' '.join(nearest_in_edits(words, scene, args.prompt))}")
    return 0


def _places(positions: Sequence[int]) -> str:
    """Positions as people count them."""
    return ", ".join(str(position + 1) for position in positions)


def _text(words: Sequence[str], positions: Sequence[int]) -> str:
    return " ".join(words[k] for k in positions)
