"""A branch as it happens: beside its trunk, which is complete, and with a control that nobody sees until it is compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..analysis.branches import compared
from ..analysis.eye import in_words, noted, see_otherwise
from ..images import data_url
from ..run import Recording, Tick, fork
from ..samplers import SAMPLERS
from ..score.caution import caution_of
from ..score.messages import Message, MessageEncoder, head_of
from ..trace import Trace
from ..truth import scene_words
from .asked import MAX_PASSES, check_work
from .run_store import StoredRun
from .status import stopped_line
from .stream import lane_head, ticks_of, while_waiting
from .whatif import Change, Trunk, Wish, change_of

CONTROL, CHANGED = 0, 1  # of the jobs; in the run that is shown, lane 0 is the trunk


def branch(stored: StoredRun, trunk: Trunk, wish: Wish) -> Iterator[Message | str]:
    """The messages of a branch: first the trunk whole, and of the branch what it shares and its first own pass; then a tick each.

    `stored` holds the messages, and at the end two traces, the trunk's and the branch's. Raises ValueError, in one sentence.
    """
    with stored.going():
        session = yield from while_waiting(trunk.open, stored)
        if session is None:
            return
        trace, change = trunk.trace, change_of(trunk.trace, session, wish)
        seeing = see_otherwise(session, change.eye_edits) if change.eye_edits else session
        control, changed = fork(trace, session, at=change.at), fork(trace, seeing, change.edits, at=change.at)
        lanes = [replace(one, limit=max(MAX_PASSES, len(trace))) for one in (control, noted(changed) if change.eye_edits else changed)]
        check_work(lanes)
        stored.title, stored.path = change.title, (*trunk.path, change.step)
        stored.concepts = tuple(dict(one.backend.concepts(one)) for one in (session, seeing))
        encoder = MessageEncoder(stored.run, [head_of(trace), lane_head(lanes[CHANGED])])
        recording, ticks = Recording(lanes), ticks_of(lanes)
        try:
            _begin(recording, ticks, change.at)
            yield stored.add(_opening(stored, encoder, trace, change, wish, recording))
            yield from _go_on(stored, encoder, trace, recording, ticks)
        finally:
            ticks.close()


def _begin(recording: Recording, ticks: Iterator[Tick], at: int) -> None:
    """The passes before the change, which no model is asked for, and the first that it can change.

    Raises ValueError where the method, as it is now, ends before.
    """
    for number in range(1, at + 1):
        tick = next(ticks, Tick({}, {}))
        recording.add(tick)
        if number < at and CHANGED not in tick.records:
            raise ValueError("This run was made by another version of its method, which took other passes, so it cannot be forked here.")


def _opening(stored: StoredRun, encoder: MessageEncoder, trace: Trace, change: Change, wish: Wish, recording: Recording) -> Message:
    """The trunk to its end, and the branch up to its first own pass."""
    at, method, seen = change.at, SAMPLERS[trace.head.sampler].title, in_words(change.eye_edits)
    position = -1 if seen else wish.position
    shown = {"lane": wish.lane, "position": position, "at": at, "word": change.word, "hidden": not change.word, "seen": seen}
    same = f"everything before pass {at} is the run's own"
    anew = "an edit of what the eye saw: all is written anew from it"
    words: dict[str, Any] = {
        "about": f"{method} · the same picture, plan and seed; {anew if seen else same}",
        "caution": caution_of([trace]),
        "scene_words": scene_words(trace.head.scene),
        "branch": {**shown, "path": list(stored.path)},
    }
    opening = encoder.opening("live", change.title, None if stored.picture is None else data_url(stored.picture), **words)
    for lane, title in zip(opening["lanes"], ("As it was", "Seen otherwise" if seen else "With the change"), strict=True):
        lane["title"] = title
    encoder.played(opening, 0, map(trace.pass_record, range(len(trace))), trace)
    encoder.played(opening, 1, recording.passes[CHANGED])
    return opening


def _go_on(stored: StoredRun, encoder: MessageEncoder, trace: Trace, recording: Recording, ticks: Iterator[Tick]) -> Iterator[Message]:
    """Both forks in the same batches, of which only the branch's passes are sent; at the end what the control showed."""
    try:
        for tick in ticks:
            recording.add(tick)
            if CHANGED in tick.records:
                yield stored.add(encoder.tick({1: tick.records[CHANGED]}))
            if stored.stop:
                break
    finally:
        control, changed = recording.traces("stopped by hand")
        stored.traces = (trace, changed)
        end = encoder.ending(stored.traces, "" if recording.complete else stopped_line(stored.traces))
        if recording.complete:
            found = compared(trace, control)
            end["control"] = {"repeats": found.repeats, "sentence": found.sentence}
        stored.add(end)
    yield stored.messages[-1]
