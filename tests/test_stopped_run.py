"""A run that is stopped, killed or out of disk: what is done stays, what was there stays, and `run --resume` goes on."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from held_run import ASKED, NAMES, check_whole, contents, draw_scene, held, kill, old_run, stop

from rediff_viz.cli import run as command
from rediff_viz.saved_run import load_run
from rediff_viz.trace import Trace


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scene, to work in."""
    draw_scene(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trace, ...]:
    """The traces of the run that nothing interrupts."""
    folder = tmp_path_factory.mktemp("whole")
    draw_scene(folder)
    assert command(["run", str(folder / "scene.png"), *ASKED[1:], "--out", str(folder / "run")]) == 0
    traces = load_run(folder / "run").traces
    assert [len(trace) for trace in traces] == [10, 12]
    return traces


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_keeps_the_passes_so_far_and_the_run_is_gone_on_with(
    number: signal.Signals, code: int, home: Path, whole: tuple[Trace, ...]
) -> None:
    with held(11, "run", *ASKED, "--out", "run") as process:
        assert sorted(contents("run.partial")) == [NAMES[0], "picture.png", "request.json"]
        assert stop(process, number) == (
            code, f"rediff_viz: stopped by {number.name}; the passes so far are in run; go on with: run --resume run\n"
        )  # fmt: skip
    first, second = load_run("run").traces
    assert first.same(whole[0])
    assert (len(second), second.head.stopped) == (11, "stopped by a signal")
    assert (second.canvas == whole[1].canvas[:11]).all()
    assert not Path("run.partial").exists()
    assert command(["run", "--resume", "run"]) == 0
    check_whole("run", whole)


def test_a_stopped_run_never_takes_the_place_of_an_older_one(home: Path, whole: tuple[Trace, ...]) -> None:
    before = old_run()
    with held(5, "run", *ASKED, "--out", "run") as process:
        code, said = stop(process, signal.SIGINT)
    why = "run.partial, because run holds an earlier run"
    assert (code, said) == (130, f"rediff_viz: stopped by SIGINT; the passes so far are in {why}; go on with: run --resume run\n")
    assert contents("run") == before
    assert [len(trace) for trace in load_run("run.partial").traces] == [5, 5]
    assert command(["run", "--resume", "run"]) == 0
    check_whole("run", whole)


def test_a_killed_run_loses_only_the_lanes_under_way(home: Path, whole: tuple[Trace, ...], capsys: pytest.CaptureFixture[str]) -> None:
    before = old_run()
    with held(11, "run", *ASKED, "--out", "run") as process:
        kill(process)
    partial = contents("run.partial")
    assert sorted(partial) == [NAMES[0], "picture.png", "request.json"]
    capsys.readouterr()
    assert command(["run", *ASKED, "--out", "run"]) == 2  # hours of work are not removed by a second start
    assert capsys.readouterr().err == (
        "rediff_viz: run.partial holds lanes of a run that has not ended: go on with it by `run --resume run`, "
        "or remove run.partial to begin anew\n"
    )
    assert (contents("run"), contents("run.partial")) == (before, partial)
    assert command(["run", "--resume", "run", "--json"]) == 0
    assert [row["nfe"] for row in json.loads(capsys.readouterr().out)] == [10, 12]
    check_whole("run", whole)
    assert contents("run")[NAMES[0]] == partial[NAMES[0]]  # not run again


@pytest.mark.parametrize("again", [["run", "--resume", "run"], ["run", *ASKED, "--out", "run"]], ids=["resumed", "begun anew"])
def test_a_run_killed_before_any_lane_has_ended_is_begun_again(again: list[str], home: Path, whole: tuple[Trace, ...]) -> None:
    with held(5, "run", *ASKED, "--out", "run") as process:
        kill(process)
    assert sorted(contents("run.partial")) == ["picture.png", "request.json"]
    assert command(again) == 0
    check_whole("run", whole)


def test_a_resumed_run_can_be_stopped_and_resumed_again(home: Path, whole: tuple[Trace, ...]) -> None:
    with held(11, "run", *ASKED, "--out", "run") as process:
        kill(process)
    with held(3, "run", "--resume", "run") as process:
        assert stop(process, signal.SIGTERM)[0] == 143
    assert [len(trace) for trace in load_run("run").traces] == [10, 3]
    with held(4, "run", "--resume", "run") as process:
        kill(process)
    assert [len(trace) for trace in load_run("run").traces] == [10, 3]
    assert command(["run", "--resume", "run"]) == 0
    check_whole("run", whole)


