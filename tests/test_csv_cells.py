"""No text in a CSV table begins as a formula does, whatever the model wrote; what is read back is what was there."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from rediff_viz.cli import run as command
from rediff_viz.csv_cells import no_formula, plain_text
from rediff_viz.run import record
from rediff_viz.saved_run import events_csv
from rediff_viz.trace import Trace

TEXTS = ["=1+1", "+1", "-", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''", "'", "a=1", " =1", "", "cat"]  # as a model may write them
STARTS = ("=", "+", "-", "@", "\t", "\r")


def with_odd_words(made: Trace) -> Trace:
    """The same run, in the words of TEXTS."""
    odd = {token: TEXTS[i % len(TEXTS)] for i, token in enumerate(made.head.vocabulary)}
    return replace(made, head=replace(made.head, vocabulary=odd))


def texts_of(table: str, names: Sequence[str]) -> list[str]:
    """The cells of some columns."""
    return [row[name] for row in csv.DictReader(io.StringIO(table, newline="")) for name in names]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_is_guarded_is_read_again(text: str) -> None:
    assert not no_formula(text).startswith(STARTS)
    assert plain_text(no_formula(text)) == text


def test_the_events_of_a_run_hold_no_formula(tmp_path: Path) -> None:
    trace, names = with_odd_words(record("rediff@toy:settle=2", length=16, steps=4)), ("old_text", "new_text")
    cells = texts_of(events_csv([trace], tmp_path / "events.csv").read_bytes().decode(), names)
    assert [cell for cell in cells if cell.startswith(STARTS)] == []
    assert {plain_text(cell) for cell in cells} <= set(TEXTS)
    assert any(plain_text(cell).startswith(STARTS) for cell in cells)


# a command -> the columns of its table that hold words
COMMANDS = {"events": ("old_text", "new_text"), "ground": ("word",)}


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_prints_holds_no_formula_and_json_the_texts_themselves(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (8, 8), (200, 30, 30)).save(tmp_path / "picture.png")
    assert command(["run", str(tmp_path / "picture.png"), "--lane", "denoise@toy", "--steps", "4", "--out", str(tmp_path / "run")]) == 0
    path = tmp_path / "run/1-denoise@toy.trace"
    with_odd_words(Trace.load(path)).save(path)
    capsys.readouterr()
    assert command([name, str(path)]) == 0
    cells = texts_of(capsys.readouterr().out, COMMANDS[name])
    assert [cell for cell in cells if cell.startswith(STARTS)] == []
    assert command([name, str(path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [plain_text(cell) for cell in cells] == [row[column] for row in rows for column in COMMANDS[name]]
    assert any(cell.startswith("'") for cell in cells)
