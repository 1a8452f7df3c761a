"""What is known of why a run went as it did, of live runs and of recorded ones; and the cascade of its lanes, as it is computed.

What a run costs is bounded as everything that a server computes: of too many words some are drawn, and it is said.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..analysis import cascade_part, causes, lane_part
from ..analysis.cascade import MOST, Cause, cascade_jobs, cascade_of, cascade_passes
from ..backends import find_card
from ..run import Recording
from ..score.messages import Message
from ..stored_analysis import Lane, shown
from ..trace import Trace
from . import whatif
from .asked import MAX_PASSES, most_work
from .recordings import recorded_runs, remember
from .run_store import RunStore, StoredRun
from .stream import ticks_of, while_waiting

LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Study:
    """A run that has ended, and what is known of each of its lanes."""

    run: str  # id of a live run, name of a recorded one
    traces: tuple[Trace, ...]
    lanes: tuple[Lane, ...]
    left_out: str = ""  # why a stored analysis was not read

    @property
    def complete(self) -> bool:
        """Whether the cascade of every lane is known."""
        return all("cascade" in lane for lane in self.lanes)


class Analyses:
    """The studies of the runs in a store, and of the recorded ones; of each page session one is under way at most."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._going: dict[str, StoredRun] = {}  # by page session: a run that is none, for its flag

    def find(self, run: object) -> Study | None:
        """The study of a recorded run or of one that is held; None where there is none, or it has not ended."""
        if isinstance(run, str) and (recorded := recorded_runs().get(run)):
            if not all("numbers" in lane for lane in recorded.analysis or ({},)):
                remember(run, _with_numbers(recorded.traces, recorded.analysis))
            recorded = recorded_runs()[run]
            return Study(run, recorded.traces, recorded.analysis, recorded.left_out)
        stored = self._store.find(run)
        if stored is None or not stored.traces:
            return None
        if len(stored.analysis) != len(stored.traces):
            stored.analysis = _with_numbers(stored.traces, ())
        return Study(stored.run, stored.traces, stored.analysis)

    def add_grounding(self, run: str, lane: int, grounding: Mapping[str, Any]) -> None:
        """Hold what the picture adds to the words of a lane with its run, the last answer of several; of a recorded run nothing."""
        study = self.find(run)
        if study is not None and run not in recorded_runs():
            self._hold(study, lane, {"grounding": grounding})

    def stop(self, session: str) -> None:
        """Ask the study that a page session has under way to stop."""
        if session in self._going:
            self._going[session].stop = True

    def cascades(self, study: Study, session: str) -> Iterator[str | Message]:
        """Compute what is not known; lines on how far it is, at the end the Score's message. Raises ValueError, in one sentence."""
        flag = self._going[session] = StoredRun("", session)
        try:
            for lane in range(len(study.traces)):
                if "cascade" not in study.lanes[lane]:
                    found = yield from self._cascade(study, lane, session, flag)
                    if found is None:
                        yield "Stopped; lanes that were complete are shown."
                        break
                    study = self._hold(study, lane, found)
        finally:
            if self._going.get(session) is flag:
                del self._going[session]
        stored = self._store.find(study.run)
        message: Message = {"kind": "analysis", "run": study.run, "seq": 1, "lanes": [shown(lane) for lane in study.lanes]}
        yield message if stored is None else stored.add({**message, "seq": len(stored.messages)})

    def _cascade(self, study: Study, lane: int, session: str, flag: StoredRun) -> Generator[str, None, Lane | None]:
        """The stored form of a lane's cascade; None where it was stopped."""
        trunk = whatif.find_trunk(self._store, {"run": study.run, "lane": lane}, session)
        opened = yield from while_waiting(trunk.open, flag)
        if opened is None:
            return None
        trace, name = trunk.trace, f"Lane {LETTERS[lane % 8]}"
        picked = chosen(trace, len(study.traces))
        jobs = [replace(job, limit=max(MAX_PASSES, len(trace))) for job in cascade_jobs(trace, opened, picked)]
        recording, ticks = Recording(jobs), ticks_of(jobs)
        try:
            for number, tick in enumerate(ticks, 1):
                recording.add(tick)
                if flag.stop:
                    return None
                yield f"{name}: pass {number} of about {len(trace)}, {len(picked)} words replaced in turn."
        finally:
            ticks.close()
        return cascade_part(cascade_of(trace, picked, recording))

    def _hold(self, study: Study, lane: int, found: Lane) -> Study:
        lanes = tuple({**known, **found} if i == lane else known for i, known in enumerate(study.lanes))
        if study.run in recorded_runs():
            remember(study.run, lanes)
        elif stored := self._store.find(study.run):
            stored.analysis = lanes
        return replace(study, lanes=lanes)


def _with_numbers(traces: tuple[Trace, ...], known: tuple[Lane, ...]) -> tuple[Lane, ...]:
    """The lanes, with what needs no model where it is not stored."""
    stored = known or tuple({} for _ in traces)
    return tuple({"trace": trace.fingerprint, **lane_part(trace), **lane} for trace, lane in zip(traces, stored, strict=True))


def chosen(trace: Trace, lanes: int) -> list[Cause]:
    """The words of a lane to replace: all, or of more than one of so many lanes may compute, some, drawn evenly. Raises ValueError."""
    every = causes(trace, most=1 << 30)
    most = most_work() // lanes // len(trace.start)  # forward passes
    mean = float(np.mean([len(trace) - 1 - cause.at for cause in every])) if every else 0.0
    number = min(MOST, int(most / mean) if mean else MOST)
    if number < 1:
        raise ValueError(f"The cascade of a run of {len(trace)} passes over {len(trace.start)} places is more than is computed here.")
    return causes(trace, most=number)


def cost(study: Study) -> str:
    """What computing the cascades would take, in one or two sentences; "" where they are known."""
    open_lanes = [trace for trace, lane in zip(study.traces, study.lanes, strict=True) if "cascade" not in lane]
    if not open_lanes:
        return ""
    picked = [chosen(trace, len(study.traces)) for trace in open_lanes]
    words, passes = sum(map(len, picked)), sum(map(cascade_passes, open_lanes, picked))
    large = sorted({trace.head.checkpoint for trace in open_lanes if _is_large(trace.head.checkpoint)})
    sentence = f"Runs again once for each of {words} words, with that word replaced: about {passes:,} forward passes."
    return f"{sentence} On {' and '.join(large)} that takes minutes." if large else sentence


def _is_large(checkpoint: str) -> bool:
    try:
        return bool(find_card(checkpoint).repo)
    except ValueError:  # it is not here; opening it says so
        return False
