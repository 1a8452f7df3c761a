"""`scene`: a picture of the picture world, and its truth."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from . import words

STYLES = ("google", "fluent", "twitter")


def add(commands: Any) -> None:
    """The command and its arguments."""
    parser = commands.add_parser("scene", help="draw a scene of the picture world, with its truth as JSON beside it")
    parser.description = "Draw the scene of a seed: the same seed gives the same things in the same places in every style."
    words.examples(
        parser,
        "examples:\n"
        "  python -m rediff_viz scene --seed 7 --out scene.png                     writes scene.png and scene.json\n"
        "  python -m rediff_viz scene --seed 7 --style twitter --out held-out.png  a style nothing was trained on\n"
        "  python -m rediff_viz scene --seed 7 --against-priors --out odd.png      nothing where one would expect it\n"
        "  python -m rediff_viz scene --seed 7 --grain 0.2 --out dark.png          the same scene, hard to see",
    )
    parser.add_argument("--seed", type=int, required=True, metavar="N", help="which scene; from 10000000 on they were trained on")
    parser.add_argument("--style", choices=STYLES, default=STYLES[0], help="whose sprites (default google)")
    parser.add_argument("--against-priors", action="store_true", help="contradict every habit of the world")
    words.grain(parser)
    parser.add_argument("--scale", type=int, default=1, metavar="K", help="1 to 8: drawn at K x 112 px (default 1, what a model sees)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the PNG; the truth goes beside it as .json")
    parser.add_argument("--json", action="store_true", help="print the truth on stdout too")
    parser.set_defaults(act=act)


def act(chosen: argparse.Namespace) -> int:
    """Draw, and tell the truth."""
    from ..world import render, scene_from_seed, to_dict

    if chosen.seed < 0:
        raise ValueError(f"seed {chosen.seed} is below 0")
    if chosen.out.suffix.lower() != ".png":
        raise ValueError(f"{chosen.out.name} does not end in .png")
    scene = scene_from_seed(chosen.seed, chosen.style, chosen.against_priors, chosen.grain)
    truth = json.dumps(to_dict(scene), indent=1) + "\n"
    render(scene, chosen.scale).save(chosen.out)
    chosen.out.with_suffix(".json").write_text(truth, encoding="utf-8")
    print(truth if chosen.json else chosen.out, end="" if chosen.json else "\n")
    return 0
