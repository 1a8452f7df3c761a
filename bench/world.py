"""Measure the picture world on one core: speeds and caption lengths.

python -m bench.world
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rediff_viz import world

SCENES = 1000


def plant(rng: np.random.Generator, true: np.ndarray, amount: int) -> np.ndarray:
    """The canvas (N,) with `amount` words replaced by others."""
    words = world.words_of(true)
    out = true.copy()
    for at in rng.choice(len(words), amount, replace=False):
        out[at] = world.WORD_IDS[rng.choice([word for word in world.VOCABULARY[3:] if word != words[at]])]
    return out


def per_second(action: Callable[[Any], object], items: Sequence[Any]) -> float:
    """How many items a second, after one warm-up round."""
    for item in items:
        action(item)
    start = time.perf_counter()
    for item in items:
        action(item)
    return len(items) / (time.perf_counter() - start)


def main() -> None:
    """Print everything."""
    rng = np.random.default_rng(0)
    scenes = [world.sample_scene(rng, world.TRAINING_STYLES[k % 2]) for k in range(SCENES)]
    true_captions = [world.caption(scene, rng) for scene in scenes]
    drafts = [(scene, plant(rng, world.encode(words), 8)) for scene, words in zip(scenes, true_captions, strict=True)]
    print(f"vocabulary {len(world.VOCABULARY)}")
    print(f"sampled    {per_second(lambda _: world.sample_scene(rng), scenes):8.0f} scenes/s")
    print(f"rendered   {per_second(world.render, scenes):8.0f} scenes/s")
    print(f"captioned  {per_second(lambda scene: world.caption(scene, rng), scenes):8.0f} scenes/s")
    print(f"nearest    {1000 / per_second(lambda draft: world.nearest_caption(*draft), drafts):8.3f} ms")
    print("lengths   ", dict(sorted(Counter(map(len, true_captions)).items())))
    counts = [sum(1 for _ in world.captions(scene)) for scene in scenes[:150]]
    print(f"captions of a scene: {min(counts)} to {max(counts)}, median {np.median(counts):.0f}")


if __name__ == "__main__":
    main()
