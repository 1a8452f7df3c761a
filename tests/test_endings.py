"""What the page says of real runs that end in every way a visitor can bring about: the server's sentences and the browser's, together."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from node import node
from PIL import Image

from rediff_viz.backends.toy import SCRIPTS
from rediff_viz.run import record
from rediff_viz.samplers import SAMPLERS
from rediff_viz.score.caution import BLIND, OUTSIDE
from rediff_viz.service import status, stream
from rediff_viz.service.run_store import RunStore, StoredRun
from rediff_viz.truth import judgements
from rediff_viz.world import render, scene_from_seed, to_dict

SCENE, CLEAR, STRANGE, NONE = "a scene, ambiguous", "a scene, unambiguous", "a strange picture", "no picture"
PICTURES: dict[str, tuple[Image.Image | None, dict[str, Any] | None, str]] = {
    SCENE: (render(scene_from_seed(0)), to_dict(scene_from_seed(0)), ""),
    CLEAR: (render(scene_from_seed(1)), to_dict(scene_from_seed(1)), ""),
    STRANGE: (Image.linear_gradient("L").convert("RGB"), None, OUTSIDE),
    NONE: (None, None, BLIND),
}
KINDS = "things?|relations?|counts?|colours?|sizes?|settings?|totals?"
SHARE = rf"\d+ of \d+ claims? right( \((\d+ of \d+ ({KINDS})(, )?)+\))?"
WRONG = rf"({SHARE}(, \d+ grammar faults?)?|\d+ grammar faults?)"
JUDGED = rf"(a true caption|{WRONG}|no wrong word, (\d+ claims? not judged|nothing claimed))"
SO_FAR = rf"(no wrong word(, (\d+ claims? not judged|nothing claimed))?|{WRONG})"
NO_WORD = "no word stands"
PLAIN, MENDED = "denoise@world-plain", "rediff@world-rediff"


def left(passes: int, so_far: str) -> str:
    """The note on a lane that was stopped."""
    return rf"stopped after pass {passes}: \d+ of 40 places are still open; ({so_far}|{NO_WORD})"


# what is looked at, the lane, words a pass, places, stopped after which pass (0: not) -> the note on the lane, the line below Run
CASES: dict[str, tuple[tuple[str, str, float, int, int], str, str]] = {
    "a scene": ((SCENE, PLAIN, 8, 40, 0), f"5 forward passes, {JUDGED}", "Ended after 5 forward passes"),
    "a scene, one word a pass": ((SCENE, PLAIN, 1, 40, 0), f"40 forward passes, {JUDGED}", "Ended after 40"),
    "a clear scene, one word a pass": ((CLEAR, PLAIN, 1, 40, 0), f"40 forward passes, {JUDGED}", "Ended after 40"),
    "a scene, all at once": ((SCENE, PLAIN, 40, 40, 0), f"1 forward pass, {JUDGED}", "Ended after 1 forward pass,"),
    "a scene, few places": ((SCENE, PLAIN, 1, 15, 0), f"15 forward passes, {JUDGED}", "Ended after 15"),
    "a scene, stopped": ((SCENE, PLAIN, 1, 40, 1), left(1, f"what stands so far: {SO_FAR}"), "39 of 40 places are still open."),
    "a scene, stopped late": ((SCENE, PLAIN, 8, 40, 4), left(4, f"what stands so far: {SO_FAR}"), "8 of 40 places are still open."),
    "a scene, mended, stopped": ((SCENE, MENDED, 8, 40, 3), left(3, f"what stands so far: {SO_FAR}"), "16 of 40 places are"),
    "strange": ((STRANGE, PLAIN, 8, 40, 0), "5 forward passes", "Ended after 5"),
    "strange, stopped": ((STRANGE, MENDED, 8, 40, 4), left(4, "what stands so far: not judged"), "8 of 40 places are"),
    "none": ((NONE, PLAIN, 8, 40, 0), "5 forward passes", "There was no picture, so nothing was captioned."),
    "none, stopped": (
        (NONE, PLAIN, 8, 40, 2),
        left(2, "what stands so far: not judged"),
        "24 of 40 places are still open. There was no picture, so nothing was captioned.",
    ),
}


def test_the_page_knows_every_reason_for_which_a_sampler_ends_by_itself() -> None:
    lanes = [f"{name}@{toy}" for name in SAMPLERS for toy in SCRIPTS]
    lanes += ["rediff@toy-flips:settle=1", "rediff@toy-flips:settle=4", "t2t@toy-flips:threshold=0,post_passes=3", "prophet@toy:gap=0"]
    reasons = sorted({record(lane, length=8, steps=steps).head.stopped for lane in lanes for steps in (2, 8)})
    assert len(reasons) > 5
    script = (
        "import { wasStopped } from './assets/score/model/ending.js'; let text = ''; for await (const part of process.stdin) text += part;"
    )
    script += "console.log(JSON.stringify(JSON.parse(text).filter((stopped) => wasStopped({ ended: true, stopped }))))"
    assert json.loads(node("--input-type=module", "-e", script, text=json.dumps(reasons))) == []


@dataclass(frozen=True)
class Said:
    """A run, and what was said of its one lane."""

    stored: StoredRun
    line: str  # below Run
    caution: str  # above the run
    note: str
    beside: str  # beside the text
    tones: set[str]  # of the note and beside the text


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[str, Said]:
    (look, lane, tokens, length, stopped), *_ = CASES[request.param]
    picture, scene, _ = PICTURES[look]
    stored, line = RunStore().begin("somebody", picture), ""
    messages = stream.run(stored, [lane], scene=scene, prompt="", tokens_per_pass=tokens, length=length, seed=0)
    for shown, (_, line) in enumerate(status.with_status(messages)):  # noqa: B007 - the last one is wanted
        stored.stop = 0 < stopped <= shown
    read = json.loads(node("tests/score/read_run.js", text=json.dumps(stored.messages)))
    said = read["lanes"][0]["said"]
    beside, note = said["beside"] or {"text": "", "tone": ""}, said["note"]
    return request.param, Said(stored, line, read["caution"], note["text"], beside["text"], {note["tone"], beside["tone"]})


def test_the_note_and_the_line_below_run_say_how_it_ended(case: tuple[str, Said]) -> None:
    name, said = case
    _, note, line = CASES[name]
    assert re.fullmatch(note, said.note), said.note
    assert line in said.line


def test_what_the_model_cannot_know_is_said(case: tuple[str, Said]) -> None:
    name, said = case
    assert said.caution == PICTURES[CASES[name][0][0]][2]


def test_only_a_whole_judged_text_is_called_true(case: tuple[str, Said]) -> None:
    """Held against the judgement itself, not against what the message says of it."""
    _, said = case
    (trace,) = said.stored.traces
    judged = judgements(trace)
    verdicts = [claim.verdict for claim in judged[-1].claims] if judged else []
    whole = trace.head.stopped == "complete" and not (trace.final == trace.head.mask_id).any()
    true = whole and bool(judged) and not judged[-1].marked and bool(verdicts) and set(verdicts) == {"right"}  # type: ignore[index]
    assert ("a true caption" in said.note, said.beside == "✓ all true", "right" in said.tones) == (true, true, true)
