"""`run --resume` goes on with the run that was begun and with no other, and reads what it finds with suspicion."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from held_run import ASKED, FIRST, NAMES, SECOND, contents, draw_scene, held, kill

from rediff_viz.cli import run as command
from rediff_viz.trace import Trace
from rediff_viz.world import render, scene_from_seed, to_dict


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scene, to work in."""
    draw_scene(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


OTHER: list[tuple[list[str], str]] = [  # options that are not those of the run, and what is said
    (["--seed", "4"], "--seed is 4, but the run was begun with 3"),
    (["--steps", "8"], "--steps is 8, but the run was begun without it"),
    (["--tokens-per-pass", "2"], "--tokens-per-pass is 2, but the run was begun with 4"),
    (["--length", "20"], "--length is 20, but the run was begun with 40"),
    (["--block", "20"], "--block is 20, but the run was begun without it"),
    (["--temperature", "0.5"], "--temperature is 0.5, but the run was begun without it"),
    (["--prompt", "a cat"], "--prompt is 'a cat', but the run was begun with ''"),
    (["--lane", FIRST], f"--lane is {FIRST}, but the run was begun with {FIRST} {SECOND}"),
    (["--lane", SECOND, "--lane", FIRST], f"--lane is {SECOND} {FIRST}"),
    (["other.png"], "the picture is another one (112 x 112)"),
]


@pytest.fixture
def killed(home: Path) -> dict[str, bytes]:
    """A run of which the first lane had ended when it was killed; the contents of run.partial."""
    with held(11, "run", *ASKED, "--out", "run") as process:
        kill(process)
    render(scene_from_seed(8)).save("other.png")
    return contents("run.partial")


def test_other_options_than_those_of_the_run_are_refused(killed: dict[str, bytes], capsys: pytest.CaptureFixture[str]) -> None:
    for words, sentence in OTHER:
        assert command(["run", *words, "--resume", "run"]) == 2, words
        refused = capsys.readouterr().err
        assert sentence in refused
        assert len(refused.splitlines()) == 1
        assert contents("run.partial") == killed
    assert command(["run", *ASKED, "--resume", "run"]) == 0  # the same ones are not


def change_request(**fields: Any) -> Callable[[], object]:
    def change() -> None:
        file = Path("run.partial/request.json")
        file.write_text(json.dumps(json.loads(file.read_text()) | fields))

    return change


def change_head(**fields: Any) -> Callable[[], object]:
    def change() -> None:
        trace = Trace.load(Path("run.partial", NAMES[0]))
        replace(trace, head=replace(trace.head, **fields)).save(Path("run.partial", NAMES[0]))

    return change


def write(name: str, content: bytes) -> Callable[[], object]:
    return lambda: Path("run.partial", name).write_bytes(content)


def link() -> None:
    Path("run.partial").rename("elsewhere")
    Path("run.partial").symlink_to("elsewhere")


HOSTILE: list[tuple[str, Callable[[], object], str]] = [  # what was done to run.partial, and what is said
    ("no request", lambda: Path("run.partial/request.json").unlink(), "there is no run to go on with"),
    ("no JSON", write("request.json", b"{"), "cannot be read as what a run was asked for"),
    ("no text", write("request.json", b"\xff"), "cannot be read as what a run was asked for"),
    ("a list", write("request.json", b"[]"), "it does not say version 1"),
    ("deep", write("request.json", b"[" * 100_000), "cannot be read as what a run was asked for"),
    ("long", write("request.json", b" " * (1 << 20) + b"{}"), "it has more than 1 MiB"),
    ("a newer one", change_request(version=2), "it does not say version 1"),
    ("no lanes", change_request(lanes=[]), "a run needs at least one lane"),
    ("lanes of numbers", change_request(lanes=[1]), "a lane is no text"),
    ("a lane up the tree", change_request(lanes=["denoise@../../../etc"]), "etc"),
    ("a lane with a zero", change_request(lanes=["denoise@./a\0b"]), ""),
    ("a long lane", change_request(lanes=["denoise@./" + "a" * 9000]), ""),
    ("lanes exchanged", change_request(lanes=[FIRST + ":", SECOND]), "is not of this run: its lane is"),
    ("seed as text", change_request(seed="3"), "seed is '3', expected int"),
    ("another seed", change_request(seed=4), "its seed is 3, expected 4; remove the file to run that lane again"),
    ("no number", change_request(temperature=float("nan")), "NaN is not JSON"),
    ("endless", write("request.json", b'{"version": 1, "temperature": 1e999}'), "cannot be read"),
    ("no positions", change_request(length=-1), "an answer of -1 positions"),
    ("another length", change_request(length=16), "its length is 40, expected 16"),
    ("another scene", change_request(scene=to_dict(scene_from_seed(8))), "the scene in request.json does not draw picture.png"),
    ("no scene", change_request(scene={"setting": "sea"}), "the scene in request.json does not draw picture.png"),
    ("another picture", lambda: Path("other.png").replace("run.partial/picture.png"), "picture.png is not the picture"),
    ("no picture", lambda: Path("run.partial/picture.png").unlink(), "picture.png is not the picture"),
    ("a broken picture", write("picture.png", b"\x89PNG"), "picture"),
    ("a broken trace", write(NAMES[0], b"PK"), "1-denoise@toy.trace in run.partial: the file is no trace"),
    ("a trace of another prompt", change_head(prompt="a cat"), "its prompt is 'a cat', expected ''"),
    ("a trace of another picture", change_head(picture=None), "its picture is None, expected another one (112 x 112)"),
    ("a trace of another lane", change_head(lane="denoise@toy-ends"), "its lane is 'denoise@toy-ends', expected 'denoise@toy'"),
    ("a link", link, "run.partial is in the way: it is a link"),
]


def test_a_partial_run_is_read_with_suspicion_and_nothing_of_it_is_lost(
    killed: dict[str, bytes], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rediff_viz.run.loop", lambda *_: pytest.fail("a pass was computed"))
    for what, change, sentence in HOSTILE:
        Path("run.partial").unlink() if Path("run.partial").is_symlink() else None
        Path("run.partial").mkdir(exist_ok=True)
        for name, content in killed.items():
            Path("run.partial", name).write_bytes(content)
        render(scene_from_seed(8)).save("other.png")
        change()
        before = contents("run.partial")
        assert command(["run", "--resume", "run"]) == 2, what
        refused = capsys.readouterr().err
        assert sentence in refused, what
        assert len(refused.splitlines()) == 1, what
        assert contents("run.partial") == before, what


def test_a_run_needs_lanes_and_one_place(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--lane", FIRST], ["--resume", "run", "--out", "run"]):
        with pytest.raises(SystemExit):
            command(["run", *words])
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert command(["run", "--resume", "run"]) == 2
    assert capsys.readouterr().err == "rediff_viz: there is no run to go on with, neither in run.partial nor in run\n"
