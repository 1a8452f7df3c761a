"""Bad input to every sampler: one plain sentence each, before any pass is made where it can be known. A case is one line of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from rediff_viz.backends import BatchItem, Request
from rediff_viz.backends.toy import MASK, TOYS, ToyBackend
from rediff_viz.run import Edit, collect, job, parse_lane
from rediff_viz.run.lane import LaneSpec
from rediff_viz.samplers import SAMPLERS
from rediff_viz.samplers.method import Setting
from rediff_viz.trace import Prediction

LENGTH = 8
BAD_LOGITS: dict[str, tuple[float, str]] = {  # what every logit of one position is -> how the lane ends
    "no number": (np.nan, "toy predicted no number at 1 of 8 positions: its logits hold NaN or infinity"),
    "all endlessly little": (-np.inf, "toy predicted no number at 1 of 8 positions: its logits hold NaN or infinity"),
    "all endless": (np.inf, "toy predicted no number at 1 of 8 positions: its logits hold NaN or infinity"),
}
BAD_PLANS: dict[str, tuple[dict[str, Any], str]] = {  # what a lane is asked for beside its sampler -> why it is refused
    "a draft outside the vocabulary": ({"draft": [56]}, "the draft or the forbidden ids leave the vocabulary of 56"),
    "a draft below it": ({"draft": [-1]}, "the draft or the forbidden ids leave the vocabulary of 56"),
    "a draft of unknown words": ({"draft": "zebra"}, "the toy does not know the word 'zebra'"),
    "a draft too long": ({"draft": [3] * 9}, "a draft of 9 tokens does not fit into 8 answer positions"),
    "a stop of unknown words": ({"stop": ["zebra"]}, "the toy does not know the word 'zebra'"),
    "forbidden ids outside the vocabulary": ({"forbid": [56]}, "the draft or the forbidden ids leave the vocabulary of 56"),
    "an edit outside the vocabulary": ({"edits": [Edit(1, 0, 56)]}, "an edit writes token 56, outside the vocabulary of 56"),
    "an edit outside the answer": ({"edits": [Edit(1, 8, 3)]}, "an edit at position 8 is outside the answer of 8 positions"),
    "no passes": ({"steps": 0}, "0 steps are not between 1 and 8192"),
    "more passes than positions": ({"steps": 9}, "9 steps are more than the answer's 8 positions"),
    "blocks that do not fit": ({"block": 3, "steps": 8}, "blocks of 3 do not divide an answer of 8 positions"),
    "a temperature that is no number": ({"temperature": float("nan")}, "temperature nan is not between 0 and 100"),
}


class Spoiled(ToyBackend):
    """A toy that goes wrong from its pass number `first` on: position 2 has these logits alone, or every position proposes the mask."""

    def __init__(self, first: int = 1, value: float | None = None) -> None:
        super().__init__(TOYS["toy"])
        self.first, self.value = first, value

    def logits(self, read: np.ndarray, salt: int = 0) -> np.ndarray:
        z = super().logits(read, salt)
        if self.calls >= self.first and self.value is None:
            z[:, MASK] = z.max() + 99
        elif self.calls >= self.first:
            z[2] = self.value
        return z

    def predict(self, items: Sequence[BatchItem]) -> list[Prediction]:
        with np.errstate(invalid="ignore"):
            return super().predict(items)


class Poor(ToyBackend):
    """A toy that can give nothing beside the plain prediction."""

    gives: tuple[str, ...] = ()


def values_out_of_range(setting: Setting) -> list[Any]:
    """Values a setting must not have, of the right kind and of others."""
    wrong: list[Any] = ["perhaps", [1], float("nan"), *([] if setting.optional else [None]), *([1] if setting.kind is bool else [True])]
    wrong += [setting.kind(setting.low - 1)] if setting.low is not None else []
    wrong += [setting.kind(setting.high + 1)] if setting.high is not None else []
    return wrong


@pytest.mark.parametrize("name", SAMPLERS)
def test_settings_that_cannot_be_are_refused_before_any_pass(name: str) -> None:
    backend = ToyBackend()
    session = backend.open(Request(length=LENGTH))
    known = ", ".join((*SAMPLERS[name].settings(), "contrast", "plausibility"))
    sentence = f"{name} has no setting 'nonsense'; its settings are {known}"
    with pytest.raises(ValueError) as refusal:
        parse_lane(f"{name}@toy:nonsense=1")
    assert str(refusal.value) == sentence
    with pytest.raises(ValueError) as refusal:
        job(LaneSpec(name, "toy", {"nonsense": 1}), session)
    assert str(refusal.value) == sentence
    for setting in SAMPLERS[name].settings().values():
        for value in values_out_of_range(setting):
            with pytest.raises(ValueError) as refusal:
                job(LaneSpec(name, "toy", {setting.name: value}), session)
            assert str(refusal.value) == f"setting {setting.name} is {repr(value)[:60]}, expected {setting.expected()}"
    assert backend.calls == 0


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_number_a_setting_may_be_has_a_range(name: str) -> None:
    for setting in SAMPLERS[name].settings().values():
        assert setting.choices or setting.kind is bool or (setting.low is not None and setting.high is not None), setting.name


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_checkpoint_that_cannot_serve_a_sampler_is_refused_before_any_pass(name: str) -> None:
    backend = Poor()
    session = backend.open(Request(length=LENGTH))
    if not SAMPLERS[name].needs:
        assert len(collect([job(f"{name}@toy", session)])[0])
        return
    with pytest.raises(ValueError, match=f"^{name} needs '{SAMPLERS[name].needs[0]}', which toy cannot give$"):
        job(f"{name}@toy", session)
    assert backend.calls == 0


@pytest.mark.parametrize("case", BAD_PLANS)
@pytest.mark.parametrize("name", SAMPLERS)
def test_a_plan_that_cannot_be_is_refused_before_any_pass(name: str, case: str) -> None:
    asked, sentence = BAD_PLANS[case]
    backend = ToyBackend()
    with pytest.raises(ValueError) as refusal:
        job(f"{name}@toy", backend.open(Request(length=LENGTH)), **asked)
    assert (str(refusal.value), backend.calls) == (sentence, 0)


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize("case", BAD_LOGITS)
@pytest.mark.parametrize("name", SAMPLERS)
def test_logits_that_are_no_numbers_end_the_lane_and_the_passes_before_stand(name: str, case: str, first: int) -> None:
    value, sentence = BAD_LOGITS[case]
    trace = collect([job(f"{name}@toy", Spoiled(first, value).open(Request(length=LENGTH)), steps=LENGTH)])[0]
    assert (len(trace), trace.head.stopped) == (first - 1, sentence)
    assert np.isfinite(trace.prob).all()


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_model_that_always_predicts_the_mask_ends_and_says_so(name: str) -> None:
    asked = job(f"{name}@toy", Spoiled().open(Request(length=LENGTH)), steps=LENGTH, draft="a cat")
    trace = collect([asked])[0]
    left = int((trace.final == MASK).sum())
    assert left
    assert trace.head.stopped == f"{left} masks left: the model proposed the mask itself, and the quotas are spent"
    assert len(trace) <= SAMPLERS[name].planned_passes(asked.plan, asked.settings)


def test_a_lane_beside_one_that_fails_goes_on() -> None:
    lanes = [job("denoise@toy", backend.open(Request(length=LENGTH)), steps=LENGTH) for backend in (Spoiled(3, np.nan), ToyBackend())]
    failed, whole = collect(lanes)
    assert (len(failed), len(whole), whole.head.stopped) == (2, LENGTH, "complete")


def test_a_model_larger_than_its_vocabulary_ends_the_lane() -> None:
    class Larger(ToyBackend):
        """A toy with one more word in its network than in its vocabulary."""

        vocabulary_size = ToyBackend.vocabulary_size - 1

        def logits(self, read: np.ndarray, salt: int = 0) -> np.ndarray:
            z = super().logits(read, salt)
            z[:, -1] += 99
            return z

    trace = collect([job("denoise@toy", Larger().open(Request(length=LENGTH)), steps=LENGTH)])[0]
    assert (len(trace), trace.head.stopped) == (0, "toy predicted token 55, outside its vocabulary of 55")
