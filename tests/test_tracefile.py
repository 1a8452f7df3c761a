"""Trace files: what is written is read back; whatever is wrong with a file ends in one sentence and nothing else."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile.traces import CONTENT, TRACE, TRACES, column, packed, parts, read_or_refused, refused, with_head
from hypothesis import given, settings
from hypothesis import strategies as st

from rediff_viz import Trace, TraceError
from rediff_viz.run import record
from rediff_viz.trace import VERSION, Head, file
from rediff_viz.trace.validate import COLUMNS

RUNS = Path(__file__).parent.parent / "assets" / "runs"


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
