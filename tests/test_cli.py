"""The command line as a person or a script meets it: a process, its output, its exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from rediff_viz.cli import ROOMS, parser, run
from rediff_viz.cli.measure import COLUMNS
from rediff_viz.cli.scenes import STYLES
from rediff_viz.saved_run import load_run
from rediff_viz.trace import Trace
from rediff_viz.world import STYLES as WORLD_STYLES
from rediff_viz.world import render, scene_from_seed, to_dict

ROOT = Path(__file__).resolve().parent.parent
WITHOUT = "import sys; [sys.modules.__setitem__(n, None) for n in ('torch', 'gradio', 'transformers')];"


def tell(*words: str | Path, cwd: Path, without_torch: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder; `without_torch`: in a world where torch and gradio are not installed."""
    start = ["-c", WITHOUT + "from rediff_viz.__main__ import main; sys.exit(main())"] if without_torch else ["-m", "rediff_viz"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *start, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scene and a run of two toys on it."""
    room = tmp_path_factory.mktemp("first")
    assert tell("scene", "--seed", "7", "--out", "scene.png", cwd=room, without_torch=True).returncode == 0
    lanes = ["--lane", "denoise@toy", "--lane", "rediff@toy:settle=2,most=3"]
    done = tell("run", "scene.png", *lanes, "--tokens-per-pass", "4", "--length", "40", "--seed", "3", "--out", "runs/a", cwd=room)
    assert done.returncode == 0, done.stderr
    (room / "table").write_text(done.stdout)
    return room


def test_a_scene_is_the_worlds_with_its_truth_beside_it(first: Path) -> None:
    scene = scene_from_seed(7)
    assert Image.open(first / "scene.png").tobytes() == render(scene).tobytes()
    assert json.loads((first / "scene.json").read_text()) == to_dict(scene)
    assert STYLES == WORLD_STYLES


def test_a_run_is_a_folder_of_traces_with_the_picture_and_keeps_the_truth(first: Path) -> None:
    names = sorted(p.name for p in (first / "runs/a").iterdir())
    assert names == ["1-denoise@toy.trace", "2-rediff@toy.trace", "picture.png", "run.json"]
    kept = load_run(first / "runs/a")
    assert [t.head.lane for t in kept.traces] == ["denoise@toy", "rediff@toy:settle=2,most=3"]
    assert all(t.head.scene == to_dict(scene_from_seed(7)) and t.head.seed == 3 for t in kept.traces)
    assert Image.open(first / "runs/a/picture.png").tobytes() == Image.open(first / "scene.png").tobytes()


def test_the_table_of_a_run_has_a_line_a_lane(first: Path) -> None:
    head, *lines = (first / "table").read_text().splitlines()
    assert head.split() == ["lane", "nfe", "seconds", "commits", "revisions", "remasks", "text"]
    assert [line.split()[:2] for line in lines] == [["denoise@toy", "10"], ["rediff@toy:settle=2,most=3", "12"]]


def test_a_run_in_json_says_the_same_words(first: Path) -> None:
    done = tell("run", "scene.png", "--lane", "denoise@toy", "--steps", "4", "--out", "runs/json", "--json", cwd=first)
    (row,) = json.loads(done.stdout)
    assert list(row) == ["lane", "tokens_per_pass", "nfe", "seconds", "commits", "revisions", "remasks", "text"]
    assert (row["lane"], row["nfe"], row["tokens_per_pass"]) == ("denoise@toy", 4, 4)


def test_a_new_run_in_a_folder_replaces_the_old_one(first: Path) -> None:
    for lanes in (["--lane", "denoise@toy", "--lane", "proseco@toy"], ["--lane", "rediff@toy"]):
        assert run(["run", str(first / "scene.png"), *lanes, "--out", str(first / "runs/twice")]) == 0
    assert sorted(p.name for p in (first / "runs/twice").glob("*.trace")) == ["1-rediff@toy.trace"]


def test_a_truth_that_is_not_the_pictures_is_left_out(first: Path, tmp_path: Path) -> None:
    Image.open(first / "scene.png").rotate(180).save(tmp_path / "turned.png")
    (tmp_path / "turned.json").write_text((first / "scene.json").read_text())
    assert run(["run", str(tmp_path / "turned.png"), "--lane", "denoise@toy", "--out", str(tmp_path / "r")]) == 0
    assert Trace.load(tmp_path / "r/1-denoise@toy.trace").head.scene is None


def test_a_text_model_is_run_without_a_picture(first: Path) -> None:
    text = Path(__file__).parent / "golden/checkpoints/llada_text_a"
    out = first / "runs/words"
    assert run(["run", str(first / "scene.png"), "--lane", "denoise@toy", "--out", str(out)]) == 0
    lanes = ["--lane", f"denoise@{text}", "--lane", f"proseco@{text}"]
    assert run(["run", *lanes, "--prompt", "How many?", "--length", "16", "--block", "8", "--steps", "4", "--out", str(out)]) == 0
    assert not (out / "picture.png").exists()
    assert len(list(out.glob("*.trace"))) == 2


def test_a_model_that_sees_needs_a_picture(first: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", "--lane", "denoise@world-plain", "--out", str(first / "runs/blind")]) == 2
    assert "picture" in capsys.readouterr().err


@pytest.mark.parametrize("given", [["runs/a/1-denoise@toy.trace", "runs/a/2-rediff@toy.trace"], ["runs/a"]])
def test_a_page_is_written_without_torch_and_holds_everything(first: Path, given: list[str]) -> None:
    done = tell("show", *given, "--out", "page.html", cwd=first, without_torch=True)
    assert done.returncode == 0, done.stderr
    page = (first / "page.html").read_text("utf-8")
    assert "denoise@toy" in page
    assert "data:image/png;base64," in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


@pytest.mark.parametrize("command", ["events", "metrics"])
def test_tables_come_without_torch_as_csv_and_as_json(first: Path, command: str) -> None:
    path = "runs/a/2-rediff@toy.trace"
    done = tell(command, path, cwd=first, without_torch=True)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    told = json.loads(tell(command, path, "--json", cwd=first, without_torch=True).stdout)
    assert [row["pass"] for row in rows] == [str(row["pass"]) for row in told]
    assert list(rows[0]) == list(told[0])
    if command == "events":
        assert {row["event"] for row in rows} == {"commit", "revise"}
    else:
        assert len(rows) == Trace.load(first / path).nfe


def test_help_teaches_and_needs_no_torch(tmp_path: Path) -> None:
    done = tell("--help", cwd=tmp_path, without_torch=True)
    assert done.returncode == 0
    for word in ("SAMPLER@CHECKPOINT", "NFE", "a first session:", "evaluate", *ROOMS):
        assert word in done.stdout


@pytest.mark.parametrize("command", ["run", "show", "events", "metrics", "scene", "evaluate", "serve"])
def test_every_command_explains_itself_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parser().parse_args([command, "--help"])
    assert left.value.code == 0
    assert f"python -m rediff_viz {command}" in capsys.readouterr().out


def test_evaluate_prints_rows_of_the_agreed_words(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["evaluate", "--lane", "denoise@toy", "--tokens-per-pass", "4,8", "--scenes", "2"]
    assert run([*asked, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["tokens_per_pass"] for row in rows] == [4, 8]
    assert set(COLUMNS) <= set(rows[0])
    assert run(asked) == 0
    assert capsys.readouterr().out.split()[: len(COLUMNS)] == list(COLUMNS)


BAD: list[tuple[Sequence[str], str]] = [
    (["run", "none.png", "--lane", "denoise@toy", "--out", "r"], "there is no picture none.png"),
    (["run", "empty.png", "--lane", "denoise@toy", "--out", "r"], "empty"),
    (["run", "text.png", "--lane", "denoise@toy", "--out", "r"], "no picture"),
    (["run", "scene.png", "--lane", "denoise", "--out", "r"], "not written sampler@checkpoint"),
    (["run", "scene.png", "--lane", "guess@toy", "--out", "r"], "no sampler 'guess'"),
    (["run", "scene.png", "--lane", "denoise@nowhere", "--out", "r"], "no checkpoint 'nowhere'"),
    (["run", "scene.png", "--lane", "denoise@toy:speed=9", "--out", "r"], "no setting 'speed'"),
    (["run", "scene.png", "--lane", "rediff@toy:settle=many", "--out", "r"], "settle is 'many'"),
    (["run", "scene.png", "--lane", "denoise@toy", "--steps", "17", "--out", "r"], "17 steps are more than"),
    (["run", "scene.png", "--lane", "denoise@toy", "--steps", "0", "--out", "r"], "0 steps"),
    (["run", "scene.png", "--lane", "denoise@toy", "--block", "5", "--out", "r"], "blocks of 5 do not divide"),
    (["run", "scene.png", "--lane", "denoise@toy", "--length", "-3", "--out", "r"], "an answer of -3 positions"),
    (["run", "scene.png", "--lane", "denoise@toy", "--length", "0", "--out", "r"], "an answer of 0 positions"),
    (["run", "scene.png", "--lane", "denoise@toy", "--tokens-per-pass", "nan", "--out", "r"], "invalid number value: 'nan'"),
    (["run", "scene.png", "--lane", "denoise@toy", "--steps", "2", "--tokens-per-pass", "4", "--out", "r"], "not allowed with"),
    (["run", "scene.png", "--lane", "denoise@toy", "--seed", "-1", "--out", "r"], "seed -1"),
    (["run", "scene.png", "--out", "r"], "--lane"),
    (["run", "scene.png", "--lane", "denoise@toy", "--out", "text.png"], "text.png"),
    (["show", "none.trace", "--out", "x.html"], "none.trace"),
    (["show", "text.png", "--out", "x.html"], "no trace"),
    (["show", "runs/a", "--out", "no/such/folder/x.html"], "No such file"),
    (["events", "scene.png"], "no trace"),
    (["metrics", "none.trace"], "none.trace"),
    (["scene", "--seed", "-1", "--out", "x.png"], "seed -1"),
    (["scene", "--seed", "1", "--out", "x.jpg"], "does not end in .png"),
    (["scene", "--seed", "1", "--scale", "99", "--out", "x.png"], "scale 99"),
    (["scene", "--seed", "1", "--style", "apple", "--out", "x.png"], "invalid choice: 'apple'"),
    (["evaluate", "--lane", "denoise@toy", "--scenes", "-5"], "-5 scenes"),
    (["evaluate", "--lane", "denoise@toy", "--tokens-per-pass", "a"], "invalid numbers value: 'a'"),
    (["serve", "--port", "99999"], "port 99999"),
    (["dance"], "invalid choice: 'dance'"),
    ([], "required"),
]


@pytest.mark.parametrize(("words", "sentence"), BAD, ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "")
def test_bad_input_is_exit_code_2_and_one_plain_sentence(
    words: list[str], sentence: str, first: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(first)
    (first / "empty.png").write_bytes(b"")
    (first / "text.png").write_text("this is no picture")
    try:
        code = run(words)
    except SystemExit as left:
        code = left.code  # type: ignore[assignment]
    told = capsys.readouterr()
    assert code == 2
    assert told.out == ""
    lines = [line for line in told.err.strip().splitlines() if "caption/s" not in line]
    assert len(lines) == 1
    assert sentence in lines[0]
    assert "Traceback" not in told.err


def test_what_is_not_installed_is_said_in_one_sentence(first: Path) -> None:
    done = tell("serve", cwd=first, without_torch=True)
    assert done.returncode == 2
    assert done.stderr.strip() == "rediff_viz: this command needs gradio, which is not installed: pip install -r requirements.txt"
