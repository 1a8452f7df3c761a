"""`evaluate`: how good lanes are on scenes nobody trained on, and what they cost."""

from __future__ import annotations

import argparse
from typing import Any

from . import words
from .scenes import STYLES

COLUMNS = (
    "lane", "tokens_per_pass", "nfe", "seconds", "commits", "revisions", "remasks",
    "exact", "fluent", "object_f1", "attribute_accuracy", "relation_accuracy", "chair_i", "chair_s",
)  # fmt: skip


def add(commands: Any) -> None:
    """The command and its arguments."""
    parser = commands.add_parser("evaluate", help="quality and cost of lanes on scenes of the picture world")
    parser.description = (
        "Caption scenes seed, seed + 1, ... with every lane at every budget, and print one row each: means over the scenes. "
        "fluent: the caption follows the world's grammar; exact: fluent, every fact true, every group named; object_f1, "
        "attribute_accuracy (count, tint, size) and relation_accuracy as their names say; chair_i: share of named things that are "
        "not there; chair_s: share of captions naming one. seconds: wall time a caption, scenes sharing forward passes."
    )
    words.examples(
        parser,
        "examples:\n"
        "  python -m rediff_viz evaluate --lane denoise@world-plain --tokens-per-pass 1,2,4,8,16 --scenes 500\n"
        "  python -m rediff_viz evaluate --lane rediff@world-rediff:settle=0 --tokens-per-pass 8 --style twitter --json\n"
        "  python -m rediff_viz evaluate --lane denoise@world-plain --tokens-per-pass 1 --grain 0.2 --against-priors",
    )
    words.lanes(parser)
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--tokens-per-pass", type=words.numbers, default=[8], metavar="K,...", help="budgets (default 8)")
    budget.add_argument("--steps", type=words.whole_numbers, default=[], metavar="S,...", help="budgets as planned passes")
    parser.add_argument("--scenes", type=int, default=500, metavar="N", help="how many (default 500)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first scene, below 10000000 (default 0)")
    parser.add_argument("--style", choices=STYLES, default=STYLES[0], help="whose sprites; twitter is held out of training")
    parser.add_argument("--against-priors", action="store_true", help="scenes that contradict every habit of the world")
    words.grain(parser)
    parser.add_argument("--length", type=words.positions, metavar="N", help="answer positions; default: the checkpoint's card")
    parser.add_argument("--temperature", type=words.number, help="default: the checkpoint's card")
    words.as_json(parser)
    parser.set_defaults(act=act)


def act(chosen: argparse.Namespace) -> int:
    """Evaluate, and print."""
    from ..evaluate import evaluate

    rows = evaluate(
        chosen.lanes,
        chosen.tokens_per_pass,
        chosen.scenes,
        chosen.seed,
        chosen.style,
        chosen.against_priors,
        grain=chosen.grain,
        steps=chosen.steps,
        length=chosen.length,
        temperature=chosen.temperature,
        progress=True,
    )
    budget = "steps" if chosen.steps else "tokens_per_pass"
    words.print_rows(rows, chosen.json, [budget if name == "tokens_per_pass" else name for name in COLUMNS])
    return 0
