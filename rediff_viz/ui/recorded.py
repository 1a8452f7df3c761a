"""Recorded runs that come with the app: played on arrival, without a model. Knows no Gradio."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ..export import ASSETS, SavedRun, load_run

RUNS = ASSETS / "runs"


@lru_cache(maxsize=1)
def shelf(folder: Path = RUNS) -> dict[str, SavedRun]:
    """Every recorded run by name, in order of their folders' names."""
    return {path.parent.name: load_run(path.parent) for path in sorted(folder.glob("*/run.json"))}


def labels() -> list[tuple[str, str]]:
    """(title, name) of the recorded runs."""
    return [(run.words.get("title", name), name) for name, run in shelf().items()]


def message(name: str, again: int = 0) -> dict[str, Any]:
    """A recorded run as a message that plays by itself. `again`: the how-manieth showing, so that a second one is not ignored."""
    told = shelf()[name].payload()
    return {**told, "autoplay": True, "again": again}
