"""What revising did to claims, how well change falls on what is wrong, and the things named, on texts written by hand."""

from __future__ import annotations

import numpy as np
import pytest
from written import TRUE, trace_of

from rediff_viz.analysis import auroc, credit, detection, named_things, ungrounded
from rediff_viz.analysis.things import sentence
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


def test_the_things_that_a_text_names_are_there_or_not_and_low_where_the_picture_adds_little() -> None:
    trace = trace_of([FROGS, FROGS])
    things = named_things(trace)
    assert [(thing.position, thing.noun, thing.there) for thing in things] == [(2, "frog", False), (6, "cactus", True)]
    assert [thing.there for thing in named_things(trace_of([FROGS], scene=None))] == [None, None]
    nats = np.full(len(trace.final), np.nan)
    nats[[2, 6]] = 0.25, 1.5
    assert ungrounded(things, nats) == things[:1]
    assert ungrounded(things, nats, 0.25) == []
    assert [thing.noun for thing in ungrounded(things, nats, 2.0)] == ["frog", "cactus"]
    assert sentence(things, nats) == (
        "1 of the 2 words that name a thing gain less than 1 nats from the picture: frog at position 3 (0.25, is not there)."
    )
    assert sentence(things, nats, 0.0) == "None of the 2 words that name a thing gains less than 0 nats from the picture."
    nats[2] = np.nan  # not known
    assert ungrounded(things, nats, 9.0) == things[1:]
    assert "2 words that name a thing, 1 of them not measured" in sentence(things, nats, 1.0)
    assert named_things(record("denoise@toy", steps=2)) == []
    assert sentence([], nats) == "No word of the final text is known to name a thing."


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
