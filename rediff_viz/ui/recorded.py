"""Recorded runs that come with the app: played on arrival, without a model. Knows no Gradio."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ..export import SavedRun, load_run
from ..paths import runs_folder


@lru_cache(maxsize=1)
def shelf() -> dict[str, SavedRun]:
    """Every run in assets/runs, or in the folder $REDIFF_VIZ_RUNS, by name, in order of their folders' names."""
    return {path.parent.name: load_run(path.parent) for path in sorted(runs_folder().glob("*/run.json"))}


def labels() -> list[tuple[str, str]]:
    """(title, name) of the recorded runs."""
    return [(run.words.get("title", name), name) for name, run in shelf().items()]


def message(name: str, again: int = 0) -> dict[str, Any]:
    """A recorded run as a message that plays by itself. `again`: the how-manieth showing, so that a second one is not ignored."""
    told = shelf()[name].payload()
    return {**told, "autoplay": True, "again": again}
