"""The page on a checkpoint given by its path: offered, run in four lanes on a photograph, kept when memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import torch
from PIL import Image

from rediff_viz import backends
from rediff_viz.backends import open_checkpoint
from rediff_viz.backends.llada import loading
from rediff_viz.backends.llada.cached_trunk import CachedTrunk
from rediff_viz.backends.variants import CacheKind
from rediff_viz.nets import weights
from rediff_viz.service import choices, stream
from rediff_viz.service.run_store import RunStore
from rediff_viz.ui import page

GOLDEN = Path(__file__).parent / "golden"
FOLDER = f"{GOLDEN}/checkpoints/llava_v_a/"
LANES = [f"denoise@{FOLDER}", f"rediff@{FOLDER}", f"proseco@{FOLDER}", f"denoise@{FOLDER[:-2]}b/"]
HERE = {FOLDER, f"{FOLDER[:-2]}b/", f"{GOLDEN}/checkpoints/llada_text_a"}
ASKED: dict[str, Any] = {"scene": None, "prompt": "", "tokens_per_pass": 2, "seed": 0, "length": 16, "allowed": HERE}


@pytest.fixture
def picture() -> Image.Image:
    return Image.open(GOLDEN / "images" / "rgb_landscape.png").convert("RGB")


def run(picture: Image.Image, lanes: list[str]) -> tuple[Any, list[dict[str, Any]]]:
    record = RunStore().begin("somebody", picture)
    return record, [message for message in stream.run(record, lanes, **ASKED) if not isinstance(message, str)]


def test_a_folder_given_at_the_start_is_offered_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(backends.OWN, FOLDER)
    assert {card.name: card.title for card in choices.runnable()}[FOLDER] == "llava_v_a"
    assert FOLDER in str(page.build().get_config_file())


def test_four_lanes_run_on_a_photograph(picture: Image.Image) -> None:
    record, messages = run(picture, LANES)
    assert [trace.head.lane for trace in record.traces] == LANES
    assert all(trace.head.stopped for trace in record.traces)
    assert len(messages) > 8
    assert "embedded model knows only" not in str(messages[0])


def test_text_models_run_without_the_picture_that_lies_on_the_page(picture: Image.Image) -> None:
    record = RunStore().begin("somebody", picture)
    lanes = [f"{sampler}@{GOLDEN}/checkpoints/llada_text_a" for sampler in ("denoise", "proseco")]
    messages = list(stream.run(record, lanes, **{**ASKED, "prompt": "How many?"}))
    (opening,) = [message for message in messages if not isinstance(message, str) and message["kind"] == "run"]
    assert opening["picture"] is None
    assert all(trace.head.stopped for trace in record.traces)


@pytest.mark.parametrize("place", [0, 3])
def test_a_lane_that_runs_out_of_memory_ends_and_the_others_go_on(
    place: int, picture: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes = LANES[:3]
    lanes.insert(place, LANES[3])
    record, whole = run(picture, lanes)
    backend: Any = open_checkpoint(LANES[3].partition("@")[2])
    usual, own, calls = CachedTrunk.run, backend.checkpoint.load().model.model, [0]

    def scarce(self: CachedTrunk, trunk: Any, rows: Any, length: int, kind: CacheKind | None = None) -> Any:
        calls[0] += trunk is own
        if trunk is own and calls[0] > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return usual(self, trunk, rows, length, kind)

    monkeypatch.setattr(CachedTrunk, "run", scarce)
    short, messages = run(picture, lanes)
    assert [len(trace) for trace in short.traces] == [3 if i == place else len(trace) for i, trace in enumerate(record.traces)]
    assert short.traces[place].head.stopped.startswith("out of memory")
    assert sum(len(message.get("passes", [])) for message in messages) == sum(len(trace) for trace in short.traces)
    assert len(messages) <= len(whole)


@pytest.fixture
def held_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """A load that waits in the middle of its second shard until it is let go; nothing is in memory before."""
    go, usual, tensors = Event(), weights.put, [0]
    backends.forget()
    loading.forget_all()

    def put(*given: Any) -> None:
        tensors[0] += 1
        if tensors[0] == 40:
            go.wait(60)
        usual(*given)

    monkeypatch.setattr(weights, "put", put)
    yield go.set
    go.set()
    backends.forget()


def test_what_is_loaded_is_told_before_the_first_pass(picture: Image.Image, held_up: Callable[[], None]) -> None:
    messages = stream.run(RunStore().begin("somebody", picture), LANES[:2], **ASKED)
    message = next(messages)
    assert isinstance(message, str)
    assert message.startswith("loading llava_v_a: shard ")
    assert message.endswith(" MB")
    held_up()
    rest = list(messages)
    first = next(i for i, message in enumerate(rest) if not isinstance(message, str))
    assert rest[first]["kind"] == "run"  # type: ignore[index]
    assert not any(isinstance(message, str) for message in rest[first:])


def test_who_stops_while_it_loads_need_not_wait_and_finds_it_loaded_later(picture: Image.Image, held_up: Callable[[], None]) -> None:
    store = RunStore()
    messages = stream.run(store.begin("somebody", picture), LANES[:1], **ASKED)
    next(messages)
    assert store.stop("somebody") == 1
    assert [message for message in messages if not isinstance(message, str)] == []
    held_up()
    record, _ = run(picture, LANES[:1])
    assert len(loading.loaded_models()) == 1
    assert record.traces[0].head.stopped


def test_one_lane_out_of_memory_alone_ends_the_lanes_of_its_checkpoint_which_runs_again(
    picture: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, whole = run(picture, LANES[:2])
    usual, calls = CachedTrunk.run, [0]

    def scarce(self: CachedTrunk, trunk: Any, rows: Any, length: int, kind: CacheKind | None = None) -> Any:
        calls[0] += 1
        if calls[0] > 4:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return usual(self, trunk, rows, length, kind)

    with monkeypatch.context() as patch:
        patch.setattr(CachedTrunk, "run", scarce)
        short, messages = run(picture, LANES[:2])
    assert [len(trace) for trace in short.traces] == [4, 4]
    assert all(trace.head.stopped.startswith("out of memory in a pass of") for trace in short.traces)
    assert [message["kind"] for message in messages] == ["run", *["passes"] * 4, "end"]
    assert messages[1]["passes"] == whole[1]["passes"]
    _, messages = run(picture, LANES[:2])
    assert [message.get("passes") for message in messages] == [message.get("passes") for message in whole]


def test_out_of_memory_while_loading_is_one_sentence_and_the_next_load_works(picture: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    backends.forget()
    loading.forget_all()

    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(weights, "put", full)
        with pytest.raises(ValueError, match=r"^out of memory while llava_v_a was made ready: try .*the embedded model$"):
            run(picture, LANES[:2])
    assert not loading.loaded_models()
    assert run(picture, LANES[:2])[0].traces
