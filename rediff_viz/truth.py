"""What a lane's answer says of its scene, pass by pass, and the true caption nearest to it. Knows traces and the picture world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from .trace import Trace
from .world import EOT_ID, MASK_ID, PLURALS, VOCABULARY, Judgement, Scene, captions, from_dict, judge, nearest_caption
from .world.grammar import prompt_of
from .world.vocabulary import before_eot


def scene_words(scene: Mapping[str, Any] | None) -> str:
    """One true caption of a world scene, as a sentence; "" where the scene is not known."""
    if (known := _scene(scene)) is None:
        return ""
    words = " ".join(next(captions(known, prompt_of(known)))).replace(" ,", ",").split(" .")
    return ". ".join(part.strip().capitalize() for part in words if part.strip())


def true_ids(trace: Trace) -> np.ndarray | None:
    """(N,) the true caption nearest to the lane's final canvas, in the lane's own ids; None where the scene is not known."""
    scene = _judged_scene(trace)
    if scene is None:
        return None
    try:
        return nearest_caption(scene, trace.final, prompt_of(scene, trace.head.prompt))
    except ValueError:  # no true caption of the scene fits so short a canvas
        return None


def judgements(trace: Trace) -> list[Judgement] | None:
    """The canvas after each pass as it can be read then: S judgements; None where the scene is not known or a text is too long."""
    scene = _judged_scene(trace)
    if scene is None:
        return None
    try:
        return [_judgement(scene, before_eot(VOCABULARY[i] for i in canvas)) for canvas in trace.canvas.tolist()]
    except ValueError:
        return None


def wrong_words(trace: Trace) -> np.ndarray | None:
    """(S, N) bool: the words marked in each pass, for a wrong claim or a fault of grammar; None where `judgements` has none."""
    passes = judgements(trace)
    if passes is None:
        return None
    wrong = np.zeros(trace.canvas.shape, dtype=bool)
    for row, judgement in zip(wrong, passes, strict=True):
        row[list(judgement.marked)] = True
    return wrong


def claim_counts(trace: Trace) -> list[Counter[str]] | None:
    """How many claims the text of each pass makes, by verdict; None where `judgements` has none."""
    passes = judgements(trace)
    return None if passes is None else [Counter(claim.verdict for claim in judgement.claims) for judgement in passes]


@lru_cache(maxsize=4096)
def _judgement(scene: Scene, words: tuple[str, ...]) -> Judgement:
    return judge(words, scene)


def _scene(scene: Mapping[str, Any] | None) -> Scene | None:
    try:
        return None if scene is None else from_dict(scene)
    except ValueError:  # a trace's head may hold any table here
        return None


def _judged_scene(trace: Trace) -> Scene | None:
    """The scene of a lane that writes in the picture world's words."""
    return _scene(trace.head.scene) if uses_world_vocabulary(trace) else None


def uses_world_vocabulary(trace: Trace) -> bool:
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
