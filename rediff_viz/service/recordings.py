"""Recorded runs that come with the app: played on arrival, without a model."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..paths import runs_folder
from ..saved_run import SavedRun, load_run
from ..score.messages import payload_of
from ..stored_analysis import Lane


@lru_cache(maxsize=1)
def recorded_runs() -> dict[str, SavedRun]:
    """Every run in assets/runs, or in the folder $REDIFF_VIZ_RUNS, by name, in order of their folders' names."""
    return {path.parent.name: load_run(path.parent) for path in sorted(runs_folder().glob("*/run.json"))}


def remember(name: str, analysis: tuple[Lane, ...]) -> None:
    """Hold what an analysis of a recorded run found, for whoever looks at it until the server ends."""
    recorded_runs()[name] = replace(recorded_runs()[name], analysis=analysis)


def labels() -> list[tuple[str, str]]:
    """(title, name) of the recorded runs."""
    return [(run.words.get("title", name), name) for name, run in recorded_runs().items()]


def message(name: str, showing: int = 0) -> dict[str, Any]:
    """A recorded run as a message that plays by itself. `showing` counts the times it was asked for; the browser ignores a repetition."""
    return {**payload_of(recorded_runs()[name]), "autoplay": True, "again": showing}
