"""Why did it go wrong: the panel of a recorded run, opened, its cascade asked for, and read on a phone and in the dark."""

from __future__ import annotations

import pytest
from browser.test_figures import CONTRAST, SIDEWAYS
from browser.visits import Opener, Visit

ANALYSED = "document.querySelector('.rv-mount').rediffScore.run.lanes.map((lane) => Boolean(lane.analysis && lane.analysis.cascade))"


def opened(seen: Visit) -> None:
    """Open the panel and wait for its numbers."""
    seen.page.click('button:has-text("Why did it go wrong?")')
    seen.page.wait_for_selector("#numbers table")


def choose(seen: Visit, study: str, words: str) -> None:
    """Choose a figure and wait for the words that say how to read it."""
    seen.page.click(f'#study label:has-text("{study}")')
    seen.page.wait_for_selector(f'#study-read:has-text("{words}")')


def test_a_visitor_sees_the_numbers_and_asks_what_caused_what(resting: Visit) -> None:
    seen, page = resting, resting.page
    assert page.locator("#numbers table").count() == 0  # nothing is computed before it is asked for
    opened(seen)
    assert page.locator("#numbers thead th").count() == 2
    if page.locator("#causes:visible").count():  # nobody has asked this server before
        assert "about" in page.inner_text("#causes-line")
        page.click("#causes")
    page.wait_for_selector('#numbers:has-text("Longest chain")')
    page.wait_for_selector("#study-plot .main-svg")
    page.wait_for_selector("#causes", state="hidden")
    assert "Run again without a change, the run repeats itself" in page.inner_text("#numbers")
    page.click('#recorded label:has-text("The other way round")')
    page.wait_for_selector("#causes", state="visible")
    page.wait_for_selector('#numbers:not(:has-text("Longest chain"))')
    page.click('#recorded label:has-text("A recorded run")')
    page.wait_for_selector('#numbers:has-text("Longest chain")')
    page.wait_for_function(f"{ANALYSED}.join() === 'true,true'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_its_figures_can_be_read_and_the_page_never_scrolls_sideways(app: str, visit: Opener, scheme: str) -> None:
    seen = visit(app, viewport={"width": 390, "height": 844}, reduced_motion="reduce", color_scheme=scheme)
    opened(seen)
    for study, words in (("order", "A dot is a position"), ("wrong claims", "The text after each")):
        choose(seen, study, words)
        seen.page.wait_for_function("document.querySelector('#study-plot').scrollWidth >= 720")
        assert seen.page.evaluate(SIDEWAYS) <= 0, study
        texts = seen.page.evaluate(CONTRAST.replace("#plot", "#study-plot"))
        assert len(texts) > 8
        assert [(text, ratio) for text, ratio in texts if ratio < 4.5] == []
