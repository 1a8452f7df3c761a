"""A run's folder is replaced whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rediff_viz.cli import run as command
from rediff_viz.run import record
from rediff_viz.saved_run import SavedRun, load_run, replacing, save_run
from rediff_viz.trace import Trace


def saved(text: str) -> SavedRun:
    return SavedRun("run", (record("denoise@toy", prompt=text, length=6, steps=2),))


def prompts(folder: Path) -> list[str]:
    return [trace.head.prompt for trace in load_run(folder).traces]


def test_a_new_run_takes_the_place_of_the_old_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    for text in ("one", "two"):
        with replacing(tmp_path / "run") as folder:
            save_run(folder, saved(text))
            assert folder == tmp_path / "run.partial"
    assert prompts(tmp_path / "run") == ["two"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_save_that_fails_keeps_the_old_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with replacing(tmp_path / "run") as folder:
        save_run(folder, saved("old"))
    monkeypatch.setattr(Trace, "save", full)
    with pytest.raises(OSError, match="No space left"), replacing(tmp_path / "run") as folder:
        save_run(folder, saved("new"))
    assert prompts(tmp_path / "run") == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_run_that_is_interrupted_keeps_the_old_one(tmp_path: Path) -> None:
    with replacing(tmp_path / "run") as folder:
        save_run(folder, saved("old"))
    with pytest.raises(KeyboardInterrupt), replacing(tmp_path / "run"):
        raise KeyboardInterrupt
    assert prompts(tmp_path / "run") == ["old"]


def test_files_that_are_not_of_a_run_stay(tmp_path: Path) -> None:
    with replacing(tmp_path / "run") as folder:
        save_run(folder, saved("old"))
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with replacing(tmp_path / "run") as folder:
        save_run(folder, saved("new"))
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"
    assert prompts(tmp_path / "run") == ["new"]


def test_what_lies_in_the_way_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run.partial").mkdir()
    (tmp_path / "run.partial" / "thesis.tex").write_text("mine")
    with pytest.raises(ValueError, match=r"run\.partial is in the way: it holds thesis\.tex"), replacing(tmp_path / "run"):
        pytest.fail("it was begun")
    assert (tmp_path / "run.partial" / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize("name", ["run", "run.partial"])
def test_a_file_is_never_taken_for_a_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ValueError, match="is a file"), replacing(tmp_path / "run"):
        pytest.fail("it was begun")
    assert (tmp_path / name).read_text() == "mine"


def test_where_nothing_can_be_written_is_said_before_the_first_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    monkeypatch.setattr("rediff_viz.run.compare", lambda *_, **__: pytest.fail("it was computed"))
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
