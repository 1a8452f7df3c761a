"""The benches of the embedded world: what they compare is right on numbers made by hand, and a dry run of a scene writes nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import numpy as np
import pytest
from test_metrics import M, run_of

from bench import analyses, cascades, detectors, reach_figure
from bench.cascade_tables import drawn, healing, table
from bench.quality import ROOT
from bench.scene_runs import runs
from rediff_viz.analysis import grounding, open_trunk
from rediff_viz.evaluate import interval
from rediff_viz.events import settled_at


def written() -> dict[Path, int]:
    """What benches write, and when it was written."""
    return {path: path.stat().st_mtime_ns for path in (ROOT / "README.md", *(ROOT / "docs").glob("*"), *(ROOT / "bench/results").glob("*"))}


def planted(words: int = 80) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Namings of 20 scenes, every fourth absent: the first detector knows it, the last says the opposite, the rest know nothing."""
    absent = np.arange(words) % 4 == 0
    columns = np.random.default_rng(1).random((len(detectors.DETECTORS), words))
    columns[0], columns[-1] = absent, -absent.astype(float)
    return np.arange(words) // 4, absent, columns


def test_a_detector_that_knows_wins_and_one_that_says_the_opposite_is_not_turned_round() -> None:
    row = detectors.compared(*planted(), draws=200)
    assert (row["words"], row["absent"]) == (80, 20)
    assert row["best"] == detectors.DETECTORS[0]
    assert row["auroc"][detectors.DETECTORS[0]] == [1, 1, 1]
    assert row["auroc"][detectors.DETECTORS[-1]] == [0, 0, 0]
    assert row["ahead"][1] > 0
    for name in detectors.DETECTORS[1:-1]:
        area, low, high = row["auroc"][name]
        assert 0 <= low < area < high <= 1
    assert row == detectors.compared(*planted(), draws=200)  # seeded
    said = detectors.verdict(row | {"lane": "a", "condition": "b"})
    assert said.startswith(f"`a`, b: {detectors.DETECTORS[0]} tells best what is not there (AUROC 1.000)")
    assert "ahead of" in said


def test_without_both_classes_or_beyond_chance_nothing_is_claimed() -> None:
    where, absent, columns = planted()
    none = detectors.compared(where, np.zeros_like(absent), columns) | {"lane": "a", "condition": "b"}
    assert detectors.verdict(none) == "`a`, b: nothing can be said, 0 of 80 named things are not there."
    assert "| - |" in detectors.table([none])
    columns[[0, -1]] = 0
    blind = detectors.compared(where, absent, columns, draws=200) | {"lane": "a", "condition": "b"}
    assert "no detector is told apart from chance" in detectors.verdict(blind)


def test_wobble_is_the_spread_of_the_final_words_probability_over_all_passes() -> None:
    trace = run_of([M, M], [5, M], [5, 6])  # each pass gives what it proposes 0.5, then 0.6, and nothing else is recorded
    assert detectors.wobble(trace) == pytest.approx([0.05, 0.3])


def test_every_detector_is_higher_where_a_thing_is_likelier_not_to_be_there() -> None:
    ((_, picture, trace), (_, other, _)) = runs("denoise@world-plain", [1, 2])
    found = dict(zip(detectors.DETECTORS, detectors.signals(trace, picture, other), strict=True))
    rests = grounding(trace, open_trunk(trace, picture), "another", other)
    assert found["grounding, another"] == pytest.approx(-rests.at_commit)
    assert found["grounding, another, at the end"] == pytest.approx(-rests.at_end)
    here, written = np.arange(len(trace.final)), settled_at(trace) - 1
    assert found["confidence"] == pytest.approx(-trace.prob[written, here], abs=1e-3)
    assert found["entropy"] == pytest.approx(trace.entropy[written, here])


@pytest.mark.parametrize(
    ("name", "values"),
    [("any", [1.0, 1.0, 0.9]), ("stays", [1.0] * 5), ("exact_before", [0.0] * 5), ("exact_after", [0.0, 1.0]), ("at_least_3", [0.02, 0.0])],
)
def test_a_rates_interval_stays_within_0_and_1(name: str, values: list[float]) -> None:
    middle, low, high = cascades.mean(name, values)
    assert 0 <= low <= middle <= high <= 1
    assert (low, high) == interval(values)


def test_a_counts_interval_may_pass_1_and_begins_at_0() -> None:
    middle, low, high = cascades.mean("changed", [0.0, 9.0])
    assert (middle, low) == (4.5, 0)
    assert high > 9


SHARES = {f"at_least_{k}": [1 / (1 + k), 0.8 / (1 + k), 1 / (1 + k)] for k in range(reach_figure.MOST + 1)}
TOTALS = {"errors": 108.0, "before": 288.0, "after": 144.0, "exact_before": 0.0, "exact_after": 32.0}


def test_the_figure_is_an_svg_with_a_line_and_a_band_for_each_lane() -> None:
    lanes = [f"denoise@model-{k}" for k in range(7)]  # more than there are hues
    image = ElementTree.fromstring(drawn([{"lane": lane, **SHARES} for lane in lanes], 5))
    spaces = {"s": "http://www.w3.org/2000/svg"}
    assert [line[0].text for line in image.findall("s:polyline", spaces)] == lanes
    assert len(image.findall("s:polygon", spaces)) == len(lanes)
    assert set(lanes) <= {text.text for text in image.findall("s:text", spaces)}
    for line in image.findall("s:polyline", spaces):
        heights = [float(point.partition(",")[2]) for point in line.attrib["points"].split()]
        assert heights == sorted(heights)  # fewer replacements reach further
        assert max(heights) <= reach_figure.HEIGHT - reach_figure.BOTTOM


def test_what_healing_did_is_said_in_totals_and_a_lane_that_was_never_wrong_says_so() -> None:
    row = {"lane": "a", "begun_wrong": 79, "totals": TOTALS}
    assert healing(row) == (
        "`a`: putting the first 108 wrong words of 79 captions right by hand takes wrong words elsewhere from 288 to 144, "
        "and exact captions from 0 to 32."
    )
    assert "no caption was begun wrong" in table([row | {"begun_wrong": 0}])


@pytest.mark.parametrize(
    ("bench", "words"),
    [(detectors, ["--scenes", "1"]), (cascades, ["--scenes", "1", "--words", "2"])],
    ids=["detectors", "cascades"],
)
def test_a_dry_run_prints_a_table_and_a_line_of_json_and_writes_nothing(
    bench: ModuleType, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = written()
    monkeypatch.setattr(sys, "argv", [bench.__name__, *words, "--lanes", "denoise@world-plain", "--dry"])
    bench.main()
    lines = capsys.readouterr().out.rstrip().splitlines()
    assert any(line.startswith("| --- |") for line in lines)
    assert json.loads(lines[-1])["scenes"] == 1
    assert written() == before


def test_what_analyses_cost_is_printed_beside_the_aims_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = written()
    monkeypatch.setattr(sys, "argv", ["bench.analyses", "--words", "20", "--turns", "1", "--dry"])
    analyses.main()
    lines = capsys.readouterr().out.rstrip().splitlines()
    assert sum(line.startswith("| ") for line in lines) == 2 + 7
    row = json.loads(lines[-1])
    assert all(time["busy"] > 0 for time in [*row["seconds"].values(), *row["ratios"].values()])
    assert row["cascade_passes"] <= (row["branches"] + 1) * row["passes"]
    assert written() == before
