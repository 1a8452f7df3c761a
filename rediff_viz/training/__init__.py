"""How the embedded checkpoints were made: `python -m rediff_viz train --help`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from rediff_viz.nets.eye import Eye
from rediff_viz.nets.writer import Writer
from rediff_viz.training import save
from rediff_viz.training.data import examples, pool
from rediff_viz.training.drafts import Expert
from rediff_viz.training.stages import Corrections, Course, Reader, eye_losses, new_eye, new_writer, run

EYE_SEEDS, WRITER_SEEDS = 10_000_000, 20_000_000  # scenes below these are left for evaluation
VARIANTS = ("plain", "rediff", "proseco")
STAGES = ("eye", "pool", "base", *VARIANTS, "save")


@dataclass(frozen=True)
class Recipe:
    """How much of everything. Batches count pictures; a writer reads 4 canvases of each."""

    scenes: int  # for the eye, and as many others for the writers
    eye: Course
    base: Course
    onward: Course  # each of VARIANTS
    captions: int = 8  # true captions of a scene


RECIPES = {
    "cpu": Recipe(24_000, Course(3000, 64, decay=0.7), Course(3500, 24, decay=0.0), Course(3200, 24)),
    "gpu": Recipe(100_000, Course(8000, 256, decay=0.7), Course(14_000, 128, decay=0.0), Course(7000, 128)),
    "smoke": Recipe(64, Course(4, 8), Course(4, 4, decay=0.0), Course(4, 4), captions=2),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.description = (
        "Train the embedded captioners from nothing: an eye, a base writer, and from the base equally long continuations "
        "into plain, rediff and proseco. Interrupt at any time; the same command goes on where it stopped."
    )
    parser.add_argument("--recipe", choices=RECIPES, default="gpu" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--stage", choices=(*STAGES, "all"), default="all")
    parser.add_argument("--folder", type=Path, default=Path("work/training"), help="states, loss logs and the pool")
    parser.add_argument("--models", type=Path, default=Path("models"), help="where the checkpoints are written")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that render and correct")
    parser.add_argument("--compile", action="store_true", help="torch.compile the writer; needs a C++ compiler, a third faster")
    parser.add_argument("--threads", type=int, default=0, help="torch threads; 0: as torch chooses")


def train(args: argparse.Namespace) -> None:
    """The wanted stages in order, each with a line in stages.jsonl when it is done."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if args.threads:
        torch.set_num_threads(args.threads)
    args.folder.mkdir(parents=True, exist_ok=True)
    school = School(RECIPES[args.recipe], args.folder, args.models, args.workers, args.compile, device)
    for stage in STAGES if args.stage == "all" else (args.stage,):
        began = time.monotonic()
        school.teach(stage)
        report = {"stage": stage, "seconds": round(time.monotonic() - began, 1), "device": str(device), "threads": torch.get_num_threads()}
        report |= {"machine": platform.processor() or platform.machine(), "torch": torch.__version__}
        with (args.folder / "stages.jsonl").open("a") as out:
            out.write(json.dumps(report) + "\n")


@dataclass(frozen=True)
class School:
    """Where and how the stages run."""

    recipe: Recipe
    folder: Path
    models: Path
    workers: int
    compiled: bool
    device: torch.device

    def teach(self, stage: str) -> None:
        """One stage, from what the earlier ones left in the folder."""
        match stage:
            case "eye":
                self.eye()
            case "pool":
                self.pool()
            case "base":
                writer = self.compile(new_writer().to(self.device))
                reader = Reader(writer, save.load_pool(self.folder), self.recipe.base)
                run("base", writer, self.recipe.base, reader.plain, self.folder)
                torch.save(writer.state_dict(), self.folder / "base.pt")
            case "save":
                for variant in VARIANTS:
                    save.checkpoint(self.folder, variant, self.models / f"world-{variant}")
            case _:
                self.variant(stage)

    def eye(self) -> None:
        """The eye alone, on scenes of its own."""
        pictures, truth = examples(range(EYE_SEEDS, EYE_SEEDS + self.recipe.scenes), self.workers)
        eye: Eye = new_eye().to(self.device)
        eye.convolutions.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        run("eye", eye, self.recipe.eye, eye_losses(eye, pictures, truth, self.recipe.eye), self.folder)
        torch.save(eye.state_dict(), self.folder / "eye.pt")

    def pool(self) -> None:
        """What the trained eye sees in scenes it never saw, with true captions."""
        seeds = range(WRITER_SEEDS, WRITER_SEEDS + self.recipe.scenes)
        save.keep_pool(pool(save.load_eye(self.folder, self.device), seeds, self.recipe.captions, self.workers, self.device), self.folder)

    def variant(self, name: str) -> None:
        """From the base, equally many steps for every variant."""
        writer: Writer = new_writer().to(self.device)
        writer.load_state_dict(torch.load(self.folder / "base.pt", map_location=self.device, weights_only=True))
        course = self.recipe.onward.seeded(1 + VARIANTS.index(name))
        reader = Corrections(self.compile(writer), save.load_pool(self.folder), course, Expert(self.workers), complete=name == "proseco")
        run(name, writer, course, {"plain": reader.plain, "rediff": reader.rediff, "proseco": reader.proseco}[name], self.folder)
        torch.save(writer.state_dict(), self.folder / f"{name}.pt")

    def compile(self, writer: Writer) -> Writer:
        """The writer, its two halves compiled where asked for."""
        if self.compiled:
            writer.hidden = torch.compile(writer.hidden, dynamic=False)  # type: ignore[method-assign]
            writer.encode_picture = torch.compile(writer.encode_picture, dynamic=False)  # type: ignore[method-assign]
        return writer


def main(argv: list[str] | None = None) -> int:
    """The command `train`."""
    parser = argparse.ArgumentParser("rediff_viz train")
    add_arguments(parser)
    train(parser.parse_args(argv))
    return 0
