"""Captions of a scene: one at random, or all of them in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from rediff_viz.world.outlines import TEMPLATES, Frame, FrameShape, Key, frames, outlines, phrase
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
        for outline in outlines(frame.shape):
            yield _fill(outline, scene, frame)


def _fill(outline: tuple[Key, ...], scene: Scene, frame: Frame) -> tuple[str, ...]:
    return tuple(word for key in outline for word in phrase(key, scene, frame))


@cache
def _by_template(shape: FrameShape) -> tuple[tuple[tuple[Key, ...], ...], ...]:
    """The outlines of a shape, grouped by template, empty groups left out; the first segments tell the template."""
    by_template: dict[int, list[tuple[Key, ...]]] = {template: [] for template in range(TEMPLATES)}
    for outline in outlines(shape):
        opening = {"setting": 0, "literal": 1}.get(outline[0][0])
        by_template[opening if opening is not None else 2 if outline[1] == ("literal", "and") else 3].append(outline)
    return tuple(tuple(group) for group in by_template.values() if group)
