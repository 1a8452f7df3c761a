"""What a command found is stored beside the trace, in analysis.json of the run's folder; what cannot be is one sentence on stderr."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .places import shown


def store(found: Mapping[Path, Mapping[str, Any]]) -> None:
    """Store the parts found of each trace file that lies in a run's folder; what is stored of the run's other lanes stays."""
    folders: dict[Path, dict[str, Mapping[str, Any]]] = {}
    for path, parts in found.items():
        folders.setdefault(path.parent, {})[path.name] = parts
    for folder, lanes in folders.items():
        _store(folder, lanes)


def _store(folder: Path, lanes: Mapping[str, Mapping[str, Any]]) -> None:
    from ..saved_run import run_of
    from ..stored_analysis import NAME, save_analysis

    where = shown(folder.resolve() / NAME)
    try:
        run = run_of(folder, lanes)
        if run is None:
            return
        names, traces = run
        replaced = save_analysis(folder, traces, [lanes.get(name, {}) for name in names])
        print(f"rediff_viz: {replaced + ' ' if replaced else ''}stored in {where}", file=sys.stderr)
    except OSError as error:
        print(f"rediff_viz: nothing was stored in {where}: {error.strerror or error}", file=sys.stderr)
    except ValueError as error:
        print(f"rediff_viz: nothing was stored in {where}: {error}", file=sys.stderr)
