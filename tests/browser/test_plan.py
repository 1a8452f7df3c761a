"""The plan of a run: set on the page, described in words, refused in one sentence; what can be pressed when."""

import pytest
from browser.test_live import start
from browser.visits import Opener, Visit


@pytest.fixture
def page(app: str, visit: Opener) -> Visit:
    return visit(app, reduced_motion="reduce")


def fill(seen: Visit, where: str, value: str) -> None:
    """Type a number into a control and leave it."""
    seen.page.fill(f"{where} input[type=number]", value)
    seen.page.keyboard.press("Tab")


def test_fewer_places_make_a_shorter_answer_and_never_more_words_a_pass_than_places(page: Visit) -> None:
    fill(page, "#tokens", "20")
    fill(page, "#length", "16")
    page.page.wait_for_selector('.pg-text:has-text("16 places, 16 filled in a pass: 1 pass of filling.")')
    fill(page, "#tokens", "4")
    page.page.wait_for_selector('.pg-text:has-text("16 places, 4 filled in a pass: 4 passes of filling.")')
    start(page)
    page.wait('[data-state="done"]')
    assert page.page.evaluate("document.querySelector('.rv-mount').rediffScore.run.length") == 16


def test_a_plan_that_cannot_be_is_refused_in_one_sentence_and_run_can_be_pressed_again(page: Visit) -> None:
    before = page.score("run")
    page.page.click("text=More settings")
    fill(page, "#block", "7")
    page.page.wait_for_selector('.pg-text:has-text("Blocks of 7 do not divide an answer of 40 positions.")')
    page.page.click("#run")
    toast = page.page.wait_for_selector(".toast-body")
    assert toast is not None
    assert "Blocks of 7 do not divide an answer of 40 positions." in toast.inner_text()
    page.page.wait_for_selector("#run:not([disabled])")
    assert page.score("run") == before
    fill(page, "#block", "20")
    start(page)
    page.wait('[data-state="done"]')


def test_the_seed_is_asked_for_only_where_words_are_drawn(page: Visit) -> None:
    page.page.click("text=More settings")
    page.page.wait_for_selector("#temperature")
    assert not page.page.locator("#seed").is_visible()
    fill(page, "#temperature", "1")
    page.page.wait_for_selector("#seed input")
    fill(page, "#seed", "5")
    start(page)
    page.wait('[data-state="done"]')
    assert "temperature 1 · seed 5" in page.page.inner_text(".rv-title")


def test_stop_can_be_pressed_only_while_a_run_is_under_way_and_run_only_while_none_is(page: Visit) -> None:
    assert page.page.locator("#stop").is_disabled()
    fill(page, "#tokens", "1")
    start(page)
    page.page.wait_for_selector("#stop:not([disabled])")
    assert page.page.locator("#run").is_disabled()
    page.page.wait_for_selector('#status:has-text("of at most")')
    page.page.click("#stop")
    page.page.wait_for_selector("#stop[disabled]")
    page.page.wait_for_selector("#run:not([disabled])")
    page.page.wait_for_selector('#status:has-text("Stopped after pass")')


def test_the_page_ends_without_a_lone_dot(page: Visit) -> None:
    assert page.page.locator("footer").count() == 0
