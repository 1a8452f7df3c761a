"""A reader's verdicts: read with suspicion, written without formulas, and what they say of a run."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from node import node
from written import TRUE, trace_of

from rediff_viz.cli import run as command
from rediff_viz.events import events
from rediff_viz.run import record
from rediff_viz.saved_run import SavedRun, events_csv, zip_run
from rediff_viz.trace import Trace
from rediff_viz.verdicts import COLUMNS, LIMIT_ROWS, UNSURE, WRONG, Verdict, load_verdicts, marked_wrong, read_verdicts, write_verdicts

HEAD = ",".join(COLUMNS)
NOTES = ["", "no camel", "=1+1", "+1", "-1", "@x", "'tis", "''", 'a "b", c', "ünï 😀", "<b>x</b>"]


def trace() -> Trace:
    """Two passes; the scene is not known."""
    return trace_of([TRUE, TRUE.replace("two", "three")], None)


def verdict(of: Trace, position: int = 0, written: int = 1, is_: str = WRONG, note: str = "") -> Verdict:
    return Verdict(of.head.lane, of.fingerprint, position, written, "two", is_, note)


@pytest.mark.parametrize("note", NOTES)
def test_what_is_written_is_read_again_and_no_cell_is_a_formula(note: str) -> None:
    made = [verdict(trace(), note=note)]
    text = write_verdicts(made)
    assert read_verdicts(text) == made
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in csv.reader(io.StringIO(text)) for cell in row)


def test_what_the_browser_writes_is_what_python_writes() -> None:
    found = trace()
    made = [verdict(found, i, note=note) for i, note in enumerate(NOTES)]
    words = [
        {"lane": v.lane, "trace": v.trace, "position": v.position, "pass": v.written, "word": v.word, "verdict": v.verdict, "note": v.note}
        for v in made
    ]
    script = "import { toCsv } from './assets/score/model/verdicts.js'; import { readFileSync } from 'node:fs';"
    script += "process.stdout.write(toCsv(JSON.parse(readFileSync(0, 'utf8'))));"
    written = node("--input-type=module", "-e", script, text=json.dumps(words))
    assert read_verdicts(written) == made
    assert written == write_verdicts(made).replace("\r\n", "\n")  # `node` reads its output as text


BAD = [  # a table -> what is said of it
    ("", "no column lane, trace"),
    ("lane,trace\n", "no column position"),
    (f"{HEAD}\nx,aa,1,1,w,maybe,\n", "row 2: your_verdict 'maybe', expected right, wrong, unsure"),
    (f"{HEAD}\nx,aa,0,1,w,wrong,\n", "row 2: position '0', expected a whole number from 1 on"),
    (f"{HEAD}\nx,aa,1,-1,w,wrong,\n", "row 2: pass '-1'"),
    (f"{HEAD}\nx,aa,1,²,w,wrong,\n", "row 2: pass '²'"),
    (f"{HEAD}\nx,aa,1,1e3,w,wrong,\n", "row 2: pass '1e3'"),
    (f"{HEAD}\nx,aa,99999999,1,w,wrong,\n", "row 2: position '99999999'"),
    (f"{HEAD}\nx\n", "row 2: your_verdict ''"),
    (f"{HEAD}\nx,aa,1,1,w,wrong,{'n' * 401}\n", "row 2: note has 401 characters"),
    (f'{HEAD}\nx,aa,1,1,w,wrong,"n\n', "it is no CSV table"),
    (HEAD + "\nx,aa,1,1,w,wrong," * (LIMIT_ROWS + 1), f"expected at most {LIMIT_ROWS}"),
    ("x" * ((1 << 20) + 1), "more than 1 MiB"),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_a_table_that_does_not_fit_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("(", r"\(")) as caught:
        read_verdicts(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("content", "said"), [(b"\xff\xfe\x00", "it is not UTF-8 text"), (b"x", "no column"), (None, "No such file")])
def test_a_file_that_does_not_fit_is_refused_by_its_name(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=said) as caught:
        load_verdicts(path)
    assert str(caught.value).startswith("verdicts.csv cannot be read")


def test_a_file_of_a_spreadsheet_is_read_too(tmp_path: Path) -> None:
    path, made = tmp_path / "verdicts.csv", [verdict(trace())]
    path.write_text("\ufeff" + write_verdicts(made), encoding="utf-8", newline="")
    assert load_verdicts(path) == made


def test_marked_words_are_those_called_wrong_of_this_trace() -> None:
    mine, other = trace(), trace_of([TRUE])
    table = [verdict(mine, 0, 1), verdict(mine, 0, 2), verdict(mine, 3, 1, UNSURE), verdict(other, 2, 1)]
    assert [(p, mine.head.vocabulary[t]) for p, t in marked_wrong(mine, table)] == [(0, "two"), (0, "three")]


@pytest.mark.parametrize(("position", "written"), [(40, 1), (0, 3)])
def test_a_verdict_on_a_place_that_is_not_there_is_refused(position: int, written: int) -> None:
    with pytest.raises(ValueError, match=f"position {position + 1}, pass {written}, but the trace has 40 positions and 2 passes"):
        marked_wrong(trace(), [verdict(trace(), position, written)])


def toy() -> Trace:
    """A lane that can be saved; its scene is not known."""
    return record("denoise@toy", length=8, steps=4)


def committed(of: Trace) -> tuple[int, int]:
    """(position from 0, pass from 1) of the last commit."""
    commit = events(of).query("event == 'commit'").iloc[-1]
    return int(commit["position"]), int(commit["pass"])


def test_the_event_that_wrote_a_word_has_its_verdict(tmp_path: Path) -> None:
    found = toy()
    position, written = committed(found)
    table = pd.read_csv(events_csv([found], tmp_path / "a.csv", [verdict(found, position, written, note="=1")]), keep_default_na=False)
    marked = table[table["your_verdict"] != ""]
    assert marked[["position", "pass", "event", "your_verdict", "note"]].to_numpy().tolist() == [
        [position + 1, written, "commit", "wrong", "'=1"]
    ]
    assert "your_verdict" not in pd.read_csv(events_csv([found], tmp_path / "b.csv"))


def test_verdicts_lie_beside_the_traces_of_a_run_taken_along(tmp_path: Path) -> None:
    found = toy()
    made = [verdict(found, note="no")]
    archive = zipfile.ZipFile(zip_run(SavedRun("run", (found,)), tmp_path / "run.zip", made))
    assert read_verdicts(archive.read("run/verdicts.csv").decode()) == made
    assert "run/verdicts.csv" not in zipfile.ZipFile(zip_run(SavedRun("run", (found,)), tmp_path / "plain.zip")).namelist()


def test_the_command_line_reads_what_a_reader_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, path, marks = toy(), tmp_path / "one.trace", tmp_path / "verdicts.csv"
    position, written = committed(found)
    found.save(path)
    marks.write_text(write_verdicts([verdict(found, position, written)]), encoding="utf-8", newline="")
    assert command(["analyse", str(path), "--marked", str(marks), "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["basis"], row["errors_at_end"], row["first_error"]) == ("reader", 1, [written - 1, position])
    marks.write_text(write_verdicts([verdict(trace_of([TRUE]))]), encoding="utf-8", newline="")
    assert command(["analyse", str(path), "--marked", str(marks)]) == 2
    assert "verdicts.csv marks no word of one.trace wrong" in capsys.readouterr().err
