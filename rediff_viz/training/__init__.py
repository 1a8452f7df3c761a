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

from rediff_viz.backends.world_weights import HEAD, HEAD_WITHOUT_FCA, WEIGHTS, load_weights
from rediff_viz.nets.eye import Eye
from rediff_viz.nets.writer import Writer
from rediff_viz.training import save
from rediff_viz.training.batches import CorrectionBatches, PoolBatches
from rediff_viz.training.correction_head import HeadBatches, new_head
from rediff_viz.training.data import examples, pool
from rediff_viz.training.drafts import Expert
from rediff_viz.training.stages import Schedule, eye_losses, new_eye, new_writer, train_stage
from rediff_viz.world.sampling import TRAINING_SEEDS

EYE_SEEDS, WRITER_SEEDS = TRAINING_SEEDS, 2 * TRAINING_SEEDS  # first scene seed of each
VARIANTS = ("plain", "rediff", "proseco")
STAGES = ("eye", "pool", "base", *VARIANTS, "save", "dsc")
BASE = "world-base"  # not shipped: what every variant goes on from


@dataclass(frozen=True)
class Recipe:
    """The amount of data and the schedule of every stage. Batches count pictures; a writer reads 4 canvases of each and prompt."""

    scenes: int  # for the eye, and as many other scenes for the writers
    eye: Schedule | None  # None: the eye and the writer's first state come from a shipped checkpoint
    base: Schedule
    onward: Schedule  # each of VARIANTS
    head: Schedule  # the correction head
    captions: int = 8  # true captions per scene and prompt


