"""analysis.json: written beside the traces, merged lane by lane, read with suspicion, and carried into the Score."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_analysis import planted

from rediff_viz.analysis import cascade, cascade_part, downstream, errors, grounding_part, lane_part
from rediff_viz.analysis.grounding import Grounding
from rediff_viz.analysis.stored import UNKNOWN
from rediff_viz.cli import run as command
from rediff_viz.saved_run import SavedRun, load_run, save_run, zip_run
from rediff_viz.score.html import page
from rediff_viz.score.messages import payload_of
from rediff_viz.stored_analysis import LIMIT_EFFECTS, LIMIT_FILE, NAME, load_analysis, save_analysis
from rediff_viz.trace import Trace

N, S = 8, 8  # of the planted run


@pytest.fixture(scope="module")
def trace() -> Trace:
    return planted()[0]


@pytest.fixture(scope="module")
def lane(trace: Trace) -> dict[str, Any]:
    """Everything that can be stored of a lane."""
    rests = Grounding("blank", np.r_[np.nan, np.arange(1.0, N)], np.arange(N) / 2, 9)
    return {"trace": trace.fingerprint, **lane_part(trace, trace.text), **cascade_part(cascade(*planted())), **grounding_part(trace, rests)}


def test_what_is_stored_of_a_lane_is_read_back(tmp_path: Path, trace: Trace, lane: dict[str, Any]) -> None:
    assert save_analysis(tmp_path, [trace], [lane]) == ""
    assert load_analysis(tmp_path, [trace]) == ((lane,), "")
    assert json.loads((tmp_path / NAME).read_text()) == {"version": 1, "lanes": [lane]}


def test_a_stored_cascade_has_each_effect_and_how_far_words_reach(lane: dict[str, Any]) -> None:
    stored = lane["cascade"]
    assert stored["measured"] is True
    assert stored["floor"] == 0.05
    assert {(row[0], row[1], row[2], row[3]) for row in stored["effects"] if row[5]} >= {(0, 0, 2, 2), (0, 0, 5, 5), (1, 1, 3, 3)}
    assert all(row[6] for row in stored["effects"] if row[5])
    assert (stored["tried"], stored["commits"], stored["most"], stored["depth"], stored["left_out"]) == (7, 8, 3, 3, 0)
    assert stored["mean"] == pytest.approx(9 / 7, abs=1e-3)
    assert lane["grounding"]["without"] == "blank"
    assert lane["grounding"]["at_commit"] == [None, None, None, 3.0, 4.0, None, None, None]  # "under" and "above"; the rest are not judged


def test_an_error_is_downstream_where_it_would_be_another_word_without_an_earlier_error() -> None:
    trunk, session = planted()
    found = cascade(trunk, session)
    words = trunk.tokens(trunk.final)
    for wrong, share in (({0, 2, 4}, 1 / 3), ({2, 5}, 1 / 2), ({4}, 0.0), (set(), None)):
        reference = " ".join(word for i, word in enumerate(words) if i not in wrong)
        assert downstream(found, errors(trunk, reference)) == (None if share is None else pytest.approx(share))


def test_the_strongest_effects_are_stored_and_the_others_counted(monkeypatch: pytest.MonkeyPatch, lane: dict[str, Any]) -> None:
    monkeypatch.setattr("rediff_viz.analysis.stored.MOST_EFFECTS", 4)
    few = cascade_part(cascade(*planted()))["cascade"]
    assert len(few["effects"]) == 4
    assert few["left_out"] == len(lane["cascade"]["effects"]) - 4
    assert all(row[5] for row in few["effects"])


def test_a_run_of_an_unknown_scene_has_its_order_and_says_what_is_missing(trace: Trace) -> None:
    plain = lane_part(trace)
    assert plain["errors"] == UNKNOWN
    assert plain["credit"] == {}
    assert plain["numbers"]["kendall_tau"] == 1.0
    assert "repairs" not in plain["numbers"]


def test_what_is_new_of_one_lane_leaves_the_others_and_its_other_parts(tmp_path: Path, trace: Trace, lane: dict[str, Any]) -> None:
    other = replace(trace, prob=trace.prob * np.float32(0.5))
    save_analysis(tmp_path, [trace, other], [{"cascade": lane["cascade"]}, {}])
    save_analysis(tmp_path, [trace, other], [{}, {"grounding": lane["grounding"]}])
    save_analysis(tmp_path, [trace, other], [{"numbers": lane["numbers"]}, {}])
    (first, second), why = load_analysis(tmp_path, [trace, other])
    assert first == {"trace": trace.fingerprint, "numbers": lane["numbers"], "cascade": lane["cascade"]}
    assert second == {"trace": other.fingerprint, "grounding": lane["grounding"]}
    assert why == ""
    assert load_analysis(tmp_path, [other])[0] == (second,)  # of the lane alone, or in another order
    assert load_analysis(tmp_path, [other, trace])[0] == (second, first)


def test_an_analysis_of_another_run_is_one_sentence_and_nothing_else_is_lost(tmp_path: Path, trace: Trace, lane: dict[str, Any]) -> None:
    other = replace(trace, prob=trace.prob * np.float32(0.5))
    save_run(tmp_path, SavedRun("run", (other,)))
    save_analysis(tmp_path, [trace], [lane])
    run = load_run(tmp_path)
    assert run.analysis == ({},)
    assert run.left_out == "analysis.json belongs to another run than these traces, so it is left out."
    assert run.traces[0].same(other)
    assert "replaced" in save_analysis(tmp_path, [other], [{"errors": "."}])
    assert load_run(tmp_path).analysis == ({"trace": other.fingerprint, "errors": "."},)


def put(*path: Any) -> Callable[[dict[str, Any]], object]:
    """What sets the last of `path` as the value at the place that the others name."""

    def change(stored: dict[str, Any]) -> None:
        inner: Any = stored
        for key in path[:-2]:
            inner = inner[key]
        inner[path[-2]] = path[-1]

    return change


CASCADE = ("lanes", 0, "cascade")
ROW = (*CASCADE, "effects", 0)
HOSTILE: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (put("version", 2), "version 2, this code reads 1"),
    (put("version", None), "version None"),
    (put("lanes", {}), "lanes must be a list"),
    (put("lanes", [{}] * 65), "at most 64"),
    (put("lanes", ["x"]), "a lane does not say its trace"),
    (put("lanes", 0, "trace", "../../x"), "a lane does not say its trace"),
    (put("lanes", 0, "numbers", []), "numbers does not hold"),
    (put("lanes", 0, "numbers", {"repairs": "many"}), "numbers does not hold"),
    (put("lanes", 0, "numbers", {"repairs": True}), "numbers does not hold"),
    (put("lanes", 0, "numbers", {str(i): i for i in range(65)}), "numbers does not hold"),
    (put("lanes", 0, "badges", [{"name": "loop", "line": "x", "positions": [N]}]), "badges does not hold"),
    (put("lanes", 0, "badges", [{"name": 3, "line": "x", "positions": []}]), "badges does not hold"),
    (put("lanes", 0, "credit", {"wrong to right": -1}), "credit does not hold"),
    (put("lanes", 0, "errors", "x" * 401), "errors does not hold"),
    (put(*CASCADE, "effects"), "cascade does not hold"),
    (put(*CASCADE, "control", 1), "cascade does not hold"),
    (put(*CASCADE, "measured", 1), "cascade does not hold"),
    (put(*CASCADE, "floor", -1), "cascade does not hold"),
    (put(*CASCADE, "left_out", 0.5), "cascade does not hold"),
    (put(*CASCADE, "depth", "deep"), "cascade does not hold"),
    (put(*CASCADE, "effects", [[0, 0, 1, 1, 0.5, 0, 1]] * (LIMIT_EFFECTS + 1)), "cascade does not hold"),
    (put(*CASCADE, "effects", 0, [0, 0, 1, 1, 0.5, 0]), "cascade does not hold"),
    (put(*ROW, 0, N), "cascade does not hold"),
    (put(*ROW, 1, S), "cascade does not hold"),
    (put(*ROW, 2, -1), "cascade does not hold"),
    (put(*ROW, 3, 0), "cascade does not hold"),
    (put(*ROW, 3, 1.5), "cascade does not hold"),
    (put(*ROW, 4, "1"), "cascade does not hold"),
    (put(*ROW, 4, 1e300), "cascade does not hold"),
    (put(*ROW, 5, True), "cascade does not hold"),
    (put(*ROW, 6, 2), "cascade does not hold"),
    (put("lanes", 0, "grounding", {"without": "sound", "at_commit": [0] * N, "at_end": [0] * N}), "grounding does not hold"),
    (put("lanes", 0, "grounding", "at_end", [0] * (N - 1)), "grounding does not hold"),
    (put("lanes", 0, "grounding", "at_end", ["0"] * N), "grounding does not hold"),
]
RAW: list[tuple[bytes, str]] = [
    (b"", "it is not JSON"),
    (b"\xff\xfe", "it is not JSON"),
    (b"[]", "it is not a table"),
    (b'{"version": 1, "lanes": [NaN]}', "NaN is no number"),
    (b'{"version": 1, "lanes": [-Infinity]}', "Infinity is no number"),
    (b"[" * 100_000, "tables within tables"),
    (b" " * (LIMIT_FILE + 1), "at most 8 are read"),
]


def broken(folder: Path, trace: Trace, lane: dict[str, Any], change: Callable[[dict[str, Any]], object] | bytes) -> None:
    """A run's folder with a damaged analysis."""
    save_run(folder, SavedRun("run", (trace,), None, {}, (lane,)))
    if isinstance(change, bytes):
        (folder / NAME).write_bytes(change)
        return
    stored = json.loads((folder / NAME).read_text())
    change(stored)
    (folder / NAME).write_text(json.dumps(stored))


