"""The true caption nearest to a lane's answer, and the words that differ from it. Knows traces and the picture world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .trace import Trace
from .world import EOT_ID, MASK_ID, PLURALS, VOCABULARY, captions, from_dict, nearest_caption, wrong_tokens


def scene_words(scene: Mapping[str, Any] | None) -> str:
    """One true caption of a world scene, as a sentence; "" where the scene is not known."""
    if scene is None:
        return ""
    try:
        known = from_dict(scene)
    except ValueError:  # a trace's head may hold any table here
        return ""
    words = " ".join(next(iter(captions(known)))).replace(" ,", ",").split(" .")
    return ". ".join(part.strip().capitalize() for part in words if part.strip())


def true_ids(trace: Trace) -> np.ndarray | None:
    """(N,) the true caption nearest to the lane's final canvas, in the lane's own ids; None where the scene is not known."""
    scene = trace.head.scene
    if scene is None or not _uses_world_vocabulary(trace):
        return None
    try:
        return nearest_caption(from_dict(scene), trace.final)
    except ValueError:  # no true caption of the scene fits so short a canvas
        return None


def wrong_words(trace: Trace) -> np.ndarray | None:
    """(S, N) bool: settled tokens that differ from the nearest true caption; None where the scene is not known."""
    truth = true_ids(trace)
    return None if truth is None else wrong_tokens(trace.canvas, truth)


def _uses_world_vocabulary(trace: Trace) -> bool:
    """Whether the lane's token ids are those of the picture world's vocabulary."""
    head = trace.head
    return (head.mask_id, head.eot_id) == (MASK_ID, EOT_ID) and all(
        i < len(VOCABULARY) and VOCABULARY[i] == t for i, t in head.vocabulary.items()
    )


def absent(trace: Trace) -> dict[int, str]:
    """Token id -> one plain sentence, for each thing that the lane named and the picture does not show."""
    scene = trace.head.scene or {}
    shown = {group["noun"] for group in scene.get("groups", ())}
    words = {noun: f"There is no {noun} in this picture." for noun in PLURALS if noun not in shown}
    words |= {many: f"There are no {many} in this picture." for noun, many in PLURALS.items() if noun not in shown}
    return {i: words[text] for i, text in trace.head.vocabulary.items() if text in words}
