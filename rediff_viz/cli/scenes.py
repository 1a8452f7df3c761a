"""`scene`: a picture of the picture world, and its scene as JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from . import arguments

STYLES = ("google", "fluent", "twitter")


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("scene", help="draw a scene of the picture world")
    parser.description = (
        "Draw the scene of a seed as a PNG and write the scene itself, what is in it and where, as JSON beside it. "
        "The same seed gives the same things in the same places in every style."
    )
    arguments.examples(
        parser,
        "examples:\n"
        "  python -m rediff_viz scene --seed 7 --out scene.png                     writes scene.png and scene.json\n"
        "  python -m rediff_viz scene --seed 7 --style twitter --out held-out.png  a style that nothing was trained on\n"
        "  python -m rediff_viz scene --seed 7 --against-priors --out odd.png      things in unusual places\n"
        "  python -m rediff_viz scene --seed 7 --grain 0.2 --out dark.png          the same scene, hard to see",
    )
    parser.add_argument("--seed", type=int, required=True, metavar="N", help="number of the scene; training used those from 10000000 on")
    parser.add_argument("--style", choices=STYLES, default=STYLES[0], help="set of sprites (default google)")
    parser.add_argument("--against-priors", action="store_true", help="nothing in its usual setting or with its usual partner")
    arguments.grain(parser)
    arguments.groups(parser)
    parser.add_argument("--scale", type=int, default=1, metavar="K", help="1 to 8: draw at K x 112 px (default 1, the size models see)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the PNG file; the scene is written beside it as .json")
    parser.add_argument("--json", action="store_true", help="print the scene as JSON instead of the file name")
    parser.set_defaults(act=act)


def act(args: argparse.Namespace) -> int:
    """Draw the scene and write its JSON."""
    from ..world import render, scene_from_seed, to_dict

    if args.seed < 0:
        raise ValueError(f"seed {args.seed} is below 0")
    if args.out.suffix.lower() != ".png":
        raise ValueError(f"{args.out.name} does not end in .png")
    scene = scene_from_seed(args.seed, args.style, args.against_priors, args.grain, args.groups)
    scene_json = json.dumps(to_dict(scene), indent=1) + "\n"
    render(scene, args.scale).save(args.out)
    args.out.with_suffix(".json").write_text(scene_json, encoding="utf-8")
    print(scene_json if args.json else args.out, end="" if args.json else "\n")
    return 0
