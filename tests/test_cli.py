"""The command line as a user or a script runs it: a process, its output, its exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from rediff_viz.cli import SUBPROGRAMS, parser, run
from rediff_viz.cli.measure import COLUMNS
from rediff_viz.cli.scenes import STYLES
from rediff_viz.saved_run import load_run
from rediff_viz.trace import Trace
from rediff_viz.views import VIEWS
from rediff_viz.world import STYLES as WORLD_STYLES
from rediff_viz.world import render, scene_from_seed, to_dict

ROOT = Path(__file__).resolve().parent.parent
WITHOUT = "import sys; [sys.modules.__setitem__(n, None) for n in ('torch', 'gradio', 'transformers')];"


def run_program(*words: str | Path, cwd: Path, without_torch: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder; `without_torch`: as if torch and gradio were not installed."""
    start = ["-c", WITHOUT + "from rediff_viz.__main__ import main; sys.exit(main())"] if without_torch else ["-m", "rediff_viz"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *start, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scene and a run of two toys on it."""
    folder = tmp_path_factory.mktemp("first")
    assert run_program("scene", "--seed", "7", "--out", "scene.png", cwd=folder, without_torch=True).returncode == 0
    lanes = ["--lane", "denoise@toy", "--lane", "rediff@toy:settle=2,max_revisions=3"]
    done = run_program("run", "scene.png", *lanes, "--tokens-per-pass", "4", "--length", "40", "--seed", "3", "--out", "runs/a", cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "table").write_text(done.stdout)
    return folder


def test_scene_writes_the_picture_and_its_scene_as_json(first: Path) -> None:
    scene = scene_from_seed(7)
    assert Image.open(first / "scene.png").tobytes() == render(scene).tobytes()
    assert json.loads((first / "scene.json").read_text()) == to_dict(scene)
    assert STYLES == WORLD_STYLES


def test_a_run_is_a_folder_of_traces_with_the_picture_and_the_scene(first: Path) -> None:
    names = sorted(p.name for p in (first / "runs/a").iterdir())
    assert names == ["1-denoise@toy.trace", "2-rediff@toy.trace", "picture.png", "run.json"]
    saved = load_run(first / "runs/a")
    assert [t.head.lane for t in saved.traces] == ["denoise@toy", "rediff@toy:settle=2,max_revisions=3"]
    assert all(t.head.scene == to_dict(scene_from_seed(7)) and t.head.seed == 3 for t in saved.traces)
    assert Image.open(first / "runs/a/picture.png").tobytes() == Image.open(first / "scene.png").tobytes()


def test_the_table_of_a_run_has_one_line_per_lane(first: Path) -> None:
    head, *lines = (first / "table").read_text().splitlines()
    assert head.split() == ["lane", "nfe", "seconds", "commits", "revisions", "remasks", "text"]
    assert [line.split()[:2] for line in lines] == [["denoise@toy", "10"], ["rediff@toy:settle=2,max_revisions=3", "12"]]


def test_a_run_in_json_has_the_same_columns(first: Path) -> None:
    done = run_program("run", "scene.png", "--lane", "denoise@toy", "--steps", "4", "--out", "runs/json", "--json", cwd=first)
    (row,) = json.loads(done.stdout)
    assert list(row) == ["lane", "tokens_per_pass", "nfe", "seconds", "commits", "revisions", "remasks", "text"]
    assert (row["lane"], row["nfe"], row["tokens_per_pass"]) == ("denoise@toy", 4, 4)


def test_a_new_run_in_a_folder_replaces_the_old_one(first: Path) -> None:
    for lanes in (["--lane", "denoise@toy", "--lane", "proseco@toy"], ["--lane", "rediff@toy"]):
        assert run(["run", str(first / "scene.png"), *lanes, "--out", str(first / "runs/twice")]) == 0
    assert sorted(p.name for p in (first / "runs/twice").glob("*.trace")) == ["1-rediff@toy.trace"]


def test_a_scene_that_does_not_match_the_picture_is_left_out(first: Path, tmp_path: Path) -> None:
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


def test_a_vision_model_needs_a_picture(first: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", "--lane", "denoise@world-plain", "--out", str(first / "runs/blind")]) == 2
    assert "picture" in capsys.readouterr().err


@pytest.mark.parametrize("given", [["runs/a/1-denoise@toy.trace", "runs/a/2-rediff@toy.trace"], ["runs/a"]])
def test_show_writes_a_self_contained_page_without_torch(first: Path, given: list[str]) -> None:
    done = run_program("show", *given, "--out", "page.html", cwd=first, without_torch=True)
    assert done.returncode == 0, done.stderr
    page = (first / "page.html").read_text("utf-8")
    assert "denoise@toy" in page
    assert "data:image/png;base64," in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


@pytest.mark.parametrize("command", ["events", "metrics"])
def test_events_and_metrics_print_csv_and_json_without_torch(first: Path, command: str) -> None:
    path = "runs/a/2-rediff@toy.trace"
    done = run_program(command, path, cwd=first, without_torch=True)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    output = json.loads(run_program(command, path, "--json", cwd=first, without_torch=True).stdout)
    assert [row["pass"] for row in rows] == [str(row["pass"]) for row in output]
    assert list(rows[0]) == list(output[0])
    if command == "events":
        assert {row["event"] for row in rows} == {"commit", "revise"}
        assert [int(row["position"]) for row in rows] == [row["position"] + 1 for row in output]
    else:
        assert len(rows) == Trace.load(first / path).nfe


def test_a_trace_of_an_unknown_sampler_is_shown_and_one_sentence_names_it(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = Trace.load(first / "runs/a/2-rediff@toy.trace")
    head = replace(known.head, sampler="future", lane="future@toy:speed=9", settings={"speed": 9})
    path = replace(known, head=head).save(tmp_path / "future.trace")
    assert run(["show", str(path), "--out", str(tmp_path / "page.html")]) == 0
    assert capsys.readouterr().err == (
        "rediff_viz: this version has no sampler future; the traces are shown without the sampler's description\n"
    )
    assert "future@toy:speed=9" in (tmp_path / "page.html").read_text("utf-8")
    for command in ("events", "metrics"):
        assert run([command, str(path)]) == 0
        assert capsys.readouterr().err == ""
    assert all(view([Trace.load(path)]).data for view in VIEWS.values())


def test_show_prints_no_warning_for_a_known_sampler(first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", str(first / "runs/a"), "--out", str(tmp_path / "page.html")]) == 0
    assert capsys.readouterr().err == ""


def test_help_explains_lanes_and_needs_no_torch(tmp_path: Path) -> None:
    done = run_program("--help", cwd=tmp_path, without_torch=True)
    assert done.returncode == 0
    for word in ("SAMPLER@CHECKPOINT", "NFE", "a first session:", "evaluate", *SUBPROGRAMS):
        assert word in done.stdout


COMMANDS_WITH_EXAMPLES = "run show events metrics analyse cascade whatif ground scene judge evaluate serve".split()


@pytest.mark.parametrize("command", COMMANDS_WITH_EXAMPLES)
def test_every_commands_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parser().parse_args([command, "--help"])
    assert left.value.code == 0
    assert f"python -m rediff_viz {command}" in capsys.readouterr().out


SCENE_10 = "a small yellow bear sits below three small orange balls . they is in a room . three small Cats are there too ."


def test_judge_prints_json_with_positions_from_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["judge", "--scene", "10", "--json", SCENE_10]) == 0
    judged = json.loads(capsys.readouterr().out)
    assert set(judged) == {"claims", "grammar", "marked"}
    assert {"kind": "relation", "text": "bear below balls", "verdict": "unjudged", "positions": [5]} in judged["claims"]
    assert {"kind": "tint", "text": "cats in natural colour", "verdict": "wrong", "positions": [19]} in judged["claims"]
    assert judged["grammar"] == [{"kind": "agreement", "positions": [12]}]
    assert judged["marked"] == [12, 19]


def test_judge_prints_a_table_with_positions_from_1_and_the_nearest_caption(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["judge", "--scene", "10", "--prompt", "in detail", SCENE_10]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "wrong     tint       20          cats in natural colour" in lines
    assert "fault     agreement  13          is" in lines
    assert "they [is] in a room" in lines[-2]
    assert "[cats] are there too ." in lines[-2]
    assert lines[-1].startswith("Nearest: ")
    assert len(lines[-1].split()) > 40


@pytest.mark.parametrize(("text", "marked"), [("", []), ("dragon", [0]), ("<mask> <eot> frog", []), ("a frog is in a room .", [1])])
def test_judge_takes_any_text(text: str, marked: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["judge", "--scene", "10", text]) == 0
    assert "Nearest: " in capsys.readouterr().out
    assert run(["judge", "--scene", "10", "--json", text]) == 0
    assert json.loads(capsys.readouterr().out)["marked"] == marked


def test_evaluate_prints_rows_of_the_documented_columns(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", "--lane", "denoise@toy", "--tokens-per-pass", "4,8", "--scenes", "2"]
    assert run([*words, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["tokens_per_pass"] for row in rows] == [4, 8]
    assert set(COLUMNS) <= set(rows[0])
    assert run(words) == 0
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
    (["judge", "--scene", "-1", "a cat"], "scene -1"),
    (["judge", "--scene", "1", "--groups", "5", "a cat"], "5 groups, expected 2, 3, 4"),
    (["judge", "--scene", "1", "--groups", "4", "--prompt", "briefly", "a cat"], "expected 'in detail'"),
    (["judge", "--scene", "1", "--prompt", "at length", "a cat"], "invalid choice: 'at length'"),
    (["judge", "--scene", "1", "a cat is here . " * 60], "a text of 300 words, expected at most 200"),
    (["judge", "--scene", "1"], "TEXT"),
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
    output = capsys.readouterr()
    assert code == 2
    assert output.out == ""
    lines = [line for line in output.err.strip().splitlines() if "caption/s" not in line]
    assert len(lines) == 1
    assert sentence in lines[0]
    assert "Traceback" not in output.err


def test_a_missing_package_is_reported_in_one_sentence(first: Path) -> None:
    done = run_program("serve", cwd=first, without_torch=True)
    assert done.returncode == 2
    assert done.stderr.strip() == "rediff_viz: this command needs gradio, which is not installed: pip install -r requirements.txt"
