"""Captions of a scene: one at random, or all of them in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from rediff_viz.world.plans import TEMPLATES, Frame, Key, Shape, frames, phrase, plans
from rediff_viz.world.scenes import Scene


def caption(scene: Scene, rng: np.random.Generator) -> tuple[str, ...]:
    """A true caption: frame, then template, then the other choices, each uniform over what fits."""
    options = list(frames(scene))
    frame = options[int(rng.integers(len(options)))]
    templates = _by_template(frame.shape)
    group = templates[int(rng.integers(len(templates)))]
    return _fill(group[int(rng.integers(len(group)))], scene, frame)


def captions(scene: Scene) -> Iterator[tuple[str, ...]]:
    """Every true caption of the scene, each once, in the fixed order that breaks ties."""
    for frame in frames(scene):
        for plan in plans(frame.shape):
            yield _fill(plan, scene, frame)


def _fill(plan: tuple[Key, ...], scene: Scene, frame: Frame) -> tuple[str, ...]:
    return tuple(word for key in plan for word in phrase(key, scene, frame))


@cache
def _by_template(shape: Shape) -> tuple[tuple[tuple[Key, ...], ...], ...]:
    """The plans of a shape, sorted into the templates that have any; told apart by how they open."""
    sorted_: dict[int, list[tuple[Key, ...]]] = {template: [] for template in range(TEMPLATES)}
    for plan in plans(shape):
        opening = {"setting": 0, "say": 1}.get(plan[0][0])
        sorted_[opening if opening is not None else 2 if plan[1] == ("say", "and") else 3].append(plan)
    return tuple(tuple(found) for found in sorted_.values() if found)
