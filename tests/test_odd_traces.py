"""Trace files that say odd things: whatever is read can be used and drawn, and the rest ends in one sentence."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile.traces import ODD_HEADS, TRACE, column, packed, parts, read_or_refused, refused, say, with_head
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from rediff_viz import Trace, TraceError
from rediff_viz.events import cells, events, summary
from rediff_viz.metrics import METRICS
from rediff_viz.run import Edit, record, replay
from rediff_viz.score.messages import payload
from rediff_viz.trace.validate import IDS
from rediff_viz.views import VIEWS

RUNS = Path(__file__).parent.parent / "assets" / "runs"


LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JSON = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=6)


@settings(max_examples=400, deadline=None)
@given(field=st.sampled_from([*TRACE.head.__dict__]), value=JSON, inner=st.sampled_from([None, *TRACE.head.plan]))
def test_a_head_that_says_anything_at_all_is_refused_or_harmless(field: str, value: object, inner: str | None) -> None:
    def change(head: dict[str, Any]) -> None:
        if inner and field == "plan":
            head["plan"][inner] = value
        else:
            head[field] = value

    trace = read_or_refused(with_head(change))
    assert trace is None or Trace.to_bytes(trace)


def use(trace: Trace) -> None:
    """What is done with a trace somebody opened, but for drawing; a replay may be refused, by a TraceError and nothing else."""
    events(trace), cells(trace), summary(trace)
    for metric in METRICS.values():
        assert metric(trace).shape == (len(trace),)
    json.dumps(payload([trace], "run"), allow_nan=False)
    Trace.from_bytes(trace.to_bytes())
    with contextlib.suppress(TraceError):
        replay(trace)


@pytest.mark.parametrize(("change", "outcome"), ODD_HEADS.values(), ids=ODD_HEADS)
def test_an_odd_head_is_refused_or_can_be_used(change: dict[str, object], outcome: str | tuple[str, str]) -> None:
    content = with_head(lambda head: say(head, change))
    if isinstance(outcome, str):
        assert outcome in refused(content)
        return
    trace = Trace.from_bytes(content)
    use(trace)
    with pytest.raises(TraceError) as refusal:
        replay(trace)
    assert outcome[1] in str(refusal.value)
    assert len(str(refusal.value)) < 300


SCENE = Trace.load(next(RUNS.glob("*/1-*.trace")))


@pytest.mark.parametrize("scene", [{}, {"groups": 7}, {"groups": [{"noun": "cat"}]}, {**(SCENE.head.scene or {}), "seed": -1}, None])
def test_a_scene_that_cannot_be_is_a_scene_that_is_not_known(scene: dict[str, object] | None) -> None:
    trace = Trace.from_bytes(with_head(lambda head: head.update(scene=scene), SCENE.to_bytes()))
    use(trace)
    message = payload([trace], "run")
    assert "scene_words" not in message
    assert "judged" not in message["lanes"][0]["end"]
    assert "judged" in payload([SCENE], "run")["lanes"][0]["end"]


TINY = [
    record(lane, steps=3, length=6, seed=1, temperature=warm, edits=edits)
    for lane, warm, edits in (
        ("rediff@toy:settle=2", 0.5, [Edit(2, 3, 20)]),
        ("proseco@toy:every=1,remasking=random", 0.5, []),
        ("denoise@toy-masks", 0.0, []),
    )
]
TINY_PARTS = [(parts(trace.to_bytes()), trace) for trace in TINY]
WORD = st.text(max_size=4) | st.sampled_from(["<b>", "\u202e", "\x1b[0m", "rediff@toy:settle=1", "proseco@toy"])
NUMBER = st.integers(-2, 8) | st.sampled_from([2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63]) | st.floats(-2, 2)
VALUE = NUMBER | WORD | JSON


@st.composite
def odd_files(draw: st.DrawFn) -> bytes:
    """A small trace with some fields of its head and some numbers of its columns replaced, mostly by what could be there."""
    members, trace = draw(st.sampled_from(TINY_PARTS))
    head = json.loads(members["head.json"])
    places = [(head, name) for name in head] + [(head[t], name) for t in ("plan", "settings", "vocabulary") for name in head[t]]
    places += [(edit, name) for edit in head["edits"] for name in edit]
    for table, name in draw(st.lists(st.sampled_from(places), max_size=2)):
        like = {str: WORD, int: NUMBER, float: NUMBER}.get(type(table[name]), VALUE)
        table[name] = draw(st.one_of(like, like, like, VALUE))
    changed = {"head.json": json.dumps(head).encode()}
    arrays = trace.arrays()
    known = st.sampled_from([*trace.head.vocabulary])
    for name in draw(st.lists(st.sampled_from([*arrays]), max_size=2)):
        array = arrays[name].astype(np.float16) if name == "top_prob" else arrays[name].copy()
        number = st.floats(0, 1) if array.dtype.kind == "f" else st.integers(0 if array.dtype.kind == "u" else -1, 3)
        number = known if name in IDS or name == "extra.argmax" else number
        at = draw(st.integers(0, array.size - 1))
        array.flat[at : at + draw(st.integers(1, 4))] = draw(number)
        changed[f"{name}.npy"] = column(array)
    return packed(members | changed)


def read(content: bytes) -> Trace:
    """The trace of a file, where it is one; another example where it is refused."""
    try:
        return Trace.from_bytes(content)
    except TraceError:
        refused(content)
        reject()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(content=odd_files())
def test_whatever_is_read_can_be_used(content: bytes) -> None:
    use(read(content))


@pytest.mark.parametrize("view", VIEWS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(content=odd_files())
def test_whatever_is_read_can_be_drawn(view: str, content: bytes) -> None:
    assert VIEWS[view]([read(content)]).data
