"""What the picture adds to the words of a lane, as the page asks for it: the question checked, its cost, and the answer as it comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..analysis.cost import cost, forked_passes, is_long
from ..analysis.grounding import KINDS, TILES, Reading, as_data, judged_words, plain_nats, rows
from ..backends import PassError, find_card
from ..backends.zerogpu import gpu_call, seconds
from ..score.messages import Message
from ..trace import Trace
from ..world import Scene, render, scene_from_seed
from .asked import UNFIT, check_readings
from .choices import is_here
from .run_store import StoredRun
from .stream import while_waiting
from .whatif import Trunk

WORD, LANE = SCOPES = ("word", "lane")  # whose maps: of the word asked about, or of every word of its lane
OTHERS = range(40, 60)  # scenes of the world that can stand for another picture


@dataclass(frozen=True)
class Question:
    """What is asked of a lane, of the right types and within the run."""

    run: str
    lane: int
    position: int
    without: str  # of KINDS
    scope: str  # of SCOPES


def read_question(asked: object, trace: Trace) -> Question:
    """What a browser asks. Raises ValueError for what does not fit."""
    given: dict[str, Any] = asked if isinstance(asked, dict) else {}
    position, without, scope = given.get("position"), given.get("without"), given.get("scope")
    if type(position) is not int or not 0 <= position < len(trace.start) or without not in tuple(KINDS) or scope not in SCOPES:
        raise ValueError(UNFIT)
    return Question(str(given["run"]), int(given["lane"]), position, str(without), str(scope))


def words_of(trace: Trace, position: int, scope: str) -> tuple[int, ...]:
    """The positions whose maps are wanted: those that can be judged."""
    judged = np.flatnonzero(judged_words(trace)).tolist()
    return tuple(judged) if scope == LANE else tuple(i for i in judged if i == position)


def cannot(trunk: Trunk) -> str:
    """Why nothing can be asked of a lane's picture, in one sentence; "" where it can. Loads nothing."""
    head = trunk.trace.head
    try:
        card = find_card(head.checkpoint)
    except ValueError:
        card = None
    if card is None or ((card.folder or card.repo) and not is_here(card)):
        return f"The checkpoint of this lane, {head.checkpoint[:60]}, is not here, so only what is stored with the run can be shown."
    if not card.takes_picture:
        return "The model of this lane reads text only, so none of its words can rest on a picture."
    if not head.picture:
        return "This run had no picture, so none of its words can rest on one."
    return trunk.too_small


def branch_cost(trace: Trace, written: int) -> str:
    """What a branch from the pass after `written` takes with its control, in a sentence; "" where it is a moment."""
    many = forked_passes(trace, [min(written + 1, len(trace))])
    return f"A branch and its control take {cost(many, trace)}." if is_long(many, trace) else ""


def costs(trace: Trace, position: int) -> dict[str, Any]:
    """{scope: what the maps of one word or of every word take, in words, with what all words' grounding takes, "judged": whether the
    word asked about has a map}."""
    words = {scope: words_of(trace, position, scope) for scope in SCOPES}
    return {"judged": bool(words[WORD])} | {scope: f"{cost(rows(trace, some), trace)}." for scope, some in words.items()}


def ground(work: StoredRun, trunk: Trunk, question: Question) -> Iterator[Message | str]:
    """How far the answer has come, and then the answer, as messages for the Score; texts are what is being loaded.

    A visitor's Stop ends it without an answer. Raises ValueError, in one sentence.
    """
    trace = trunk.trace
    if refusal := cannot(trunk):
        raise ValueError(refusal)
    words = words_of(trace, question.position, question.scope)
    many = rows(trace, words, tiles=TILES)
    check_readings(many, len(trace.start))
    asked = {"run": question.run, "lane": question.lane, "position": question.position}
    about: Message = {"kind": "grounding", "work": work.run, **asked, "of": many}
    with work.going():
        session = yield from while_waiting(trunk.open, work)
        if session is None:
            yield {**about, "done": 0, "stopped": True}
            return
        other = render(another_scene(trace)) if question.without == "another" else None
        reading = Reading(trace, session, question.without, other, words, TILES)
        rated: list[np.ndarray] = []
        coming = _rated(reading)
        try:
            for row in coming:
                rated.append(row)
                if len(rated) % reading.batch == 0:
                    yield {**about, "done": len(rated)}
                if work.stop:
                    yield {**about, "done": len(rated), "stopped": True}
                    return
        except PassError as failed:
            raise ValueError(f"The picture could not be asked: {failed}.") from None
        finally:
            coming.close()
        maps = {str(i): plain_nats(lost.ravel()) for i, lost in reading.maps(rated).items()}
        yield {
            **about,
            "done": many,
            "grounding": as_data(trace, reading.grounding(rated)),
            "side": TILES,
            "maps": maps,
            "every": question.scope == LANE,
        }


def _rated(reading: Reading) -> Any:
    """The rows as they come, with a GPU where one is attached by the call."""
    return (_gpu_rated if reading.session.backend.card.repo else Reading.rated)(reading)


@gpu_call(lambda reading: seconds([reading.rows], reading.session.network_rows))
def _gpu_rated(reading: Reading) -> Iterator[np.ndarray]:
    yield from reading.rated()


def another_scene(trace: Trace) -> Scene:
    """A scene of the world that can stand for another picture: the first of some that shares no word with the lane's text."""
    words = {text.strip().lower() for text in trace.tokens(np.unique(trace.final))}
    scenes = [scene_from_seed(seed) for seed in OTHERS]
    apart = (s for s in scenes if s.setting not in words and not any(w.startswith(g.noun[:-1]) for g in s.groups for w in words))
    return next(apart, scenes[0])
