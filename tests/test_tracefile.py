"""Trace files: what is written is read back; whatever is wrong with a file ends in one sentence and nothing else."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
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
TRACE = record("rediff@toy:settle=2", steps=4, length=12, temperature=0.5, seed=3, edits=[Edit(2, 3, 20)])
CONTENT = Trace.to_bytes(TRACE)


def parts(content: bytes = CONTENT) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def column(array: np.ndarray, **how: bool) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **how)
    return file.getvalue()


def with_head(change: Callable[[dict[str, Any]], None], content: bytes = CONTENT) -> bytes:
    members = parts(content)
    head = json.loads(members["head.json"])
    change(head)
    return packed(members | {"head.json": json.dumps(head).encode()})


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


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"not a trace at all", b"\x89PNG\r\n\x1a\n" + bytes(100), packed({}), packed({"head.json": b"{}"})]
)
def test_what_is_no_trace_is_refused(content: bytes) -> None:
    refused(content)


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


@pytest.mark.parametrize("text", ["[" * 100_000, "NaN", '{"version": NaN}', '{"version": ' + "1" * 10_000 + "}", "\xff", "null", "{}"])
def test_json_traps_are_refused(text: str) -> None:
    refused(packed(parts() | {"head.json": text.encode("latin-1")}))


@pytest.mark.parametrize("name", ["../../x.npy", "/etc/passwd", "extra.../x.npy", "extra.A.npy", "x.py", "canvas.npy/", "a/canvas.npy"])
def test_unknown_parts_are_refused_and_nothing_is_written(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no trace has" in refused(packed(parts() | {name: column(np.zeros(3))}))
    assert not list(tmp_path.iterdir())


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


EDIT = {"at": 2, "position": 3, "token": 20, "passes": 1, "applied": [2]}
REPLAY = "replay"
# an odd head and what comes of it: the words with which it is refused, or (REPLAY, the words with which only a replay is)
ODD_HEADS: dict[str, tuple[dict[str, object], str | tuple[str, str]]] = {
    "an id of 30 digits": ({"vocabulary": {"9" * 30: "x"}}, "an id that no token has"),
    "a negative id": ({"vocabulary": {"-1": "x"}}, "an id that no token has"),
    "an id that is a word": ({"vocabulary": {"x": "x"}}, "an id that is no number"),
    "half a character": ({"text": "\ud800"}, "not JSON"),
    "a number of 400 digits": ({"seed": 10**400}, "more than 64 bits"),
    "tables without end": ({"scene": json.loads('{"a":' * 60 + "1" + "}" * 60)}, "tables within tables"),
    "an edit long after the end": ({"edits": [EDIT | {"applied": [10**10]}]}, "applied before a pass that the trace does not have"),
    "an edit outside": ({"edits": [EDIT | {"position": 99}]}, "does not say its pass"),
    "an edit before the first pass": ({"edits": [EDIT | {"at": 0}]}, "does not say its pass"),
    "an edit for no pass": ({"edits": [EDIT | {"passes": 0}]}, "does not say its pass"),
    "an edit of an unknown token": ({"edits": [EDIT | {"token": 999}]}, "writes token 999"),
    "an edit that is a number": ({"edits": [7]}, "does not say its pass"),
    "a seed that is true": ({"seed": True}, "says seed = 'True'"),
    "a negative seed": ({"seed": -1}, "seed is -1"),
    "no plan": ({"plan": {}}, "says length = 'nothing'"),
    "a plan in words": ({"plan.steps": "many"}, "says steps = 'many', expected int"),
    "a temperature in words": ({"plan.temperature": "warm"}, "expected int or float"),
    "an endless temperature": ({"plan.temperature": float("inf")}, "not JSON"),
    "a draft of words": ({"plan.draft": ["a"]}, "not lists of token ids"),
    "a stop that is a number": ({"plan.stop": [3]}, "not lists of token ids"),
    "a mask outside": ({"mask_id": 2**31}, "is not in the trace's vocabulary"),
    "an end of text outside": ({"eot_id": 2**31}, "end-of-text is 2147483648"),
    "a negative end of text": ({"eot_id": -1}, "end-of-text is -1"),
    "a stop outside": ({"stop_at": 13}, "stops at 13"),
    "a setting that is a list": ({"settings.settle": [1]}, "a setting 'settle' = '[1]'"),
    "a setting that is a table": ({"settings.settle": {}}, "a setting 'settle' = '{}'"),
    "a setting without a name": ({"settings.": 1}, "a setting ''"),
    "a setting with a name like a flag": ({"settings.--settle": 1}, "a setting '--settle'"),
    "a lane of another sampler": ({"lane": "proseco@toy"}, "lane is 'proseco@toy'"),
    "notes that are numbers": ({"notes": [1]}, "no text"),
    "versions that are tables": ({"versions": {"numpy": {}}}, "no text"),
    "a picture that is a word": ({"picture": "cat"}, "says picture = 'cat'"),
    "a plan without steps": ({"plan.steps": 0}, (REPLAY, "0 steps are not between 1 and 8192")),
    "a plan with a negative temperature": ({"plan.temperature": -1}, (REPLAY, "temperature -1 is not between 0 and 100")),
    "blocks of nothing": ({"plan.block_length": 0}, (REPLAY, "blocks of 0 do not divide")),
    "blocks that do not divide": ({"plan.block_length": 5}, (REPLAY, "blocks of 5 do not divide")),
    "a draft that is too long": ({"plan.draft": [3] * 13}, (REPLAY, "a draft of 13 tokens does not fit")),
    "a stop of no tokens": ({"plan.stop": [[]]}, (REPLAY, "a stop sequence is empty")),
    "another draft": ({"plan.draft": [2**31 - 1]}, (REPLAY, "in pass 1 it read another canvas")),
    "a setting that no sampler has": ({"settings.weather": "fine"}, (REPLAY, "has no setting 'weather'")),
    "a setting out of its range": ({"settings.settle": -1}, (REPLAY, "setting settle is -1")),
    "a huge setting": ({"settings.revise_start": 2**63 - 1}, (REPLAY, "setting revise_start is")),
    "a setting that is no choice": ({"settings.remasking": "by weather"}, (REPLAY, "setting remasking is 'by weather'")),
    "a setting that should be a number": ({"settings.settle": "2"}, (REPLAY, "setting settle is '2'")),
    "a setting that is null": ({"settings.settle": None}, (REPLAY, "setting settle is None")),
    "a sampler of the future": ({"sampler": "foresee", "lane": "foresee@toy"}, (REPLAY, "made by 'foresee'")),
    "a lane with no checkpoint": ({"lane": "rediff"}, (REPLAY, "not written sampler@checkpoint")),
    "a lane with settings of the future": ({"lane": "rediff@toy:weather=fine"}, (REPLAY, "has no setting 'weather'")),
    "more passes than were recorded": ({"settings.settle": 64, "plan.steps": 12}, (REPLAY, "another canvas")),
}


def say(head: dict[str, Any], change: Mapping[str, object]) -> None:
    """Write a change into a head; "plan.steps" is the field of a table, and a vocabulary is added to."""
    for name, value in change.items():
        table, dot, field = name.partition(".")
        if dot:
            head[table][field] = value
        elif name == "vocabulary" and isinstance(value, dict):
            head[name].update(value)
        else:
            head[name] = value


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
    assert "truth" not in message["lanes"][0]["end"]
    assert "truth" in payload([SCENE], "run")["lanes"][0]["end"]


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
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
    assert "unpack" in refused(bomb)


def test_a_pickle_is_never_loaded() -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("the pickle ran",))

    content = column(np.array([Trap()], object), allow_pickle=True)
    refused(packed(parts() | {"canvas.npy": content}))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("canvas", TRACE.canvas.astype(np.int64)),
        ("canvas", TRACE.canvas.astype(">i4")),
        ("canvas", np.asfortranarray(TRACE.canvas)),
        ("canvas", TRACE.canvas[:-1]),
        ("canvas", TRACE.canvas[:, :-1]),
        ("canvas", TRACE.canvas[None]),
        ("canvas", TRACE.canvas + 10_000),
        ("canvas", -TRACE.canvas - 1),
        ("start", TRACE.start[:0]),
        ("start", np.zeros((), np.int32)),
        ("phase", TRACE.phase + 3),
        ("prob", TRACE.prob * np.nan),
        ("prob", TRACE.prob + 1.5),
        ("prob", TRACE.prob.astype(np.float16)),
        ("input_prob", TRACE.input_prob * np.inf),
        ("entropy", TRACE.entropy - 1e3),
        ("top_prob", TRACE.top_prob),
        ("top_ids", TRACE.top_ids[..., :0]),
        ("top_ids", TRACE.top_ids[..., :1].repeat(TRACE.top_ids.shape[2], axis=2)),
        ("extra.argmax", np.full(TRACE.canvas.shape, 2**31)),
        ("extra.argmax", np.zeros(TRACE.canvas.shape)),
        ("key", TRACE.key + 10),
        ("network_rows", TRACE.network_rows - 9),
        ("seconds", TRACE.seconds * np.nan),
        ("extra.uniform", np.zeros((2, 2))),
    ],
)
def test_columns_that_do_not_fit_are_refused(name: str, array: np.ndarray) -> None:
    refused(packed(parts() | {f"{name}.npy": column(array)}))


def test_a_header_that_promises_more_than_there_is_is_refused() -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<i4", "fortran_order": False, "shape": (2**40, 2**40)})
    refused(packed(parts() | {"canvas.npy": header.getvalue()}))
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<i4", "fortran_order": False, "shape": (-4, -12)})
    refused(packed(parts() | {"canvas.npy": header.getvalue() + column(TRACE.canvas)[128:]}))


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    broken = Trace(**{**TRACE.__dict__, "prob": TRACE.prob * np.nan})
    with pytest.raises(TraceError, match="prob"):
        broken.save(tmp_path / "a.trace")
    assert not list(tmp_path.iterdir())
