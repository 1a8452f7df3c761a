"""`analyse`, `cascade` and `whatif` on the command line, on a run of the toy."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rediff_viz.cli import run
from rediff_viz.events import settled_at
from rediff_viz.trace import Trace
from rediff_viz.world import render, scene_from_seed

TRACE = "runs/a/1-denoise@toy.trace"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a picture and a run of the toy on it."""
    place = tmp_path_factory.mktemp("analysis")
    Image.new("RGB", (8, 8), (200, 30, 30)).save(place / "scene.png")
    Image.new("RGB", (8, 8), (30, 30, 200)).save(place / "other.png")
    lanes = ["--lane", "denoise@toy", "--lane", "rediff@toy:settle=2"]
    assert run(["run", str(place / "scene.png"), *lanes, "--steps", "8", "--out", str(place / "runs/a")]) == 0
    return place


def printed(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert run(list(words)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_a_cascade_is_csv_for_people_and_json_for_machines(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    table = list(csv.DictReader(io.StringIO(printed(["cascade", TRACE], capsys))))
    rows = json.loads(printed(["cascade", TRACE, "--json"], capsys))
    assert len(table) == len(rows) > 0
    for name in ("cause_pass", "cause_position", "pass", "position"):
        assert [int(row[name]) for row in table] == [row[name] + 1 for row in rows]
    assert all(row["pass"] > row["cause_pass"] for row in rows)
    few = json.loads(printed(["cascade", TRACE, "--json", "--hidden", "--most", "2"], capsys))
    assert {row["put"] for row in few} <= {"<mask>"}
    assert len({(row["cause_pass"], row["cause_position"]) for row in few}) <= 2


def test_a_branch_is_printed_beside_its_trunk_and_written_as_a_trace(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    words = printed(["whatif", TRACE, "--force", "3=cats@2", "--hold", "20", "--hide", "1@3", "--out", "branch.trace"], capsys)
    assert words.startswith("Trunk: ")
    assert "the run repeats itself" in words
    branch = Trace.load("branch.trace")
    assert branch.tokens(branch.final[2:3]) == ["cats"]
    assert branch.head.parent is not None
    [row] = json.loads(printed(["whatif", TRACE, "--force", "3=cats@2", "--json"], capsys))
    assert row["repeats"] is True
    assert row["branch"] != row["trunk"]


def test_runs_are_analysed_beside_each_other(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(folder)
    paths = [TRACE, "runs/a/2-rediff@toy.trace"]
    final = Trace.load(TRACE).text
    rows = json.loads(printed(["analyse", *paths, "--reference", final, "--json"], capsys))
    assert rows[0]["errors_at_end"] == 0
    assert all(np.isfinite(row["kendall_tau"]) for row in rows)
    table = printed(["analyse", *paths, "--reference", final], capsys).splitlines()
    assert table[0].split() == [Path(path).name for path in paths]
    assert any(line.startswith("repairs") for line in table)


def test_what_the_picture_adds_is_printed_for_every_word(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    table = list(csv.DictReader(io.StringIO(printed(["ground", TRACE, "--without", "another", "--other", "other.png"], capsys))))
    rows = json.loads(printed(["ground", TRACE, "--json"], capsys))
    assert [int(row["position"]) for row in table] == [row["position"] + 1 for row in rows]
    assert all(np.isfinite(row["at_end"]) for row in rows)


def test_things_with_little_ground_are_listed_with_the_threshold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace, where = str(tmp_path / "run/1-denoise@world-plain.trace"), str(tmp_path / "scene.png")
    assert run(["scene", "--seed", "7", "--out", where]) == 0
    assert run(["run", where, "--lane", "denoise@world-plain", "--tokens-per-pass", "8", "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    assert run(["ground", trace, "--low", "100", "--json"]) == 0
    done = capsys.readouterr()
    rows = json.loads(done.out)
    named = [row for row in rows if row["thing"]]
    assert named
    assert all(row["low"] is True and isinstance(row["there"], bool) for row in named)
    assert "gain less than 100 nats from the picture: " in done.err
    assert done.err.count("position") == len(named)
    assert run(["ground", trace, "--low", "-100"]) == 0
    done = capsys.readouterr()
    assert "gains less than -100 nats" in done.err
    assert {row["low"] for row in csv.DictReader(io.StringIO(done.out)) if row["thing"]} == {"False"}


def test_grounding_reads_at_most_so_many_passes_and_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    capsys.readouterr()
    assert run(["ground", TRACE, "--json"]) == 0
    whole = capsys.readouterr()
    assert run(["ground", TRACE, "--json", "--most", "3"]) == 0
    few = capsys.readouterr()
    wrote = settled_at(Trace.load(TRACE))
    assert f"All {len(np.unique(wrote))} passes that wrote words were read again" in whole.err
    assert few.err.startswith("Takes at most 5 forward passes")
    assert f"3 of {len(np.unique(wrote))} passes that wrote words were read again without the picture, drawn evenly." in few.err
    pairs = list(zip(json.loads(whole.out), json.loads(few.out), wrote, strict=True))
    assert len({at for _, row, at in pairs if row["at_commit"] is not None}) == 3
    assert all(row["at_commit"] in (None, full["at_commit"]) and row["at_end"] == full["at_end"] for full, row, _ in pairs)


BAD: list[tuple[Sequence[str], str]] = [
    (["analyse", TRACE], "nothing says what is wrong"),
    (["analyse", "none.trace"], "none.trace"),
    (["cascade", "scene.png"], "no trace"),
    (["cascade", TRACE, "--most", "0"], "--most 0"),
    (["ground", TRACE, "--most", "0"], "--most 0"),
    (["cascade", TRACE, "--image", "other.png"], "another picture than the run's"),
    (["whatif", TRACE], "nothing is to be changed"),
    (["whatif", TRACE, "--force", "3=cats@99"], "a change before pass 99, expected 1 to 8"),
    (["whatif", TRACE, "--force", "3=cats"], "expected POS=TOKEN@PASS"),
    (["whatif", TRACE, "--force", "3=cats dogs@2"], "expected POS=TOKEN@PASS with one token"),
    (["whatif", TRACE, "--force", "3=dragons@2"], "dragons"),
    (["whatif", TRACE, "--force", "0=cats@2"], "positions count from 1"),
    (["whatif", TRACE, "--force", "99=cats@2"], "outside the answer"),
    (["whatif", TRACE, "--hide", "cats"], "expected POS@PASS"),
    (["ground", TRACE, "--without", "another"], "the other picture is missing"),
    (["whatif", TRACE, "--hide", "1@2", "--hold", "0"], "at least 1"),
    (["whatif", TRACE, "--eye", "3,4=dog"], "no eye apart from the model that writes"),
    (["whatif", TRACE, "--eye", "0,4=dog"], "expected ROW,COLUMN=NOUN, each from 1 to 7"),
    (["whatif", TRACE, "--eye", "dog"], "expected ROW,COLUMN=NOUN"),
]


@pytest.mark.parametrize(("words", "sentence"), BAD, ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "")
def test_what_cannot_be_analysed_is_one_plain_sentence(
    words: list[str], sentence: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    capsys.readouterr()
    assert run(words) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1


def test_a_run_whose_picture_or_checkpoint_is_not_here_says_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lonely = tmp_path / "a.trace"
    lonely.write_bytes((folder / TRACE).read_bytes())
    capsys.readouterr()
    assert run(["cascade", str(lonely)]) == 2
    assert "the run has a picture, which is not here" in capsys.readouterr().err
    trace = Trace.load(folder / TRACE)
    replace(trace, head=replace(trace.head, checkpoint="nowhere")).save(lonely)
    assert run(["cascade", str(lonely)]) == 2
    assert "cannot go on without its checkpoint" in capsys.readouterr().err


def test_what_the_eye_saw_is_changed_by_row_and_column(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    scene = scene_from_seed(7)
    render(scene).save("world.png")
    assert run(["run", "world.png", "--lane", "denoise@world-plain", "--tokens-per-pass", "20", "--out", "runs/w"]) == 0
    printed(["whatif", "runs/w/1-denoise@world-plain.trace", "--eye", "2,3=cat", "--eye", "7,7=nothing", "--out", "seen.trace"], capsys)
    assert [(edit["cell"], edit["noun"]) for edit in Trace.load("seen.trace").head.eye_edits] == [(9, "cat"), (48, "")]
    assert run(["whatif", "runs/w/1-denoise@world-plain.trace", "--eye", "2,3=window"]) == 2
    assert "the eye knows no 'window'" in capsys.readouterr().err


def test_what_an_analysis_takes_is_said_before_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    for words in (["ground", TRACE], ["cascade", TRACE, "--most", "3"]):
        capsys.readouterr()
        assert run(words) == 0
        assert re.match(r"Takes at most \d+ forward passes", capsys.readouterr().err)
