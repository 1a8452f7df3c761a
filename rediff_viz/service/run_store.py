"""What the server holds of the runs of the last hours: the messages sent, so that a page can catch up, and the traces.

A run is named by an unguessable id; whoever knows it may read its messages. How much is held, and how long, says `budget`.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from PIL import Image

from ..budget import RUN_AGE, RUNS, RUNS_BYTES
from ..images import display
from ..run import parse_lane
from ..samplers import SAMPLERS
from ..stored_analysis import Lane
from ..trace import Trace
from .size import size_of

FORGOTTEN = "This run is no longer held here; run it again."


@dataclass
class StoredRun:
    """A run under way or ended."""

    run: str
    session: str | None  # None: a call of its own, not a page's
    picture: Image.Image | None = None  # at display size
    messages: list[dict[str, Any]] = field(default_factory=list)  # message k has seq k
    traces: tuple[Trace, ...] = ()
    analysis: tuple[Lane, ...] = ()  # of each trace what an analysis found, once one was made
    title: str = ""
    path: tuple[str, ...] = ()  # of a branch: the changes that lead to it from a run, "word 6 “cats”"
    stop: bool = False  # asked to stop
    concepts: tuple[dict[str, Any], ...] = ()  # what each lane's eye saw: concept -> (7, 7, values)
    under_way: bool = False
    asked: float = 0.0  # when it was last asked for, in the store's seconds
    _full_picture: Image.Image | None = None  # as it came, until the run takes it
    _bytes: int = 0  # of the messages

    def add(self, message: dict[str, Any]) -> dict[str, Any]:
        """Store a message, and return it."""
        self.messages.append(message)
        self._bytes += size_of(message)
        return message

    @contextmanager
    def going(self) -> Iterator[Image.Image | None]:
        """Under way while the block lasts, and not forgotten. Hands out the picture as it came; only the small one stays."""
        picture, self._full_picture, self.under_way = self._full_picture, None, True
        try:
            yield picture
        finally:
            self.under_way = False

    @property
    def held_bytes(self) -> int:
        """About how much memory it takes."""
        return self._bytes + sum(size_of(part) for part in (self.picture, self._full_picture, self.traces, self.analysis, self.concepts))


class RunStore:
    """Runs by their ids, the oldest forgotten first, and those that nobody asks for; never one that is under way.

    runs: how many at most. most_bytes: how much memory they may take. age: seconds since a run was last asked for. clock: seconds.
    """

    def __init__(
        self, runs: int = RUNS, most_bytes: int = RUNS_BYTES, age: float = RUN_AGE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._runs: OrderedDict[str, StoredRun] = OrderedDict()
        self._most, self._most_bytes, self._age, self._clock = runs, most_bytes, age, clock
        self._lock = Lock()

    def begin(self, session: str | None, picture: Image.Image | None = None) -> StoredRun:
        """A new run; earlier runs of the same page session are asked to stop."""
        small = None if picture is None else display(picture)
        stored = StoredRun(secrets.token_urlsafe(12), session, small, asked=self._clock(), _full_picture=picture)
        with self._lock:
            for other in self._runs.values():
                other.stop = other.stop or (session is not None and other.session == session)
            self._runs[stored.run] = stored
        self.sweep()
        return stored

    @contextmanager
    def work(self, session: str | None) -> Iterator[StoredRun]:
        """Something computed on a run that leaves no run behind; stopped, and made way for, as a run of the session is."""
        begun = self.begin(session)
        try:
            yield begun
        finally:
            with self._lock:
                self._runs.pop(begun.run, None)

    def sweep(self) -> None:
        """Forget the runs that are beyond what may be held."""
        with self._lock:
            held, number = sum(run.held_bytes for run in self._runs.values()), len(self._runs)
            newest = next(reversed(self._runs), None)  # it is about to begin
            for stored in list(self._runs.values()):
                beyond = (number > self._most or held > self._most_bytes) and stored.run != newest
                if not stored.under_way and (beyond or self._too_old(stored)):
                    del self._runs[stored.run]
                    held, number = held - stored.held_bytes, number - 1

    def __iter__(self) -> Iterator[StoredRun]:
        """The runs held, oldest first."""
        with self._lock:
            return iter(list(self._runs.values()))

    def find(self, run: object) -> StoredRun | None:
        """The run of an id, which may come from anywhere."""
        with self._lock:
            stored = self._runs.get(run) if isinstance(run, str) else None
            if stored is None or self._too_old(stored):
                return None
            stored.asked = self._clock()
            return stored

    def _too_old(self, stored: StoredRun) -> bool:
        return not stored.under_way and self._clock() - stored.asked > self._age

    def stop(self, session: str) -> int:
        """Ask every run of a session to stop; returns how many were asked."""
        with self._lock:
            going = [r for r in self._runs.values() if r.session == session and not r.stop and not r.traces]
            for stored in going:
                stored.stop = True
        return len(going)

    def messages_after(self, asked: object) -> dict[str, Any]:
        """{"messages": those with a number above `after`} for {"run": id, "after": number}; empty for anything else."""
        if not isinstance(asked, dict):
            return {"messages": []}
        stored, after = self.find(asked.get("run")), asked.get("after")
        if stored is None or not isinstance(after, int) or isinstance(after, bool):
            return {"messages": []}
        return {"messages": list(stored.messages[max(0, after + 1) :])}


def title_of(lanes: Sequence[str]) -> str:
    """The title of a run: what its lanes are."""
    specs = [parse_lane(lane) for lane in lanes]
    names = [SAMPLERS[spec.sampler].title for spec in specs]
    if len({spec.checkpoint for spec in specs}) == 1 and len(set(names)) > 1:
        return f"{' against '.join(names)}, on the same weights"
    return " against ".join(names) if len(names) == 2 else ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
