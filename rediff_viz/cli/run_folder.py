"""A run's folder while the run is under way: DIR.partial, which takes DIR's place at the end and not before.

request.json and the picture are written before the first pass, each lane's trace when the lane ends. What lies in DIR stays
whole until then, whatever happens. Knows no model and no signal.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..saved_run import load_picture, save_manifest, save_picture
from ..trace import Trace, TraceError
from . import places
from .run_request import NAME, RunRequest, load_request

STOPPED = "stopped by a signal"  # why a lane ended that has not ended by itself


@dataclass
class RunFolder:
    """A run under way and where it lies."""

    folder: Path  # DIR
    partial: Path  # DIR.partial
    request: RunRequest
    picture: Any  # RGB, or None
    ours: set[str]  # names of the files of the run that lies in DIR; none where there is none
    traces: dict[int, Trace] = field(default_factory=dict)  # of the lanes that have ended
    unsaved: set[int] = field(default_factory=set)  # of these, the ones that are not on the disk yet

    @property
    def missing(self) -> list[int]:
        """The lanes that have not ended."""
        return [lane for lane in range(len(self.request.lanes)) if lane not in self.traces]

    def keep(self, lane: int, trace: Trace) -> None:
        """Write the trace of a lane that has ended; where the disk refuses, say so: it is tried again at the end."""
        self.traces[lane] = trace
        try:
            trace.save(self.partial / self.request.names[lane])
        except OSError as error:
            self.unsaved.add(lane)
            print(f"rediff_viz: {_words(error)}; lane {lane + 1} is saved when the run ends", file=sys.stderr)

    def finish(self) -> None:
        """Every lane has ended: take DIR's place."""
        self._write({lane: self.traces[lane] for lane in self.unsaved})
        self._take_place()
        (self.folder / NAME).unlink()

    def stop(self, stopped: Mapping[int, Trace]) -> Path:
        """Keep the passes so far of the lanes under way; returns where: DIR only if it held no run."""
        self._write({lane: self.traces[lane] for lane in self.unsaved} | dict(stopped))
        if self.ours:
            return self.partial
        self._take_place()
        return self.folder

    def _write(self, traces: Mapping[int, Trace]) -> None:
        for lane, trace in traces.items():
            trace.save(self.partial / self.request.names[lane])
        self.unsaved.clear()
        save_manifest(self.partial, self.request.names, {"title": self.request.title})

    def _take_place(self) -> None:
        try:
            places.take(self.partial, self.folder, self.ours)
        except OSError as error:
            raise ValueError(f"{_words(error)}: the run cannot take the place of {places.shown(self.folder)}") from error

    def way_on(self) -> str:
        """Where the lanes are that have ended, and how to go on; "" where there are none."""
        if not places.traces_in(self.partial):
            return ""
        return f"what is done lies in {places.shown(self.partial)}; go on with: run --resume {places.shown(self.folder)}"


@contextmanager
def new_run(folder: Path, request: RunRequest, picture: Any) -> Iterator[RunFolder]:
    """A run to be begun. Raises OSError or ValueError, in one sentence and before the block, where no run can be written."""
    folder, partial = places.find(folder)
    ours = places.files_of_run(folder)
    places.check_free(folder, {*request.names, "run.json", "picture.png", NAME} - ours)
    places.clear(partial, folder)
    work = RunFolder(folder, partial, request, picture, ours)
    with _guarded(work):
        request.save(partial)
        if picture is not None:
            save_picture(partial, picture)
        yield work


@contextmanager
def resumed_run(folder: Path, given: Mapping[str, Any]) -> Iterator[RunFolder]:
    """A run to go on with: DIR.partial, or the stopped run in DIR; `given`: the options that must agree, by field of RunRequest.

    Raises ValueError, in one sentence and before the block, for what cannot be trusted or does not agree. Nothing is removed.
    """
    folder, partial = places.find(folder)
    held = next((place for place in (partial, folder) if (place / NAME).is_file()), None)
    if held is None:
        raise ValueError(f"there is no run to go on with, neither in {places.shown(partial)} nor in {places.shown(folder)}")
    request = load_request(held)
    request.check_given(given)
    picture = load_picture(held)
    request.check_picture(picture)
    ended = _ended(held, request)
    work = RunFolder(folder, partial, request, picture, places.files_of_run(folder), ended)
    with _guarded(work):
        if held == folder:
            for name in (NAME, *(["picture.png"] if picture else []), *(request.names[lane] for lane in ended)):
                shutil.copyfile(folder / name, partial / name)
        yield work


def _ended(held: Path, request: RunRequest) -> dict[int, Trace]:
    """The traces of the lanes that ended by themselves; each is of this run, or ValueError says what it is not."""
    found = {}
    for lane, name in enumerate(request.names):
        if not (held / name).is_file():
            continue
        try:
            trace = Trace.load(held / name)
        except TraceError as error:
            raise ValueError(f"{name} in {places.shown(held)}: {error}; remove the file to run that lane again") from error
        request.check_trace(lane, trace)
        if trace.head.stopped != STOPPED:
            found[lane] = trace
    return found


@contextmanager
def _guarded(work: RunFolder) -> Iterator[None]:
    """While open, the partial folder is this process's own; whatever happens, lanes that have ended stay there, and are named."""
    with places.own(work.partial):
        try:
            yield
        except (OSError, ValueError) as error:
            raise ValueError("; ".join(filter(None, (_words(error), work.way_on())))) from error
        except SystemExit:  # a signal
            if line := work.way_on():
                print(f"rediff_viz: {line}", file=sys.stderr)
            raise
        finally:
            places.discard_empty(work.partial)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{Path(error.filename).name}: {error.strerror}" if error.filename else error.strerror
    return str(error)
