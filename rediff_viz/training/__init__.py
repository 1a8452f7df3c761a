"""How the embedded checkpoints were made: `python -m rediff_viz train --help`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from pathlib import Path

import torch

from rediff_viz.nets.writer import Writer
from rediff_viz.training import save
from rediff_viz.training.data import examples, pool
from rediff_viz.training.drafts import Expert
from rediff_viz.training.stages import Corrections, Course, Reader, eye_losses, new_eye, new_writer, run

EYE_SEEDS, WRITER_SEEDS = 10_000_000, 20_000_000  # scenes below these are left for evaluation
VARIANTS = ("plain", "rediff", "proseco")
RECIPES = {
    "cpu": {"scenes": 24_000, "eye": (3000, 64), "base": (6500, 24), "onward": (3000, 24), "captions": 8},
    "gpu": {"scenes": 100_000, "eye": (8000, 256), "base": (14_000, 128), "onward": (5000, 128), "captions": 8},
    "smoke": {"scenes": 64, "eye": (4, 8), "base": (4, 4), "onward": (4, 4), "captions": 2},
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Train the embedded captioners from nothing: an eye, a base writer, and from the base equally long continuations "
        "into plain, rediff and proseco. Interrupt at any time; the same command goes on where it stopped."
    )
    parser.add_argument("--recipe", choices=RECIPES, default="gpu" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--stage", choices=("eye", "pool", "base", *VARIANTS, "save", "all"), default="all")
    parser.add_argument("--folder", type=Path, default=Path("work/training"), help="states, loss logs and the pool")
    parser.add_argument("--models", type=Path, default=Path("models"), help="where the checkpoints are written")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that render and correct")
    parser.add_argument("--compile", action="store_true", help="torch.compile the writer; needs a C++ compiler, a third faster")
    parser.add_argument("--threads", type=int, default=0, help="torch threads; 0: as torch chooses")


def train(args: argparse.Namespace) -> None:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if args.threads:
        torch.set_num_threads(args.threads)
    recipe, folder = RECIPES[args.recipe], args.folder
    folder.mkdir(parents=True, exist_ok=True)
    wanted = ("eye", "pool", "base", *VARIANTS, "save") if args.stage == "all" else (args.stage,)
    for stage in wanted:
        began = time.monotonic()
        STAGES[stage](stage, recipe, folder, args, device)
        report = {"stage": stage, "seconds": round(time.monotonic() - began, 1), "device": str(device), "threads": torch.get_num_threads()}
        report |= {"machine": platform.processor() or platform.machine(), "torch": torch.__version__}
        with (folder / "stages.jsonl").open("a") as out:
            out.write(json.dumps(report) + "\n")


def train_eye(stage, recipe, folder, args, device) -> None:  # type: ignore[no-untyped-def]
    pictures, truth = examples(range(EYE_SEEDS, EYE_SEEDS + recipe["scenes"]), args.workers)
    course = Course(*recipe["eye"], rate=2e-3, decay=0.7)
    eye = new_eye().to(device, memory_format=torch.channels_last)
    run("eye", eye, course, eye_losses(eye, pictures, truth, course), folder)
    torch.save(eye.state_dict(), folder / "eye.pt")


def make_pool(stage, recipe, folder, args, device) -> None:  # type: ignore[no-untyped-def]
    seeds = range(WRITER_SEEDS, WRITER_SEEDS + recipe["scenes"])
    seen = pool(save.load_eye(folder, device), seeds, recipe["captions"], args.workers, device)
    parts = {name: getattr(seen, name) for name in ("grids", "captions", "nouns", "centres")}
    torch.save(parts | {"first": seeds.start, "last": seeds.stop}, folder / "pool.pt")


def prepared(writer: Writer, args: argparse.Namespace) -> Writer:
    if args.compile:
        writer.hidden, writer.remember = torch.compile(writer.hidden), torch.compile(writer.remember)  # type: ignore[method-assign]
    return writer


def train_base(stage, recipe, folder, args, device) -> None:  # type: ignore[no-untyped-def]
    writer = prepared(new_writer().to(device), args)
    course = Course(*recipe["base"], rate=2e-3, decay=0.0)  # the fall to 0 belongs to the continuations
    run("base", writer, course, Reader(writer, save.load_pool(folder), course).plain, folder)
    torch.save(writer.state_dict(), folder / "base.pt")


def train_variant(stage, recipe, folder, args, device) -> None:  # type: ignore[no-untyped-def]
    """From the base, equally many steps for every variant."""
    writer = new_writer().to(device)
    writer.load_state_dict(torch.load(folder / "base.pt", map_location=device, weights_only=True))
    prepared(writer, args)
    seen, (steps, batch) = save.load_pool(folder), recipe["onward"]
    course = Course(steps, batch, rate=2e-3, decay=1.0, seed=1 + VARIANTS.index(stage))
    reader = Corrections(writer, seen, course, Expert(args.workers), complete=stage == "proseco")
    run(stage, writer, course, {"plain": reader.plain, "rediff": reader.rediff, "proseco": reader.proseco}[stage], folder)
    torch.save(writer.state_dict(), folder / f"{stage}.pt")


def save_models(stage, recipe, folder, args, device) -> None:  # type: ignore[no-untyped-def]
    for variant in VARIANTS:
        if (folder / f"{variant}.pt").exists():
            save.checkpoint(folder, variant, args.models / f"world-{variant}")


STAGES = {"eye": train_eye, "pool": make_pool, "base": train_base, **dict.fromkeys(VARIANTS, train_variant), "save": save_models}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("rediff_viz train")
    add_arguments(parser)
    train(parser.parse_args(argv))
    return 0
