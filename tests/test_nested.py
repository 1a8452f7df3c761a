"""Files of plain values that are nested beyond sense end in one sentence, whatever reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile.nested import NESTED, READERS

from rediff_viz.conformance import main
from rediff_viz.trace.stored import LIMIT_DEPTH, read_json


@pytest.mark.parametrize("text", NESTED)
@pytest.mark.parametrize("reader", READERS)
def test_whatever_a_file_holds_is_refused_in_one_sentence(reader: str, text: str, tmp_path: Path) -> None:
    if reader == "config.json" and text.startswith("900 tables"):
        pytest.skip("an object all the same: what it says is read by names")
    with pytest.raises(ValueError) as refusal:
        READERS[reader](tmp_path, NESTED[text])
    sentence = str(refusal.value)
    assert sentence
    assert "\n" not in sentence
    assert len(sentence) < 400


@pytest.mark.parametrize("text", NESTED)
def test_conform_says_what_is_wrong_with_a_manifest(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "MANIFEST.json").write_text(NESTED[text])
    assert main([str(tmp_path)]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "MANIFEST.json" in sentence


def test_conform_fails_a_case_whose_file_is_nested_and_runs_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "MANIFEST.json").write_text(
        '{"cases": [{"id": "a", "kind": "token_counts", "file": "deep.json"}, {"id": "b", "kind": "?"}]}'
    )
    (tmp_path / "deep.json").write_text(NESTED["900 tables"])
    assert main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "more than 32 tables within tables" in printed
    assert "skipped" in printed


def test_what_is_nested_a_little_is_read() -> None:
    assert read_json("[" * LIMIT_DEPTH + "]" * LIMIT_DEPTH)
    with pytest.raises(ValueError, match="tables within tables"):
        read_json("[" * (LIMIT_DEPTH + 2) + "]" * (LIMIT_DEPTH + 2))
