"""Measure the picture world on one core: speeds, caption lengths, agreement with planted errors.

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


def kinds() -> dict[str, list[str]]:
    """Word -> the words of its kind."""
    groups = [
        world.NOUNS,
        world.PLURALS.values(),
        world.TINTS,
        world.SIZES,
        ["a", "an", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
        ["is", "are", "sits", "sit"],
        ["left", "right", "above", "over", "below", "under"],
        [phrase[-1] for phrase in world.PHRASES.values()],
    ]
    return {word: sorted(group) for group in groups for word in group}


def plant(rng: np.random.Generator, true: np.ndarray, amount: int, alike: dict[str, list[str]] | None) -> np.ndarray:
    """The canvas (N,) with `amount` words replaced, by any word or by one of the same kind."""
    words = world.words_of(true)
    places = [at for at, word in enumerate(words) if alike is None or word in alike]
    out = true.copy()
    for at in rng.choice(places, min(amount, len(places)), replace=False):
        options = world.VOCABULARY[3:] if alike is None else alike[words[at]]
        out[at] = world.WORD_IDS[rng.choice([word for word in options if word != words[at]])]
    return out


def agreement(amount: int, alike: dict[str, list[str]] | None) -> str:
    """Precision, recall and share of identical sets over SCENES scenes."""
    rng = np.random.default_rng(9)
    hit = planted_total = found_total = same = 0
    for _ in range(SCENES):
        scene = world.sample_scene(rng)
        true = world.encode(world.caption(scene, rng))
        final = plant(rng, true, amount, alike)
        planted = final != true
        found = world.wrong_tokens(final[None], world.nearest_caption(scene, final))[0]
        hit += int((planted & found).sum())
        planted_total += int(planted.sum())
        found_total += int(found.sum())
        same += bool((planted == found).all())
    return f"precision {hit / found_total:.3f}  recall {hit / planted_total:.3f}  same set {same / SCENES:.3f}"


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
    drafts = [(scene, plant(rng, world.encode(words), 8, None)) for scene, words in zip(scenes, true_captions, strict=True)]
    print(f"vocabulary {len(world.VOCABULARY)}")
    print(f"sampled    {per_second(lambda _: world.sample_scene(rng), scenes):8.0f} scenes/s")
    print(f"rendered   {per_second(world.render, scenes):8.0f} scenes/s")
    print(f"captioned  {per_second(lambda scene: world.caption(scene, rng), scenes):8.0f} scenes/s")
    print(f"nearest    {1000 / per_second(lambda draft: world.nearest_caption(*draft), drafts):8.3f} ms")
    print("lengths   ", dict(sorted(Counter(map(len, true_captions)).items())))
    counts = [sum(1 for _ in world.captions(scene)) for scene in scenes[:150]]
    print(f"captions of a scene: {min(counts)} to {max(counts)}, median {np.median(counts):.0f}")
    for name, alike in (("any word", None), ("alike", kinds())):
        for amount in (1, 2, 4, 8):
            print(f"planted {name:9} k={amount}  {agreement(amount, alike)}")


if __name__ == "__main__":
    main()
