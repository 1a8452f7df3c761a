"""What a word changed, as arcs and in words; and words picked out over the lanes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser.visits import Opener, Visit
from written import TRUE, trace_of

from rediff_viz.score.html import page
from rediff_viz.score.messages import payload

FROG = "three blue camels sit above a cactus . they are under the frog ."
CONTROL = "The run repeats itself."
ARC_PIXELS = """() => {
  const canvas = document.querySelector('.rv-lane[data-lane="0"] .rv-overlay');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let k = 0; k < data.length; k += 4) count += data[k] === 0x6a && data[k + 1] === 0x3d && data[k + 2] === 0x9a;
  return count; }"""


def analysis(measured: bool) -> dict[str, Any]:
    """The word at 0 changed the one at 1, and hardly the one at 2."""
    effects = [[0, 0, 1, 1, 2.0, 1, 1], [0, 0, 2, 1, 0.01, 0, 0]]
    cascade = {"control": CONTROL, "measured": measured, "floor": 0.05, "left_out": 0, "effects": effects}
    return {"cascade": cascade, "grounding": {"without": "blank", "at_commit": [None] * 40, "at_end": [3.0] * 11 + [0.01] + [None] * 28}}


def opened(visit: Opener, folder: Path, measured: bool = True, **context: Any) -> Visit:
    """A stand-alone page of two lanes, of which the first has an analysis; at rest at its end."""
    message = payload([trace_of([TRUE, FROG]), trace_of([FROG, TRUE])], "run", picture=None)
    message["lanes"][0]["analysis"] = analysis(measured)
    (folder / "run.html").write_text(page(message), encoding="utf-8")
    return visit((folder / "run.html").as_uri(), reduced_motion="reduce", **context)


def pressed(seen: Visit) -> list[str]:
    names: list[str] = seen.page.eval_on_selector_all('.rv-filter[aria-pressed="true"]', "chips => chips.map(c => c.textContent)")
    return names


def test_arcs_lead_from_a_selected_word_to_what_it_changed_and_else_nothing_is_drawn(visit: Opener, tmp_path: Path) -> None:
    seen = opened(visit, tmp_path)
    assert seen.page.evaluate(ARC_PIXELS) == 0
    seen.page.click('.rv-text[data-lane="0"] .rv-chip[data-pos="1"]')  # blue: it changed nothing, but is an effect
    seen.page.wait_for_selector('.rv-story:has-text("What led to it")')
    seen.page.keyboard.press("Home")
    seen.page.keyboard.press("End")
    seen.page.wait_for_function(f"({ARC_PIXELS})() > 20")
    seen.page.keyboard.press("Escape")
    seen.page.wait_for_function(f"({ARC_PIXELS})() === 0")
    seen.page.click('.rv-text[data-lane="1"] .rv-chip[data-pos="1"]')  # the lane without an analysis
    seen.page.wait_for_selector(".rv-story")
    assert "What led to it" not in seen.page.inner_text(".rv-story")
    assert seen.page.evaluate(ARC_PIXELS) == 0


SAID = [(True, "It changed 1 later word."), (False, "none of these differences is called an effect")]


@pytest.mark.parametrize(("measured", "said"), SAID)
def test_the_story_says_the_same_in_words_and_calls_nothing_an_effect_without_its_control(
    visit: Opener, tmp_path: Path, measured: bool, said: str
) -> None:
    seen = opened(visit, tmp_path, measured)
    seen.page.keyboard.press("Tab")
    seen.page.evaluate("document.querySelector('#score').rediffScore.select(0, 0, 1)")
    story = seen.page.wait_for_selector(f'.rv-story:has-text("{CONTROL}")')
    assert story is not None
    assert said in story.inner_text()
    assert ("What it changed" in story.inner_text()) is measured
    assert said in seen.page.inner_text('.rv-lane[data-lane="0"] h4')


@pytest.mark.parametrize("width", [1280, 390])
def test_words_are_picked_out_and_stepped_through_by_key_and_by_touch(visit: Opener, tmp_path: Path, width: int) -> None:
    seen = opened(visit, tmp_path, has_touch=True, viewport={"width": width, "height": 844})
    touch = seen.page.tap if width < 620 else seen.page.click

    def press(name: str) -> None:
        touch(f'.rv-filter:text-is("{name}")')

    press("wrong")
    seen.page.wait_for_selector('.rv-matches:has-text("words are wrong.")')
    dimmed = seen.page.eval_on_selector_all(
        '.rv-text[data-lane="0"] .rv-chip:not([hidden])', "chips => chips.map(c => [Boolean(c.dataset.wrong), Boolean(c.dataset.dimmed)])"
    )
    assert {(True, False), (False, True)} == {tuple(pair) for pair in dimmed}
    press("low grounding")
    seen.page.wait_for_selector('.rv-matches:has-text("hardly more likely with the picture")')
    press("low grounding")
    seen.page.focus(".rv-range")
    seen.page.keyboard.press("n")
    seen.wait('[data-pass="1"][data-story]')
    first = seen.page.inner_text(".rv-sr-only")
    assert first.startswith("Match 1 of ")
    seen.page.keyboard.press("Shift+N")
    seen.wait('[data-pass="2"][data-story]')
    assert seen.page.inner_text(".rv-sr-only") != first
    touch('.rv-step[aria-label="Next match"]')
    seen.wait('[data-pass="1"]')
    assert seen.page.inner_text(".rv-sr-only") == first
    seen.page.click("text=Show all words")
    seen.page.wait_for_selector(".rv-chip[data-dimmed]", state="detached")
    assert pressed(seen) == []
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_chip_without_data_says_why_and_stays_free(visit: Opener, tmp_path: Path) -> None:
    (tmp_path / "run.html").write_text(page(payload([trace_of([TRUE], None)], "run")), encoding="utf-8")
    seen = visit((tmp_path / "run.html").as_uri(), reduced_motion="reduce")
    for name, why in {"wrong": "truth of this picture is not known", "low grounding": "was not computed for this run"}.items():
        seen.page.click(f'.rv-filter[aria-disabled="true"]:text-is("{name}")', force=True)  # it takes clicks, to answer them
        seen.page.wait_for_selector(f'.rv-matches:has-text("{why}")')
    assert pressed(seen) == []
    seen.page.focus(".rv-range")
    seen.page.keyboard.press("n")
    seen.page.wait_for_selector('.rv-sr-only:text-is("Choose what to step through first, over the lanes.")', state="attached")
