"""What the server holds of the runs of the last hours: the messages sent, so that a page can catch up, and the traces.

A run is named by an unguessable id; whoever knows it may read its messages.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from PIL import Image

from ..run import parse_lane
from ..samplers import SAMPLERS
from ..trace import Trace

CAPACITY = 64  # runs


@dataclass
class StoredRun:
    """A run under way or ended."""

    run: str
    session: str | None  # None: a call of its own, not a page's
    picture: Image.Image | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)  # message k has seq k
    traces: tuple[Trace, ...] = ()
    title: str = ""
    stop: bool = False  # asked to stop
    concepts: dict[str, Any] = field(default_factory=dict)  # what the first lane's eye saw: concept -> (7, 7, values)

    def add(self, message: dict[str, Any]) -> dict[str, Any]:
        """Store a message, and return it."""
        self.messages.append(message)
        return message


class RunStore:
    """Runs by their ids, the oldest forgotten first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._runs: OrderedDict[str, StoredRun] = OrderedDict()
        self._capacity, self._lock = capacity, Lock()

    def begin(self, session: str | None, picture: Image.Image | None = None) -> StoredRun:
        """A new run; earlier runs of the same page session are asked to stop."""
        stored = StoredRun(secrets.token_urlsafe(12), session, picture)
        with self._lock:
            for other in self._runs.values():
                other.stop = other.stop or (session is not None and other.session == session)
            self._runs[stored.run] = stored
            while len(self._runs) > self._capacity:
                self._runs.popitem(last=False)
        return stored

    def __iter__(self) -> Iterator[StoredRun]:
        """The runs held, oldest first."""
        with self._lock:
            return iter(list(self._runs.values()))

    def find(self, run: object) -> StoredRun | None:
        """The run of an id, which may come from anywhere."""
        with self._lock:
            return self._runs.get(run) if isinstance(run, str) else None

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
