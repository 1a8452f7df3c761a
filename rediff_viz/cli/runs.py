"""`run`: lanes on a picture, one trace each."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import arguments, output

if TYPE_CHECKING:
    from .run_folder import RunFolder
    from .run_request import RunRequest
    from .stopping import Stop

COLUMNS = ("lane", "nfe", "seconds", "commits", "revisions", "remasks", "text")


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("run", help="run lanes on a picture and save their traces")
    parser.description = (
        "Run lanes on a picture, in lock-step, and save every pass of each lane in DIR/<n>-<sampler>@<checkpoint>.trace, "
        "and the picture as DIR/picture.png. If the picture was drawn by `scene` and its .json is in the same folder, the traces "
        "include the scene, so that wrong words can be marked. Until every lane has ended the run lies in DIR.partial, beside DIR: "
        "a lane's trace is saved there when the lane ends, and a run that was in DIR before stays whole. Ctrl-C stops after the "
        "pass under way and keeps the passes so far, in DIR if it held no run, else in DIR.partial. "
        "After that, or after a crash, --resume DIR runs the lanes that had not ended; the others are kept."
    )
    arguments.examples(
        parser,
        "examples:\n"
        "  python -m rediff_viz run scene.png --lane denoise@world-plain --lane rediff@world-rediff --steps 5 --out runs/a\n"
        "  python -m rediff_viz run scene.png --lane rediff@world-rediff:settle=4,max_revisions=3 --tokens-per-pass 8 --json --out runs/b\n"
        "  python -m rediff_viz run --resume runs/a          goes on with a run that was stopped, killed or out of disk\n\n"
        "exit code: 0 when every lane has ended, 130 or 143 after SIGINT or SIGTERM, 2 with one sentence for bad input",
    )
    formats = "PNG, JPEG, WebP, GIF, BMP or TIFF, at most 20 megapixels; none for text models"
    parser.add_argument("image", type=Path, nargs="?", metavar="IMAGE", help=formats)
    arguments.lanes(parser, required=False)
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--steps", type=int, metavar="S", help="planned passes (default: the checkpoint's card)")
    budget.add_argument("--tokens-per-pass", type=arguments.number, metavar="K", help="tokens committed per pass")
    parser.add_argument("--prompt", help="for checkpoints that take a prompt")
    parser.add_argument("--length", type=arguments.positions, metavar="N", help="answer positions (default: the checkpoint's card)")
    parser.add_argument("--block", type=int, metavar="B", help="block length (default: the checkpoint's card, or one block)")
    parser.add_argument("--temperature", type=arguments.number, help="above 0, proposals are sampled (default: the checkpoint's card)")
    parser.add_argument("--seed", type=int, help="random seed; the same seed gives the same trace (default 0)")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--out", type=Path, metavar="DIR", help="folder to write the run to")
    place.add_argument(
        "--resume", type=Path, metavar="DIR", help="go on with the run to DIR; other options, if given, must be as they were"
    )
    arguments.as_json(parser)
    parser.set_defaults(act=act)


def act(args: argparse.Namespace) -> int:
    """Run the lanes, save the run, print a table; after a signal, keep the passes so far and say where."""
    from ..events import summary
    from .places import shown
    from .run_folder import new_run, resumed_run
    from .stopping import stop_signals

    given, picture = asked(args)
    place = resumed_run(args.resume, given) if args.resume else new_run(args.out, request_of(args, given, picture), picture)
    with stop_signals() as stop, place as work:
        where = run_lanes(work, stop)
    if where is not None:
        held = "" if where == work.folder else f", because {shown(work.folder)} holds an earlier run"
        way_on = f"go on with: run --resume {shown(work.folder)}"
        print(f"rediff_viz: stopped by {stop.signal_name}; the passes so far are in {shown(where)}{held}; {way_on}", file=sys.stderr)
        return stop.exit_code
    traces = [work.traces[lane] for lane in sorted(work.traces)]
    rows = [summary(trace) | {"tokens_per_pass": per_pass(trace)} for trace in traces]
    output.print_rows([{name: row[name] for name in ("lane", "tokens_per_pass", *COLUMNS[1:])} for row in rows], args.json, COLUMNS)
    return 0


def run_lanes(work: RunFolder, stop: Stop) -> Path | None:
    """Run the lanes that are missing, each saved when it ends; None, or after a signal where the passes so far are."""
    from ..run import Recording, jobs, loop
    from .run_folder import STOPPED

    missing = work.missing
    with output.loading_progress():
        opened = jobs([work.request.lanes[lane] for lane in missing], work.picture, **work.request.plan())
    recording = Recording(opened)
    stop.gentle = True
    for tick in loop(opened):
        recording.add(tick)
        for lane in tick.ended:
            work.keep(missing[lane], recording.trace(lane))
        if stop and not recording.complete:
            return work.stop(
                {missing[lane]: recording.trace(lane, STOPPED) for lane in range(len(opened)) if lane not in recording.endings}
            )
    work.finish()
    return None


def asked(args: argparse.Namespace) -> tuple[dict[str, Any], Any]:
    """The options that were given, by field of RunRequest, and the picture."""
    from ..images import open_picture
    from ..run import parse_lane
    from ..run.recording import picture_facts

    names = ("prompt", "steps", "tokens_per_pass", "length", "block", "temperature", "seed")
    given: dict[str, Any] = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if args.lanes:
        given["lanes"] = tuple(str(parse_lane(lane)) for lane in args.lanes)
    if args.image is None:
        return given, None
    if not args.image.is_file():
        raise ValueError(f"there is no picture {args.image}")
    picture = open_picture(args.image)
    return given | {"picture": picture_facts(picture)}, picture


def request_of(args: argparse.Namespace, given: dict[str, Any], picture: Any) -> RunRequest:
    """A new run's request. Raises ValueError where a lane needs a picture and none is given."""
    from ..backends import find_card
    from ..run import parse_lane
    from .run_request import RunRequest

    checkpoints = [parse_lane(lane).checkpoint for lane in given.get("lanes", ())]
    needs_picture = [checkpoint for checkpoint in checkpoints if find_card(checkpoint).takes_picture]
    if picture is None and needs_picture:
        raise ValueError(f"{needs_picture[0]} describes a picture, and none is given")
    scene = None if picture is None else scene_beside(args.image, picture)
    title = args.out.name if picture is None else args.image.name
    return RunRequest(**{"lanes": (), **given, "scene": scene, "title": title})


def per_pass(trace: Any) -> float:
    """The plan's budget as tokens per pass, also where it was given as steps."""
    plan = trace.head.plan
    tokens: float = plan["tokens_per_pass"] or plan["length"] / plan["steps"]
    return tokens


def scene_beside(image: Path, picture: Any) -> dict[str, Any] | None:
    """The scene in the JSON file beside a picture, if drawing it gives exactly this picture; None otherwise."""
    from ..trace.stored import read_json
    from .run_request import scene_of

    file = image.with_suffix(".json")
    try:
        stored = read_json(file.read_text("utf-8")) if file.is_file() else None
    except ValueError:  # another kind of JSON file
        return None
    return scene_of(stored, picture)
