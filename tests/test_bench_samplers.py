"""The bench of all samplers: what it tries can be run, what it chooses is within the budget, what it says and draws is what it measured."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from bench import samplers as bench
from bench.quality import SEED
from bench.samplers_figure import NAMED, figure, named, within
from rediff_viz.run import parse_lane
from rediff_viz.samplers import SAMPLERS


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_lane_that_is_tried_can_be(sampler: str) -> None:
    tried = list(bench.lanes(sampler))
    assert tried
    assert len(set(tried)) == len(tried)
    for lane, steps in tried:
        assert parse_lane(lane).sampler == sampler
        assert 1 <= steps <= 40


def test_settings_are_chosen_on_scenes_of_their_own() -> None:
    assert bench.TUNING + 100_000 < SEED


def test_the_best_is_within_the_budget_on_the_scenes_it_is_measured_on_too(monkeypatch: pytest.MonkeyPatch) -> None:
    choices = [bench.Choice("a@x", 1, 11.9, 0.9), bench.Choice("b@x", 1, 11.0, 0.8), bench.Choice("c@x", 1, 12.1, 1.0)]
    on_others = {"a@x": 12.3, "b@x": 11.2, "c@x": 11.0}  # the best went over its budget there
    monkeypatch.setattr(bench, "on", lambda lane, steps, scenes, seed: lane)
    monkeypatch.setattr(bench, "as_row", lambda lane: {"nfe": on_others[lane]})
    monkeypatch.setattr(bench, "beside", lambda choice, treated, budget, scenes: {"lane": choice.lane})
    assert bench.measured(choices, 12, 5) == {"lane": "b@x"}
    assert bench.measured(choices, 10, 5) is None


def test_the_winner_is_named_beside_the_next_and_plain_denoising() -> None:
    rows: list[dict[str, Any]] = [
        {"lane": lane, "claims_right": claims, "sentences_fluent": fluent}
        for lane, claims, fluent in (("saber@w", 0.9, 0.7), ("denoise@w", 0.8, 0.5), ("rediff@w", 0.9, 0.9))
    ]
    assert bench.winner(rows, 12) == (
        "Best within 12 NFE: `rediff@w` with 0.900, the mean of claims right and sentences fluent; the next (`saber@w`) has 0.800; "
        "plain (`denoise@w`) has 0.650."
    )


def test_a_curve_rises_only() -> None:
    assert within([(4, 0.5), (2, 0.6), (8, 0.7), (8, 0.8), (30, 1.0)], 24) == [(2, 0.6), (8, 0.8), (24, 0.8)]
    assert within([(30, 1.0)], 24) == []


def test_the_figure_names_the_best_few_and_plain_denoising_and_draws_all() -> None:
    curves = {f"number {i}": [(2.0 + i, 0.5 + i / 100), (20.0, 0.6 + i / 100)] for i in range(20)} | {"denoise": [(3.0, 0.1)]}
    assert named({name: within(points, 24) for name, points in curves.items()}, 24)[-1] == "denoise"
    drawing = figure(curves, dict.fromkeys(curves, "plain"), 24, "about")
    root = ElementTree.fromstring(drawing)
    texts = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    titles = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}title")]
    assert set(curves) <= set(titles)
    assert len(set(curves) & set(texts)) == NAMED
    assert {"denoise", "number 19"} <= set(texts)
    with pytest.raises(ValueError, match="no sampler was measured within 1 passes"):
        figure(curves, dict.fromkeys(curves, "plain"), 1, "about")
