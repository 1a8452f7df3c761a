"""The model's own canvases for the expert to correct: every state of parallel decoding, with and without revising.

Batched in torch because training needs thousands of them; the samplers that users run are in `samplers/`.
Shapes: B canvases, N positions.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import torch
from torch import Tensor

from rediff_viz.nets.writer import PictureCache, Writer
from rediff_viz.training.data import writer_scene
from rediff_viz.world.grammar import language
from rediff_viz.world.vocabulary import MASK_ID as MASK


def top_k_mask(score: Tensor, k: int) -> Tensor:
    """score (B, N), -inf where not eligible -> (B, N) bool, at most k a row"""
    value, place = score.topk(min(k, score.shape[1]), dim=1)
    return torch.zeros_like(score, dtype=torch.bool).scatter(1, place, value > -torch.inf)


@torch.no_grad()
def decode_states(
    writer: Writer, memory: PictureCache, canvases: int, length: int, k: int, revise: bool, settle: int, temperature: float,
    generator: torch.Generator,
) -> Iterator[Tensor]:  # fmt: skip
    """Decodes `k` tokens a pass, then `settle` passes that only revise; yields (B, N) after each pass.

    Revising follows the paper's rule: every visible word becomes the likeliest one.
    """
    device = writer.head.weight.device
    x = torch.full((canvases, length), MASK, device=device)
    while True:
        masked = x == MASK
        if not masked.any():
            if settle == 0:
                return
            settle -= 1
        logits = writer(x, memory).float()
        logits[..., MASK] = -torch.inf
        prob = logits.softmax(-1)
        noise = -(-torch.rand(logits.shape, generator=generator, device=device).clamp_min(1e-20).log()).log()
        best = (logits + temperature * noise).argmax(-1) if temperature else logits.argmax(-1)
        best_prob = prob.gather(-1, best[..., None])[..., 0]
        chosen = top_k_mask(best_prob.masked_fill(~masked, -torch.inf), k)
        if revise or not masked.any():
            chosen |= ~masked
        x = torch.where(chosen, best, x)
        yield x


def nearest_captions(task: tuple[int, str, np.ndarray]) -> np.ndarray:
    """(scene seed, prompt, canvases (n, N)) -> (n, N) the nearest true caption of each"""
    seed, prompt, canvases = task
    return language(writer_scene(seed), prompt).nearest(canvases)


class Expert:
    """Turns canvases of scenes into their nearest true captions, in as many processes as there are."""

    def __init__(self, workers: int) -> None:
        self.pool = ProcessPoolExecutor(workers) if workers > 1 else None

    def __call__(self, seeds: list[int], prompt: str, canvases: Tensor) -> Tensor:
        """seeds of P scenes, canvases (P, n, N) -> (P, n, N)"""
        tasks = [(seed, prompt, canvas) for seed, canvas in zip(seeds, canvases.cpu().numpy(), strict=True)]
        answers = self.pool.map(nearest_captions, tasks, chunksize=8) if self.pool else map(nearest_captions, tasks)
        return torch.from_numpy(np.stack(list(answers))).to(canvases.device, torch.int64)
