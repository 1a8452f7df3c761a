"""The names of lanes: what is read, what is refused, whose settings win, how words a pass become passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rediff_viz.cards import Card
from rediff_viz.run import record, replay
from rediff_viz.run.lane import budget, parse_lane, resolve
from rediff_viz.samplers import SAMPLERS


@pytest.mark.parametrize(
    "text",
    ["denoise@toy", "rediff@world-rediff:settle=4,most=3", "rediff@toy:revise_top=none", "proseco@toy:threshold=0.9,early_end=false"],
)
def test_a_lane_is_read_and_written_alike(text: str) -> None:
    assert str(parse_lane(text)) == text
    assert parse_lane(str(parse_lane(text))) == parse_lane(text)


def test_values_take_the_types_of_the_signature() -> None:
    assert parse_lane("rediff@toy:revise_top=0.5,settle=4").settings == {"revise_top": 0.5, "settle": 4}
    assert parse_lane("proseco@toy:early_end=off,threshold=1").settings == {"early_end": False, "threshold": 1.0}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rediff", "lane 'rediff' is not written sampler@checkpoint, e.g. rediff@world-rediff:settle=4"),
        ("@toy", f"no sampler ''; the samplers are {', '.join(SAMPLERS)}"),
        ("redif@toy", f"no sampler 'redif'; the samplers are {', '.join(SAMPLERS)}"),
        ("rediff@Q Q", "'Q Q' is no name of a checkpoint, expected letters, digits, - and _, or a folder's path with a /"),
        (
            "rediff@toy:settles=4",
            (
                "rediff has no setting 'settles'; its settings are revise_top, revise_start, remasking, settle, max_revisions, "
                "contrast, plausibility"
            ),
        ),
        ("rediff@toy:settle", "setting 'settle' is not written key=value"),
        ("rediff@toy:settle=1,settle=2", "setting 'settle' is given twice"),
        ("rediff@toy:settle=4.5", "setting settle is '4.5', expected a whole number from 0 to 64"),
        ("rediff@toy:settle=999", "setting settle is 999, expected a whole number from 0 to 64"),
        ("rediff@toy:revise_start=nan", "setting revise_start is 'nan', expected a number from 0 to 1"),
        ("rediff@toy:revise_top=2", "setting revise_top is 2.0, expected a number from 0 to 1 or none"),
        ("denoise@toy:remasking=high", "setting remasking is 'high', expected low_confidence or random"),
        ("proseco@toy:early_end=perhaps", "setting early_end is 'perhaps', expected true or false"),
    ],
)
def test_a_wrong_lane_is_refused_in_one_sentence_that_lists_what_there_is(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_lane(text)
    assert str(refusal.value) == sentence


def test_the_lanes_own_settings_win_over_the_cards_and_those_over_the_samplers() -> None:
    card = Card(name="x", title="x", backend="toy", mask_id=1, samplers={"rediff": {"settle": 8, "most": 3, "revise_top": "none"}})
    settled = resolve(parse_lane("rediff@x:max_revisions=1"), card)
    assert (settled["settle"], settled["max_revisions"], settled["revise_start"], settled["revise_top"]) == (8, 1, 1.0, None)


def test_an_earlier_name_of_a_setting_is_read_for_good_and_printed_as_it_was_given() -> None:
    spec = parse_lane("rediff@world-rediff:settle=0,most=0")
    assert spec.settings == {"settle": 0, "max_revisions": 0}
    assert str(spec) == "rediff@world-rediff:settle=0,most=0"
    trace = record("rediff@toy:settle=2,most=3", length=8, steps=2)
    assert trace.head.lane == "rediff@toy:settle=2,most=3"
    assert trace.head.settings["max_revisions"] == 3
    assert replay(trace).same(trace)
    old = replace(trace, head=replace(trace.head, settings={"settle": 2, "most": 3}))  # as the first edition wrote it
    assert replay(old).same(trace)
    with pytest.raises(ValueError, match=r"^setting 'max_revisions' is given twice$"):
        parse_lane("rediff@toy:most=1,max_revisions=2")


def test_an_unknown_checkpoint_is_refused() -> None:
    with pytest.raises(ValueError, match="no checkpoint 'nowhere'; the checkpoints are"):
        record("denoise@nowhere")


@pytest.mark.parametrize(("k", "block", "steps"), [(1, None, 40), (8, None, 5), (3, None, 14), (40, None, 1), (4, 10, 12), (1.5, None, 27)])
def test_tokens_per_pass_become_steps(k: float, block: int | None, steps: int) -> None:
    assert budget(40, block, None, k, 40) == steps


def test_a_budget_that_cannot_be_is_refused() -> None:
    for sentence, arguments in (
        ("not both", (40, None, 5, 5, 40)),
        ("more than", (40, None, 41, None, 40)),
        ("not between", (40, None, None, 0, 40)),
    ):
        with pytest.raises(ValueError, match=sentence):
            budget(*arguments)
