"""The things that a run's final text names, and whether the picture shows them: what grounding and confidence are held against.

Words that name things are known in the picture world's vocabulary only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..trace import Trace
from ..truth import texts, uses_world_vocabulary
from ..world.claims import read_mentions

LOW = 1.0  # nats: a word rests little on the picture where this makes it less than e times as probable


@dataclass(frozen=True)
class NamedThing:
    """A word of the final text that names a thing."""

    position: int  # from 0
    noun: str  # singular
    there: bool | None  # whether the scene has it; None where the scene is not known


def named_things(trace: Trace) -> list[NamedThing]:
    """Every naming of a thing in the final text, in order; [] where the words are not the picture world's."""
    if not len(trace) or not uses_world_vocabulary(trace):
        return []
    scene = trace.head.scene
    shown = None if scene is None else {group["noun"] for group in scene.get("groups", ())}
    (words,) = texts(trace, slice(-1, None))
    return [NamedThing(mention.at, mention.noun, None if shown is None else mention.noun in shown) for mention in read_mentions(words)]


def ungrounded(things: Sequence[NamedThing], nats: np.ndarray, low: float = LOW) -> list[NamedThing]:
    """The things whose grounding (N,) is below `low` nats, lowest first; where it is not known (NaN), a thing is left out."""
    return sorted((thing for thing in things if nats[thing.position] < low), key=lambda thing: float(nats[thing.position]))


def sentence(things: Sequence[NamedThing], nats: np.ndarray, low: float = LOW) -> str:
    """The things with low grounding in one sentence for people: positions from 1."""
    if not things:
        return "No word of the final text is known to name a thing."
    found = ungrounded(things, nats, low)
    unknown = sum(bool(np.isnan(nats[thing.position])) for thing in things)
    many = f"the {len(things)} words that name a thing" + (f", {unknown} of them not measured," if unknown else "")
    if not found:
        return f"None of {many} gains less than {low:g} nats from the picture."
    known = {True: ", is there", False: ", is not there", None: ""}
    named = "; ".join(f"{one.noun} at position {one.position + 1} ({nats[one.position]:.2f}{known[one.there]})" for one in found)
    return f"{len(found)} of {many} gain less than {low:g} nats from the picture: {named}."
