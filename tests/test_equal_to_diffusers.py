"""Samplers beside the same rules in diffusers, step by step on random logits: N answer positions, V vocabulary."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import Any, cast

import numpy as np
import pytest
import torch

from rediff_viz.backends.base import BatchItem
from rediff_viz.backends.toy import reduce
from rediff_viz.samplers import SAMPLERS, Plan

MASK, V, N = 1, 12, 12
Logits = Callable[[np.ndarray], np.ndarray]  # canvas (N,) -> (N, V)


def random_logits(seed: int, sharpness: float, favour: float) -> Logits:
    """Random numbers that belong to the canvas, with a bonus for the words that stand there; the mask is hardly ever proposed."""

    def logits(x: np.ndarray) -> np.ndarray:
        z = np.random.default_rng([seed, zlib.crc32(x.astype(np.int64).tobytes())]).normal(size=(len(x), V)) * sharpness
        z[np.arange(len(x)), x] += favour
        z[:, MASK] -= 50
        return z

    return logits


def opened(name: str, **settings: Any) -> Any:
    """A scheduler of diffusers, which is imported only now, for that takes seconds."""
    return getattr(import_module("diffusers"), name)(**settings)


def canvases(sampler: str, logits: Logits, **settings: Any) -> list[np.ndarray]:
    """The canvas before each pass, and the last."""
    running = SAMPLERS[sampler].run(Plan(length=N, steps=1, mask_id=MASK), **settings)
    query, read = next(running), list[np.ndarray]()
    while query.read is not None:
        read.append(query.read)
        query = running.send((query.read, reduce(logits(query.read), BatchItem(cast(Any, None), query.read))))
    return [*read, query.canvas]


@pytest.mark.parametrize("bound", [0.0, 0.1, 1.0, 5.0])
@pytest.mark.parametrize("sharpness", [0.5, 2.0, 6.0])
@pytest.mark.parametrize("seed", range(5))
def test_the_entropy_bound_accepts_what_diffusers_accepts(seed: int, sharpness: float, bound: float) -> None:
    scheduler = opened("EntropyBoundScheduler", entropy_bound=bound, t_max=1.0, t_min=1.0)  # no annealing
    logits = random_logits(seed, sharpness, 0.0)
    steps = canvases("entropy_bound", logits, bound=bound)
    for before, after in pairwise(steps):
        where = np.flatnonzero(before == MASK)  # the published rule is for uniform noise: every position it is given is open
        open_logits = torch.from_numpy(logits(before)[where])[None]
        accepted = scheduler.step(open_logits, 0, torch.from_numpy(before[where])[None]).accepted_index[0].numpy()
        assert where[accepted].tolist() == np.flatnonzero(before != after).tolist()
    assert not (steps[-1] == MASK).any()


def refined(scheduler: Any, logits: Logits, threshold: float, edit_threshold: float, post_passes: int) -> list[np.ndarray]:
    """The canvases of diffusers' loop over one block; it makes one pass more over a full block than it is told to."""
    x, finished = np.full(N, MASK), torch.zeros(1, dtype=torch.bool)
    step = posts = 0
    found, going = [x], True
    while going:
        masks = bool((x == MASK).any())
        posts += not masks
        made = scheduler.step(
            torch.from_numpy(logits(x))[None], step, torch.from_numpy(x)[None], mask_token_id=MASK, threshold=threshold,
            editing_threshold=edit_threshold,
        )  # fmt: skip
        x = made.prev_sample[0].numpy()
        found.append(x)
        step += masks
        going = scheduler.check_block_should_continue(step, masks, True, made.editing_transfer_index, posts, post_passes - 1, finished)
    return found


@pytest.mark.parametrize(("at_least", "sharpness"), [(1, 1.0), (1, 4.0), (3, 1.0), (3, 4.0)])
@pytest.mark.parametrize(("threshold", "edit_threshold"), [(0.95, 0.9), (0.6, 0.5), (0.3, 0.2)])
@pytest.mark.parametrize(("seed", "favour"), [(0, 0.0), (1, 3.0), (2, 8.0), (3, 3.0)])
def test_t2t_fills_and_edits_as_diffusers_does(
    seed: int, favour: float, threshold: float, edit_threshold: float, at_least: int, sharpness: float
) -> None:
    scheduler = opened("BlockRefinementScheduler", block_length=N)
    scheduler.set_timesteps(N // at_least)
    scheduler.num_inference_steps += 1  # else a block that took all its steps to fill is not looked at again
    logits = random_logits(seed, sharpness, favour)
    theirs = refined(scheduler, logits, threshold, edit_threshold, post_passes=5)
    ours = canvases("t2t", logits, threshold=threshold, edit_threshold=edit_threshold, at_least=at_least, post_passes=5)
    assert [x.tolist() for x in ours] == [x.tolist() for x in theirs]
