"""Training data: scenes with a label for every grid cell, and a pool of scenes as the eye encodes them.

Shapes: P pictures, 49 cells of 16 x 16 px, R captions a picture and prompt, N canvas positions, G = 4 groups, C probabilities a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from rediff_viz.nets.eye import CELLS, GRID, Eye
from rediff_viz.world.grammar import caption
from rediff_viz.world.render import render
from rediff_viz.world.sampling import scene_from_seed
from rediff_viz.world.scenes import GROUPS, Scene
from rediff_viz.world.things import NOUNS, PLURALS, SETTINGS, TINTS, TRAINING_STYLES
from rediff_viz.world.vocabulary import BRIEFLY, LENGTHS, WORD_IDS, encode

T = TypeVar("T")
R = TypeVar("R")
SIDE = 112  # px
CONCEPTS = {"noun": 1 + len(NOUNS), "tint": 2 + len(TINTS), "size": 3, "count": 4, "setting": len(SETTINGS)}
FOUR_GROUPS = 6  # one in so many of the writers' scenes has four groups, and no short caption
MIN_COVER = 0.15  # a cell belongs to a group whose boxes cover at least this share of the cell


def labels(scene: Scene) -> np.ndarray:
    """scene -> (5, 49) int64 in the order of CONCEPTS; 0 means "nothing here", except for the setting."""
    edges = np.arange(GRID) * (SIDE / GRID)
    cover = np.zeros((len(scene.groups), GRID, GRID))
    for g, group in enumerate(scene.groups):
        for x0, y0, x1, y1 in group.boxes:
            across = np.clip(np.minimum(x1, edges + 16) - np.maximum(x0, edges), 0, 16)
            down = np.clip(np.minimum(y1, edges + 16) - np.maximum(y0, edges), 0, 16)
            cover[g] += np.outer(down, across) / 256
    owner = np.where(cover.max(0) >= MIN_COVER, cover.argmax(0) + 1, 0).ravel()  # (49,) 0 or 1 + group
    table = np.zeros((1 + len(scene.groups), 4), np.int64)
    for g, group in enumerate(scene.groups, 1):
        tint = 1 if group.tint is None else 2 + tuple(TINTS).index(group.tint)
        table[g] = (1 + NOUNS.index(group.noun), tint, 1 + (group.size == "large"), group.count)
    return np.concatenate([table[owner].T, np.full((1, CELLS), SETTINGS.index(scene.setting))])


def training_scene(seed: int, against_priors: bool = False) -> Scene:
    return scene_from_seed(seed, TRAINING_STYLES[seed % 2], against_priors)


def example(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """seed -> (112, 112, 3) uint8 picture and (5, 49) uint8 labels"""
    scene = training_scene(seed)
    return np.asarray(render(scene)), labels(scene).astype(np.uint8)


def examples(seeds: range, workers: int) -> tuple[np.ndarray, np.ndarray]:
    """Rendered in `workers` processes: (P, 112, 112, 3) and (P, 5, 49), both uint8."""
    pictures = np.empty((len(seeds), SIDE, SIDE, 3), np.uint8)
    truth = np.empty((len(seeds), len(CONCEPTS), CELLS), np.uint8)
    for i, (picture, cells) in enumerate(parallel_map(example, seeds, workers, "rendering")):
        pictures[i], truth[i] = picture, cells
    return pictures, truth


def parallel_map(function: Callable[[T], R], items: Sequence[T], workers: int, title: str) -> Iterator[R]:
    """Map in order over processes (in this one if workers is 1), with a progress bar."""
    if workers <= 1:
        yield from tqdm(map(function, items), total=len(items), desc=title, mininterval=2)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from tqdm(pool.map(function, items, chunksize=64), total=len(items), desc=title, mininterval=2)


def augment(pictures: Tensor, generator: torch.Generator, strength: float = 1.0) -> Tensor:
    """pixels (P, 3, 112, 112) in 0..1 -> the same with light, contrast, noise and blur of a random amount each."""
    n = (len(pictures), 1, 1, 1)
    options: dict[str, Any] = {"generator": generator, "device": pictures.device}
    light = (torch.rand(n, **options) - 0.5) * 0.25 * strength
    contrast = 1 + (torch.rand(n, **options) - 0.5) * 0.4 * strength
    noise = torch.randn(pictures.shape, **options) * (torch.rand(n, **options) ** 2 * 0.12 * strength)
    soft = torch.nn.functional.avg_pool2d(pictures, 3, 1, 1)
    pictures = torch.lerp(pictures, soft, (torch.rand(n, **options) * 1.4 - 0.4).clamp(0, 1))
    return ((pictures - 0.5) * contrast + 0.5 + light + noise).clamp(0, 1)


def to_pixels(pictures: np.ndarray, device: torch.device) -> Tensor:
    """(P, 112, 112, 3) uint8 -> (P, 3, 112, 112) float32 in 0..1, channels last in memory"""
    return torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float() / 255


def writer_scene(seed: int) -> Scene:
    """A scene of the pool; one in FOUR_GROUPS has four groups."""
    return scene_from_seed(seed, TRAINING_STYLES[seed % 2], groups=None if describable(seed, BRIEFLY) else GROUPS[-1])


def describable(seed: int, prompt: str) -> bool:
    """Whether a scene of the pool has captions that answer a prompt."""
    return prompt != BRIEFLY or seed % FOUR_GROUPS > 0


@dataclass(frozen=True)
class Pool:
    """Scenes as the eye encodes them, with true captions: the training data of every writer."""

    seeds: range
    grids: Tensor  # (P, 49, C) float16, on the CPU
    captions: dict[str, Tensor]  # prompt -> (P, R, N) uint8
    nouns: Tensor  # (P, G, 2) uint8: singular and plural word of each group, 0 where there is none
    centres: Tensor  # (P, G, 2) float32: x, y of each group in 0..1

    def pick(self, prompt: str, many: int, generator: torch.Generator) -> Tensor:
        """(many,) indices of pictures with captions that answer the prompt."""
        index = torch.randint(len(self.grids), (many,), generator=generator)
        return torch.tensor([i if describable(self.seeds[i], prompt) else (i + 1) % len(self.grids) for i in index.tolist()])


def captioned_scene(task: tuple[int, int]) -> tuple[np.ndarray, ...]:
    """(seed, R) -> picture (112, 112, 3), nouns (G, 2), centres (G, 2), and for every prompt captions (R, N)"""
    seed, many = task
    scene, rng = writer_scene(seed), np.random.default_rng([seed, 7])
    nouns, centres = np.zeros((GROUPS[-1], 2), np.uint8), np.zeros((GROUPS[-1], 2), np.float32)
    for g, group in enumerate(scene.groups):
        nouns[g] = WORD_IDS[group.noun], WORD_IDS[PLURALS[group.noun]]
        centres[g] = np.asarray(group.centre) / SIDE
    captions = [
        np.stack([encode(caption(scene, rng, prompt), length) for _ in range(many)]).astype(np.uint8)
        if describable(seed, prompt)
        else np.zeros((many, length), np.uint8)
        for prompt, length in LENGTHS.items()
    ]
    return np.asarray(render(scene)), nouns, centres, *captions


@torch.no_grad()
def pool(eye: Eye, seeds: range, many: int, workers: int, device: torch.device) -> Pool:
    """The pool of the scenes of `seeds`: each encoded once by the eye (augmented, so that the eye is sometimes unsure), with
    `many` true captions for each prompt."""
    generator = torch.Generator(device).manual_seed(seeds.start)
    eye.eval().to(device)
    grids: list[Tensor] = []
    rest: list[list[np.ndarray]] = []
    waiting: list[np.ndarray] = []

    def encode_waiting() -> None:
        pixels = augment(to_pixels(np.stack(waiting), device), generator, 1.3)
        grids.append(eye.see(pixels).half().cpu())
        waiting.clear()

    for picture, *parts in parallel_map(captioned_scene, [(seed, many) for seed in seeds], workers, "encoding"):
        waiting.append(picture)
        rest.append(parts)
        if len(waiting) == 256:
            encode_waiting()
    if waiting:
        encode_waiting()
    nouns, centres, *captions = (torch.from_numpy(np.stack(part)) for part in zip(*rest, strict=True))
    return Pool(seeds, torch.cat(grids), dict(zip(LENGTHS, captions, strict=True)), nouns, centres)
