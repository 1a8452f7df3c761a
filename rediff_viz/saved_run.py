"""What a run's folder is: read, written, as a zip, as an event table.

A run's folder holds `run.json` (title and words), one `.trace` a lane in order, and `picture.png` where it may be shown.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from PIL import Image

from .events import events
from .images import open_picture
from .trace import Trace
from .trace.file import replace_file
from .trace.stored import read_json

_WORDS = ("title", "about", "intro")


@dataclass(frozen=True)
class SavedRun:
    """A run as its folder holds it."""

    name: str
    traces: tuple[Trace, ...]
    picture: Image.Image | None = None
    words: dict[str, str] = field(default_factory=dict)  # title, about, intro


def save_run(folder: str | Path, run: SavedRun) -> Path:
    """Write the run's folder and return its path."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for i, trace in enumerate(run.traces):
        checkpoint = trace.head.checkpoint.rstrip("/").rpartition("/")[2]  # a folder's path ends in its name
        names.append(f"{i + 1}-{trace.head.sampler}@{checkpoint}.trace")
        trace.save(folder / names[-1])
    if run.picture is not None:
        run.picture.convert("RGB").save(folder / "picture.png")
    manifest = {"version": 1, "traces": names, **run.words}
    replace_file(folder / "run.json", (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
    return folder


@contextmanager
def replacing(folder: str | Path) -> Iterator[Path]:
    """A folder DIR.partial beside DIR to write a run into; it takes DIR's place when the block ends, and only then.

    Raises OSError or ValueError, in one sentence and before the block, where no run can be written. Until the end the run that lies in
    DIR stays whole, also when the block fails; files of DIR that no run of ours wrote stay in it.
    """
    folder = Path(folder).absolute()
    partial = folder.with_name(f"{folder.name}.partial")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder.name} is a file, expected a folder for the run")
    ours = _files_of_run(folder)  # raises if what lies there calls itself a run and is none
    _clear(partial)
    partial.mkdir(parents=True)
    try:
        yield partial
        _take_place(partial, folder, ours)
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)


def _clear(partial: Path) -> None:
    """Remove what an earlier attempt left. Raises ValueError when it is something else."""
    if partial.exists():
        if not partial.is_dir():
            raise ValueError(f"{partial.name} is in the way: it is a file")
        if strange := [path.name for path in partial.iterdir() if path.suffix not in (".trace", ".json", ".png")]:
            raise ValueError(f"{partial.name} is in the way: it holds {strange[0]}, which no run of ours wrote")
        shutil.rmtree(partial)


def _files_of_run(folder: Path) -> set[str]:
    """The names of the files that a run in this folder consists of; none where there is no run."""
    if not (folder / "run.json").is_file():
        return set()
    load_run(folder)
    return {"run.json", "picture.png", *json.loads((folder / "run.json").read_text(encoding="utf-8"))["traces"]}


def _take_place(partial: Path, folder: Path, ours: set[str]) -> None:
    """Move partial to folder's name; of what was there, `ours` goes and every other file stays."""
    if not folder.exists():
        partial.rename(folder)
        return
    retired = folder.with_name(f".{folder.name}.old")
    folder.rename(retired)
    try:
        partial.rename(folder)
    except OSError:
        retired.rename(folder)
        raise
    for path in retired.iterdir():
        if path.name not in ours and not (folder / path.name).exists():
            path.rename(folder / path.name)
    shutil.rmtree(retired)


def load_run(folder: str | Path) -> SavedRun:
    """Read a run's folder. Raises ValueError, in one sentence, when it is none; TraceError for a damaged trace."""
    folder = Path(folder)
    try:
        manifest = read_json((folder / "run.json").read_text(encoding="utf-8"))
        version, names = manifest["version"], [str(name) for name in manifest["traces"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder.name}/run.json cannot be read as a run: {error}") from error
    if version != 1:
        raise ValueError(f"run version {version}, this code reads 1")
    if not names or any(Path(name).name != name for name in names):
        raise ValueError(f"{folder.name}/run.json must name at least one trace that lies beside it")
    traces = tuple(Trace.load(folder / name) for name in names)
    picture = folder / "picture.png"
    words = {key: str(manifest[key]) for key in _WORDS if key in manifest}
    return SavedRun(folder.name, traces, open_picture(picture) if picture.is_file() else None, words)


def zip_run(run: SavedRun, path: str | Path) -> Path:
    """The run's folder as one zip file; returns its path."""
    path = Path(path)
    with tempfile.TemporaryDirectory() as parent, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        folder = save_run(Path(parent) / run.name, run)
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{run.name}/{file.name}")
    return path


def events_csv(traces: Sequence[Trace], path: str | Path) -> Path:
    """Every commit, revision and remask of all lanes as one CSV table; returns its path."""
    path = Path(path)
    tables = [events(trace).assign(lane=trace.head.lane) for trace in traces]
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, "lane", table.pop("lane"))
    table.to_csv(path, index=False)
    return path
