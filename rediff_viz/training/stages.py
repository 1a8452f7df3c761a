"""The stages: eye, base, and from the base the variants plain, rediff and proseco with equally many steps.

Every stage is seeded, writes a loss log and can be resumed from its last state.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from rediff_viz.nets.eye import Eye
from rediff_viz.nets.writer import Writer
from rediff_viz.training.data import CONCEPTS, augment, to_pixels
from rediff_viz.world.vocabulary import LENGTHS, VOCABULARY

Losses = dict[str, Tensor]


@dataclass(frozen=True)
class Schedule:
    """Steps, batch size and learning rate of a stage."""

    steps: int
    batch: int  # pictures a step and prompt
    rate: float = 2e-3  # peak learning rate
    warmup: int = 100
    decay: float = 1.0  # share of the steps, at the end, over which the rate falls to 0
    seed: int = 0
    cycles: int = 1  # how often the rate rises and falls over the steps

    def rate_at(self, step: int) -> float:
        steps = self.steps // self.cycles
        step %= steps
        left = (steps - step) / max(1.0, steps * self.decay)
        return self.rate * min(1.0, (step + 1) / self.warmup, left if self.decay else 1.0)

    def seeded(self, seed: int) -> Schedule:
        return replace(self, seed=seed)


def optimisers(net: nn.Module) -> list[torch.optim.Optimizer]:
    """Muon (orthogonalised momentum) for the matrices inside the blocks, AdamW for everything else."""
    inner = [p for name, p in net.named_parameters() if "blocks." in name and p.ndim == 2]
    chosen = {id(p) for p in inner}
    outer = [p for p in net.parameters() if id(p) not in chosen]
    matrices = [torch.optim.Muon(inner, lr=1e-3, weight_decay=0.02, adjust_lr_fn="match_rms_adamw")] if inner else []
    return [*matrices, torch.optim.AdamW(outer, lr=1e-3, weight_decay=0.02, betas=(0.9, 0.98))]


@cache
def autocast_pays(device: torch.device) -> bool:
    """Whether this processor multiplies bfloat16 matrices faster than float32 ones; without units for it, it is ten times slower."""
    seconds = {}
    for dtype in (torch.float32, torch.bfloat16):
        x = torch.randn(1024, 192, device=device, dtype=dtype)
        w = torch.randn(192, 768, device=device, dtype=dtype)
        times = []
        for _ in range(5):
            began = time.perf_counter()
            (x @ w).float().sum().item()
            times.append(time.perf_counter() - began)
        seconds[dtype] = min(times)
    return seconds[torch.bfloat16] < seconds[torch.float32]


def autocast(device: torch.device) -> torch.autocast:
    """Mixed precision where it pays."""
    return torch.autocast(device.type, torch.bfloat16, enabled=autocast_pays(device))


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
    values: dict[str, list[float]] = {}
    bar = tqdm(range(first, schedule.steps), desc=name, initial=first, total=schedule.steps, mininterval=5)
    for step in bar:
        generator = torch.Generator(device).manual_seed(schedule.seed * 1_000_003 + step)  # resuming changes nothing
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = schedule.rate_at(step)
        with autocast(device):
            parts = loss_at(step, generator)
        total = torch.stack(list(parts.values())).sum()
        torch.autograd.backward(total)
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        for part, value in parts.items():
            values.setdefault(part, []).append(float(value.detach()))
        if (step + 1) % 100 == 0:
            means = {part: round(sum(some) / len(some), 4) for part, some in values.items()}
            values.clear()
            bar.set_postfix(means)
            with log.open("a") as out:
                out.write(json.dumps({"step": step + 1, "seconds": round(time.monotonic() - began, 1), **means}) + "\n")
        if (step + 1) % 50 == 0 or step + 1 == schedule.steps:
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


def new_eye() -> Eye:
    torch.manual_seed(0)
    return Eye(CONCEPTS)


def new_writer() -> Writer:
    torch.manual_seed(1)
    return Writer(len(VOCABULARY), sum(CONCEPTS.values()), max(LENGTHS.values()), prompts=len(LENGTHS))
