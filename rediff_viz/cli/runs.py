"""`run`: lanes on a picture, one trace each."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from . import words

COLUMNS = ("lane", "nfe", "seconds", "commits", "revisions", "remasks", "text")


def add(commands: Any) -> None:
    """The command and its arguments."""
    parser = commands.add_parser("run", help="run lanes on a picture and keep their traces")
    parser.description = (
        "Run lanes on a picture, in lock-step, and keep every pass of each in DIR/<n>-<sampler>@<checkpoint>.trace, "
        "with the picture as DIR/picture.png beside them. A picture drawn by `scene`, with its truth beside it, keeps that truth."
    )
    words.examples(
        parser,
        "examples:\n"
        "  python -m rediff_viz run scene.png --lane denoise@world-plain --lane rediff@world-rediff --steps 5 --out runs/a\n"
        "  python -m rediff_viz run scene.png --lane rediff@world-rediff:settle=4,most=3 --tokens-per-pass 8 --json --out runs/b",
    )
    formats = "PNG, JPEG, WebP, GIF, BMP or TIFF, at most 20 megapixels; none for text models"
    parser.add_argument("image", type=Path, nargs="?", metavar="IMAGE", help=formats)
    words.lanes(parser)
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--steps", type=int, metavar="S", help="planned passes; default: the checkpoint's card")
    budget.add_argument("--tokens-per-pass", type=words.number, metavar="K", help="tokens committed in a pass")
    parser.add_argument("--prompt", default="", help="where the checkpoint takes one")
    parser.add_argument("--length", type=words.positions, metavar="N", help="answer positions; default: the checkpoint's card")
    parser.add_argument("--block", type=int, metavar="B", help="block length; default: one block, or the card's")
    parser.add_argument("--temperature", type=words.number, help="above 0, proposals are drawn; default: the card's")
    parser.add_argument("--seed", type=int, default=0, help="of every draw; same seed, same trace (default 0)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    words.as_json(parser)
    parser.set_defaults(act=act)


def act(chosen: argparse.Namespace) -> int:
    """Run, save, tell."""
    from ..backends import find_card
    from ..events import summary
    from ..images import open_picture
    from ..run import compare, parse_lane
    from ..saved_run import SavedRun

    lanes = [parse_lane(lane) for lane in chosen.lanes]
    seeing = [lane.checkpoint for lane in lanes if find_card(lane.checkpoint).takes_picture]
    if chosen.image is None and seeing:
        raise ValueError(f"{seeing[0]} describes a picture, and none is given")
    if chosen.image is not None and not chosen.image.is_file():
        raise ValueError(f"there is no picture {chosen.image}")
    picture = None if chosen.image is None else open_picture(chosen.image)
    scene = None if chosen.image is None else truth_beside(chosen.image, picture)
    named = {"steps": chosen.steps, "tokens_per_pass": chosen.tokens_per_pass, "block": chosen.block}
    with words.told_while_loading():
        traces = compare(
            lanes, picture, prompt=chosen.prompt, scene=scene, length=chosen.length, temperature=chosen.temperature,
            seed=chosen.seed, **named,
        )  # fmt: skip
    title = chosen.out.name if chosen.image is None else chosen.image.name
    save(chosen.out, SavedRun(chosen.out.name, tuple(traces), picture, {"title": title}))
    rows = [summary(trace) | {"tokens_per_pass": per_pass(trace)} for trace in traces]
    words.print_rows([{name: row[name] for name in ("lane", "tokens_per_pass", *COLUMNS[1:])} for row in rows], chosen.json, COLUMNS)
    return 0


def per_pass(trace: Any) -> float:
    """The plan's budget in tokens per pass, whichever way it was given."""
    plan = trace.head.plan
    return plan["tokens_per_pass"] or plan["length"] / plan["steps"]


def save(folder: Path, run: Any) -> None:
    """Write the run's folder; the traces of the run that lay there go, so that what lies there is one run."""
    import json

    from ..saved_run import load_run, save_run

    if (folder / "run.json").is_file():
        load_run(folder)  # raises when it is no run of ours: leave it as it is
        for name in json.loads((folder / "run.json").read_text("utf-8"))["traces"]:
            (folder / name).unlink()
        (folder / "picture.png").unlink(missing_ok=True)
    save_run(folder, run)


def truth_beside(image: Path, picture: Any) -> dict[str, Any] | None:
    """The scene told in the JSON beside a picture, if drawing it gives this very picture; None otherwise."""
    import json

    from ..world import CANVAS, from_dict, render, to_dict

    told = image.with_suffix(".json")
    if not told.is_file():
        return None
    try:
        scene = from_dict(json.loads(told.read_text("utf-8")))
    except ValueError:  # some other JSON file: it is not ours to judge
        return None
    drawn = render(scene, min(8, max(1, picture.width // CANVAS)))
    return to_dict(scene) if drawn.size == picture.size and drawn.tobytes() == picture.tobytes() else None
