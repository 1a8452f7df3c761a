"""`run`: lanes on a picture, one trace each."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from . import arguments, output

COLUMNS = ("lane", "nfe", "seconds", "commits", "revisions", "remasks", "text")


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("run", help="run lanes on a picture and save their traces")
    parser.description = (
        "Run lanes on a picture, in lock-step, and save every pass of each lane in DIR/<n>-<sampler>@<checkpoint>.trace, "
        "and the picture as DIR/picture.png. If the picture was drawn by `scene` and its .json is in the same folder, the traces "
        "include the scene, so that wrong words can be marked."
    )
    arguments.examples(
        parser,
        "examples:\n"
        "  python -m rediff_viz run scene.png --lane denoise@world-plain --lane rediff@world-rediff --steps 5 --out runs/a\n"
        "  python -m rediff_viz run scene.png --lane rediff@world-rediff:settle=4,max_revisions=3 --tokens-per-pass 8 --json --out runs/b",
    )
    formats = "PNG, JPEG, WebP, GIF, BMP or TIFF, at most 20 megapixels; none for text models"
    parser.add_argument("image", type=Path, nargs="?", metavar="IMAGE", help=formats)
    arguments.lanes(parser)
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--steps", type=int, metavar="S", help="planned passes (default: the checkpoint's card)")
    budget.add_argument("--tokens-per-pass", type=arguments.number, metavar="K", help="tokens committed per pass")
    parser.add_argument("--prompt", default="", help="for checkpoints that take a prompt")
    parser.add_argument("--length", type=arguments.positions, metavar="N", help="answer positions (default: the checkpoint's card)")
    parser.add_argument("--block", type=int, metavar="B", help="block length (default: the checkpoint's card, or one block)")
    parser.add_argument("--temperature", type=arguments.number, help="above 0, proposals are sampled (default: the checkpoint's card)")
    parser.add_argument("--seed", type=int, default=0, help="random seed; the same seed gives the same trace (default 0)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write the run to")
    arguments.as_json(parser)
    parser.set_defaults(act=act)


def act(args: argparse.Namespace) -> int:
    """Run the lanes, save the run, print a table."""
    from ..backends import find_card
    from ..events import summary
    from ..images import open_picture
    from ..run import compare, parse_lane
    from ..saved_run import SavedRun, replacing, save_run

    lanes = [parse_lane(lane) for lane in args.lanes]
    needs_picture = [lane.checkpoint for lane in lanes if find_card(lane.checkpoint).takes_picture]
    if args.image is None and needs_picture:
        raise ValueError(f"{needs_picture[0]} describes a picture, and none is given")
    if args.image is not None and not args.image.is_file():
        raise ValueError(f"there is no picture {args.image}")
    picture = None if args.image is None else open_picture(args.image)
    scene = None if args.image is None else scene_beside(args.image, picture)
    named = {"steps": args.steps, "tokens_per_pass": args.tokens_per_pass, "block": args.block}
    title = args.out.name if args.image is None else args.image.name
    with replacing(args.out) as folder:
        with output.loading_progress():
            traces = compare(
                lanes, picture, prompt=args.prompt, scene=scene, length=args.length, temperature=args.temperature,
                seed=args.seed, **named,
            )  # fmt: skip
        save_run(folder, SavedRun(args.out.name, tuple(traces), picture, {"title": title}))
    rows = [summary(trace) | {"tokens_per_pass": per_pass(trace)} for trace in traces]
    output.print_rows([{name: row[name] for name in ("lane", "tokens_per_pass", *COLUMNS[1:])} for row in rows], args.json, COLUMNS)
    return 0


def per_pass(trace: Any) -> float:
    """The plan's budget as tokens per pass, also where it was given as steps."""
    plan = trace.head.plan
    tokens: float = plan["tokens_per_pass"] or plan["length"] / plan["steps"]
    return tokens


def scene_beside(image: Path, picture: Any) -> dict[str, Any] | None:
    """The scene in the JSON file beside a picture, if drawing it gives exactly this picture; None otherwise."""
    from ..trace.stored import read_json
    from ..world import CANVAS, from_dict, render, to_dict

    file = image.with_suffix(".json")
    if not file.is_file():
        return None
    try:
        scene = from_dict(read_json(file.read_text("utf-8")))
    except ValueError:  # another kind of JSON file
        return None
    drawn = render(scene, min(8, max(1, picture.width // CANVAS)))
    return to_dict(scene) if drawn.size == picture.size and drawn.tobytes() == picture.tobytes() else None
