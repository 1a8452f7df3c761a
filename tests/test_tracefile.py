"""Trace files: what is written is read back; whatever is wrong with a file ends in one sentence and nothing else."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile.traces import CONTENT, ODD_HEADS, TRACE, TRACES, column, packed, parts, say, with_head
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from rediff_viz import Trace, TraceError
from rediff_viz.events import cells, events, summary
from rediff_viz.metrics import METRICS
from rediff_viz.run import Edit, record, replay
from rediff_viz.score.messages import payload
from rediff_viz.trace import VERSION, Head, file
from rediff_viz.trace.validate import COLUMNS, IDS
from rediff_viz.views import VIEWS

RUNS = Path(__file__).parent.parent / "assets" / "runs"


def refused(content: bytes) -> str:
    """The sentence a file is refused with: one line, no traceback, no path of this machine."""
    with pytest.raises(TraceError) as refusal:
        Trace.from_bytes(content)
    sentence = str(refusal.value)
    assert sentence
    assert "\n" not in sentence
    assert len(sentence) < 300
    return sentence


def read_or_refused(content: bytes) -> Trace | None:
    """A whole trace or one sentence; anything else fails the test."""
    try:
        trace = Trace.from_bytes(content)
    except TraceError:
        refused(content)
        return None
    assert len(trace.final) == TRACE.head.plan["length"]
    return trace


def test_a_trace_goes_to_disk_and_back(tmp_path: Path) -> None:
    path = TRACE.save(tmp_path / "a.trace")
    again = Trace.load(path)
    assert again.same(TRACE)
    assert again.head == TRACE.head
    assert np.array_equal(again.seconds, TRACE.seconds)
    assert [p.name for p in tmp_path.iterdir()] == ["a.trace"]


def test_the_same_trace_gives_the_same_bytes() -> None:
    assert Trace.to_bytes(Trace.from_bytes(CONTENT)) == CONTENT


def test_arrays_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Trace.from_bytes(CONTENT).canvas[0, 0] = 5


def test_a_trace_without_a_pass_can_be_kept() -> None:
    empty = record("denoise@toy", length=2, steps=1, draft="a cat")
    assert len(empty) == 0
    assert empty.final.tolist() == empty.start.tolist()
    assert Trace.from_bytes(Trace.to_bytes(empty)).same(empty)


def test_a_long_run_stays_under_a_megabyte() -> None:
    S, N, K = 128, 128, 5
    rng = np.random.default_rng(0)
    words = rng.choice(126_000, 5_000, replace=False)
    order = rng.permutation(S)
    canvas = np.where(np.arange(1, S + 1)[:, None] > order[None], rng.choice(words, N)[None], 126_336).astype(np.int32)
    before = np.concatenate([np.full((1, N), 126_336, np.int32), canvas[:-1]])
    big = Trace(
        head=Head(**{**TRACE.head.__dict__, "mask_id": 126_336, "edits": (), "plan": {**TRACE.head.plan, "length": N},
                               "vocabulary": {int(i): f"token{i}" for i in [*words, 126_336]}}),
        start=before[0], phase=np.zeros(S, np.uint8), block=np.zeros(S, np.int32), step=np.arange(S, dtype=np.int32),
        before=before, read=before, canvas=canvas, ids=rng.choice(words, (S, N)).astype(np.int32), prob=rng.random((S, N)),
        input_prob=rng.random((S, N), np.float32), entropy=rng.random((S, N), np.float32),
        top_ids=np.stack([rng.choice(part, (S, N)) for part in np.split(words, K)], axis=-1).astype(np.int32),
        top_prob=rng.random((S, N, K), np.float32).astype(np.float16).astype(np.float32), seconds=rng.random(S),
        network_rows=np.ones(S, np.int32), key=np.full((S, 4), -1),
    )  # fmt: skip
    content = Trace.to_bytes(big)
    assert Trace.from_bytes(content).same(big)
    assert len(content) < 1_000_000


def test_opening_a_trace_needs_neither_torch_nor_gradio(tmp_path: Path) -> None:
    path = TRACE.save(tmp_path / "a.trace")
    code = (
        "import sys; from rediff_viz import Trace; from rediff_viz.events import events; from rediff_viz.run import replay;"
        f"t = Trace.load({str(path)!r}); events(t); replay(t);"
        "print([m for m in ('torch', 'gradio', 'plotly', 'transformers', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", TRACES)
def test_a_hostile_file_is_refused_and_nothing_is_written(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, words = TRACES[name]
    monkeypatch.chdir(tmp_path)
    assert words in refused(make())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [name for name in TRACES if "unpacks to 64 MiB" in name])
def test_a_zip_that_lies_about_sizes_is_not_unpacked_beyond_them(name: str) -> None:
    content = TRACES[name][0]()
    tracemalloc.start()
    try:
        refused(content)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_a_missing_file_a_folder_and_a_huge_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (tmp_path / "none.trace", tmp_path):
        with pytest.raises(TraceError, match="cannot be read"):
            Trace.load(path)
    path = TRACE.save(tmp_path / "a.trace")
    monkeypatch.setattr(file, "LIMIT_FILE", 100)
    with pytest.raises(TraceError, match="MiB"):
        Trace.load(path)


@settings(max_examples=150, deadline=None)
@given(cut=st.integers(0, len(CONTENT) - 1))
def test_a_truncated_file_is_refused(cut: int) -> None:
    refused(CONTENT[:cut])


@settings(max_examples=300, deadline=None)
@given(at=st.lists(st.tuples(st.integers(0, len(CONTENT) - 1), st.integers(1, 255)), min_size=1, max_size=8))
def test_a_damaged_file_is_refused_or_harmless(at: list[tuple[int, int]]) -> None:
    damaged = bytearray(CONTENT)
    for where, flip in at:
        damaged[where] ^= flip
    read_or_refused(bytes(damaged))


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from([*COLUMNS]), at=st.lists(st.tuples(st.integers(0, 2**16), st.integers(1, 255)), min_size=1, max_size=6))
def test_a_damaged_column_in_a_sound_archive_is_refused_or_harmless(name: str, at: list[tuple[int, int]]) -> None:
    members = parts()
    damaged = bytearray(members[f"{name}.npy"])
    for where, flip in at:
        damaged[where % len(damaged)] ^= flip
    read_or_refused(packed(members | {f"{name}.npy": bytes(damaged)}))


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


def test_a_newer_version_is_named() -> None:
    assert (
        refused(with_head(lambda head: head.update(version=VERSION + 2))) == f"trace version {VERSION + 2}, this code reads 1 and {VERSION}"
    )


@pytest.mark.parametrize("field", [f for f in TRACE.head.__dict__ if f in ("lane", "plan", "mask_id", "vocabulary", "version", "text")])
def test_a_head_without_what_is_needed_is_refused(field: str) -> None:
    assert field in refused(with_head(lambda head: head.pop(field)))


def test_a_head_may_say_more_than_this_code_knows() -> None:
    assert Trace.from_bytes(with_head(lambda head: head.update(weather="fine"))).same(TRACE)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_comes_twice_is_refused() -> None:
    file = io.BytesIO(CONTENT)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("canvas.npy", column(TRACE.canvas))
    assert "twice" in refused(file.getvalue())


@pytest.mark.parametrize("name", ["head", *COLUMNS])
def test_a_missing_part_is_named(name: str) -> None:
    members = parts()
    del members[f"{name}.json" if name == "head" else f"{name}.npy"]
    assert name in refused(packed(members))


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


def test_other_packings_are_refused() -> None:
    assert "packed in a way" in refused(packed(parts(), zipfile.ZIP_BZIP2))
    assert Trace.from_bytes(packed(parts(), zipfile.ZIP_STORED)).same(TRACE)


def test_an_encrypted_part_is_refused() -> None:
    content = bytearray(CONTENT)
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    assert "encrypted" in refused(bytes(content))


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed(parts() | {"extra.x.npy": bytes(600 << 20)})
    assert len(bomb) < 1 << 20
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("unpacked"))
    assert "unpack" in refused(bomb)


def test_a_pickle_is_never_loaded() -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("the pickle ran",))

    content = column(np.array([Trap()], object), allow_pickle=True)
    refused(packed(parts() | {"canvas.npy": content}))


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    broken = Trace(**{**TRACE.__dict__, "prob": TRACE.prob * np.nan})
    with pytest.raises(TraceError, match="prob"):
        broken.save(tmp_path / "a.trace")
    assert not list(tmp_path.iterdir())
