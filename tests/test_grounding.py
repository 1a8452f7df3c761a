"""What the picture adds to a word, on a toy that looks at one corner of it, and on every family of models."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rediff_viz.analysis import grounding, regions
from rediff_viz.analysis.grounding import KINDS
from rediff_viz.backends import BatchItem, Request, open_checkpoint
from rediff_viz.backends.toy import WORDS, ToyBackend, ToySession
from rediff_viz.run import collect, job, record
from rediff_viz.run.lane import LaneSpec
from rediff_viz.trace import Trace
from rediff_viz.world import render, scene_from_seed

SEES = (1, 4)  # positions whose word the picture decides
RED, BLUE, PLAIN = 40, 41, 42


class Corner(ToyBackend):
    """Names the colour of the picture's first pixel at two positions, unsure without a picture; the rest it says blindly."""

    def open(self, request: Request) -> ToySession:
        red, _, blue = request.picture.getpixel((0, 0)) if request.picture else (0, 0, 0)
        return ToySession(self, request, 1 if red > 150 else 2 if blue > 150 else 0)

    def logits(self, read: np.ndarray, salt: int = 0) -> np.ndarray:
        z = np.full((len(read), len(WORDS)), -10.0)
        z[:, PLAIN] = 2.0
        z[list(SEES)] = np.where(np.isin(np.arange(len(WORDS)), [RED, BLUE]), 1.0, -10.0)
        z[list(SEES), RED] += 4.0 * (salt == 1)
        z[list(SEES), BLUE] += 4.0 * (salt == 2)
        return z


def picture() -> Image.Image:
    """Red in its first corner, black elsewhere."""
    image = Image.new("RGB", (12, 12))
    image.paste((250, 0, 0), (0, 0, 2, 2))
    return image


def seen(**settings: Any) -> tuple[Trace, Any]:
    session = Corner().open(Request(picture(), length=6))
    return collect([job(LaneSpec("denoise", "toy", settings), session, steps=3)])[0], session


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_words_that_the_picture_decides_rest_on_it(kind: str) -> None:
    trace, session = seen()
    found = grounding(trace, session, kind, Image.new("RGB", (12, 12)))
    expected = np.log(1 / (1 + np.exp(-4.0))) - np.log(0.5)
    for column in (found.at_commit, found.at_end):
        assert np.flatnonzero(np.abs(column) > 1e-3).tolist() == list(SEES)
        assert column[list(SEES)] == pytest.approx(expected, abs=2e-3)
    assert found.passes <= len(trace) + 2


def test_the_words_of_a_contrasted_run_rest_on_the_picture_as_the_model_alone_has_it() -> None:
    plain, contrasted = grounding(*seen()), grounding(*seen(contrast=2.0, plausibility=0.0))
    assert contrasted.at_commit == pytest.approx(plain.at_commit, abs=2e-3)
    assert contrasted.at_end == pytest.approx(plain.at_end, abs=2e-3)


def test_painting_over_the_corner_that_a_word_rests_on_costs_its_probability() -> None:
    trace, session = seen()
    lost = regions(trace, session, SEES[0])
    assert lost.shape == (6, 6)
    assert np.argwhere(np.abs(lost) > 1e-6).tolist() == [[0, 0]]
    assert lost[0, 0] > 0.5
    assert np.abs(regions(trace, session, 0, tiles=3)).max() < 1e-6


def test_what_cannot_be_grounded_is_refused() -> None:
    trace, session = seen()
    with pytest.raises(ValueError, match="no picture"):
        grounding(trace, Corner().open(Request(length=6)))
    with pytest.raises(ValueError, match="no way to be without"):
        grounding(trace, session, "grey")
    with pytest.raises(ValueError, match="missing"):
        grounding(trace, session, "another")


def test_the_embedded_model_is_asked_for_the_probability_of_any_word() -> None:
    scene = scene_from_seed(7)
    trace = record("denoise@world-plain", render(scene), tokens_per_pass=8)
    session = open_checkpoint("world-plain").open(Request(render(scene), length=len(trace.start)))
    read = trace.read[2].astype(np.int64)
    plain = session.backend.predict([BatchItem(session, read)])[0]
    second = plain.top_ids[:, 1]
    asked = session.backend.predict([BatchItem(session, read, asked=second), BatchItem(session, read)])
    assert asked[0].input_prob == pytest.approx(plain.top_prob[:, 1], abs=1e-5)
    assert asked[1].input_prob == pytest.approx(plain.input_prob, abs=1e-5)
    found = grounding(trace, session)
    assert np.isfinite(found.at_end).all()
    named = [i for i, word in enumerate(trace.tokens(trace.final)) if word in ("bicycles", "umbrella")]
    assert min(found.at_commit[named]) > 1  # nats: without the picture the thing is a guess among fifty


def test_the_examples_of_the_documentation_run(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parent.parent / "docs/analysis.md").read_text("utf-8")
    exec("\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL)), {})
    assert "the run repeats itself" in capsys.readouterr().out
