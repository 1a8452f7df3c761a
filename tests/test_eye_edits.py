"""What the embedded eye saw, changed by hand: in Python, in a trace's file, as a branch of the page, and refused in one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_whatif import ME, branched, ran

from rediff_viz.analysis import open_trunk, see_otherwise, whatif
from rediff_viz.analysis.eye import NOTE, in_words
from rediff_viz.backends import EyeEdit, Request, open_checkpoint
from rediff_viz.backends.eye_edits import changed
from rediff_viz.run import collect, fork, record
from rediff_viz.service.asked import UNFIT
from rediff_viz.service.eye import behind, concept_of, names_of
from rediff_viz.service.look import look
from rediff_viz.service.run_store import RunStore, StoredRun
from rediff_viz.trace import Trace, TraceError
from rediff_viz.world import render, scene_from_seed, to_dict

SCENE = scene_from_seed(7)
SIZES = {"noun": 3, "tint": 3, "size": 3, "count": 3, "setting": 2}
NAMES = {"noun": ["", "cat", "dog"], "tint": ["", "its own", "red"], "size": ["", "small", "large"], "count": ["", "one", "two"]}


def grid() -> np.ndarray:
    """Nothing anywhere, but in cell 5 two large red dogs; on the second of two settings."""
    cells = np.zeros((49, 14), np.float32)
    cells[:, [0, 3, 6, 9, 13]] = 1
    cells[5] = 0
    cells[5, [2, 5, 8, 11, 13]] = 1
    return cells


def hot(cell: np.ndarray) -> list[int]:
    return np.flatnonzero(cell).tolist()


def test_a_thing_keeps_what_it_has_and_a_new_one_is_one_small_thing_of_its_own_colour() -> None:
    before = grid()
    made = changed(before, [EyeEdit(5, "cat"), EyeEdit(0, "dog")], SIZES, NAMES)
    assert hot(made[5]) == [1, 5, 8, 11, 13]
    assert hot(made[0]) == [2, 4, 7, 10, 13]
    assert hot(changed(before, [EyeEdit(5, "")], SIZES, NAMES)[5]) == [0, 3, 6, 9, 13]
    assert np.array_equal(before, grid())
    assert np.array_equal(np.delete(made, [0, 5], 0), np.delete(before, [0, 5], 0))


@pytest.mark.parametrize(("edit", "said"), [(EyeEdit(49, "cat"), "cell 50"), (EyeEdit(0, "window"), "the eye knows no 'window'")])
def test_a_cell_or_a_noun_that_the_eye_does_not_have_is_refused(edit: EyeEdit, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        changed(grid(), [edit], SIZES, NAMES)


def test_changes_are_told_by_row_and_column() -> None:
    assert in_words([EyeEdit(0, "ant")]) == "an ant in row 1, column 1"
    assert in_words([EyeEdit(8, "cat"), EyeEdit(9, "cat"), EyeEdit(48, "")]) == (
        "a cat in row 2, column 2 and row 2, column 3; nothing in row 7, column 7"
    )
    assert in_words([EyeEdit(0, "cat"), EyeEdit(0, "dog")]) == "a dog in row 1, column 1"
    assert in_words([EyeEdit(i, "cat") for i in range(9)]).endswith(" and 7 more cells")


@pytest.fixture(scope="module")
def trunk() -> Trace:
    return record("denoise@world-plain", render(SCENE), scene=to_dict(SCENE), tokens_per_pass=8)


def test_a_run_is_written_anew_from_what_the_eye_is_made_to_see(trunk: Trace, tmp_path: Path) -> None:
    session: Any = open_trunk(trunk, render(SCENE))
    edits = [EyeEdit(cell, "cat") for cell in range(21, 49)]
    branch = whatif(trunk, session, eye_edits=edits)
    seeing: Any = open_trunk(branch.trace, render(SCENE))
    names = session.backend.card.options["concepts"]["noun"]
    assert np.all(seeing.backend.concepts(seeing)["noun"].reshape(49, -1).argmax(-1)[21:] == names.index("cat"))
    assert np.array_equal(seeing.grid[:21], session.grid[:21])
    assert branch.trace.same(collect([fork(trunk, see_otherwise(session, edits), at=1)])[0])
    assert not branch.trace.same(trunk)
    assert branch.control.repeats
    assert branch.trace.head.notes[-1].startswith(NOTE)
    assert branch.trace.head.parent is not None
    loaded = Trace.load(branch.trace.save(tmp_path / "a.trace"))
    assert loaded.head == branch.trace.head
    again = whatif(loaded, seeing, eye_edits=[EyeEdit(0, "")])
    assert len(again.trace.head.eye_edits) == len(edits) + 1
    assert sum(note.startswith(NOTE) for note in again.trace.head.notes) == 1


@pytest.mark.parametrize(
    "edit", [{"cell": -1, "noun": "cat"}, {"cell": "1", "noun": "cat"}, {"noun": "cat"}, {"cell": 1}, {"cell": 1, "noun": 2}]
)
def test_a_trace_that_names_no_cell_and_noun_is_refused(trunk: Trace, edit: dict[str, Any]) -> None:
    with pytest.raises(TraceError, match="does not say its cell and noun"):
        replace(trunk, head=replace(trunk.head, eye_edits=(edit,))).to_bytes()


def test_a_model_without_an_eye_of_its_own_and_a_run_without_a_picture_have_nothing_to_change() -> None:
    for name, picture, why in (("toy", render(SCENE), "toy has no eye apart"), ("world-plain", None, "the run has no picture")):
        with pytest.raises(ValueError, match=why):
            see_otherwise(open_checkpoint(name).open(Request(picture, length=40)), [EyeEdit(0, "cat")])


@pytest.fixture(scope="module")
def store() -> RunStore:
    return RunStore()


@pytest.fixture(scope="module")
def run(store: RunStore) -> StoredRun:
    return ran(store, ["denoise@world-plain"], render(SCENE), scene=to_dict(SCENE), tokens_per_pass=16)


def wish(stored: StoredRun, **more: Any) -> dict[str, Any]:
    place = {"run": stored.run, "lane": len(stored.traces) - 1, "position": 0, "pass": 1, "written": 1}
    return {**place, "kind": "eye", "cells": [30, 31, 31], "word": "cat", "held": False, **more}


def test_the_page_branches_from_what_the_eye_is_made_to_see(store: RunStore, run: StoredRun) -> None:
    stored, messages = branched(store, wish(run))
    opening, end = messages[0], messages[-1]
    assert opening["branch"]["seen"] == "a cat in row 5, column 3 and row 5, column 4"
    assert (opening["branch"]["position"], opening["branch"]["at"]) == (-1, 1)
    assert [lane["title"] for lane in opening["lanes"]] == ["As it was", "Seen otherwise"]
    assert "an edit of what the eye saw" in opening["about"]
    assert opening["lanes"][1]["notes"][-1].startswith(NOTE)
    assert end["control"]["repeats"]
    expected = whatif(run.traces[0], open_trunk(run.traces[0], run.picture), eye_edits=[EyeEdit(30, "cat"), EyeEdit(31, "cat")])
    assert stored.traces[1].same(expected.trace)
    assert stored.path == ("cat in 2 cells",)
    assert not np.array_equal(stored.concepts[0]["noun"], stored.concepts[1]["noun"])
    again, _ = branched(store, wish(stored, cells=[0], word="nothing"))
    assert [edit["noun"] for edit in again.traces[1].head.eye_edits] == ["cat", "cat", ""]
    hidden, _ = branched(store, {**wish(stored), "kind": "hide"})  # a word of a run that sees otherwise
    assert len(hidden.traces[1].head.eye_edits) == 2


BAD: dict[str, tuple[dict[str, Any], str]] = {  # what is wrong in a wish -> how it is refused
    "no cell": ({"cells": []}, "Choose at least one cell"),
    "a cell that is not there": ({"cells": [49]}, UNFIT),
    "a cell below 0": ({"cells": [-1]}, UNFIT),
    "a cell that is true": ({"cells": [True]}, UNFIT),
    "a cell that is text": ({"cells": ["1"]}, UNFIT),
    "cells that are no list": ({"cells": {"0": 1}}, UNFIT),
    "a noun outside the vocabulary": ({"word": "xylophone"}, "the eye knows no 'xylophone'; it knows airplane, alien, apple and 47 more"),
    "a plural": ({"word": "cats"}, "the eye knows no 'cats'"),
    "no noun": ({"word": " "}, "Say what the chosen cells shall be"),
    "a noun that is a number": ({"word": 3}, "A word to try must be a text"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_the_eye_cannot_see_is_refused_in_one_sentence(store: RunStore, run: StoredRun, name: str) -> None:
    more, said = BAD[name]
    with pytest.raises(ValueError, match=said) as refused:
        branched(store, wish(run, **more))
    assert "\n" not in str(refused.value)
    assert store.find(run.run) is run


def test_a_model_without_such_an_eye_is_not_offered_it_and_refuses_it(store: RunStore) -> None:
    toy = ran(store, ["denoise@toy"], render(SCENE), allowed=("toy",))
    with pytest.raises(ValueError, match="no eye apart from the model that writes"):
        branched(store, wish(toy, lane=0))
    assert look(store, {"run": toy.run, "lane": 0, "position": 0, "pass": 1})["eye"] is None


def test_the_cells_behind_a_word_are_those_where_the_eye_saw_what_it_names(store: RunStore, run: StoredRun) -> None:
    trace, seen = run.traces[0], dict(run.concepts[0])
    noun = np.zeros((49, seen["noun"].shape[-1]), np.float32)
    names = names_of(trace)["noun"]
    noun[:, 0] = 1
    noun[[8, 9]] = 0
    noun[[8, 9], names.index("cat")] = 0.9
    noun[[8, 9], names.index("dog")] = 0.1
    seen["noun"] = noun.reshape(7, 7, -1)
    found = behind(seen, trace, "cats")
    assert found is not None
    assert (np.flatnonzero(found["cells"]).tolist(), found["cells"][8]) == ([8, 9], 900)
    assert found["sentence"] == "The eye saw a cat in 2 cells."
    missing = behind(seen, trace, "dog")
    assert missing is not None
    assert missing["sentence"] == "The eye saw a dog nowhere: at most 0.10, in row 2, column 2, where it rather saw cat."
    other = behind(seen, trace, "the")
    assert other is not None
    assert (other["cells"], [names[k] for k in other["likeliest"][7:10]]) == ([], ["", "cat", "cat"])


NAMED: dict[str, tuple[str, str] | None] = {
    "cats": ("noun", "cat"),
    "bus": ("noun", "bus"),
    "an": ("count", "one"),
    "three": ("count", "three"),
    "four": None,
    "red": ("tint", "red"),
    "large": ("size", "large"),
    "beach": ("setting", "beach"),
    "the": None,
    "": None,
}


@pytest.mark.parametrize("word", NAMED)
def test_a_word_names_a_concept_of_the_eye(word: str) -> None:
    assert concept_of(word) == NAMED[word]


def test_a_recorded_run_shows_what_its_eye_saw(store: RunStore) -> None:
    from rediff_viz.service.recordings import recorded_runs

    name, recorded = next((name, run) for name, run in recorded_runs().items() if run.picture is not None)
    found = look(store, {"run": name, "lane": 0, "position": 0, "pass": len(recorded.traces[0])})
    assert found["refused"] == "" or "is not here" in found["refused"]
    assert ME not in str(found)
    try:
        open_trunk(recorded.traces[0], recorded.picture)
    except ValueError:  # recorded with other weights than are here
        assert found["eye"] is None
    else:
        assert len(found["eye"]["likeliest"]) == 49
