"""The stages: eye, base, and from the base the variants plain, rediff and proseco with equally many steps.

Every stage is seeded, writes a loss log and can be resumed from its last state.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from rediff_viz.nets.eye import Eye
from rediff_viz.nets.writer import PictureCache, Writer, repeat
from rediff_viz.training import drafts, losses
from rediff_viz.training.data import CONCEPTS, Pool, augment, to_pixels
from rediff_viz.training.losses import Batch
from rediff_viz.world.vocabulary import LENGTH, MASK_ID, VOCABULARY

Losses = dict[str, Tensor]


@dataclass(frozen=True)
class Schedule:
    """Steps, batch size and learning rate of a stage."""

    steps: int
    batch: int  # pictures a step
    rate: float = 2e-3  # peak learning rate
    warmup: int = 100
    decay: float = 1.0  # share of the steps, at the end, over which the rate falls to 0
    seed: int = 0

    def rate_at(self, step: int) -> float:
        left = (self.steps - step) / max(1.0, self.steps * self.decay)
        return self.rate * min(1.0, (step + 1) / self.warmup, left if self.decay else 1.0)

    def seeded(self, seed: int) -> Schedule:
        return replace(self, seed=seed)


def optimisers(net: nn.Module) -> list[torch.optim.Optimizer]:
    """Muon (orthogonalised momentum) for the matrices inside the blocks, AdamW for everything else."""
    inner = [p for name, p in net.named_parameters() if "blocks." in name and p.ndim == 2]
    chosen = {id(p) for p in inner}
    outer = [p for p in net.parameters() if id(p) not in chosen]
    return [
        torch.optim.Muon(inner, lr=1e-3, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(outer, lr=1e-3, weight_decay=0.02, betas=(0.9, 0.98)),
    ]


def train_stage(name: str, net: nn.Module, schedule: Schedule, loss_at: Callable[[int, torch.Generator], Losses], folder: Path) -> None:
    """Trains `net` in place. `loss_at(step, generator)` gives named losses, summed. Resumes from folder/name.state.pt"""
    device = next(net.parameters()).device
    state, log = folder / f"{name}.state.pt", folder / f"{name}.log.jsonl"
    optimizers, first, spent = optimisers(net), 0, 0.0
    if state.exists():
        saved = torch.load(state, map_location=device, weights_only=True)
        net.load_state_dict(saved["net"])
        for optimizer, past in zip(optimizers, saved["steppers"], strict=True):
            optimizer.load_state_dict(past)
        first, spent = saved["step"], saved["seconds"]
    net.train()
    began = time.monotonic() - spent
    sums: dict[str, float] = {}
    bar = tqdm(range(first, schedule.steps), desc=name, initial=first, total=schedule.steps, mininterval=5)
    for step in bar:
        generator = torch.Generator(device).manual_seed(schedule.seed * 1_000_003 + step)  # resuming changes nothing
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = schedule.rate_at(step)
        with torch.autocast(device.type, torch.bfloat16):
            parts = loss_at(step, generator)
        total = torch.stack(list(parts.values())).sum()
        torch.autograd.backward(total)
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        for part, value in parts.items():
            sums[part] = sums.get(part, 0.0) + float(value.detach())
        if (step + 1) % 100 == 0:
            means = {part: round(value / 100, 4) for part, value in sums.items()}
            sums.clear()
            bar.set_postfix(means)
            with log.open("a") as out:
                out.write(json.dumps({"step": step + 1, "seconds": round(time.monotonic() - began, 1), **means}) + "\n")
        if (step + 1) % 500 == 0 or step + 1 == schedule.steps:
            saved_state = {"net": net.state_dict(), "steppers": [o.state_dict() for o in optimizers], "step": step + 1}
            torch.save({**saved_state, "seconds": time.monotonic() - began}, state.with_suffix(".new"))
            state.with_suffix(".new").replace(state)
    net.eval()


def eye_losses(eye: Eye, pictures: np.ndarray, truth: np.ndarray, schedule: Schedule) -> Callable[[int, torch.Generator], Losses]:
    """pictures (P, 112, 112, 3) uint8, truth (P, 5, 49) uint8; a concept's loss is its mean over all cells"""
    device = eye.place.device

    def at(step: int, generator: torch.Generator) -> Losses:
        pick = torch.randint(len(pictures), (schedule.batch,), generator=torch.Generator().manual_seed(step)).numpy()
        flip = bool(step % 2)
        pixels = augment(to_pixels(pictures[pick], device), generator)
        cells = torch.from_numpy(truth[pick]).to(device).long()
        if flip:
            pixels, cells = pixels.flip(3), torch.unflatten(cells, 2, (7, 7)).flip(3).flatten(2)
        logits = eye(pixels.contiguous(memory_format=torch.channels_last))
        parts = {}
        for c, (name, scores) in enumerate(logits.items()):
            loss = F.cross_entropy(scores.transpose(1, 2), cells[:, c], reduction="none")
            parts[name] = (loss * torch.where(cells[:, 0] > 0, 3.0, 1.0)).mean() if name != "setting" else loss.mean()
        return parts

    return at


