"""What a change did: every later event of a branch that differs from its trunk's, beyond what the control differs by itself.

An event is a commit, revision or remask of the sampler. Shapes: N answer positions, S passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..events import changes, probability
from ..trace import Trace

KINDS = ("token", "pass", "probability", "new", "gone")
FLOOR = 0.05  # nats: a smaller change of a log-probability is no effect, whatever the control's own


@dataclass(frozen=True)
class Effect:
    """An event that differs. Positions and passes count from 0; `at` is the trunk's pass, or the branch's where only it has the event.

    token: another word in the same pass; pass: the same word in another pass; probability: the same word in the same pass,
    less or more probable; new, gone: an event that only the branch, or only the trunk, has.
    """

    kind: str  # one of KINDS
    position: int
    at: int
    old: int | None  # token of the trunk's event
    new: int | None  # of the branch's
    delta: float  # log-probability of the trunk's word in that pass, trunk minus branch, nats; NaN where it is not recorded


@dataclass(frozen=True)
class Event:
    """A change that the sampler made."""

    at: int
    token: int


def effects(trunk: Trace, branch: Trace, at: int, skip: frozenset[int] = frozenset(), floor: float = FLOOR) -> list[Effect]:
    """Every event from pass `at` (from 0) on that differs, in order of passes; positions in `skip` are left out.

    floor: the least change of a log-probability, nats, that counts.
    """
    ours, theirs = events_by_position(trunk, at), events_by_position(branch, at)
    moved = _log_ratios(trunk, branch, ours)
    found = [
        effect
        for position in sorted({*ours, *theirs} - skip)
        for effect in _differences(position, ours.get(position, []), theirs.get(position, []), moved, floor)
    ]
    return sorted(found, key=lambda effect: (effect.at, effect.position))


def events_by_position(trace: Trace, at: int = 0) -> dict[int, list[Event]]:
    """The sampler's events from pass `at` (from 0) on, of each position that has any, in order."""
    made = changes(trace)
    chosen = np.flatnonzero((made.at >= at) & ~made.by_hand)
    table: dict[int, list[Event]] = {}
    for k in chosen:
        table.setdefault(int(made.position[k]), []).append(Event(int(made.at[k]), int(made.new[k])))
    return table


def _differences(
    position: int, ours: list[Event], theirs: list[Event], moved: Mapping[tuple[int, Event], float], floor: float
) -> Iterator[Effect]:
    """The differing events of one position: paired by pass, then by word, the rest alone."""
    in_pass = dict(_from_the_end_of_its_pass(theirs))
    left: list[Event] = []
    for place, event in _from_the_end_of_its_pass(ours):
        other = in_pass.pop(place, None)
        if other is None:
            left.append(event)
            continue
        delta = moved[position, event]
        if other.token != event.token:
            yield Effect("token", position, event.at, event.token, other.token, delta)
        elif abs(delta) > floor:
            yield Effect("probability", position, event.at, event.token, event.token, delta)
    unpaired = list(in_pass.values())
    for event in left:
        same = next((other for other in unpaired if other.token == event.token), None)
        if same is not None:
            unpaired.remove(same)
        delta = moved[position, event]
        yield Effect("pass" if same else "gone", position, event.at, event.token, same.token if same else None, delta)
    yield from (Effect("new", position, event.at, None, event.token, float("nan")) for event in unpaired)


def _from_the_end_of_its_pass(events: list[Event]) -> list[tuple[tuple[int, int], Event]]:
    """(pass, how many later events it has there) of each event: a sampler can remask a word before a pass and commit one in it."""
    later = Counter[int]()
    placed = []
    for event in reversed(events):
        placed.append(((event.at, later[event.at]), event))
        later[event.at] += 1
    return placed[::-1]


def _log_ratios(trunk: Trace, branch: Trace, events: Mapping[int, list[Event]]) -> dict[tuple[int, Event], float]:
    """Of each event of the trunk, log p(its token) in its pass minus that in the same pass of the branch; NaN where not recorded."""
    pairs = [(position, event) for position, some in events.items() for event in some]
    where = np.array([(event.at, position, event.token) for position, event in pairs], dtype=np.int64).reshape(-1, 3).T
    inside = where[0] < len(branch)
    ratios = np.full(len(pairs), np.nan)
    ours, theirs = (np.maximum(probability(trace, *where[:, inside]), 1e-6) for trace in (trunk, branch))
    ratios[inside] = np.log(ours / theirs)
    return dict(zip(pairs, ratios.tolist(), strict=True))
