"""What a visitor meets: a recorded run that plays once and stops to speak."""

import re

from browser.visits import Opener

QUESTION = '[data-tour="wrong"]'


def test_a_recorded_run_plays_and_pauses_at_the_first_wrong_word(app: str, visit: Opener) -> None:
    seen = visit(app)
    seen.wait(QUESTION)
    assert seen.score("state") == "paused"
    assert "just wrote" in seen.page.inner_text(".rv-note")
    assert "just wrote" in seen.page.inner_text(".rv-sr-only")


def test_answering_plays_both_lanes_to_the_end_and_tells_the_verdict(app: str, visit: Opener) -> None:
    seen = visit(app)
    seen.wait(QUESTION)
    seen.page.click(".rv-message button >> nth=1")
    seen.wait('[data-tour="end"]')
    note = seen.page.inner_text(".rv-note")
    assert "You guessed right." in note
    assert re.search("claims? right|grammar fault", note)
    assert seen.score("pass") == seen.score("last")


def test_a_lane_that_waits_for_the_answer_says_so_and_the_question_stays(app: str, visit: Opener) -> None:
    seen = visit(app, reduced_motion="reduce")
    seen.wait(QUESTION)
    seen.page.click('.rv-text[data-lane="1"] .rv-chip[data-pos="4"]')
    assert "not started" in seen.page.inner_text(".rv-story h5")
    assert seen.page.locator(".rv-story .rv-wrong").count() == 0
    seen.page.click("text=Back to the question")
    seen.page.wait_for_selector(".rv-answers button")


def test_another_recording_can_be_chosen(app: str, visit: Opener) -> None:
    seen = visit(app)
    seen.page.click("#recorded label >> nth=1")
    seen.wait('[data-run="second"]')
    assert seen.page.inner_text(".rv-title h2") == "The other way round"


def test_with_reduced_motion_nothing_plays_by_itself(app: str, visit: Opener) -> None:
    seen = visit(app, reduced_motion="reduce")
    seen.wait(QUESTION)
    assert seen.score("state") == "paused"


def test_a_dark_system_gets_a_dark_page(app: str, visit: Opener) -> None:
    seen = visit(app, color_scheme="dark")
    seen.page.wait_for_function("document.body.classList.contains('dark') || document.documentElement.classList.contains('dark')")
    paper = seen.page.eval_on_selector(".rv-score", "node => getComputedStyle(node).backgroundColor")
    assert sum(int(v) for v in paper[4:-1].split(",")) < 150


def test_a_phone_shows_one_lane_at_a_time_and_never_scrolls_sideways(app: str, visit: Opener) -> None:
    seen = visit(app, viewport={"width": 390, "height": 844})
    seen.wait('[data-size="phone"]')
    assert seen.page.locator(".rv-lane:visible").count() == 1
    seen.page.click(".rv-tab >> nth=1")
    seen.page.wait_for_selector('.rv-text[data-lane="1"][data-shown]')
    assert seen.page.locator('.rv-lane[data-lane="1"]').is_visible()
    wide = "[...document.querySelectorAll('body *')].filter(n => n.getBoundingClientRect().right > 391).map(n => n.className)"
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390, seen.page.evaluate(wide)
