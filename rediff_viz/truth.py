"""What a lane's answer says of its scene, pass by pass: which claims are right, which words are wrong and why. Knows traces and the
picture world. Shapes: N answer positions, S passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from .events import changes, events, previous_canvas
from .trace import Trace
from .world import EOT_ID, MASK_ID, PLURALS, VOCABULARY, Judgement, Scene, captions, from_dict, judge
from .world.claims import RIGHT, UNJUDGED, WRONG
from .world.grammar import prompt_of
from .world.reasons import why_fault, why_not_right
from .world.vocabulary import before_eot

ALL = slice(None)  # passes
NONE = ""  # the verdict on a word that carries no claim
_PRECEDENCE = RIGHT, UNJUDGED, WRONG  # of a word's several claims the last of these counts


def scene_words(scene: Mapping[str, Any] | None) -> str:
    """One true caption of a world scene, as a sentence; "" where the scene is not known."""
    if (known := _scene(scene)) is None:
        return ""
    words = " ".join(next(captions(known, prompt_of(known)))).replace(" ,", ",").split(" .")
    return ". ".join(part.strip().capitalize() for part in words if part.strip())


def scene_of(trace: Trace) -> Scene | None:
    """The scene by which a lane can be judged: known, and described in the picture world's words."""
    return _scene(trace.head.scene) if uses_world_vocabulary(trace) else None


def judgements(trace: Trace, passes: slice = ALL) -> list[Judgement] | None:
    """The canvas after each of the passes as it can be read then; None where the scene is not known or a text is too long."""
    scene = scene_of(trace)
    if scene is None:
        return None
    try:
        return [_judgement(scene, words) for words in texts(trace, passes)]
    except ValueError:
        return None


def texts(trace: Trace, passes: slice = ALL) -> list[tuple[str, ...]]:
    """What is judged: the words of the canvas after each of the passes, up to the first <eot>."""
    return [before_eot(VOCABULARY[i] for i in canvas) for canvas in trace.canvas[passes].tolist()]


def wrong_words(trace: Trace, passes: slice = ALL) -> np.ndarray | None:
    """(S, N) bool: the words marked in each of the passes, for a wrong claim or a fault of grammar; None where `judgements` has none."""
    judged = judgements(trace, passes)
    if judged is None:
        return None
    wrong = np.zeros((len(judged), trace.canvas.shape[1]), dtype=bool)
    for row, judgement in zip(wrong, judged, strict=True):
        row[list(judgement.marked)] = True
    return wrong


def why_wrong(trace: Trace) -> list[dict[int, str]] | None:
    """For each pass, why each marked word is wrong: position -> sentences; None where `judgements` has none."""
    passes, scene = judgements(trace), scene_of(trace)
    return None if passes is None or scene is None else [_reasons(*one, scene) for one in zip(passes, texts(trace), strict=True)]


def verdicts(trace: Trace) -> np.ndarray:
    """(S, N) str: the verdict on the claim that each word carries after each pass, WRONG before UNJUDGED before RIGHT; NONE without one."""
    verdict = np.full(trace.canvas.shape, NONE, dtype=object)
    for row, judgement in zip(verdict, judgements(trace) or (), strict=False):
        for claim in sorted(judgement.claims, key=lambda claim: _PRECEDENCE.index(claim.verdict)):
            row[list(claim.positions)] = claim.verdict
    return verdict


def earlier(verdict: np.ndarray) -> np.ndarray:
    """(S, N) str: the verdicts (S, N) as each pass begins; NONE before the first."""
    return np.concatenate([np.full((1, verdict.shape[1]), NONE, dtype=object), verdict])[: len(verdict)]


def judged_events(trace: Trace) -> pd.DataFrame:
    """`events` with two more columns: `verdict` on the new word in that pass's text and `old_verdict` on the old one in the text before.

    From WRONG to RIGHT a claim is repaired, the other way round harmed. NONE where a word carries no claim, where nothing can be judged,
    and for a word that the same pass replaced again.
    """
    found, verdict = changes(trace), verdicts(trace)
    where = found.at, found.position
    new = np.where(trace.canvas[where] == found.new, verdict[where], NONE)
    old = np.where(previous_canvas(trace)[where] == found.old, earlier(verdict)[where], NONE)
    return events(trace).assign(verdict=new, old_verdict=old)


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


def _reasons(judgement: Judgement, words: Sequence[str], scene: Scene) -> dict[int, str]:
    """Position -> why the word there is marked."""
    found: dict[int, list[str]] = {}
    for claim in judgement.claims:
        for position in claim.positions if claim.verdict == WRONG else ():
            found.setdefault(position, []).append(why_not_right(claim, words, scene))
    for fault in judgement.grammar:
        for position in fault.positions:
            found.setdefault(position, []).append(why_fault(fault, words))
    return {position: " ".join(sentences) for position, sentences in found.items()}


@lru_cache(maxsize=4096)
def _judgement(scene: Scene, words: tuple[str, ...]) -> Judgement:
    return judge(words, scene)


def _scene(scene: Mapping[str, Any] | None) -> Scene | None:
    try:
        return None if scene is None else from_dict(scene)
    except ValueError:  # a trace's head may hold any table here
        return None