HEAD_SCHEDULE = Schedule(800, 24, rate=1e-3)
RECIPES = {
    "cpu": Recipe(16_000, None, Schedule(4000, 24, rate=1.5e-3, decay=0.0), Schedule(1600, 12, rate=1e-3, cycles=2), HEAD_SCHEDULE),
    "gpu": Recipe(100_000, Schedule(8000, 256, decay=0.7), Schedule(14_000, 96, decay=0.0), Schedule(7000, 96), HEAD_SCHEDULE),
    "smoke": Recipe(64, Schedule(4, 8), Schedule(4, 4, decay=0.0), Schedule(4, 4), Schedule(4, 4), captions=2),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command `train`."""
    parser.description = (
        "Train the embedded captioners: the vision encoder (eye), a base text model (writer), and from that base the three variants "
        "plain, rediff and proseco with the same number of steps; at last, on the saved plain one, which stays as it is, a correction head "
        "(stage dsc, alone if you like: half an hour on one core). The recipe cpu begins with the shipped weights, gpu and smoke from "
        "nothing. It can be interrupted at any time; the same command resumes from the last saved state."
    )
    parser.add_argument("--recipe", choices=RECIPES, default="gpu" if torch.cuda.is_available() else "cpu", help="amount of training")
    parser.add_argument("--stage", choices=(*STAGES, "all"), default="all", help="run one stage only (default all)")
    parser.add_argument("--folder", type=Path, default=Path("work/training"), help="training states, loss logs, encoded pictures")
    parser.add_argument("--models", type=Path, default=Path("models"), help="where the checkpoints are written")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes for rendering and for correcting drafts")
    parser.add_argument("--without-fca", action="store_true", help="stage dsc: a head for comparison, trained on the bare drafts")
    parser.add_argument("--compile", action="store_true", help="torch.compile the writer: needs a C++ compiler, about a third faster")
    parser.add_argument("--threads", type=int, default=0, help="torch threads; 0: torch's default")


def train(args: argparse.Namespace) -> None:
    """Run the chosen stages in order; each adds a line to stages.jsonl when it is done."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if args.threads:
        torch.set_num_threads(args.threads)
    args.folder.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(RECIPES[args.recipe], args.folder, args.models, args.workers, args.compile, args.without_fca, device)
    for stage in STAGES if args.stage == "all" else (args.stage,):
        began = time.monotonic()
        trainer.run(stage)
        report = {"stage": stage, "seconds": round(time.monotonic() - began, 1), "device": str(device), "threads": torch.get_num_threads()}
        report |= {"machine": platform.processor() or platform.machine(), "torch": torch.__version__}
        with (args.folder / "stages.jsonl").open("a") as out:
            out.write(json.dumps(report) + "\n")


@dataclass(frozen=True)
class Trainer:
    """Runs the stages of a recipe: where their files are, and on what they run."""

    recipe: Recipe
    folder: Path
    models: Path
    workers: int
    compiled: bool
    without_fca: bool
    device: torch.device

    def run(self, stage: str) -> None:
        """Run one stage, from the files that the earlier ones wrote."""
        match stage:
            case "eye":
                self.eye()
            case "pool":
                self.pool(save.load_eye(self.folder, self.device))
            case "base":
                self.base()
            case "save":
                for variant in VARIANTS:
                    save.checkpoint(self.folder, variant, self.models / f"world-{variant}")
            case "dsc":
                self.correction_head()
            case _:
                self.variant(stage)

    def eye(self) -> None:
        """Train the eye, on its own scenes; or take it, and the writer's first state, from the shipped weights."""
        if self.recipe.eye is None:
            save.start(self.models / "world-plain", self.folder, "start")
            return
        pictures, truth = examples(range(EYE_SEEDS, EYE_SEEDS + self.recipe.scenes), self.workers)
        eye: Eye = new_eye().to(self.device)
        eye.convolutions.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        train_stage("eye", eye, self.recipe.eye, eye_losses(eye, pictures, truth, self.recipe.eye), self.folder)
        torch.save(eye.state_dict(), self.folder / "eye.pt")

    def pool(self, eye: Eye) -> None:
        """Write the pool: a trained eye's grids of scenes that it was not trained on, with true captions."""
        seeds = range(WRITER_SEEDS, WRITER_SEEDS + self.recipe.scenes)
        save.save_pool(pool(eye, seeds, self.recipe.captions, self.workers, self.device), self.folder)

    def base(self) -> None:
        """Train what every variant goes on from; a finished one that lies in the models folder is taken as it is."""
        if self.recipe.eye is None and (self.models / BASE / "model.safetensors").is_file():
            save.start(self.models / BASE, self.folder, "base")
            return
        writer = self.compile(self.writer("start" if self.recipe.eye is None else None))
        batches = PoolBatches(writer, save.load_pool(self.folder), self.recipe.base)
        train_stage("base", writer, self.recipe.base, batches.plain, self.folder)
        torch.save(writer.state_dict(), self.folder / "base.pt")
        save.checkpoint(self.folder, "base", self.models / BASE)

    def variant(self, name: str) -> None:
        """Train a variant from the base; every variant takes the same number of steps."""
        writer = self.writer("base")
        schedule = self.recipe.onward.seeded(1 + VARIANTS.index(name))
        batches = CorrectionBatches(
            self.compile(writer), save.load_pool(self.folder), schedule, Expert(self.workers), complete=name == "proseco"
        )
        train_stage(
            name, writer, schedule, {"plain": batches.plain, "rediff": batches.rediff, "proseco": batches.proseco}[name], self.folder
        )
        torch.save(writer.state_dict(), self.folder / f"{name}.pt")

    def correction_head(self) -> None:
        """Train a correction head on the saved plain checkpoint, frozen, and save it as the checkpoint world-dsc.

        Needs no other stage: where there is no pool yet, it is made with the checkpoint's own eye.
        """
        plain = self.models / "world-plain"
        base_sha256, (eye, writer) = save.sha256(plain / WEIGHTS), load_weights(plain)
        if not (self.folder / "pool.pt").is_file():
            self.pool(eye)
        head, recipe = new_head(writer).to(self.device), self.recipe.head
        expert, reveals = Expert(self.workers), not self.without_fca
        batches = HeadBatches(writer.to(self.device), head, save.load_pool(self.folder), recipe, expert, reveals)
        file = HEAD if reveals else HEAD_WITHOUT_FCA
        train_stage(f"dsc-{file.partition('.')[0]}-{base_sha256[:8]}", head, recipe, batches.errors, self.folder)
        save.correction_head(head, base_sha256, self.models / "world-dsc" / file)

    def writer(self, state: str | None) -> Writer:
        """A writer as an earlier stage left it, or a new one."""
        writer: Writer = new_writer()
        if state:
            writer.load_state_dict(torch.load(self.folder / f"{state}.pt", map_location="cpu", weights_only=True))
        return writer.to(self.device)

    def compile(self, writer: Writer) -> Writer:
        """The writer, its two parts compiled if --compile is set."""
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
