"""Questions to the picture as the page asks them: answered as they are computed, stopped, and refused in one sentence. No browser."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rediff_viz.analysis import Reading, as_data, grounding, judged_words, regions
from rediff_viz.analysis.function_words import is_judged
from rediff_viz.analysis.grounding import KINDS, TILES
from rediff_viz.analysis.trunk import open_trunk
from rediff_viz.saved_run import load_run
from rediff_viz.score.messages import Message, payload_of
from rediff_viz.service import asked as limits
from rediff_viz.service import stream, whatif
from rediff_viz.service.asked import UNFIT
from rediff_viz.service.grounding import LANE, WORD, another_scene, ground, read_question
from rediff_viz.service.look import look
from rediff_viz.service.run_store import FORGOTTEN, RunStore, StoredRun
from rediff_viz.ui import MODEL, page
from rediff_viz.ui.results import write_files
from rediff_viz.world import render, scene_from_seed, to_dict

ME = "somebody"
SCENE = scene_from_seed(7)
GOLDEN = Path(__file__).parent / "golden"
SEEING, TEXT = f"{GOLDEN}/checkpoints/llava_v_a/", f"{GOLDEN}/checkpoints/llada_text_a"


def ran(store: RunStore, lanes: list[str], picture: Image.Image | None, **asked: Any) -> StoredRun:
    """A run of this page, to its end."""
    stored = store.begin(ME, picture)
    allowed = {lane.partition("@")[2].partition(":")[0] for lane in lanes}
    list(stream.run(stored, lanes, **{"scene": None, "prompt": "", "seed": 0, "tokens_per_pass": 3, "allowed": allowed, **asked}))
    return stored


@pytest.fixture(scope="module")
def store() -> RunStore:
    return RunStore()


@pytest.fixture(scope="module")
def run(store: RunStore) -> StoredRun:
    return ran(store, ["denoise@toy", "rediff@toy:settle=2"], render(SCENE), scene=to_dict(SCENE))


def question(stored: StoredRun, **more: Any) -> dict[str, Any]:
    """What the browser asks: of the first word that can be judged."""
    position = int(np.flatnonzero(judged_words(stored.traces[more.get("lane", 0)]))[0])
    return {"run": stored.run, "lane": 0, "position": position, "without": "blank", "scope": WORD, **more}


def asking(store: RunStore, asked: Any, work: StoredRun) -> Iterator[Message | str]:
    """As the page does."""
    trunk = whatif.find_trunk(store, asked, ME, whole=False)
    return ground(work, trunk, read_question(asked, trunk.trace))


def answered(store: RunStore, asked: Any) -> list[Message]:
    with store.work(ME) as work:
        return [message for message in asking(store, asked, work) if isinstance(message, dict)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_lane_is_answered_with_what_the_analysis_finds(store: RunStore, run: StoredRun, kind: str) -> None:
    *coming, last = answered(store, question(run, lane=1, without=kind))
    trace = run.traces[1]
    session, other = open_trunk(trace, run.picture), render(another_scene(trace))
    assert last["grounding"] == as_data(trace, grounding(trace, session, kind, other))
    assert last["grounding"]["without"] == kind
    assert (last["run"], last["lane"], last["side"]) == (run.run, 1, TILES)
    ((position, tiles),) = last["maps"].items()
    assert tiles == pytest.approx(regions(trace, session, int(position)).ravel(), abs=1e-3)
    assert [message["done"] for message in coming] == list(range(16, last["of"] + 1, 16))
    assert json.dumps(last)


def test_every_word_that_can_be_judged_gets_its_map(store: RunStore, run: StoredRun) -> None:
    last = answered(store, question(run, scope=LANE))[-1]
    trace = run.traces[0]
    judged = np.flatnonzero(judged_words(trace)).tolist()
    session = open_trunk(trace, run.picture)
    assert [int(i) for i in last["maps"]] == judged
    assert last["maps"][str(judged[-1])] == pytest.approx(regions(trace, session, judged[-1]).ravel(), abs=1e-3)
    assert last["of"] == Reading(trace, session, words=tuple(judged)).rows


@pytest.mark.parametrize(("text", "judged"), [("cats", True), ("three", True), (" left", True), ("The", False), (" is", False),
                                              (".", False), ("", False), (" ", False), ("sits", False), ("…", False)])  # fmt: skip
def test_function_words_and_signs_are_not_judged(text: str, judged: bool) -> None:
    assert is_judged(text) is judged


def test_what_is_not_judged_has_no_number(store: RunStore, run: StoredRun) -> None:
    trace, found = run.traces[0], answered(store, question(run))[-1]["grounding"]
    assert np.flatnonzero([nats is not None for nats in found["at_end"]]).tolist() == np.flatnonzero(judged_words(trace)).tolist()
    assert 0 < judged_words(trace).sum() < len(trace.final)
    assert all(commit is None for commit, end in zip(found["at_commit"], found["at_end"], strict=True) if end is None)


def test_stop_ends_a_question_and_no_run_is_left_of_it(store: RunStore, run: StoredRun) -> None:
    before = [stored.run for stored in store]
    with store.work(ME) as work:
        messages = asking(store, question(run, scope=LANE), work)
        first = next(message for message in messages if isinstance(message, dict))
        store.stop(ME)
        rest = [message for message in messages if isinstance(message, dict)]
    assert "grounding" not in first
    assert [message.get("stopped") for message in rest] == [True]
    assert [stored.run for stored in store] == before
    assert store.find(run.run) is run


BAD: dict[str, tuple[dict[str, Any], str]] = {  # what is wrong in a question -> how it is refused
    "no such run": ({"run": "gone"}, FORGOTTEN),
    "no such lane": ({"lane": 2}, UNFIT),
    "no such position": ({"position": 40}, UNFIT),
    "a position below 0": ({"position": -1}, UNFIT),
    "a position that is true": ({"position": True}, UNFIT),
    "no position": ({"position": None}, UNFIT),
    "no such way to be without": ({"without": "grey"}, UNFIT),
    "a way that is a list": ({"without": ["blank"]}, UNFIT),
    "no such scope": ({"scope": "all"}, UNFIT),
    "a scope that is a table": ({"scope": {}}, UNFIT),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_question_is_refused_in_one_sentence(store: RunStore, run: StoredRun, name: str) -> None:
    changed, said = BAD[name]
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        answered(store, {**question(run), **changed})


HEADS: dict[str, tuple[dict[str, Any], str]] = {  # a head as the run was made -> why its picture cannot be asked here
    "no such checkpoint": ({"checkpoint": "gone"}, "is not here, so only what is stored with the run can be shown"),
    "no picture": ({"picture": None}, "This run had no picture"),
    "a text model": ({"checkpoint": TEXT}, "reads text only"),
    "a larger picture": ({"picture": {"sha256": "0" * 64, "width": 900, "height": 900}}, "held here at 112 x 112 px only"),
    "other weights": ({"checkpoint": "world-plain", "checkpoint_sha256": "0" * 64}, "made by other weights"),
    "another picture": ({"picture": {"sha256": "0" * 64, "width": 112, "height": 112}}, "another picture"),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_picture_that_cannot_be_asked_says_why(store: RunStore, run: StoredRun, name: str) -> None:
    head, said = HEADS[name]
    other = store.begin(ME, run.picture)
    other.traces = tuple(replace(trace, head=replace(trace.head, **head)) for trace in run.traces)
    asked = {**question(run), "run": other.run}
    with pytest.raises(ValueError, match=said):
        answered(store, asked)
    refused = look(store, {**asked, "pass": 1})["refused"]
    assert said in refused or name in ("other weights", "another picture")  # which only opening it can tell
    assert store.find(run.run) is run


def test_a_question_is_held_to_what_a_run_may_read(monkeypatch: pytest.MonkeyPatch, store: RunStore, run: StoredRun) -> None:
    rows = answered(store, question(run))[-1]["of"]
    monkeypatch.setattr(limits, "gpu_gb", lambda: 0.0)
    monkeypatch.setattr(limits, "WORK_CPU", rows * 40)
    answered(store, question(run))
    with pytest.raises(ValueError, match=f"at most {rows * 40:,} are read at one time here. Ask about one word"):
        answered(store, question(run, scope=LANE))


def test_questions_wait_and_count_as_runs_do() -> None:
    (fn,) = [fn for fn in page.build(RunStore()).fns.values() if fn.name == "begin_ground"]
    assert (fn.concurrency_id, fn.queue) == (MODEL["concurrency_id"], True)


def test_an_answer_on_the_page_goes_with_the_run_that_is_taken_along(store: RunStore, tmp_path: Path) -> None:
    mine = ran(store, ["denoise@toy", "rediff@toy:settle=2"], render(SCENE), scene=to_dict(SCENE))
    (ask,) = [fn.fn for fn in page.build(store).fns.values() if fn.name == "begin_ground" and fn.fn]
    request = SimpleNamespace(session_hash=ME)
    for without in ("blank", "mean"):  # the last answer stays
        values = [value for value, _ in ask(request, SimpleNamespace(_data=question(mine, lane=1, without=without)))]
    answer = json.loads(values[-1])["grounding"]
    assert answer["without"] == "mean"
    archive = next(path for path in write_files(mine, with_picture=False) if path.suffix == ".zip")
    zipfile.ZipFile(archive).extractall(tmp_path)
    first, second = load_run(tmp_path / "run").analysis
    assert second["grounding"] == answer
    assert "grounding" not in first
    assert second["numbers"]["passes"] == len(mine.traces[1])
    payload = payload_of(load_run(tmp_path / "run"))
    assert payload["lanes"][1]["analysis"] == {"grounding": answer}


def test_what_a_question_costs_is_known_before_it_is_asked(store: RunStore, run: StoredRun) -> None:
    asked = question(run)
    word, lane = (answered(store, {**asked, "scope": scope})[-1]["of"] for scope in (WORD, LANE))
    costs = look(store, {**asked, "pass": len(run.traces[0])})["costs"]
    assert costs["word"].startswith(f"{word} forward passes, as many as {word / len(run.traces[0]):.0f} runs of this lane")
    assert costs["lane"].startswith(f"{lane} forward passes")
    assert costs["judged"]
    other = store.begin(ME, run.picture)
    other.traces = tuple(replace(trace, seconds=np.full(len(trace), 2.0)) for trace in run.traces)
    slow = look(store, {**asked, "run": other.run, "pass": 0})["costs"]
    assert slow["word"].endswith(f"about {2 * word} s at its pace.")
    both = 2 * len(run.traces[0])
    assert (
        slow["anew"]
        == f"A branch and its control take {both} forward passes, as many as 2 runs of this lane, about {2 * both} s at its pace."
    )


@pytest.mark.parametrize("asked", [None, 3, [], {}, {"run": None}, {"run": "x", "lane": 0}])
def test_what_is_no_word_has_nothing_to_be_asked(store: RunStore, asked: Any) -> None:
    assert look(store, asked) == {"refused": FORGOTTEN, "costs": {}, "eye": None}


@pytest.mark.parametrize("more", [{"position": 99}, {"position": "1"}, {"pass": -1}, {"pass": 10**6}, {"pass": None}, {"pass": True}])
def test_a_word_that_is_not_there_has_nothing_to_be_asked(store: RunStore, run: StoredRun, more: dict[str, Any]) -> None:
    assert look(store, {**question(run), "pass": 1, **more})["costs"] == {}


def test_a_model_of_the_8b_layout_is_asked_by_the_same_code(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rediff_viz.service.grounding.TILES", 2)
    picture = Image.open(GOLDEN / "images" / "rgb_landscape.png").convert("RGB").resize((48, 32))
    stored = ran(store, [f"denoise@{SEEING}"], picture, tokens_per_pass=4, length=16)
    trace = stored.traces[0]
    position = int(np.flatnonzero(trace.final != trace.head.mask_id)[0])
    asked = {"run": stored.run, "lane": 0, "position": position, "without": "mean", "scope": WORD}
    last = answered(store, asked)[-1]
    assert len(last["grounding"]["at_end"]) == 16
    assert look(store, {**asked, "pass": 1})["eye"] is None
    session = open_trunk(trace, stored.picture)
    found = grounding(trace, session, "mean")
    assert found.passes <= len(trace) + 2
    assert np.isfinite(found.at_end).all()
