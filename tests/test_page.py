"""What the page says and does: plans, passes, clicked words, what the eye saw. No browser."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rediff_viz.backends import find_card
from rediff_viz.run import compare
from rediff_viz.samplers import SAMPLERS
from rediff_viz.score.messages import Message
from rediff_viz.service import choices, concept_grid, status, stream
from rediff_viz.service.run_store import RunStore, StoredRun
from rediff_viz.training.data import CONCEPTS
from rediff_viz.ui import controls, results
from rediff_viz.views import VIEWS
from rediff_viz.world import NOUNS, SETTINGS
from rediff_viz.world.things import SIZES, TINTS

ROOT = Path(__file__).resolve().parent.parent
WORLD = ("world-plain", "world-rediff", "world-proseco")
ASKED: dict[str, Any] = {"scene": None, "prompt": "", "seed": 0}


@pytest.fixture(scope="module")
def record() -> StoredRun:
    """A finished run of two toy lanes."""
    kept = RunStore().begin("somebody")
    kept.traces = tuple(compare(["denoise@toy", "rediff@toy:settle=2"], length=16, tokens_per_pass=4))
    return kept


def test_a_plan_is_told_in_words_or_why_there_is_none() -> None:
    assert choices.plan_in_words(40, 8).startswith("40 places, 8 filled in a pass: 5 passes of filling.")
    assert choices.plan_in_words(40, 8, 20).startswith("40 places in blocks of 20, 8 filled in a pass: 6 passes of filling.")
    assert choices.plan_in_words(40, 8, 7) == "Blocks of 7 do not divide an answer of 40 positions."
    assert choices.plan_in_words(4, 8) == "8 tokens per pass is not between 0 and the answer's 4 positions."


def about_of(message: Message | str) -> str:
    """What a message of a run says about its plan."""
    assert isinstance(message, dict)
    return str(message["about"])


def test_a_run_follows_the_plan_that_was_set(record: StoredRun) -> None:
    kept = RunStore().begin("somebody")
    messages = list(
        stream.run(kept, ["denoise@toy"], allowed=("toy",), tokens_per_pass=2, length=12, block=6, temperature=0.5, **{**ASKED, "seed": 3}),
    )
    plan, head = kept.traces[0].head.plan, kept.traces[0].head
    assert (plan["length"], plan["block_length"], plan["steps"], plan["temperature"], head.seed) == (12, 6, 6, 0.5, 3)
    assert about_of(messages[0]) == "2 words a pass · temperature 0.5 · seed 3"


def test_only_checkpoints_that_can_run_here_are_run_by_the_page_and_the_endpoint_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = RunStore().begin("somebody")
    for lane in ("denoise@toy", "denoise@./models/world-plain", "denoise@world-plain+4bit", "denoise@llada-8b"):
        monkeypatch.setattr(choices, "gpu_gb", lambda: 0.0)
        with pytest.raises(ValueError, match="here; here are world-dsc, world-plain, world-proseco, world-rediff"):
            stream.run(stored, ["denoise@world-plain", lane], tokens_per_pass=8, **ASKED)


def test_the_seed_is_not_named_where_it_does_not_matter() -> None:
    kept = RunStore().begin("somebody")
    assert about_of(next(iter(stream.run(kept, ["denoise@toy"], allowed=("toy",), tokens_per_pass=4, **ASKED)))) == "4 words a pass"


def test_a_run_is_told_pass_by_pass_with_the_time_that_is_left() -> None:
    kept, clock = RunStore().begin("somebody"), iter(range(0, 1000, 2))
    messages = stream.run(kept, ["denoise@toy"], allowed=("toy",), tokens_per_pass=2, length=16, **ASKED)
    lines = [line for _, line in status.with_status(messages, lambda: float(next(clock)))]
    assert "at most 8 forward passes" in lines[0]
    assert "Pass 2 of at most 8, about 12 s left." in lines[2]
    assert "Pass 8 of at most 8." in lines[8]
    assert "Ended after 8 forward passes" in lines[-1]


def stopped_after(passes: int, lanes: list[str]) -> tuple[StoredRun, str]:
    """A run of toy lanes that is asked to stop while it shows so many passes, and the last line that the page had of it."""
    kept, line = RunStore().begin("somebody"), ""
    messages = stream.run(kept, lanes, allowed=("toy",), tokens_per_pass=4, length=16, **ASKED)
    for shown, (_, line) in enumerate(status.with_status(messages)):  # noqa: B007 - the last one is wanted
        kept.stop = shown >= passes
    return kept, line


@pytest.mark.parametrize(
    "passes, lanes, line",
    [
        (1, ["denoise@toy"], "Stopped after pass 1: 12 of 16 places are still open."),
        (3, ["denoise@toy"], "Stopped after pass 3: 4 of 16 places are still open."),
        (2, ["denoise@toy", "rediff@toy"], "Stopped after pass 2: 8 of 16 places are still open in lane A, 8 in lane B."),
        (4, ["denoise@toy", "rediff@toy:settle=4"], "Stopped after pass 4."),
    ],
)
def test_a_run_that_was_stopped_says_what_is_still_open(passes: int, lanes: list[str], line: str) -> None:
    kept, last = stopped_after(passes, lanes)
    assert kept.messages[-1]["stopped"] == line
    assert line in last
    assert "Ended" not in last


def test_a_clicked_word_is_taken_only_for_the_run_it_is_of(record: StoredRun) -> None:
    assert results.clicked(record, {"run": record.run, "lane": 1, "position": 5, "pass": 2}) == results.Word(5, 2)
    assert results.clicked(record, {"run": record.run, "position": 15}) == results.Word(15, max(len(t) for t in record.traces))
    for wrong in (
        None, "5", {}, {"run": "other", "position": 5}, {"run": record.run, "position": 16}, {"run": record.run, "position": -1},
        {"run": record.run, "position": True}, {"run": record.run, "position": "5"},
    ):  # fmt: skip
        assert results.clicked(record, wrong) is None
    assert results.clicked(StoredRun("going", "somebody"), {"run": "going", "position": 0}) is None


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_drawn_with_and_without_a_clicked_word(view: str, record: StoredRun) -> None:
    alone, asked = results.figure(record, view), results.figure(record, view, results.Word(5, 2))
    assert (alone.to_json() != asked.to_json()) == (view == "confidence")
    assert results.figure(record, "no such view") is None


def test_the_confidence_figure_says_which_place_it_shows(record: StoredRun) -> None:
    figure = results.figure(record, "confidence", results.Word(5, 2))
    assert {t.name.split(":")[0] for t in figure.data if t.showlegend} == {"6"}
    assert "position 6:" in results.reading(record.traces, "confidence", results.Word(5, 2), "So.")
    assert "Click any word" in results.reading(record.traces, "confidence", None, "So.")
    assert "Click" not in results.reading(record.traces, "timeline", None, "So.")


@pytest.mark.parametrize("name", WORLD)
def test_a_card_names_what_its_eye_tells_in_the_models_order(name: str) -> None:
    named = find_card(name).options["concepts"]
    assert {concept: len(values) for concept, values in named.items()} == CONCEPTS
    assert named["noun"] == ["", *NOUNS]
    assert named["tint"][2:] == list(TINTS)
    assert named["size"] == ["", *SIZES]
    assert named["setting"] == list(SETTINGS)


def looked(**seen: np.ndarray) -> StoredRun:
    """A run of world-plain whose eye saw this."""
    from dataclasses import replace

    trace = compare(["denoise@toy"], length=4, tokens_per_pass=4)[0]
    trace = replace(trace, head=replace(trace.head, checkpoint="world-plain"))
    return StoredRun("run", "somebody", Image.new("RGB", (112, 112)), traces=(trace,), concepts=(seen,))


def test_what_the_eye_saw_is_drawn_for_each_concept_that_is_named() -> None:
    noun, size = np.zeros((7, 7, 51)), np.zeros((7, 7, 3))
    noun[..., 0] = size[..., 0] = 1
    noun[2, 3, :] = 0
    noun[2, 3, [1 + NOUNS.index("cat"), 1 + NOUNS.index("dog")]] = 0.6, 0.4
    seen = looked(noun=noun, size=size, unnamed=np.zeros((7, 7, 9)))
    assert list(concept_grid.concepts(seen)) == ["noun", "size"]
    drawn = concept_grid.grid_html(seen, "noun")
    assert drawn.count("<span") == 49
    assert drawn.count('class="on"') == 1
    assert 'style="--p:0.60" title="cat 0.60, dog 0.40"><b>cat</b>' in drawn
    assert "row 3, column 4: cat 0.60, dog 0.40" in drawn
    assert 'class="on"' not in concept_grid.grid_html(seen, "size")


def test_where_no_eye_tells_nothing_is_drawn(record: StoredRun) -> None:
    assert concept_grid.concepts(record) == {}
    assert concept_grid.grid_html(record, "noun") == ""


def test_the_places_are_those_of_the_first_preset() -> None:
    assert choices.places(choices.runnable()) == 40


def test_own_lanes_are_written_as_everywhere_settings_included() -> None:
    picked = ("denoise", "rediff", "rediff", "world-plain", "world-rediff", "world-plain", "", " settle=4, most=3 ", "never shown")
    assert controls.lanes_of(choices.OWN, 2, *picked) == ["denoise@world-plain", "rediff@world-rediff:settle=4,most=3"]


def test_every_setting_of_every_sampler_is_told_by_its_signature() -> None:
    page = controls.settings_html()
    for method in SAMPLERS.values():
        for name in method.settings():
            assert f"<b>{escape(method.title)}</b> <code>{name}</code>" in page


def test_checkpoints_that_cannot_run_here_are_told_with_what_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "gpu_gb", lambda: 0.0)
    assert {"llada-v", "rediff", "llada-8b", "proseco-llada"} == {card.name for card in choices.elsewhere()}
    page = controls.checkpoints_html(choices.runnable())
    assert page.count("Not on this machine.") == 4
    assert "needs a GPU with about 18 GB" in page
    monkeypatch.setattr(choices, "gpu_gb", lambda: 80.0)
    assert choices.elsewhere() == []


def test_what_a_card_says_is_text() -> None:
    page = controls.checkpoints_html([replace(find_card("world-plain"), title="<img src=x>", line="</ul><script>")])
    assert "<img" not in page
    assert "<script" not in page


@pytest.mark.parametrize("command", [["app.py"], ["-m", "rediff_viz", "serve"]])
def test_a_port_in_use_costs_one_sentence(command: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run([sys.executable, *command, "--port", port], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert f"port {port} is in use; choose another one with --port" in ended.stderr
    assert "Traceback" not in ended.stderr


TWO = {"briefly": 40, "in detail": 64}


def test_a_closed_list_of_prompts_is_asked_for_in_place_of_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, rediff, free = (replace(find_card("toy"), name=name, prompts=some) for name, some in (("a", TWO), ("b", TWO), ("c", {})))
    only = replace(plain, name="d", prompts={"in detail": 64})
    assert choices.prompts([plain, rediff, free]) == ["briefly", "in detail"]
    assert choices.prompts([plain, only]) == ["in detail"]
    assert choices.prompts([free]) == []
    monkeypatch.setattr(choices, "runnable", lambda: [plain, rediff, free])
    assert controls.prompt_of(["denoise@a", "denoise@b:settle=2"], "Describe it.", "in detail") == "in detail"
    assert controls.prompt_of(["denoise@a"], "Describe it.", "loudly") == "briefly"
    assert controls.prompt_of(["denoise@c"], "Describe it.", "in detail") == "Describe it."
