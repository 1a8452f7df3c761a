"""What a visitor meets: a recorded run that plays once and stops to speak."""

import re
from collections.abc import Mapping

from browser.visits import SCORE, Opener, Visit

QUESTION = '[data-tour="wrong"]'
STAGE = {"picture": ".rv-frame", "play": ".rv-play", "slider": ".rv-range"} | {
    f"text of lane {lane}": f'.rv-text[data-lane="{lane}"] .rv-chips' for lane in (0, 1)
}


Box = tuple[float, float, float, float]  # left, top, right, bottom


def boxes(seen: Visit, parts: Mapping[str, str]) -> dict[str, Box]:
    """Where parts of the page lie."""
    corners = "node => { const b = node.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }"
    return {name: tuple(seen.page.eval_on_selector(part, corners)) for name, part in parts.items()}


def beyond(seen: Visit, width: int, height: int) -> dict[str, Box]:
    """What does not lie on the first screen, and should."""
    found = boxes(seen, STAGE | {"question": ".rv-question", "answers": ".rv-actions"})
    return {name: box for name, box in found.items() if min(box) < 0 or box[2] > width or box[3] > height}


def test_the_first_screen_holds_all_and_the_tour_ends_by_itself(app: str, visit: Opener) -> None:
    seen = visit(app, viewport={"width": 1366, "height": 768})
    seen.page.clock.install()
    seen.wait(QUESTION)
    assert seen.score("state") == "paused"
    assert all("just wrote" in seen.page.inner_text(part) for part in (".rv-note", ".rv-sr-only"))
    assert beyond(seen, 1366, 768) == {}
    seen.page.set_viewport_size({"width": 390, "height": 844})
    seen.wait('[data-size="phone"]')
    assert beyond(seen, 390, 844) == {}
    stage = boxes(seen, STAGE)
    for place, words in (("mending", "could read"), ("end", "against")):
        for _ in range(200):  # times three seconds, of which none is waited for
            if seen.page.get_attribute(SCORE, "data-tour") == place:
                break
            seen.page.clock.run_for(3000)
        assert words in seen.page.inner_text(".rv-note")
        assert boxes(seen, STAGE) == stage  # nothing has moved
    assert seen.score("pass") == seen.score("last")


def test_a_guess_is_answered_and_a_phone_draws_one_lane_and_never_scrolls_sideways(app: str, visit: Opener) -> None:
    seen = visit(app, viewport={"width": 390, "height": 844})
    seen.wait(QUESTION)
    assert seen.page.locator(".rv-lane:visible").count() == 1
    seen.page.click(".rv-actions button >> nth=1")
    seen.wait('[data-tour="mending"]')
    seen.page.click("text=To the end")
    seen.wait('[data-tour="end"]')
    note = seen.page.inner_text(".rv-note")
    assert "You guessed right." in note
    assert re.search("claims? right|grammar fault", note)
    assert seen.score("pass") == seen.score("last")
    seen.page.click(".rv-tab >> nth=1")
    seen.page.wait_for_selector('.rv-text[data-lane="1"][data-shown]')
    assert seen.page.locator('.rv-lane[data-lane="1"]').is_visible()
    wide = "[...document.querySelectorAll('body *')].filter(n => n.getBoundingClientRect().right > 391).map(n => n.className)"
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390, seen.page.evaluate(wide)


def test_a_lane_that_waits_for_the_answer_says_so_and_the_question_stays(app: str, visit: Opener) -> None:
    seen = visit(app, reduced_motion="reduce")
    seen.wait(QUESTION)
    assert seen.score("state") == "paused"
    seen.page.click('.rv-text[data-lane="1"] .rv-chip[data-pos="4"]')
    assert "not started" in seen.page.inner_text(".rv-story h5")
    assert seen.page.locator(".rv-story .rv-wrong").count() == 0
    seen.page.click("text=Back to the question")
    seen.page.wait_for_selector(".rv-actions button")


def test_a_dark_system_gets_a_dark_page(app: str, visit: Opener) -> None:
    seen = visit(app, color_scheme="dark")
    seen.page.wait_for_function("document.body.classList.contains('dark') || document.documentElement.classList.contains('dark')")
    paper = seen.page.eval_on_selector(".rv-score", "node => getComputedStyle(node).backgroundColor")
    assert sum(int(v) for v in paper[4:-1].split(",")) < 150