class PoolBatches:
    """Draws batches of a pool for one writer: `batch` pictures, 2 captions and 2 canvases of each."""

    def __init__(self, writer: Writer, pool: Pool, schedule: Schedule) -> None:
        self.writer, self.pool, self.schedule = writer, pool, schedule
        self.device = writer.place.device
        self.weights = losses.relation_weights(self.device)

    def memory(self, pick: Tensor, generator: torch.Generator) -> PictureCache:
        """The picture cache of the picked pictures; one in ten is hidden from the writer."""
        grid = self.pool.grids[pick].to(self.device).float()
        present = torch.rand(len(pick), generator=generator, device=self.device) >= 0.1
        return self.writer.encode_picture(grid, present)

    def pick(self, step: int, many: int) -> tuple[Tensor, torch.Generator]:
        cpu = torch.Generator().manual_seed(self.schedule.seed * 7_000_003 + step)
        return torch.randint(len(self.pool.grids), (many,), generator=cpu), cpu

    def batch(self, step: int, generator: torch.Generator) -> Batch:
        pick, cpu = self.pick(step, self.schedule.batch)
        which = torch.randint(self.pool.captions.shape[1], (len(pick), 2), generator=cpu)
        y = self.pool.captions[pick[:, None], which].repeat_interleave(2, 1).flatten(0, 1).to(self.device).long()
        nouns = self.pool.nouns[pick].repeat_interleave(4, 0).to(self.device).long()
        centres = self.pool.centres[pick].repeat_interleave(4, 0).to(self.device)
        return Batch(y, nouns, centres, repeat(self.memory(pick, generator), 4))

    def plain(self, step: int, generator: torch.Generator) -> Losses:
        return losses.plain(self.writer, self.batch(step, generator), generator, self.weights)

    def restore(self, step: int, generator: torch.Generator) -> Losses:
        return losses.restore(self.writer, self.batch(step, generator), generator, self.weights)


DECODINGS = ((3, True, 0.0), (5, False, 0.0), (8, True, 0.0), (8, False, 0.0), (8, True, 0.7), (16, True, 0.0))  # k, revise, T


class CorrectionBatches(PoolBatches):
    """Adds the model's own canvases, corrected by the expert, to the batches of the pool."""

    def __init__(self, writer: Writer, pool: Pool, schedule: Schedule, expert: drafts.Expert, complete: bool, every: int = 24) -> None:
        super().__init__(writer, pool, schedule)
        self.expert, self.complete, self.every = expert, complete, every  # complete: ProSeCo's drafts have no masks
        self.draft_buffer: tuple[Tensor, Tensor, Tensor] | None = None  # pictures (P,), canvases (P, n, N), corrections (P, n, N)

    def refill(self, step: int) -> None:
        """Fill the draft buffer: four passes of each decoding, for every kind in DECODINGS."""
        generator = torch.Generator(self.device).manual_seed(step + 11)
        self.writer.eval()
        pictures, before, after = [], [], []
        with torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16):
            for kind, (k, revises, temperature) in enumerate(DECODINGS):
                pick, cpu = self.pick(step * 10 + kind + 1, self.schedule.batch * 2)
                memory = self.writer.encode_picture(self.pool.grids[pick].to(self.device).float())
                revise, settle = (False, 0) if self.complete else (revises, 4)
                path = list(drafts.decode_states(self.writer, memory, len(pick), LENGTH, k, revise, settle, temperature, generator))
                late = sorted(torch.randint(len(path), (4,), generator=cpu).tolist())
                chosen = torch.stack([self.completed(path[i], memory, twice=i % 2) for i in late], 1)
                pictures.append(pick)
                before.append(chosen)
                after.append(self.expert([self.pool.seeds[int(i)] for i in pick], chosen))
        self.draft_buffer = torch.cat(pictures), torch.cat(before), torch.cat(after)
        self.writer.train()

    def completed(self, x: Tensor, memory: PictureCache, twice: int) -> Tensor:
        """ProSeCo: masks filled by the model's argmax and, for some, the corrector's own next draft. ReDiff: x as it is."""
        if not self.complete:
            return x
        x = torch.where(x == MASK_ID, losses.likeliest(self.writer, x, memory), x)
        return losses.likeliest(self.writer, x, memory) if twice else x

    def corrections(self, step: int, generator: torch.Generator) -> Losses:
        if self.draft_buffer is None or step % self.every == 0:
            self.refill(step)
        assert self.draft_buffer is not None
        pictures, before, after = self.draft_buffer
        cpu = torch.Generator().manual_seed(self.schedule.seed * 9_000_011 + step)
        row = torch.randint(len(pictures), (self.schedule.batch, 1), generator=cpu)
        which = torch.randint(before.shape[1], (self.schedule.batch, 2), generator=cpu)
        memory = repeat(self.memory(pictures[row[:, 0]], generator), 2)
        row, which = row.to(self.device), which.to(self.device)
        return losses.correct(self.writer, before[row, which].flatten(0, 1), after[row, which].flatten(0, 1), memory, "own")

    def rediff(self, step: int, generator: torch.Generator) -> Losses:
        """ReDiff: stage 1 for the first 30 % of the steps, then stage 2 with stage 1 replayed beside it."""
        restored = self.restore(step, generator)
        return restored if step < 0.3 * self.schedule.steps else restored | self.corrections(step, generator)

    def proseco(self, step: int, generator: torch.Generator) -> Losses:
        """ProSeCo: the masked loss, and the corrector's loss on completed drafts of the model's own decoding."""
        return self.plain(step, generator) | self.corrections(step, generator)


def new_eye() -> Eye:
    torch.manual_seed(0)
    return Eye(CONCEPTS)


def new_writer() -> Writer:
    torch.manual_seed(1)
    return Writer(len(VOCABULARY), sum(CONCEPTS.values()), LENGTH)
