"""Every word left out in turn, by the command, on tiny checkpoints in the layout of the 8B models."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tiny_llada import SEEING, TEXT

from rediff_viz.analysis import cascade, causes, open_trunk
from rediff_viz.cli import run as command
from rediff_viz.run import loop
from rediff_viz.saved_run import load_run

LANES = {  # a lane -> whether it is given the picture
    f"denoise@{SEEING}": True,
    f"rediff@{SEEING}+prefix=2": True,
    f"proseco@{TEXT}": False,
}


@pytest.mark.parametrize("lane", LANES, ids=["seeing", "seeing, prompt cached", "text"])
def test_the_cascade_of_a_run_says_its_cost_first_and_its_control_repeats(
    lane: str, picture: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picture.resize((48, 32)).save(tmp_path / "small.png")
    shown = [str(tmp_path / "small.png")] if LANES[lane] else ["--prompt", "How many apples?"]
    assert command(["run", *shown, "--lane", lane, "--length", "8", "--steps", "4", "--block", "8", "--out", str(tmp_path / "run")]) == 0
    (path,) = (tmp_path / "run").glob("*.trace")
    capsys.readouterr()
    before: list[str] = []

    def watched(jobs: Any) -> Any:
        before.append(capsys.readouterr().err)
        return loop(jobs)

    monkeypatch.setattr(import_module("rediff_viz.analysis.cascade"), "loop", watched)
    assert command(["cascade", str(path), "--json"]) == 0
    printed = capsys.readouterr()
    saved = load_run(tmp_path / "run")
    (trace,), (lane_found,) = saved.traces, saved.analysis
    tried = len(causes(trace))
    assert tried > 0
    assert f"{tried} of " in printed.err or f"All {tried} committed words" in printed.err
    assert "the run repeats itself: the same words" in printed.err
    assert (lane_found["cascade"]["measured"], lane_found["cascade"]["tried"]) == (True, tried)
    (said,) = re.findall(r"^Takes at most (\d+) forward passes", "".join(before))
    found = cascade(trace, open_trunk(trace, saved.picture))
    assert int(said) == sum(len(trace) - 1 - cause.at for cause in causes(trace)) + len(trace) - 1 - causes(trace)[0].at
    assert found.passes <= int(said)
    assert len(json.loads(printed.out)) == sum(len(one.effects) for one in found.consequences)
