"""What revising did to claims, and how well change falls on what is wrong, on texts written by hand."""

from __future__ import annotations

import numpy as np
import pytest
from written import TRUE, trace_of

from rediff_viz.analysis import auroc, credit, detection
from rediff_viz.run import record

BELOW = "two blue camels are below a cactus . they are under the sea ."
FROGS = "two blue frogs sit above a cactus . they are under the sea ."


def test_a_revision_is_credited_by_the_claim_it_met() -> None:
    mended = credit(trace_of([FROGS, TRUE]))
    assert mended["wrong to right"] == 1
    assert mended["right to wrong"] == mended["wrong to wrong"] == 0
    harmed = credit(trace_of([TRUE, FROGS]))
    assert (harmed["right to wrong"], harmed["wrong to right"]) == (1, 0)
    moved = credit(trace_of([FROGS, FROGS.replace("frogs", "owls"), TRUE]))
    assert (moved["wrong to wrong"], moved["wrong to right"]) == (1, 1)
    assert set(credit(trace_of([TRUE], scene=None)).values()) == {0}


def test_removing_a_word_is_credited_by_what_it_was() -> None:
    removed = credit(trace_of([FROGS, FROGS.replace("frogs", "<mask>"), TRUE.replace("camels", "<mask>")]))
    assert removed["wrong removed"] == 1
    assert credit(trace_of([TRUE, TRUE.replace("camels", "<mask>")]))["right removed"] == 1


def test_detection_counts_changed_words_against_wrong_ones() -> None:
    found = detection([trace_of([FROGS, TRUE]), trace_of([FROGS, FROGS])])
    assert found.wrong == 2
    assert found.precision == 1
    assert found.recall == 0.5
    nothing = detection([trace_of([TRUE, TRUE])])
    assert (nothing.wrong, nothing.precision, nothing.recall, nothing.auroc) == (0, None, None, None)
    assert detection([record("denoise@toy", steps=2)]).words == 0


@pytest.mark.parametrize(
    ("wrong", "doubt", "area"),
    [
        ([1, 1, 0, 0], [0.9, 0.8, 0.2, 0.1], 1),
        ([1, 0], [0.1, 0.9], 0),
        ([1, 0], [0.5, 0.5], 0.5),
        ([1, 0, 1, 0], [4, 3, 2, 1], 0.75),
        ([1], [1], None),
    ],
)
def test_the_area_is_the_chance_that_a_wrong_word_is_doubted_more(wrong: list[int], doubt: list[float], area: float | None) -> None:
    assert auroc(np.array(wrong, bool), np.array(doubt)) == area
