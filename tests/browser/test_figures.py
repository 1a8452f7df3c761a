"""Figures after a run: of the clicked word, readable in the dark, and never wider than their box."""

import pytest
from browser.test_live import start
from browser.visits import Opener, Visit

SIDEWAYS = "document.scrollingElement.scrollWidth - innerWidth"
CONTRAST = """() => {
  const light = (css) => { const part = css.match(/[0-9.]+/g).slice(0, 3).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2]; };
  const box = document.querySelector('#plot'), sheet = box.querySelector('.main-svg');
  const clear = (node) => /, 0\\)$|transparent/.test(getComputedStyle(node).backgroundColor);
  const paper = light(getComputedStyle(clear(sheet) ? box : sheet).backgroundColor);
  return [...box.querySelectorAll('.main-svg text, .main-svg tspan')].filter((n) => n.textContent.trim()).map((n) => {
    const ink = light(getComputedStyle(n).fill), [a, b] = [Math.max(ink, paper), Math.min(ink, paper)];
    return [n.textContent, (a + 0.05) / (b + 0.05)]; }); }"""


def finished(seen: Visit) -> None:
    """Run, and wait for the figure."""
    start(seen)
    seen.wait('[data-state="done"]')
    seen.page.wait_for_selector("#plot .main-svg .legendtext")


def choose(seen: Visit, view: str, words: str) -> None:
    """Choose a figure and wait for the words that say how to read it."""
    seen.page.click(f'#figure label:has-text("{view}")')
    seen.page.wait_for_selector(f'#read:has-text("{words}")')


@pytest.fixture
def phone(app: str, visit: Opener) -> Visit:
    return visit(app, viewport={"width": 390, "height": 844}, reduced_motion="reduce")


def test_on_a_phone_the_page_never_scrolls_sideways_and_the_figure_does(phone: Visit) -> None:
    phone.page.wait_for_selector("#scenes img")
    assert phone.page.evaluate(SIDEWAYS) <= 0
    finished(phone)
    for view, words in (("timeline", "A column"), ("progress", "the masks left after each"), ("confidence", "Click any word")):
        choose(phone, view, words)
        phone.page.wait_for_function("document.querySelector('#plot').scrollWidth >= 720")
        assert phone.page.evaluate(SIDEWAYS) <= 0, view
    phone.page.evaluate("document.querySelector('#plot').scrollLeft = 200")
    assert phone.page.evaluate("document.querySelector('#plot').scrollLeft") == 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_in_figures_can_be_read_in_the_light_and_in_the_dark(app: str, visit: Opener, scheme: str) -> None:
    seen = visit(app, color_scheme=scheme, reduced_motion="reduce")
    finished(seen)
    for view, words in (("timeline", "A column"), ("progress", "the masks left after each"), ("confidence", "Click any word")):
        choose(seen, view, words)
        texts = seen.page.evaluate(CONTRAST)
        assert len(texts) > 8
        assert [(text, ratio) for text, ratio in texts if ratio < 4.5] == []


def test_a_clicked_word_is_the_one_in_the_confidence_figure(app: str, visit: Opener) -> None:
    seen = visit(app, reduced_motion="reduce")
    finished(seen)
    choose(seen, "confidence", "Click any word")
    detail = {"run": seen.score("run"), "lane": 1, "position": 7, "pass": 3}
    tell = "detail => document.querySelector('.rv-score').dispatchEvent(new CustomEvent('rv-story', { bubbles: true, detail }))"
    seen.page.evaluate(tell, {**detail, "run": "another", "position": 3})
    seen.page.evaluate(tell, detail)
    seen.page.wait_for_selector('#read:has-text("position 8")')
    seen.page.wait_for_function("[...document.querySelectorAll('#plot .legendtext')].map(n => n.textContent.split(':')[0]).join() === '8'")
    choose(seen, "timeline", "A column")
    choose(seen, "confidence", "position 8")
    finished(seen)
    seen.page.wait_for_selector('#read:has-text("Click any word")')


def test_what_the_eye_saw_can_be_asked_concept_by_concept(app: str, visit: Opener) -> None:
    seen = visit(app, reduced_motion="reduce")
    finished(seen)
    seen.page.click("text=What the eye saw")
    seen.page.wait_for_selector('#eye:has-text("The noun the eye thinks it sees")')
    assert seen.page.locator("#eye .pg-eye span").count() == 49
    seen.page.click('#concept label:has-text("tint")')
    seen.page.wait_for_selector('#eye:has-text("The tint the eye thinks it sees")')
