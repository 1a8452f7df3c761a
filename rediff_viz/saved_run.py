"""What a run's folder is: read, written, as a zip, as an event table.

A run's folder holds `run.json` (title and words), one `.trace` a lane in order, `picture.png` where it may be shown, and
`analysis.json` where something of it was analysed.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from .budget import PICTURE_PIXELS
from .csv_cells import write_csv
from .events import for_people
from .images import bare, open_picture
from .stored_analysis import Lane, load_analysis, save_analysis
from .trace import Trace
from .trace.file import replace_file
from .trace.stored import read_json
from .truth import judged_events
from .verdicts import Verdict, verdicts_on, write_verdicts

SAVED_PICTURE_BYTES = 4 * PICTURE_PIXELS  # of picture.png: a photograph takes more room as PNG than the file it came from
_WORDS = ("title", "about", "intro", "found")


@dataclass(frozen=True)
class SavedRun:
    """A run as its folder holds it."""

    name: str
    traces: tuple[Trace, ...]
    picture: Image.Image | None = None
    words: dict[str, str] = field(default_factory=dict)  # title, about, intro, found: how the run was found
    analysis: tuple[Lane, ...] = ()  # of each trace what is stored of its analysis, {} for nothing
    left_out: str = ""  # why a stored analysis was not read, in one sentence


def save_run(folder: str | Path, run: SavedRun) -> Path:
    """Write the run's folder and return its path."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = [trace_name(i, trace.head.sampler, trace.head.checkpoint) for i, trace in enumerate(run.traces)]
    for name, trace in zip(names, run.traces, strict=True):
        trace.save(folder / name)
    if run.picture is not None:
        save_picture(folder, run.picture)
    save_manifest(folder, names, run.words)
    if any(run.analysis):
        save_analysis(folder, run.traces, run.analysis)
    return folder


def trace_name(lane: int, sampler: str, checkpoint: str) -> str:
    """The name of a lane's file: "1-rediff@world-rediff.trace" is lane 0; of a checkpoint's path its last part."""
    return f"{lane + 1}-{sampler}@{checkpoint.rstrip('/').rpartition('/')[2]}.trace"


def save_picture(folder: Path, picture: Image.Image) -> None:
    """Write picture.png: the same RGB pixels."""
    file = io.BytesIO()
    bare(picture).save(file, "PNG")
    replace_file(folder / "picture.png", file.getvalue())


def load_picture(folder: Path) -> Image.Image | None:
    """A run's picture, where it has one. Raises PictureError, in one sentence, when it cannot be opened."""
    picture = folder / "picture.png"
    return open_picture(picture, SAVED_PICTURE_BYTES) if picture.is_file() else None


def save_manifest(folder: Path, names: Sequence[str], words: Mapping[str, str]) -> None:
    """Write run.json: the names of the traces in order, and the words."""
    manifest = {"version": 1, "traces": list(names), **words}
    replace_file(folder / "run.json", (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())


def load_run(folder: str | Path) -> SavedRun:
    """Read a run's folder. Raises ValueError, in one sentence, when it is none; TraceError for a damaged trace.

    An analysis that is damaged or another run's is left out, which `left_out` says.
    """
    folder = Path(folder)
    manifest, names = _manifest(folder)
    traces = tuple(Trace.load(folder / name) for name in names)
    words = {key: str(manifest[key]) for key in _WORDS if key in manifest}
    return SavedRun(folder.name, traces, load_picture(folder), words, *load_analysis(folder, traces))


def run_of(folder: Path, names: Iterable[str]) -> tuple[list[str], tuple[Trace, ...]] | None:
    """Names and traces, in order, of the run in a folder, where one of these names is among them; else None. Raises as `load_run`."""
    if not (folder / "run.json").is_file():
        return None
    _, all_names = _manifest(folder)
    return (all_names, tuple(Trace.load(folder / name) for name in all_names)) if set(names) & set(all_names) else None


def _manifest(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """run.json, and the names of the traces in it. Raises ValueError."""
    try:
        manifest = read_json((folder / "run.json").read_text(encoding="utf-8"))
        version, names = manifest["version"], [str(name) for name in manifest["traces"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder.name}/run.json cannot be read as a run: {error}") from error
    if version != 1:
        raise ValueError(f"run version {version}, this code reads 1")
    if not names or any(Path(name).name != name for name in names):
        raise ValueError(f"{folder.name}/run.json must name at least one trace that lies beside it")
    return manifest, names


def zip_run(run: SavedRun, path: str | Path, verdicts: Sequence[Verdict] = ()) -> Path:
    """The run's folder as one zip file, with a reader's verdicts as verdicts.csv where there are any; returns its path."""
    path = Path(path)
    with tempfile.TemporaryDirectory(dir=path.parent) as parent, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        folder = save_run(Path(parent) / run.name, run)
        if verdicts:
            (folder / "verdicts.csv").write_text(write_verdicts(verdicts), encoding="utf-8", newline="")
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{run.name}/{file.name}")
    return path


def events_csv(traces: Sequence[Trace], path: str | Path, verdicts: Sequence[Verdict] = ()) -> Path:
    """Every commit, revision and remask of all lanes as one CSV table, positions from 1; returns its path.

    With a reader's verdicts, the event that wrote a word has the reader's verdict on it and the note.
    """
    path = Path(path)
    tables = [_marked(judged_events(trace), trace, verdicts).assign(lane=trace.head.lane) for trace in traces]
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, "lane", table.pop("lane"))
    write_csv(for_people(table), path)
    return path


def _marked(events: pd.DataFrame, trace: Trace, verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Events with the columns `your_verdict` and `note`, where there are verdicts."""
    if not verdicts:
        return events
    given = {(one.written, one.position): one for one in verdicts_on(trace, verdicts)}
    # of the events of one pass at one place, an edit by hand comes first and the sampler's own last
    last = ~events.duplicated(["pass", "position"], keep="last") & (events["event"] != "remask")
    places = zip(events["pass"], events["position"], last, strict=True)
    found = [given.get((at, position)) if writes else None for at, position, writes in places]
    return events.assign(your_verdict=[one.verdict if one else "" for one in found], note=[one.note if one else "" for one in found])
