"""Whatever is thrown at the endpoint and at the reader of traces: an answer, or one sentence, and no more memory than allowed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from hostile.arguments import ODD
from hostile.traces import CONTENT, TRACES, packed, parts
from hypothesis import given, settings
from hypothesis import strategies as st

from rediff_viz import Trace, TraceError
from rediff_viz.service.run_store import RunStore
from rediff_viz.ui import api

ROOT = Path(__file__).resolve().parent.parent
fixed = settings(deadline=None, derandomize=True, max_examples=150, database=None)

LANE = st.sampled_from(["denoise@world-plain", "rediff@world-rediff:settle=1", "denoise@toy", "denoise", "@", "denoise@/etc/passwd", ":="])
LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.binary(max_size=8) | LANE
ANY = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=6)
PICTURE = st.none() | st.sampled_from(["/etc/passwd", "/dev/zero", "http://127.0.0.1:9/x.png", "\0"]) | ANY
LANES = st.lists(LANE, max_size=5) | ANY
WORDS = st.sampled_from([8, 40, 1000]) | ANY  # a pass or five where all else is right
LENGTH = st.integers(-2, 8) | ANY


def answered(call: Any) -> None:
    """Wait for the answer, in one piece or piece by piece."""
    for _ in call if isinstance(call, Iterator) else ():
        pass


@fixed
@given(PICTURE, LANES, WORDS, LENGTH, st.just(0) | ANY, st.just("") | ANY)
def test_the_endpoint_answers_or_refuses_in_one_sentence(
    picture: Any, lanes: Any, tokens: Any, length: Any, seed: Any, prompt: Any
) -> None:
    try:
        answered(api.endpoint(RunStore())(picture, lanes, tokens, length, seed, prompt))
    except gr.Error as refusal:
        one_sentence(refusal)


@fixed
@given(
    st.sampled_from(["tokens_per_pass", "length", "seed", "prompt"]),
    st.lists(st.sampled_from(["denoise@world-plain", "proseco@world-proseco"]), min_size=1, max_size=2),
    ANY,
)
def test_one_odd_argument_among_sound_ones_is_an_answer_or_one_sentence(name: str, lanes: list[str], value: Any) -> None:
    sound: dict[str, Any] = {"tokens_per_pass": 8, "length": 8, "seed": 0, "prompt": ""}
    try:
        answered(api.endpoint(RunStore())(None, lanes, **(sound | {name: value})))
    except gr.Error as refusal:
        one_sentence(refusal)


def one_sentence(refusal: Exception) -> None:
    """One line that names no file of the server."""
    sentence = str(refusal.message if isinstance(refusal, gr.Error) else refusal)
    assert sentence
    assert "\n" not in sentence
    assert len(sentence) < 400
    assert "Traceback" not in sentence
    assert str(ROOT) not in sentence


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("argument", ["picture", "lanes", "tokens_per_pass", "length", "seed", "prompt"])
def test_an_odd_value_of_every_argument_is_an_answer_or_one_sentence(argument: str, name: str) -> None:
    sound: dict[str, Any] = {"picture": None, "lanes": ["denoise@world-plain"], "tokens_per_pass": 8, "length": 8, "seed": 0, "prompt": ""}
    try:
        answered(api.endpoint(RunStore())(**(sound | {argument: ODD[name]})))
    except gr.Error as refusal:
        one_sentence(refusal)


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A sound file, one of the hostile table or a repacked one, with bytes changed, cut out, doubled or put in."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        at, size = draw(st.integers(0, len(content))), draw(st.integers(0, 64))
        how = draw(st.sampled_from(["change", "cut", "double", "put"]))
        if how == "change":
            content[at : at + 1] = bytes([draw(st.integers(0, 255))])
        elif how == "cut":
            del content[at : at + size]
        elif how == "double":
            content[at:at] = content[at : at + size]
        else:
            content[at:at] = draw(st.binary(max_size=64))
    return bytes(content)


SMALL = [make() for name, (make, _) in TRACES.items() if "64 MiB" not in name]
SEEDS = [CONTENT, packed(parts(), 0), *(content for content in SMALL if len(content) < 50_000)]


@fixed
@given(mutations() | st.binary(max_size=200))
def test_bytes_are_a_trace_that_is_written_as_it_was_read_or_one_sentence(content: bytes) -> None:
    tracemalloc.start()
    try:
        try:
            trace = Trace.from_bytes(content)
        except TraceError as refusal:
            one_sentence(refusal)
        else:
            again = trace.to_bytes()
            assert Trace.from_bytes(again).to_bytes() == again
            assert Trace.from_bytes(again).same(trace)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
