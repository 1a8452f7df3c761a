"""Lanes whose texts are given, so that what is said of them can be written down beside them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rediff_viz.run import record
from rediff_viz.trace import Trace
from rediff_viz.world import VOCABULARY, Scene, encode, scene_from_seed, to_dict

SCENE = scene_from_seed(1)  # two small blue camels above a large cactus, under the sea
TRUE = "two blue camels sit above a cactus . they are under the sea ."


def trace_of(texts: Sequence[str], scene: Scene | None = SCENE, length: int = 40, prompt: str = "") -> Trace:
    """A lane of one pass a text, of the picture world's words."""
    canvases = np.stack([encode(text.split(), length) for text in texts]).astype(np.int32)
    trace = record("denoise@toy-blind", length=length, steps=len(texts))
    vocabulary = {i: VOCABULARY[i] for i in {0, 1, *canvases.ravel().tolist()}}
    head = replace(trace.head, vocabulary=vocabulary, scene=None if scene is None else to_dict(scene), prompt=prompt)
    before = np.concatenate([trace.start[None], canvases])[:-1]
    return replace(trace, head=head, before=before, read=before, canvas=canvases)
