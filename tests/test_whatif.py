"""What-if branches as the page asks for them: beside their trunk, with a control, and refused in one sentence. No browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rediff_viz.analysis.trunk import open_trunk
from rediff_viz.run import Edit, collect, fork
from rediff_viz.score.messages import Message
from rediff_viz.service import branch as branches
from rediff_viz.service import status, stream, whatif
from rediff_viz.service.asked import MAX_PASSES, UNFIT
from rediff_viz.service.run_store import FORGOTTEN, RunStore, StoredRun
from rediff_viz.ui import MODEL, page
from rediff_viz.world import judge, render, scene_from_seed, to_dict
from rediff_viz.world.nearest import nearest_in_edits, true_word

ME, LANES = "somebody", ["denoise@toy", "rediff@toy:settle=2"]
SCENE = scene_from_seed(5)


def ran(store: RunStore, lanes: list[str] | None = None, picture: Image.Image | None = None, **asked: Any) -> StoredRun:
    """A run of this page, to its end: of two toy lanes where nothing else is said."""
    stored = store.begin(ME, picture)
    plan: dict[str, Any] = {"scene": None, "prompt": "", "seed": 0, "tokens_per_pass": 3, "allowed": None if lanes else ("toy",), **asked}
    list(stream.run(stored, lanes or LANES, **plan))
    return stored


def wish(stored: StoredRun, lane: int = 1, written: int = 2, **more: Any) -> dict[str, Any]:
    """What the browser asks for: by default the first rival, at the first word that pass `written` wrote."""
    trace = stored.traces[lane]
    before = trace.canvas[written - 2] if written > 1 else trace.start
    position = int(np.flatnonzero(trace.canvas[written - 1] != before)[0])
    others = np.flatnonzero(~np.isin(trace.top_ids[written - 1, position], [trace.canvas[written - 1, position], trace.head.mask_id]))
    asked = {"run": stored.run, "lane": lane, "position": position, "pass": written, "written": written, "held": False}
    return {**asked, "kind": "rival", "rival": int(others[0]), **more}


def going(store: RunStore, asked: Any) -> tuple[StoredRun, Iterator[Message | str]]:
    """A branch as the page begins it."""
    trunk = whatif.find_trunk(store, asked, ME)
    stored = store.begin(ME, trunk.picture)
    return stored, branches.branch(stored, trunk, whatif.read_wish(asked, trunk.trace))


def branched(store: RunStore, asked: Any) -> tuple[StoredRun, list[Message]]:
    stored, messages = going(store, asked)
    return stored, [message for message in messages if isinstance(message, dict)]


@pytest.fixture(scope="module")
def store() -> RunStore:
    return RunStore()


@pytest.fixture(scope="module")
def run(store: RunStore) -> StoredRun:
    return ran(store)


@pytest.mark.parametrize("more", [{}, {"held": True}, {"kind": "hide"}], ids=["once", "held", "hidden"])
@pytest.mark.parametrize("lane", [0, 1])
def test_a_branch_is_the_fork_of_its_trunk_beside_a_control(store: RunStore, run: StoredRun, lane: int, more: dict[str, Any]) -> None:
    asked = wish(run, lane, **more)
    stored, messages = branched(store, asked)
    trunk, edit = run.traces[lane], stored.traces[1].head.edits[-1]
    job = fork(trunk, open_trunk(trunk), [Edit(edit["at"], edit["position"], edit["token"], edit["passes"])])
    assert (edit["at"], edit["position"], edit["passes"]) == (3, asked["position"], MAX_PASSES if more.get("held") else 1)
    assert stored.traces[0] is trunk
    assert stored.traces[1].same(collect([job])[0])
    assert messages[-1]["control"]["repeats"]
    assert messages[-1]["control"]["sentence"].startswith("Run again without a change, the run repeats itself")


def test_the_first_message_has_the_trunk_whole_and_the_branch_to_its_first_own_pass(store: RunStore, run: StoredRun) -> None:
    stored, messages = branched(store, wish(run))
    trunk, own = messages[0]["lanes"]
    assert [message["kind"] for message in messages] == ["run", *["passes"] * (len(stored.traces[1]) - 3), "end"]
    assert len(trunk["passes"]) == len(run.traces[1])
    assert trunk["end"]["text"] == run.traces[1].text
    assert len(own["passes"]) == 3
    assert "end" not in own
    assert own["passes"][2]["before"]  # the word put in by hand
    assert all([lane for lane, _ in message["passes"]] == [1] for message in messages[1:-1])
    assert [message["seq"] for message in messages] == list(range(len(messages)))


def test_the_line_below_a_branch_counts_the_passes_it_shares(store: RunStore, run: StoredRun) -> None:
    stored, messages = going(store, wish(run))
    lines = [line for _, line in status.with_status(messages)]
    assert "Pass 4 of at most" in lines[1]
    assert f"Ended after {len(stored.traces[1])} forward passes" in lines[-1]


def test_a_branch_branches_again_and_knows_how_one_came_to_it(store: RunStore, run: StoredRun) -> None:
    first, _ = branched(store, wish(run))
    second, messages = branched(store, wish(first, 1, 4))
    beside, _ = branched(store, wish(first, 0, 4))
    assert (len(first.path), len(second.path), len(beside.path)) == (1, 2, 1)
    assert second.path[0] == first.path[0]
    assert messages[0]["branch"]["path"] == list(second.path)
    assert len(second.traces[1].head.edits) == 2
    assert second.traces[0] is first.traces[1]


def test_a_control_that_does_not_repeat_is_said(store: RunStore, run: StoredRun) -> None:
    other = store.begin(ME)
    trace = run.traces[0]
    prob = trace.prob.copy()
    prob[-1] *= 0.9
    other.traces = (replace(trace, prob=prob),)
    _, messages = branched(store, wish(other, 0))
    assert not messages[-1]["control"]["repeats"]
    assert "cannot be called its effect" in messages[-1]["control"]["sentence"]


def test_stop_ends_a_branch_within_a_pass_and_leaves_the_trunk(store: RunStore, run: StoredRun) -> None:
    stored, messages = going(store, wish(run))
    opening = next(message for message in messages if isinstance(message, dict))
    assert opening["kind"] == "run"
    store.stop(ME)
    rest = [message for message in messages if isinstance(message, dict)]
    assert [message["kind"] for message in rest] in (["end"], ["passes", "end"])
    assert rest[-1]["stopped"].startswith("Stopped after pass")
    assert "control" not in rest[-1]
    assert stored.traces[1].head.stopped == "stopped by hand"
    with pytest.raises(ValueError, match="was stopped before its end"):
        whatif.find_trunk(store, {"run": stored.run, "lane": 1}, ME)
    assert whatif.find_trunk(store, {"run": stored.run, "lane": 0}, ME).trace is run.traces[1]


BAD: dict[str, tuple[dict[str, Any], str]] = {  # what is wrong in a wish -> how it is refused
    "no such run": ({"run": "gone"}, FORGOTTEN),
    "a run that is no name": ({"run": ["x"]}, FORGOTTEN),
    "a recording's file": ({"run": "../1-invented"}, FORGOTTEN),
    "no such lane": ({"lane": 2}, UNFIT),
    "a lane below 0": ({"lane": -1}, UNFIT),
    "a lane that is true": ({"lane": True}, UNFIT),
    "no such position": ({"position": 10**9}, UNFIT),
    "a position that is text": ({"position": "3"}, UNFIT),
    "a position that is a fraction": ({"position": 3.5}, UNFIT),
    "no position": ({"position": None}, UNFIT),
    "no such pass": ({"pass": 10**6}, UNFIT),
    "a pass below 0": ({"pass": -1, "written": -1}, UNFIT),
    "written after it is seen": ({"written": 3}, UNFIT),
    "no such rival": ({"rival": 99}, UNFIT),
    "a rival below 0": ({"rival": -1}, UNFIT),
    "a rival before any pass": ({"pass": 0, "written": 0}, UNFIT),
    "no such kind": ({"kind": "delete"}, UNFIT),
    "a kind that is a list": ({"kind": ["hide"]}, UNFIT),
    "held for a number": ({"held": 7}, UNFIT),
    "a word that is a number": ({"kind": "word", "word": 3}, "A word to try must be a text"),
    "a word too long": ({"kind": "word", "word": "x" * 41}, "A word to try must be a text of at most 40"),
    "half a character": ({"kind": "word", "word": "\ud800"}, "A word to try must be a text"),
    "no word": ({"kind": "word", "word": "  "}, "No word was given"),
    "a word unknown": ({"kind": "word", "word": "xylophone"}, "“xylophone” is not one word of this model's vocabulary"),
    "two words": ({"kind": "word", "word": "a cat"}, "“a cat” is not one word"),
    "a sign of the model's": ({"kind": "word", "word": "<mask>"}, "a sign of the model's own"),
    "right, where no truth is known": ({"kind": "right"}, "Nothing true can be put"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_changed_is_refused_in_one_sentence(store: RunStore, run: StoredRun, name: str) -> None:
    changed, said = BAD[name]
    with pytest.raises(ValueError, match=said.replace("(", r"\(")) as refused:
        branched(store, {**wish(run), **changed})
    assert "\n" not in str(refused.value)
    assert whatif.remedy(store, {**wish(run), **changed}) == {"word": ""}


@pytest.mark.parametrize("asked", [None, 3, "run", [], {}, {"run": None}])
def test_what_is_no_wish_at_all_is_refused(store: RunStore, asked: Any) -> None:
    with pytest.raises(ValueError, match=FORGOTTEN):
        branched(store, asked)
    assert whatif.remedy(store, asked) == {"word": ""}


def test_the_word_that_stands_there_is_no_change(store: RunStore, run: StoredRun) -> None:
    asked = wish(run)
    stands = run.traces[1].canvas[1, asked["position"]]
    with pytest.raises(ValueError, match="stands there already"):
        branched(store, {**asked, "kind": "word", "word": run.traces[1].tokens([stands])[0]})


def test_a_run_of_another_page_is_refused(run: StoredRun, store: RunStore) -> None:
    with pytest.raises(ValueError, match=FORGOTTEN):
        whatif.find_trunk(store, wish(run), "somebody else")


def spoilt(stored: StoredRun, store: RunStore, **head: Any) -> dict[str, Any]:
    """A wish on the same run with another head."""
    other = store.begin(ME, stored.picture)
    other.traces = tuple(replace(trace, head=replace(trace.head, **head)) for trace in stored.traces)
    return wish(other, 0)


HEADS: dict[str, tuple[dict[str, Any], str]] = {  # a head as the run was made -> how the branch is refused here
    "other weights": ({"checkpoint_sha256": "0" * 64}, "made by other weights"),
    "no such checkpoint": ({"checkpoint": "gone"}, "cannot go on without its checkpoint"),
    "another picture": ({"picture": {"sha256": "0" * 64, "width": 112, "height": 112}}, "another picture"),
    "a larger picture": ({"picture": {"sha256": "0" * 64, "width": 900, "height": 900}}, "held here at 112 x 112 px only"),
    "no such method": ({"sampler": "gone"}, "which is none of the \\d+ samplers here"),
}


@pytest.fixture(scope="module")
def seen(store: RunStore) -> StoredRun:
    """A run of the embedded model on a scene, whose truth is known."""
    picture = render(SCENE)
    return ran(store, ["denoise@world-plain"], picture, scene=to_dict(SCENE), tokens_per_pass=16)


@pytest.mark.parametrize("name", HEADS)
def test_a_trunk_that_is_not_from_here_is_refused(store: RunStore, seen: StoredRun, name: str) -> None:
    head, said = HEADS[name]
    with pytest.raises(ValueError, match=said):
        branched(store, spoilt(seen, store, **head))


def test_a_run_of_a_method_that_has_changed_is_refused_before_anything_is_shown(store: RunStore, run: StoredRun) -> None:
    other, trace = store.begin(ME), run.traces[1]
    other.traces = (replace(trace, head=replace(trace.head, settings={**trace.head.settings, "settle": 0})),)
    asked = {**wish(run, 1), "run": other.run, "lane": 0, "kind": "hide", "pass": len(trace), "written": len(trace)}
    stored, messages = going(store, asked)
    with pytest.raises(ValueError, match="made by another version of its method"):
        list(messages)
    assert stored.messages == []


def test_a_picture_larger_than_is_held_is_said_to_be_gone(store: RunStore) -> None:
    stored = ran(store, ["denoise@world-plain"], Image.effect_noise((700, 650), 50).convert("RGB"), tokens_per_pass=20)
    with pytest.raises(ValueError, match="held here at 640 x 594 px only"):
        branched(store, wish(stored, 0, 1))


def test_a_wrong_word_is_put_right_by_what_the_nearest_true_caption_has_there(store: RunStore, seen: StoredRun) -> None:
    words = list(nearest_in_edits([], SCENE))
    place = next(i for i, word in enumerate(words) if word == SCENE.groups[0].noun or word.startswith(SCENE.groups[0].noun))
    false = [*words[:place], "window" if words[place] != "window" else "zebra", *words[place + 1 :]]
    assert judge(tuple(false), SCENE).marked
    assert true_word(false, SCENE, place) == words[place]
    assert true_word(words, SCENE, place) is None
    assert true_word([*false, "a"], SCENE, len(false)) is None  # a word too many


def test_putting_a_word_right_is_a_change_to_that_word(store: RunStore, seen: StoredRun) -> None:
    trace = seen.traces[0]
    words = trace.tokens(trace.final)
    other = store.begin(ME, seen.picture)
    noun = next(i for i, word in enumerate(words) if word.startswith(SCENE.groups[0].noun[:3]))
    canvas = trace.canvas.copy()
    wrong = open_trunk(trace, seen.picture).backend.encode("zebras")[0]
    canvas[-1, noun] = wrong
    other.traces = (replace(trace, canvas=canvas, head=replace(trace.head, vocabulary={**trace.head.vocabulary, wrong: "zebras"})),)
    asked = {"run": other.run, "lane": 0, "position": noun, "pass": len(trace), "written": len(trace), "kind": "right", "held": False}
    found = whatif.remedy(store, asked)
    assert found == {"word": words[noun]}
    stored, _ = branched(store, asked)
    assert stored.traces[1].tokens(stored.traces[1].final)[noun] == words[noun]


def test_branches_wait_and_count_as_runs_do() -> None:
    (fn,) = [fn for fn in page.build(RunStore()).fns.values() if fn.name == "begin_branch"]
    assert (fn.concurrency_id, fn.queue) == (MODEL["concurrency_id"], True)


def test_a_branch_is_held_to_what_a_run_may_read(monkeypatch: pytest.MonkeyPatch, store: RunStore, run: StoredRun) -> None:
    monkeypatch.setattr("rediff_viz.service.asked.WORK_CPU", 100)
    monkeypatch.setattr("rediff_viz.service.asked.gpu_gb", lambda: 0.0)
    with pytest.raises(ValueError, match="at most 100 are read in one run"):
        branched(store, wish(run))
