"""A run as it happens, its end, and its stop."""

import re
from pathlib import Path

from browser.visits import Opener, Visit


def start(seen: Visit, one_by_one: bool = False) -> None:
    """Press Run, with one word a pass if so wished, and wait until the live run has taken the stage."""
    if one_by_one:
        seen.page.fill("#tokens input[type=number]", "1")
        seen.page.keyboard.press("Tab")
    old = seen.score("run")
    seen.page.click("#run")
    seen.page.wait_for_function("old => !['', old].includes(document.querySelector('.rv-score').dataset.run)", arg=old)


def test_a_live_run_streams_to_its_end_and_every_recording_opens_after_it(app: str, visit: Opener) -> None:
    seen = visit(app)
    start(seen)
    seen.wait('[data-state="streaming"]')
    seen.wait('[data-state="done"]')
    assert all(seen.chips(0))
    assert all(seen.chips(1))
    assert int(seen.score("last")) >= 5
    seen.page.wait_for_selector("#plot .js-plotly-plot")
    for place, name, title in ((0, "first", "A recorded run"), (1, "second", "The other way round")):
        seen.page.click(f"#recorded label >> nth={place}")
        seen.wait(f'[data-run="{name}"]')
        assert seen.page.inner_text(".rv-title h2") == title


def test_a_run_that_comes_in_can_be_held_at_a_pass(app: str, visit: Opener) -> None:
    seen = visit(app)
    start(seen, one_by_one=True)
    seen.wait('[data-state="streaming"]')
    seen.page.wait_for_function("document.querySelector('.rv-score').dataset.pass >= 2")
    assert seen.page.get_attribute(".rv-play", "aria-label") == "Pause"
    seen.page.click(".rv-play")
    held = seen.score("pass")
    assert seen.page.get_attribute(".rv-play", "aria-label") == "Play"
    seen.wait('[data-state="done"]')
    assert (seen.score("pass"), int(seen.score("last")) >= 40) == (held, True)


def test_a_run_that_begins_comes_into_view(app: str, visit: Opener) -> None:
    seen = visit(app, viewport={"width": 390, "height": 844})
    start(seen)
    seen.page.wait_for_function("Math.abs(document.querySelector('.rv-score').getBoundingClientRect().top) < 40")


def test_stop_ends_a_run_within_a_pass_and_says_so(app: str, visit: Opener) -> None:
    seen = visit(app)
    start(seen, one_by_one=True)
    seen.page.wait_for_function("document.querySelector('.rv-score').dataset.last >= 2")
    seen.page.click("#stop")
    seen.wait('[data-state="done"]')
    assert int(seen.score("last")) < 40
    note = seen.page.inner_text(".rv-note")
    assert re.search(r"Stopped after pass \d+: \d+ of 40 places are still open in lane A, \d+ in lane B\.", note)
    assert note.count("places are still open;") == 2
    assert "true" not in note
    assert seen.page.locator(".rv-status .rv-right").count() == 0
    assert re.search(r"Stopped after pass \d+: \d+ of 40 places", seen.page.inner_text("#status"))


def test_missed_messages_are_fetched_again(app: str, visit: Opener) -> None:
    seen = visit(app)
    seen.page.evaluate(
        """() => { const score = document.querySelector('.rv-mount').rediffScore, take = score.message.bind(score); let k = 0;
             score.message = (m) => { k += 1; if (k % 2) take(m); }; }"""
    )
    start(seen)
    seen.page.evaluate("() => { delete document.querySelector('.rv-mount').rediffScore.message; }")
    seen.wait('[data-state="done"]')
    passes = seen.page.evaluate("document.querySelector('.rv-mount').rediffScore.run.lanes.map(l => l.size)")
    assert passes[0] == 5


def test_three_lanes_by_preset(app: str, visit: Opener) -> None:
    seen = visit(app)
    seen.page.click("#preset label >> nth=1")
    start(seen)
    seen.wait('[data-state="done"][data-lanes="3"]')
    assert seen.page.locator(".rv-differences:visible").count() == 2


def test_files_can_be_taken_along(app: str, visit: Opener, tmp_path: Path) -> None:
    seen = visit(app)
    start(seen)
    seen.wait('[data-state="done"]')
    seen.page.wait_for_selector("#plot .js-plotly-plot")
    seen.page.click("text=Take it with you")
    seen.page.click("#make-files")
    seen.page.wait_for_selector("#files a[download]")
    names = seen.page.eval_on_selector_all("#files a[download]", "links => links.map(a => a.getAttribute('download'))")
    assert {"run.zip", "events.csv", "run.html"} <= set(names)