def test_a_run_killed_between_its_last_lane_and_its_place_needs_no_model(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert command(["run", *ASKED, "--out", "run"]) == 0
    whole = load_run("run").traces
    with held(11, "run", *ASKED, "--out", "run") as process:
        kill(process)
    whole[1].save(Path("run.partial", NAMES[1]))
    monkeypatch.setattr("rediff_viz.run.open_checkpoint", lambda *_: pytest.fail("a checkpoint was opened"))
    assert command(["run", "--resume", "run"]) == 0
    check_whole("run", whole)


def test_the_embedded_model_goes_on_to_the_same_traces(home: Path) -> None:
    lanes = ["--lane", "denoise@world-rediff", "--lane", "rediff@world-rediff:settle=9"]  # which shared their forward passes
    asked = ["scene.png", *lanes, "--steps", "3", "--temperature", "0.5"]
    assert command(["run", *asked, "--out", "whole"]) == 0
    with held(4, "run", *asked, "--out", "run") as process:
        kill(process)
    assert len(contents("run.partial")) == 3  # the first lane has ended
    assert command(["run", "--resume", "run"]) == 0
    for one, other in zip(load_run("run").traces, load_run("whole").traces, strict=True):
        assert one.same(other)
        assert one.head == other.head


def test_a_second_signal_ends_the_run_at_once_and_keeps_the_lanes_that_ended(home: Path, whole: tuple[Trace, ...]) -> None:
    with held(11, "run", *ASKED, "--out", "run") as process:
        assert process.stderr is not None
        process.send_signal(signal.SIGINT)
        assert "stopping after this pass" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=300)
    assert process.returncode == 143
    assert said == (
        "rediff_viz: ended at once by a second SIGTERM\n"
        "rediff_viz: what is done lies in run.partial; go on with: run --resume run\n"
    )  # fmt: skip
    assert command(["run", "--resume", "run"]) == 0
    check_whole("run", whole)


def test_a_signal_while_checkpoints_are_opened_ends_the_run_and_leaves_nothing(home: Path) -> None:
    with held(0, "run", *ASKED, "--out", "run") as process:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=300)
    assert (process.returncode, said) == (143, "rediff_viz: ended at once by SIGTERM\n")
    assert not list(Path().glob("run*"))


def test_a_signal_that_the_caller_ignores_stays_ignored(home: Path, whole: tuple[Trace, ...]) -> None:
    with held(5, "run", *ASKED, "--out", "run", ignoring=[signal.SIGHUP]) as process:  # as under nohup
        process.send_signal(signal.SIGHUP)
        Path("go").touch()
        _, said = process.communicate(timeout=300)
    assert (process.returncode, said) == (0, "")
    check_whole("run", whole)


@pytest.mark.parametrize("words", [["--resume", "run"], [*ASKED, "--out", "run"]], ids=["resumed", "begun"])
def test_two_processes_never_write_one_run(words: list[str], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with held(5, "run", *ASKED, "--out", "run"):
        before = contents("run.partial")
        assert command(["run", *words]) == 2
        assert capsys.readouterr().err == "rediff_viz: another process is writing run.partial\n"
        assert contents("run.partial") == before


def fill_disk(writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full after so many files."""
    fsync, done = os.fsync, []

    def limited(handle: int) -> None:
        done.append(handle)
        if len(done) > writes:
            raise OSError(28, "No space left on device")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", limited)


@pytest.mark.parametrize("writes", range(5))
def test_with_the_disk_full_at_any_moment_the_old_run_stays_and_the_new_one_goes_on_later(
    writes: int, home: Path, whole: tuple[Trace, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = old_run()
    capsys.readouterr()
    with monkeypatch.context() as patch:
        fill_disk(writes, patch)
        assert command(["run", *ASKED, "--out", "run"]) == 2
    *warnings, refused = capsys.readouterr().err.splitlines()
    assert "No space left on device" in refused
    assert all("is saved when the run ends" in line for line in warnings)
    assert contents("run") == before
    saved = [name for name in NAMES if Path("run.partial", name).exists()]
    assert saved == NAMES[: max(0, writes - 2)]  # after the request and the picture
    assert refused.endswith("; what is done lies in run.partial; go on with: run --resume run") == bool(saved)
    assert command(["run", "--resume", "run"] if saved else ["run", *ASKED, "--out", "run"]) == 0
    check_whole("run", whole)


def test_a_lane_that_found_the_disk_full_is_saved_when_there_is_room_again(
    home: Path, whole: tuple[Trace, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save = Trace.save
    refused: list[Path] = []

    def once(trace: Trace, path: Path) -> Path:
        if not refused:
            refused.append(path)
            raise OSError(28, "No space left on device")
        return save(trace, path)

    monkeypatch.setattr(Trace, "save", once)
    assert command(["run", *ASKED, "--out", "run"]) == 0
    assert capsys.readouterr().err == "rediff_viz: No space left on device; lane 1 is saved when the run ends\n"
    check_whole("run", whole)
