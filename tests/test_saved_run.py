"""A run's folder is replaced whole or not at all, and what no run wrote is left alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rediff_viz.cli import places
from rediff_viz.cli import run as command
from rediff_viz.run import record
from rediff_viz.saved_run import SavedRun, load_run, save_run
from rediff_viz.trace import Trace


def saved(text: str) -> SavedRun:
    return SavedRun("run", (record("denoise@toy", prompt=text, length=6, steps=2),))


def prompts(folder: Path) -> list[str]:
    return [trace.head.prompt for trace in load_run(folder).traces]


def run_to(out: Path, prompt: str = "one") -> int:
    """The command, on a scene beside DIR."""
    return command(["run", str(picture(out.parent)), "--lane", "denoise@toy", "--prompt", prompt, "--out", str(out)])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_new_run_takes_the_place_of_the_old_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    for text in ("one", "two"):
        assert run_to(tmp_path / "run", text) == 0
        assert prompts(tmp_path / "run") == [text]
    assert names(tmp_path) == ["run", "scene.png"]
    assert names(tmp_path / "run") == ["1-denoise@toy.trace", "picture.png", "run.json"]


def test_a_save_that_fails_keeps_the_old_run_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_to(tmp_path / "run", "old") == 0
    monkeypatch.setattr(Trace, "save", full)
    assert run_to(tmp_path / "run", "new") == 2
    assert prompts(tmp_path / "run") == ["old"]
    assert names(tmp_path) == ["run", "scene.png"]


def test_files_that_are_not_of_a_run_stay(tmp_path: Path) -> None:
    assert run_to(tmp_path / "run", "old") == 0
    (tmp_path / "run" / "notes.txt").write_text("mine")
    assert run_to(tmp_path / "run", "new") == 0
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"
    assert prompts(tmp_path / "run") == ["new"]


def test_a_run_that_cannot_take_its_place_is_kept_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_to(tmp_path / "run", "old") == 0
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", full)
        assert run_to(tmp_path / "run", "new") == 2
    assert "No space left on device: the run cannot take the place of" in capsys.readouterr().err
    assert prompts(tmp_path / "run") == ["old"]
    assert command(["run", "--resume", str(tmp_path / "run")]) == 0
    assert prompts(tmp_path / "run") == ["new"]
    assert names(tmp_path) == ["run", "scene.png"]


@pytest.mark.parametrize("renames", range(4))
def test_a_process_that_ends_while_a_run_takes_its_place_costs_nothing(
    renames: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_to(tmp_path / "run", "old") == 0
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with monkeypatch.context() as patch:
        end_process(renames, patch)
        with pytest.raises(ProcessEnded):
            run_to(tmp_path / "run", "new")
    if renames < 2:
        assert run_to(tmp_path / "run") == 2  # the new run lies in run.partial
        assert prompts(tmp_path / "run") == ["old"]
        assert command(["run", "--resume", str(tmp_path / "run")]) == 0
    else:
        places.find(tmp_path / "run")
    assert prompts(tmp_path / "run") == ["new"]
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"
    assert names(tmp_path) == ["run", "scene.png"]


class ProcessEnded(BaseException):
    """Stands for kill -9: nothing is put right afterwards."""


def end_process(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends instead of renaming, or removing, once more."""
    rename, remove, done = Path.rename, shutil.rmtree, []

    def counted(act: Callable[..., object]) -> Callable[..., object]:
        def counting(*words: object) -> object:
            done.append(words)
            if len(done) > after:
                raise ProcessEnded
            return act(*words)

        return counting

    monkeypatch.setattr(Path, "rename", counted(rename))
    monkeypatch.setattr(shutil, "rmtree", counted(remove))


def write_to(name: str) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("mine")

    return write


IN_THE_WAY: list[tuple[str, Callable[[Path], object], str]] = [  # what lies at a name, and what is said before the first pass
    ("run", write_to("run"), "run is a file, expected a folder"),
    ("run.partial", write_to("run.partial"), "run.partial is in the way: it is a file"),
    ("run.partial/thesis.tex", write_to("run.partial/thesis.tex"), "run.partial is in the way: it holds thesis.tex"),
    ("run.partial/1-a.trace", write_to("run.partial/1-a.trace"), "run.partial holds lanes of a run that has not ended"),
    ("run/run.json", write_to("run/run.json"), "run/run.json cannot be read as a run"),
    ("run/picture.png", write_to("run/picture.png"), "run holds picture.png, which is not of a run there"),
    ("run/1-denoise@toy.trace", write_to("run/1-denoise@toy.trace"), "run holds 1-denoise@toy.trace, which is not of a run there"),
]


@pytest.mark.parametrize(("name", "put", "sentence"), IN_THE_WAY, ids=[name for name, *_ in IN_THE_WAY])
def test_what_lies_in_the_way_is_named_before_the_first_pass_and_left_alone(
    name: str, put: Callable[[Path], object], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    put(tmp_path)
    monkeypatch.setattr("rediff_viz.run.loop", lambda *_: pytest.fail("it was computed"))
    assert run_to(tmp_path / "run") == 2
    assert sentence in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "mine"


def test_a_disk_that_begins_in_the_folder_is_named_before_the_first_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rediff_viz.run.loop", lambda *_: pytest.fail("it was computed"))
    with pytest.raises(ValueError, match=r"/proc is where a disk begins, expected a folder in it, e\.g\. /proc/run"):
        places.find(Path("/proc"))


def test_behind_a_link_the_folder_itself_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "disk" / "run")
    for text in ("one", "two"):
        assert run_to(tmp_path / "run", text) == 0
    assert (tmp_path / "run").is_symlink()
    assert prompts(tmp_path / "disk" / "run") == ["two"]
    assert names(tmp_path / "disk") == ["run"]


def test_a_run_of_a_large_photograph_can_be_read_and_replaced(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (2000, 2000, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.jpg", quality=80)
    for _ in range(2):
        assert command(["run", str(tmp_path / "photo.jpg"), "--lane", "denoise@toy", "--out", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run" / "picture.png").stat().st_size > 10_000_000 > (tmp_path / "photo.jpg").stat().st_size
    assert load_run(tmp_path / "run").picture is not None
    assert command(["show", str(tmp_path / "run"), "--out", str(tmp_path / "page.html")]) == 0


def test_where_nothing_can_be_written_is_said_before_the_first_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    monkeypatch.setattr("rediff_viz.run.loop", lambda *_: pytest.fail("it was computed"))
    assert command(["run", "--lane", "denoise@world-plain", str(picture(tmp_path)), "--out", str(tmp_path / "file" / "run")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def picture(folder: Path) -> Path:
    from rediff_viz.world import render, scene_from_seed

    render(scene_from_seed(1)).save(folder / "scene.png")
    return folder / "scene.png"


def test_a_page_that_cannot_be_written_keeps_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_run(tmp_path / "run", saved("one"))
    page = tmp_path / "page.html"
    page.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    assert command(["show", str(tmp_path / "run"), "--out", str(page)]) == 2
    assert page.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "run"]
