"""The bench of the correction head: its numbers by hand, and all its lines on tiny weights."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_world import with_heads

from bench import heads
from rediff_viz.backends import forget


def test_precision_and_recall_by_hand() -> None:
    wrong = np.array([True, True, False, False])
    found = heads.measures(wrong, np.array([[0.9, 0.4, 0.8, 0.1], [0.5, 0.5, 0.5, 0.5]]))
    assert found[0].tolist() == [0.75, 0.5, 0.5]  # .4 is below .8 and above .1; .9 and .8 are called wrong
    assert found[1, 0] == 0.5
    assert np.isnan(found[1, 1])  # nothing is called wrong at .5
    assert found[1, 2] == 0


def test_every_table_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("REDIFF_VIZ_MODELS", str(with_heads(tmp_path)))
    monkeypatch.setattr(sys, "argv", ["bench.heads", "--scenes", "2", "--read", "2", "--dry"])
    forget()
    heads.main()
    forget()
    printed = capsys.readouterr().out
    for signal in heads.SIGNALS:
        assert f"| {signal} | " in printed
    for lane in ("denoise@world-plain", "dsc@world-dsc", "prism@world-dsc"):
        assert f"| `{lane}` | 8 | " in printed
    row = json.loads(printed.splitlines()[-1])["8 words a pass"]
    assert all(len(row[signal]["AUROC"]) == 3 for signal in heads.SIGNALS)