@pytest.mark.parametrize(("change", "sentence"), [*HOSTILE, *RAW])
def test_a_damaged_analysis_is_one_sentence_and_the_run_is_shown_without_it(
    change: Any, sentence: str, tmp_path: Path, trace: Trace, lane: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    broken(tmp_path / "run", trace, lane, change)
    run = load_run(tmp_path / "run")
    assert run.analysis == ({},)
    assert sentence in run.left_out
    assert run.left_out.startswith("analysis.json cannot be read as an analysis, so it is left out: ")
    assert "analysis" not in payload_of(run)["lanes"][0]
    capsys.readouterr()
    assert command(["show", str(tmp_path / "run"), "--out", str(tmp_path / "page.html")]) == 0
    assert capsys.readouterr().err.count("\n") == 1


def test_what_a_later_version_adds_is_left_out(tmp_path: Path, trace: Trace, lane: dict[str, Any]) -> None:
    broken(tmp_path, trace, lane, put("lanes", 0, "later", [1, 2]))
    assert load_run(tmp_path).analysis == (lane,)


def test_the_score_gets_what_it_draws_and_a_zip_all_of_it(tmp_path: Path, trace: Trace, lane: dict[str, Any]) -> None:
    other = replace(trace, prob=trace.prob * np.float32(0.5))
    run = SavedRun("run", (other, trace), None, {}, ({}, lane))
    plain, drawn = payload_of(run)["lanes"]
    assert "analysis" not in plain
    assert drawn["analysis"] == {"cascade": lane["cascade"], "grounding": lane["grounding"]}
    assert '"measured":true' in page(run)
    zip_run(run, tmp_path / "run.zip")
    import zipfile

    zipfile.ZipFile(tmp_path / "run.zip").extractall(tmp_path)
    assert load_run(tmp_path / "run").analysis == ({"trace": other.fingerprint}, lane)


def stored_in(folder: Path) -> Sequence[dict[str, Any]]:
    lanes: Sequence[dict[str, Any]] = json.loads((folder / NAME).read_text())["lanes"]
    return lanes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of two lanes of the toy, on a picture."""
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (8, 8), (200, 30, 30)).save("scene.png")
    assert command(["run", "scene.png", "--lane", "denoise@toy", "--lane", "rediff@toy:settle=2", "--steps", "8", "--out", "run"]) == 0
    return tmp_path / "run"


TRACES = ["run/1-denoise@toy.trace", "run/2-rediff@toy.trace"]


def test_commands_store_what_they_find_beside_the_trace(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["cascade", TRACES[1]], ["analyse", *TRACES, "--reference", "a cat"], ["ground", TRACES[0], "--without", "mean"]):
        capsys.readouterr()
        assert command(words) == 0
        assert capsys.readouterr().err.splitlines()[-1] == f"rediff_viz: stored in {Path('run') / NAME}"
    first, second = stored_in(folder)
    assert set(first) == {"trace", "numbers", "badges", "credit", "errors", "grounding"}
    assert set(second) == {"trace", "numbers", "badges", "credit", "errors", "cascade"}
    assert first["grounding"]["without"] == "mean"
    assert command(["show", "run", "--out", "page.html"]) == 0
    assert "left out" not in capsys.readouterr().err
    assert '"analysis":{"cascade"' in Path("page.html").read_text()


@pytest.mark.parametrize("words", [["cascade"], ["analyse", "--reference", "a cat"], ["ground"]], ids=lambda words: words[0])
def test_nothing_is_stored_where_nobody_wants_it_or_the_trace_lies_alone(
    words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command([*words, TRACES[0], "--no-save"]) == 0
    Path("alone.trace").write_bytes(Path(TRACES[0]).read_bytes())
    (folder.parent / "picture.png").write_bytes(Path("scene.png").read_bytes())
    assert command([*words, "alone.trace"]) == 0
    assert not list(folder.parent.rglob(NAME))
    assert "stored" not in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_costs_one_sentence_and_not_the_output(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "fsync", full)
    capsys.readouterr()
    assert command(["analyse", *TRACES, "--reference", "a cat"]) == 0
    printed = capsys.readouterr()
    assert printed.err == f"rediff_viz: nothing was stored in {Path('run') / NAME}: Read-only file system\n"
    assert "repairs" in printed.out
    assert sorted(path.name for path in folder.iterdir()) == ["1-denoise@toy.trace", "2-rediff@toy.trace", "picture.png", "run.json"]


def test_an_analysis_goes_with_its_run_when_another_takes_its_place(folder: Path) -> None:
    assert command(["cascade", TRACES[0]]) == 0
    assert command(["run", "scene.png", "--lane", "denoise@toy", "--steps", "4", "--out", "run"]) == 0
    assert not (folder / NAME).exists()
