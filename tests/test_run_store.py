"""What a server holds of its runs: small pictures, a bounded number, bounded bytes, for a bounded time; never one under way less."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from rediff_viz.budget import DISPLAY_SIDE, RUN_AGE, RUNS_BYTES
from rediff_viz.run import compare
from rediff_viz.service import stream
from rediff_viz.service.run_store import FORGOTTEN, RunStore, StoredRun
from rediff_viz.service.size import size_of
from rediff_viz.trace import Trace
from rediff_viz.ui import page

ASKED: dict[str, Any] = {"scene": None, "prompt": "", "seed": 0, "tokens_per_pass": 8}
LARGE = (5000, 4000)  # px, 20 megapixels


def finished(store: RunStore, picture: Image.Image | None = None) -> StoredRun:
    """A run of the embedded model, to its end."""
    stored = store.begin(None, picture)
    for _ in stream.run(stored, ["denoise@world-plain"], **ASKED):
        pass
    return stored


def names(store: RunStore) -> list[str]:
    return [stored.run for stored in store]


def test_a_model_reads_the_full_picture_and_the_store_holds_it_at_display_size() -> None:
    stored = finished(RunStore(), Image.new("RGB", (1000, 500), "red"))
    assert stored.picture is not None
    assert stored.picture.size == (DISPLAY_SIDE, DISPLAY_SIDE // 2)
    facts = stored.traces[0].head.picture
    assert facts is not None
    assert (facts["width"], facts["height"]) == (1000, 500)


def test_a_small_picture_is_held_as_it_is() -> None:
    picture = Image.effect_noise((112, 112), 50).convert("RGB")
    held = finished(RunStore(), picture).picture
    assert held is not None
    assert held.tobytes() == picture.tobytes()


def test_runs_of_the_largest_pictures_stay_within_the_budget() -> None:
    store = RunStore()
    for _ in range(6):
        store.begin(None, Image.new("RGB", LARGE))  # not even taken up by a run
    assert sum(stored.held_bytes for stored in store) <= RUNS_BYTES
    store = RunStore()
    for _ in range(3):
        finished(store, Image.new("RGB", LARGE))
    assert sum(stored.held_bytes for stored in store) < 3 * 4 * DISPLAY_SIDE**2 + 3_000_000


def test_a_run_that_is_refused_keeps_no_full_picture() -> None:
    stored = RunStore().begin(None, Image.new("RGB", LARGE))
    with pytest.raises(ValueError, match="writes at most 40 positions"):
        list(stream.run(stored, ["denoise@world-plain"], length=41, **ASKED))
    assert stored.held_bytes < 4 * DISPLAY_SIDE**2 + 100_000


def test_no_more_than_a_number_are_held_and_the_oldest_goes_first() -> None:
    store = RunStore(runs=3)
    begun = [store.begin(None).run for _ in range(5)]
    assert names(store) == begun[2:]


def test_what_is_beyond_the_bytes_goes_oldest_first() -> None:
    store = RunStore(most_bytes=3 * 112 * 112 * 4 + 10_000)
    begun = [store.begin(None, Image.new("RGB", (112, 80))).run for _ in range(6)]
    assert names(store) == begun[-len(names(store)) :]
    assert 0 < len(names(store)) < 6


@pytest.mark.parametrize("limit", [{"runs": 1}, {"most_bytes": 1}, {"age": 0.0}])
def test_a_run_under_way_is_never_forgotten(limit: dict[str, Any]) -> None:
    now = [0.0]
    store = RunStore(**limit, clock=lambda: now[0])
    stored = store.begin(None)
    going = stream.run(stored, ["denoise@world-plain"], **ASKED)
    next(going)
    now[0] = 10 * RUN_AGE
    for _ in range(3):
        store.begin(None)
    assert store.find(stored.run) is stored
    list(going)
    now[0] = 20 * RUN_AGE
    store.begin(None)
    assert store.find(stored.run) is None


def test_a_run_left_in_the_middle_is_no_longer_under_way() -> None:
    store = RunStore(runs=1)
    stored = store.begin(None)
    going: Any = stream.run(stored, ["denoise@world-plain"], **ASKED)
    next(going)
    going.close()
    store.begin(None)
    assert store.find(stored.run) is None


def test_a_run_is_held_for_a_time_after_it_was_last_asked_for() -> None:
    now = [0.0]
    store = RunStore(clock=lambda: now[0])
    first, second = store.begin(None), store.begin(None)
    now[0] = RUN_AGE - 1
    assert store.find(first.run) is first
    now[0] = RUN_AGE + 1
    assert store.find(second.run) is None
    store.sweep()
    assert names(store) == [first.run]
    now[0] = 3 * RUN_AGE
    store.sweep()
    assert names(store) == []


def measured(make: Callable[[], Any]) -> tuple[Any, int]:
    """What `make` makes, and the bytes that Python says are held because of it."""
    gc.collect()
    tracemalloc.start()
    made = make()
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return made, held


def test_the_estimate_is_near_what_python_holds() -> None:
    stored = finished(RunStore())
    texts = [json.dumps(message) for message in stored.messages]
    messages, held = measured(lambda: [json.loads(text) for text in texts])
    assert 0.7 * held < size_of(messages) < 1.5 * held
    data = compare(["denoise@toy"], length=64, tokens_per_pass=1)[0].to_bytes()
    Trace.from_bytes(data)  # what is made once
    trace, held = measured(lambda: Trace.from_bytes(data))
    assert 0.7 * held < size_of(trace) < 1.5 * held


def test_a_page_whose_run_was_forgotten_says_so_in_one_sentence() -> None:
    acts: dict[str, Any] = {str(fn.name): fn.fn for fn in page.build(RunStore()).fns.values() if fn.fn is not None}
    assert acts["redraw"]("gone", "timeline", None) == (None, f'<p class="pg-text">{FORGOTTEN}</p>')
    assert acts["look"]("gone", "noun") == f'<p class="pg-text">{FORGOTTEN}</p>'
    with pytest.raises(gr.Error, match=FORGOTTEN):
        acts["pack"]("gone", False, "")
    assert acts["redraw"](None, "timeline", None) == (None, "")
    assert acts["look"](None, "noun") == ""
