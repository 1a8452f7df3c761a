"""What is said of a picture that the model does not know, and of none, before a run, for as long as it is shown, and in its files."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from rediff_viz.run import record
from rediff_viz.saved_run import load_run
from rediff_viz.score.caution import BLIND, OUTSIDE, caution, caution_of, other_weights
from rediff_viz.score.html import page
from rediff_viz.score.messages import payload_of
from rediff_viz.service import recordings, scenes, stream
from rediff_viz.service.run_store import RunStore, StoredRun
from rediff_viz.ui import pictures, results
from rediff_viz.world import render, scene_from_seed, to_dict

WORLD, TEXT = "denoise@world-plain", "denoise@llada-8b"
GOLDEN = Path(__file__).parent / "golden" / "checkpoints"
STRANGE = Image.linear_gradient("L").convert("RGB")

# is the truth known, is there a picture, does a lane read one, is a lane embedded -> what is said
CASES = {
    "a scene": ((True, True, True, True), ""),
    "another picture": ((False, True, True, True), OUTSIDE),
    "another picture, 8B lanes": ((False, True, True, False), ""),
    "no picture": ((False, False, True, True), BLIND),
    "no picture, 8B lanes": ((False, False, True, False), BLIND),
    "no picture, lanes that take none": ((False, False, False, False), ""),
}


@pytest.mark.parametrize("name", CASES)
def test_what_must_be_known_of_a_run(name: str) -> None:
    given, said = CASES[name]
    assert caution(*given) == said


def test_a_run_of_an_older_model_says_so_and_still_opens() -> None:
    saved = next(iter(recordings.recorded_runs().values()))
    assert other_weights(saved.traces) == ""
    old = [replace(trace, head=replace(trace.head, checkpoint_sha256="0" * 64)) for trace in saved.traces]
    said = payload_of(replace(saved, traces=tuple(old)))["caution"]
    assert said.startswith("This run is of an older model: world-plain and world-rediff had other weights")


def ran(picture: Image.Image | None, scene: dict[str, Any] | None = None) -> StoredRun:
    """A run of world-plain on the page."""
    stored = RunStore().begin("somebody", picture)
    list(stream.run(stored, [WORLD], scene=scene, prompt="", tokens_per_pass=20, seed=0))
    return stored


PICTURES = {
    "scene": (render(scene_from_seed(3)), to_dict(scene_from_seed(3)), ""),
    "strange": (STRANGE, None, OUTSIDE),
    "none": (None, None, BLIND),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_run_says_it_from_its_first_message_on_and_in_its_files(name: str, tmp_path: Path) -> None:
    picture, scene, said = PICTURES[name]
    stored = ran(picture, scene)
    assert stored.messages[0]["caution"] == said
    assert said not in stored.messages[0]["intro"] or not said
    packed, _, document = results.write_files(stored, with_picture=False)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path)
    assert payload_of(load_run(tmp_path / "run"))["caution"] == said
    written = document.read_text()
    assert [text in written for text in (OUTSIDE, BLIND)] == [text == said for text in (OUTSIDE, BLIND)]


CHECKPOINTS = {"a model of pictures": ("llava_v_a", BLIND), "a text model": ("llada_text_a", "")}  # in the 8B layout, in folders


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_recorded_run_of_a_folder_without_a_picture_says_so_too(name: str) -> None:
    folder, said = CHECKPOINTS[name]
    trace = record("denoise@toy", length=8, steps=2)
    of_folder = replace(trace, head=replace(trace.head, checkpoint=f"{GOLDEN}/{folder}+prefix=2"))
    assert caution_of([of_folder]) == said
    assert caution_of([replace(trace, head=replace(trace.head, checkpoint="gone"))]) == ""


def test_no_recorded_run_needs_it() -> None:
    runs = recordings.recorded_runs()
    assert runs
    assert {payload_of(run)["caution"] for run in runs.values()} == {""}
    assert BLIND not in page(next(iter(runs.values())))


@pytest.fixture
def uploaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A picture of one's own, where uploads lie."""
    monkeypatch.setattr(pictures, "get_upload_folder", lambda: str(tmp_path))
    STRANGE.save(tmp_path / "own.png")
    return str(tmp_path / "own.png")


def said_beside(path: str | None, known: dict[str, Any] | None) -> tuple[str, bool]:
    """The words beside the picture, and whether the scene's number goes."""
    note, _, number = pictures.about_picture(path, known)
    return re.sub("<[^>]*>", "", note), number is None


def test_it_is_said_beside_the_picture_as_soon_as_it_is_chosen(monkeypatch: pytest.MonkeyPatch, uploaded: str) -> None:
    assert said_beside(uploaded, None) == (OUTSIDE, True)
    assert said_beside(None, None) == (BLIND, True)
    path, scene = scenes.draw(3)
    known = pictures.bound(str(path), scene)
    assert said_beside(uploaded, known) == (OUTSIDE, True)
    monkeypatch.setattr(pictures, "get_upload_folder", lambda: str(path.parent))
    assert said_beside(str(path), known) == ("", False)


# the number typed, against habits, grain, the scene on display -> the number drawn
DRAWS = {
    "another number": ((5, False, 0.0, (17, False, 0.0)), 5),
    "the scene on display: the next one": ((17, False, 0.0, (17, False, 0.0)), 18),
    "the scene on display in another light": ((17, False, 0.2, (17, False, 0.0)), 17),
    "the scene on display, against its habits": ((17, True, 0.0, (17, False, 0.0)), 17),
    "a number while another picture is shown": ((17, False, 0.0, None), 17),
    "no number": ((None, False, 0.0, None), 0),
}


@pytest.mark.parametrize("name", DRAWS)
def test_the_number_is_that_of_the_scene_on_display(name: str) -> None:
    asked, number = DRAWS[name]
    path, known, drawn, shown = pictures._fresh(*asked)
    assert (drawn, shown) == ((number, *asked[1:3]), number)
    assert Path(path).name.startswith(f"scene-{number}{'-against' if asked[1] else ''}{'-grain' if asked[2] else '.png'}")
    assert known["scene"] == to_dict(scene_from_seed(number, against_priors=asked[1], grain=asked[2]))


@pytest.mark.parametrize("index", range(len(scenes.READY)))
def test_a_ready_scene_brings_its_number_and_how_it_was_drawn(index: int) -> None:
    event: Any = SimpleNamespace(index=index)
    path, _, drawn, number, unlikely, grain = pictures._ready(event)
    assert (drawn, (number, unlikely, grain)) == (scenes.READY[index], scenes.READY[index])
    assert pictures._fresh(number, unlikely, grain, drawn)[3] == number + 1
    assert Path(path) == scenes.draw(*drawn)[0]
