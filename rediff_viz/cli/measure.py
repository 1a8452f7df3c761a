"""`evaluate`: quality and cost of lanes on scenes that no checkpoint was trained on."""

from __future__ import annotations

import argparse
from typing import Any

from . import arguments, output
from .scenes import STYLES

COLUMNS = (
    "lane", "tokens_per_pass", "nfe", "network_rows", "seconds", "commits", "revisions", "remasks",
    "exact", "fluent", "object_f1", "attribute_accuracy", "relation_accuracy", "chair_i", "chair_s", "claims_right", "sentences_fluent",
    "wrong_to_right", "right_to_wrong", "wrong_to_wrong", "right_to_right", "change_precision", "change_recall", "change_auroc",
)  # fmt: skip


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("evaluate", help="quality and cost of lanes on scenes of the picture world")
    parser.description = (
        "Caption scenes seed, seed + 1, ... with every lane at every budget, and print one row for each: means over the scenes. "
        "fluent: the caption follows the world's grammar; exact: fluent, every fact true, every group named; object_f1: F1 of the "
        "named things; attribute_accuracy: of count, tint and size; relation_accuracy: of left, right, above, below; chair_i: share "
        "of named things that are not in the picture; chair_s: share of captions that name such a thing; claims_right: share of what a "
        "caption says that is true, what it leaves out counted against it; sentences_fluent: share of its sentences that are sentences "
        "of the grammar; `judge --help` says more of both. wrong_to_right, ...: revisions of all scenes by what they did to the claim "
        "they met; change_precision: share of the changed words that were wrong; change_recall: share of the wrong words that were "
        "changed; change_auroc: chance that a wrong word was less probable than a right one in the pass that read it. nfe: forward "
        "passes; network_rows: rows of the network that they read, two a pass under a contrast; seconds: wall time per caption, many "
        "scenes sharing a forward pass."
    )
    arguments.examples(
        parser,
        "examples:\n"
        "  python -m rediff_viz evaluate --lane denoise@world-plain --tokens-per-pass 1,2,4,8,16 --scenes 500\n"
        "  python -m rediff_viz evaluate --lane rediff@world-rediff:settle=0 --tokens-per-pass 8 --style twitter --json\n"
        "  python -m rediff_viz evaluate --lane denoise@world-plain --tokens-per-pass 1 --grain 0.2 --against-priors",
    )
    arguments.lanes(parser)
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--tokens-per-pass", type=arguments.numbers, default=[8], metavar="K,...", help="tokens per pass (default 8)")
    budget.add_argument("--steps", type=arguments.whole_numbers, default=[], metavar="S,...", help="planned passes")
    parser.add_argument("--scenes", type=int, default=500, metavar="N", help="number of scenes (default 500)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first scene, below 10000000 (default 0)")
    parser.add_argument("--style", choices=STYLES, default=STYLES[0], help="set of sprites; twitter was not trained on")
    parser.add_argument("--against-priors", action="store_true", help="nothing in its usual setting or with its usual partner")
    arguments.grain(parser)
    arguments.groups(parser)
    parser.add_argument("--prompt", default="", help="what the captions are asked for, e.g. 'in detail' (default: the checkpoint's own)")
    parser.add_argument("--length", type=arguments.positions, metavar="N", help="answer positions (default: the checkpoint's card)")
    parser.add_argument("--temperature", type=arguments.number, help="above 0, proposals are sampled (default: the checkpoint's card)")
    arguments.as_json(parser)
    parser.set_defaults(act=act)


def act(args: argparse.Namespace) -> int:
    """Evaluate, and print."""
    from ..evaluate import evaluate

    rows = evaluate(
        args.lanes,
        args.tokens_per_pass,
        args.scenes,
        args.seed,
        args.style,
        args.against_priors,
        grain=args.grain,
        groups=args.groups,
        prompt=args.prompt,
        steps=args.steps,
        length=args.length,
        temperature=args.temperature,
        progress=True,
    )
    budget = "steps" if args.steps else "tokens_per_pass"
    output.print_rows(rows, args.json, [budget if name == "tokens_per_pass" else name for name in COLUMNS])
    return 0
