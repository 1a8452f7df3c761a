"""What a server writes lies in one folder of its own, bounded in number, bytes and age, and is gone after it, however it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from gradio_client import Client, handle_file

from rediff_viz.service import scenes, workspace
from rediff_viz.service.run_store import RunStore
from rediff_viz.service.workspace import LOCK, PREFIX, Workspace, remove_abandoned
from rediff_viz.ui import api
from rediff_viz.world import render, scene_from_seed

ROOT = Path(__file__).resolve().parent.parent
LANES = ["denoise@world-plain"]
HOLD = """
import sys, time
from rediff_viz.service.workspace import close_when_terminated, workspace
close_when_terminated()
(workspace().folder() / "picture.png").write_bytes(b"a visitor's")
print(workspace().path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of the test's own, for this process and those it starts."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    workspace.workspace.cache_clear()
    yield folder
    workspace.workspace.cache_clear()


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and path.name != LOCK}


@pytest.mark.usefixtures("temporary")
def test_the_folder_is_its_owners_alone() -> None:
    made = Workspace()
    assert made.path.stat().st_mode & 0o777 == 0o700
    assert made.folder().name != made.folder().name


def test_calls_leave_a_bounded_number_of_folders(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Workspace(folders=4)
    monkeypatch.setattr(api, "workspace", lambda: own)
    picture = temporary / "scene.png"
    render(scene_from_seed(7)).save(picture)
    made = [Path(str([*api.endpoint(RunStore())(str(picture), LANES, 20)][-1][0])) for _ in range(9)]
    assert [path.is_file() for path in made] == [False] * 5 + [True] * 4
    assert len([*temporary.rglob("run.zip")]) == 4
    assert len([path for path in temporary.rglob("*") if path.is_dir()]) <= 4 + 3  # itself, files, kept


def test_scenes_are_drawn_into_it_and_the_ready_ones_stay(temporary: Path) -> None:
    ready = scenes.draw(*scenes.READY[0])[0]
    drawn = scenes.draw(123)[0]
    own = workspace.workspace()
    assert {path.parent.parent.parent for path in (ready, drawn)} == {own.path}
    assert own.path.parent == temporary.resolve()
    own._clock = lambda: time.time() + 10 * own._age
    own.sweep()
    assert (ready.is_file(), drawn.is_file()) == (True, False)
    assert scenes.draw(123)[0].is_file()


def put(folder: Path, name: str, size: int, seconds_ago: float) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"x" * size)
    return path


@pytest.mark.usefixtures("temporary")
def test_what_is_old_goes_with_its_folder_and_what_is_new_stays() -> None:
    now = [time.time()]
    own = Workspace(age=3600, fetch=120, clock=lambda: now[0])
    for folder in (own.files / "a1b2", own.folder(), own.files):  # as Gradio puts uploads, as ours, as an upload that broke off
        (folder / "old").parent.mkdir(exist_ok=True)
        (folder / "old").write_bytes(b"x")
    own.sweep()
    assert len([*own.files.rglob("old")]) == 3
    now[0] += 3700
    own.sweep()
    assert [*own.files.rglob("old")] == []
    now[0] += 3700  # folders that were emptied just now are left to whoever might be about to write
    own.sweep()
    assert [path.name for path in own.files.iterdir()] == ["kept"]


@pytest.mark.usefixtures("temporary")
def test_beyond_the_bytes_the_oldest_go_but_none_that_is_still_to_be_fetched() -> None:
    now = [time.time()]
    own = Workspace(most_bytes=2500, fetch=120, clock=lambda: now[0])
    for i in range(4):
        path = own.folder() / f"{i}"
        path.write_bytes(b"x" * 1000)
        os.utime(path, (i, now[0] + i))
    own.sweep()
    assert files(own.path) == {"0", "1", "2", "3"}
    now[0] += 500
    own.sweep()
    assert files(own.path) == {"2", "3"}


@pytest.fixture
def started(temporary: Path) -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def start(processes: list[subprocess.Popen[str]]) -> Path:
    """A process that holds its folder; its folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    processes.append(process)
    out: IO[str] | None = process.stdout
    assert out is not None
    return Path(out.readline().strip())


def test_what_a_killed_process_left_goes_at_the_next_start_and_a_live_neighbours_stays(
    temporary: Path, started: list[subprocess.Popen[str]]
) -> None:
    killed, neighbour = start(started), start(started)
    assert files(killed) == files(neighbour) == {"picture.png"}
    started[0].send_signal(signal.SIGKILL)
    started[0].wait()
    assert files(killed) == {"picture.png"}
    own = start(started)
    assert {path.resolve() for path in temporary.iterdir()} == {neighbour, own}
    assert files(neighbour) == {"picture.png"}


@pytest.mark.parametrize("how", ["end", "SIGTERM", "SIGINT"])
def test_a_process_that_ends_leaves_nothing(how: str, temporary: Path, started: list[subprocess.Popen[str]]) -> None:
    start(started)
    if how == "end":
        started[0].communicate("")
    else:
        started[0].send_signal(getattr(signal, how))
        assert started[0].wait() == -getattr(signal, how)
    assert [*temporary.iterdir()] == []


def test_a_process_forked_from_the_server_does_not_remove_its_folder(temporary: Path) -> None:
    own = Workspace()
    own._owner += 1
    own.close()
    assert own.kept.is_dir()


def test_what_is_not_ours_is_left_alone(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    precious = temporary / "precious"
    precious.mkdir()
    (temporary / f"{PREFIX}link").symlink_to(precious)
    (temporary / f"{PREFIX}file").write_text("mine")
    (temporary / f"{PREFIX}notes").mkdir()
    (temporary / f"{PREFIX}locklink").mkdir()
    (temporary / f"{PREFIX}locklink" / LOCK).symlink_to(precious / LOCK)
    for folder in (precious, temporary / f"{PREFIX}notes"):
        (folder / "thesis.tex").write_text("mine")
    (precious / LOCK).touch()
    before = {path.name for path in temporary.rglob("*")}
    assert remove_abandoned() == 0
    (temporary / f"{PREFIX}others").mkdir()
    (temporary / f"{PREFIX}others" / LOCK).touch()
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    assert remove_abandoned() == 0
    monkeypatch.undo()
    assert before <= {path.name for path in temporary.rglob("*")}


def serve(temporary: Path) -> tuple[subprocess.Popen[str], str]:
    """The app on a free port, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if key != "GRADIO_TEMP_DIR"} | {"TMPDIR": str(temporary)}
    server = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port)], cwd=ROOT, env=environment, text=True, stdout=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}/"
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            assert server.poll() is None
            time.sleep(0.2)
        else:
            return server, url
    raise RuntimeError("the app did not answer")


def test_after_a_kill_and_a_restart_nothing_of_the_old_server_is_left(
    temporary: Path, tmp_path: Path, started: list[subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # the client's own
    picture = tmp_path / "visitor.png"
    render(scene_from_seed(7)).save(picture)
    server, url = serve(temporary)
    started.append(server)
    folder, _ = Client(url, verbose=False, download_files=str(tmp_path / "fetched")).predict(
        picture=handle_file(picture), lanes=LANES, tokens_per_pass=20, length=None, seed=0, prompt="", api_name="/run"
    )
    assert Path(folder).is_file()
    (room,) = temporary.iterdir()  # nothing beside it: not Gradio's folder either
    assert {"visitor.png", "run.zip"} <= files(room)
    server.kill()
    server.wait()
    assert room.is_dir()
    started.append(serve(temporary)[0])
    assert not room.exists()
    started[-1].terminate()
    started[-1].wait()
    assert [*temporary.iterdir()] == []
