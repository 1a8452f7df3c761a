"""DIR and DIR.partial on the disk: which files are whose, and how one takes the other's place. Knows no request and no model."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..saved_run import load_run
from ..trace.stored import read_json
from .run_request import NAME

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

_OURS = re.compile(r"(run|request|analysis)\.json|picture\.png|[0-9]+-.+@.+\.trace")
_DRAFT = re.compile(r"\..+\.(trace|json|png)\.[a-z0-9_]{8}")  # of a file that was being written when its process ended


def find(folder: Path) -> tuple[Path, Path]:
    """DIR and DIR.partial as absolute paths, once nothing is in their way. Raises ValueError, in one sentence."""
    folder = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder.name} is a file, expected a folder for the run")
    if folder.is_mount():
        raise ValueError(f"{shown(folder)} is where a disk begins, expected a folder in it, e.g. {shown(folder / 'run')}")
    partial = folder.with_name(f"{folder.name}.partial")
    if partial.is_symlink() or (partial.exists() and not partial.is_dir()):
        raise ValueError(f"{partial.name} is in the way: it is a {'link' if partial.is_symlink() else 'file'}")
    _settle(folder)
    return folder, partial


def shown(path: Path) -> Path:
    """A path as it is written in messages: from here where it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def traces_in(partial: Path) -> list[str]:
    """The names of the traces that lie there."""
    return sorted(path.name for path in partial.glob("*.trace")) if partial.is_dir() else []


def files_of_run(folder: Path) -> set[str]:
    """The names of the files that the run in this folder consists of; none where there is no run.

    Raises ValueError or TraceError if what lies there calls itself a run and is none.
    """
    if not (folder / "run.json").is_file():
        return set()
    load_run(folder)
    return {"run.json", "picture.png", "analysis.json", NAME, *read_json((folder / "run.json").read_text(encoding="utf-8"))["traces"]}


def check_free(folder: Path, names: set[str]) -> None:
    """Raises ValueError where DIR holds a file of such a name, which its run did not write."""
    if clash := sorted(name for name in names if (folder / name).exists()):
        raise ValueError(f"{shown(folder)} holds {clash[0]}, which is not of a run there and would be replaced; choose another folder")


def clear(partial: Path, folder: Path) -> None:
    """Remove what an earlier attempt left without a trace. Raises ValueError when there is more."""
    if not partial.exists():
        return
    with own(partial):
        if strange := [path.name for path in partial.iterdir() if path.suffix not in (".trace", ".json", ".png")]:
            raise ValueError(f"{partial.name} is in the way: it holds {strange[0]}, which no run of ours wrote")
        if traces_in(partial):
            way_on = f"go on with it by `run --resume {shown(folder)}`, or remove {shown(partial)} to begin anew"
            raise ValueError(f"{shown(partial)} holds lanes of a run that has not ended: {way_on}")
        shutil.rmtree(partial)


@contextmanager
def own(partial: Path) -> Iterator[None]:
    """While open, DIR.partial exists and belongs to this process. Raises ValueError when another one writes there."""
    partial.mkdir(parents=True, exist_ok=True)
    if fcntl is None:
        yield
        return
    handle = os.open(partial, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"another process is writing {shown(partial)}") from None
        except OSError:  # a disk that knows no locks
            pass
        for path in partial.iterdir():
            if _DRAFT.fullmatch(path.name):
                path.unlink()
        yield
    finally:
        os.close(handle)


def discard_empty(partial: Path) -> None:
    """Remove DIR.partial where no trace lies in it."""
    if partial.is_dir() and not traces_in(partial):
        shutil.rmtree(partial)


def take(partial: Path, folder: Path, ours: set[str]) -> None:
    """Move partial to folder's name; of what was there, `ours` goes and every other file stays."""
    if not folder.exists():
        partial.rename(folder)
        return
    retired = _retired(folder)
    folder.rename(retired)
    try:
        partial.rename(folder)
    except BaseException:
        retired.rename(folder)
        raise
    _empty(retired, folder, ours)


def _retired(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _empty(retired: Path, folder: Path, ours: set[str]) -> None:
    for path in retired.iterdir():
        if path.name not in ours and not (folder / path.name).exists():
            path.rename(folder / path.name)
    shutil.rmtree(retired)


def _settle(folder: Path) -> None:
    """Bring to its end a taking of DIR's place that was cut off in the middle."""
    retired = _retired(folder)
    if not retired.is_dir() or retired.is_symlink():
        return
    if not folder.exists():
        retired.rename(folder)
    elif (folder / "run.json").is_file():
        _empty(retired, folder, {path.name for path in retired.iterdir() if _OURS.fullmatch(path.name)})
