"""The endpoint /run comes through the same stream and the same store as the page."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from rediff_viz.backends import open_checkpoint, zerogpu
from rediff_viz.run import Job, Tick, loop
from rediff_viz.score.messages import Message
from rediff_viz.service import stream
from rediff_viz.service.run_store import RunStore, StoredRun
from rediff_viz.ui import api
from rediff_viz.world import render, scene_from_seed

LANES = ["denoise@world-plain", "rediff@world-rediff:settle=2"]


def answer(*asked: object, store: RunStore | None = None) -> tuple[Any, dict[str, Any]]:
    """What a call ends with."""
    (*_, last) = api.endpoint(store or RunStore())(*asked)
    return last


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that uploads go to."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder


@pytest.fixture
def picture(cache: Path) -> str:
    path = cache / "scene.png"
    render(scene_from_seed(7)).save(path)
    return str(path)


def test_a_call_gives_a_zip_and_texts_and_is_held_in_the_store(picture: str) -> None:
    store = RunStore()
    folder, texts = answer(picture, LANES, 8, store=store)
    with zipfile.ZipFile(folder) as archive:
        names = {name.rpartition("/")[2] for name in archive.namelist()}
    assert names == {"run.json", "picture.png", "1-denoise@world-plain.trace", "2-rediff@world-rediff.trace"}
    (stored,) = store
    assert [lane["lane"] for lane in texts["lanes"]] == LANES
    assert [lane["nfe"] for lane in texts["lanes"]] == [len(trace) for trace in stored.traces]
    assert stored.messages[0]["kind"] == "run"
    assert store.messages_after({"run": stored.run, "after": -1})["messages"] == stored.messages


def test_two_calls_do_not_stop_each_other(picture: str) -> None:
    store = RunStore()
    for _ in range(2):
        answer(picture, LANES[:1], 8, store=store)
    assert [stored.stop for stored in store] == [False, False]


def test_a_call_that_is_stopped_ends_at_the_next_pass(picture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RunStore()
    begin = store.begin

    def begin_stopped(session: str | None, picture: Image.Image | None = None) -> StoredRun:
        stored = begin(session, picture)
        add = stored.add

        def stop_after_two(message: Message) -> Message:
            stored.stop = len(stored.messages) >= 2
            return add(message)

        stored.add = stop_after_two  # type: ignore[method-assign]
        return stored

    monkeypatch.setattr(store, "begin", begin_stopped)
    _, texts = answer(picture, LANES[:1], 1, store=store)
    assert texts["lanes"][0]["nfe"] == 2
    assert texts["lanes"][0]["stopped"] == "stopped by hand"


def test_a_checkpoint_from_the_hub_runs_in_the_call_that_has_a_gpu(picture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a platform attaches a GPU by the call, /run takes the same way to it as the page."""
    calls: list[int] = []

    def gpu_loop(opened: Sequence[Job]) -> Iterator[Tick]:
        calls.append(len(opened))
        yield from loop(opened)

    backend = open_checkpoint("world-plain")
    monkeypatch.setattr(backend, "card", replace(backend.card, repo="somebody/model"))
    monkeypatch.setattr(stream, "gpu_loop", gpu_loop)
    answer(picture, LANES[:1], 8)
    assert calls == [1]
    assert not zerogpu.on_zerogpu()


def outside(cache: Path) -> dict[str, str]:
    """Paths that a stranger may name, none of which is an upload."""
    secret = cache.parent / "secret.png"
    render(scene_from_seed(1)).save(secret)
    (cache / "link.png").symlink_to(secret)
    os.mkfifo(cache / "pipe.png")
    return {
        "a picture elsewhere": str(secret), "a link to it": str(cache / "link.png"), "up and out": f"{cache}/../secret.png",
        "no such file": str(cache.parent / "nothing.png"), "no such upload": str(cache / "nothing.png"), "a device": "/dev/zero",
        "a terminal": "/dev/ptmx", "a pipe": str(cache / "pipe.png"), "a folder": str(cache), "an address": "http://127.0.0.1:9/x.png",
        "nothing": "", "a zero byte": f"{cache}/a\0b", "a long name": f"{cache}/{'a' * 5000}", "the password file": "/etc/passwd",
    }  # fmt: skip


def test_only_uploads_are_opened_and_every_other_path_gets_the_same_sentence(cache: Path) -> None:
    sentences = set()
    for path in outside(cache).values():
        with pytest.raises(gr.Error) as refusal:
            answer(path, LANES[:1], 8)
        sentences.add(str(refusal.value.message))
    assert sentences == {"This picture cannot be opened."}


@pytest.mark.parametrize(
    ("lanes", "length", "sentence"),
    [
        ([], None, "lanes must be a list of one to four names"),
        ("denoise@world-plain", None, "lanes must be a list of one to four names"),
        (["denoise@world-plain"] * 5, None, "lanes must be a list of one to four names"),
        (["denoise@toy"], None, "names a checkpoint that is not here"),
        (["denoise@/etc/x"], None, "names a checkpoint that is not here"),
        (["denoise"], None, "is not written sampler@checkpoint"),
        (["denoise@world-plain"], 0, "length 0 is not a whole number between 1 and 1024"),
        (["denoise@world-plain"], 2.5, "length 2.5 is not a whole number"),
        (["denoise@world-plain"], "8", "length '8' is not a whole number"),
        (["denoise@world-plain"], True, "length True is not a whole number"),
        (["denoise@world-plain"], [8], r"length \[8\] is not a whole number"),
        (["denoise@world-plain"], float("nan"), "length nan is not a whole number"),
        (["denoise@world-plain"], 10**400, "length 1000"),
        (["denoise@world-plain"], 41, "writes at most 40 positions"),
        (["denoise@world-plain"], 14, "the shortest caption of world-plain has 15 words, so 14 positions are too few"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(lanes: object, length: int | None, sentence: str) -> None:
    with pytest.raises(gr.Error, match=sentence):
        answer(None, lanes, 8, length)


@pytest.mark.parametrize("tokens", ["8", [8], {"a": 1}, True, -1, float("nan"), float("inf"), 1e9, "1" * 9999])
def test_a_budget_that_is_no_number_in_range_is_one_sentence(tokens: object) -> None:
    with pytest.raises(gr.Error) as refusal:
        answer(None, LANES[:1], tokens)
    assert re.fullmatch(r"tokens_per_pass .{1,50} is not a number between 0 and 1024\.", refusal.value.message)


def test_a_tiny_budget_is_one_word_a_pass(picture: str) -> None:
    _, texts = answer(picture, LANES[:1], 1e-308, 16)
    assert texts["lanes"][0]["nfe"] == 16


@pytest.mark.parametrize(("seed", "prompt"), [("0", ""), (1.5, ""), (-1, ""), (2**70, ""), (0, 7), (0, ["x"]), (0, "x" * 5000)])
def test_a_seed_or_prompt_that_cannot_be_is_one_sentence(seed: object, prompt: object) -> None:
    with pytest.raises(gr.Error) as refusal:
        answer(None, LANES[:1], 8, None, seed, prompt)
    assert re.fullmatch(r"(seed|prompt) [^\n]{1,120}\.", refusal.value.message)
