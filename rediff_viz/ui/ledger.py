"""What the server remembers of the runs of the last hours: the messages sent, so that a page can catch up, and the traces.

A run is named by an unguessable id; whoever knows it may read its messages. Knows no Gradio.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from PIL import Image

from ..trace import Trace

KEPT = 64  # runs


@dataclass
class Record:
    """A run under way or ended."""

    run: str
    session: str
    picture: Image.Image | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)  # message k has seq k
    traces: tuple[Trace, ...] = ()
    title: str = ""
    stop: bool = False
    seen: dict[str, Any] = field(default_factory=dict)  # what the eye saw: concept -> (7, 7, values)


class Ledger:
    """Records by run id, the oldest forgotten first."""

    def __init__(self, kept: int = KEPT) -> None:
        self._records: OrderedDict[str, Record] = OrderedDict()
        self._kept, self._lock = kept, Lock()

    def begin(self, session: str, picture: Image.Image | None = None) -> Record:
        """A new record; earlier runs of the same session are told to stop."""
        record = Record(secrets.token_urlsafe(12), session, picture)
        with self._lock:
            for other in self._records.values():
                other.stop = other.stop or other.session == session
            self._records[record.run] = record
            while len(self._records) > self._kept:
                self._records.popitem(last=False)
        return record

    def find(self, run: object) -> Record | None:
        """The record of a run id, which may come from anywhere."""
        with self._lock:
            return self._records.get(run) if isinstance(run, str) else None

    def halt(self, session: str) -> int:
        """Tell every run of a session to stop; returns how many were told."""
        with self._lock:
            going = [r for r in self._records.values() if r.session == session and not r.stop and not r.traces]
            for record in going:
                record.stop = True
        return len(going)

    def after(self, asked: object) -> dict[str, Any]:
        """{"messages": those with a number above `after`} for {"run": id, "after": number}; empty for anything else."""
        if not isinstance(asked, dict):
            return {"messages": []}
        record, after = self.find(asked.get("run")), asked.get("after")
        if record is None or not isinstance(after, int) or isinstance(after, bool):
            return {"messages": []}
        return {"messages": list(record.messages[max(0, after + 1) :])}


def titles(lanes: Sequence[str]) -> str:
    """The title of a run: what its lanes are."""
    from ..lane import parse_lane
    from ..samplers import SAMPLERS

    specs = [parse_lane(lane) for lane in lanes]
    names = [SAMPLERS[spec.sampler].title for spec in specs]
    if len({spec.checkpoint for spec in specs}) == 1 and len(set(names)) > 1:
        return f"{' against '.join(names)}, on the same weights"
    return " against ".join(names) if len(names) == 2 else ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
