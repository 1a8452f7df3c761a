"""Which arrows a drawing of a cascade has: direct ones, the strongest, those of words apart from those of the text's end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rediff_viz.events import changes
from rediff_viz.trace import Trace

MOST = 48  # arrows of a kind in a lane
Event = tuple[int, int]  # (pass, position), from 0


@dataclass(frozen=True)
class Arrow:
    """One effect."""

    cause: Event
    effect: Event
    delta: float  # nats, log-probability of the word there with the cause minus without it; 0 where it is not recorded


@dataclass(frozen=True)
class Arrows:
    """The arrows of a lane, the strongest of each kind."""

    words: list[Arrow]  # from word to word
    ends: list[Arrow]  # from or to an end of the text
    moved: list[Arrow]  # the same word, more or less probable
    hidden: int  # of those from word to word, how many more there are


def arrows_of(trace: Trace, found: Any) -> Arrows:
    """The arrows of a stored cascade to what its trace wrote, without those to other words that chains of others make up."""
    made = changes(trace)
    written = set(zip(made.at.tolist(), made.position.tolist(), strict=True))
    rows = [(Arrow((ca, cp), (ea, ep), delta or 0.0), word, above) for cp, ca, ep, ea, delta, word, above in found["effects"]]
    rows = [row for row in rows if row[0].effect in written]  # what only the branch wrote has no place in the run's own drawing
    other = [arrow for arrow, word, above in rows if word and (above or not found["measured"])]
    after: dict[Event, set[Event]] = {}
    for arrow in other:
        after.setdefault(arrow.cause, set()).add(arrow.effect)
    direct = [a for a in other if not any(a.effect in after.get(b, ()) for b in after[a.cause] if b != a.effect)]
    moved = [arrow for arrow, word, above in rows if above and not word]
    direct, moved = (sorted(some, key=lambda arrow: -abs(arrow.delta)) for some in (direct, moved))
    words = [arrow for arrow in direct if not _of_the_end(trace, arrow)]
    ends = [arrow for arrow in direct if _of_the_end(trace, arrow)]
    return Arrows(words[:MOST], ends[:MOST], moved[:MOST], max(0, len(words) - MOST))


def _of_the_end(trace: Trace, arrow: Arrow) -> bool:
    return any(at < len(trace) and trace.canvas[at, position] == trace.head.eot_id for at, position in (arrow.cause, arrow.effect))
