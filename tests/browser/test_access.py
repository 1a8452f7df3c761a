"""The Score by keyboard and by ear: one stop a lane, focus that shows, a slider that keeps its keys, one voice."""

import re

import pytest
from browser.visits import Visit

REACHED = """() => { const node = document.activeElement, shown = node.matches('.rv-choice input') ? node.nextElementSibling : node;
    return node.closest('.rv-score') && { is: node.className || node.type || node.tagName,
        outline: getComputedStyle(shown).outlineStyle }; }"""


def test_the_tab_key_reaches_every_control_and_the_focus_shows(resting: Visit) -> None:
    resting.page.focus('.rv-text[data-lane="0"] .rv-chip[tabindex="0"]')
    reached: list[dict[str, str]] = []
    while (focused := resting.page.evaluate(REACHED)) and len(reached) < 40:
        reached.append(focused)
        resting.page.keyboard.press("Tab")
    names = [focused["is"] for focused in reached]
    assert names.count("rv-chip") == 2  # a stop a lane, not one a word
    assert {"rv-play", "rv-range", "radio", "rv-text-button"} <= set(names)
    assert all(focused["outline"] not in ("none", "") for focused in reached), reached


def test_upright_arrows_go_from_word_to_word(resting: Visit) -> None:
    resting.page.focus('.rv-text[data-lane="0"] .rv-chip[data-pos="0"]')
    resting.page.keyboard.press("ArrowDown")
    resting.page.keyboard.press("ArrowDown")
    assert resting.page.evaluate("document.activeElement.dataset.pos") == "2"
    resting.page.keyboard.press("ArrowUp")
    assert resting.page.evaluate("document.activeElement.dataset.pos") == "1"
    assert resting.score("pass") == resting.score("last")


@pytest.mark.parametrize("key, by", [("ArrowLeft", -1), ("ArrowDown", -1), ("ArrowRight", 1), ("ArrowUp", 1)])
def test_the_slider_moves_one_pass_a_key(resting: Visit, key: str, by: int) -> None:
    resting.page.keyboard.press("Home")
    resting.wait('[data-pass="0"]')
    resting.page.keyboard.press("ArrowRight")
    resting.page.keyboard.press("ArrowRight")
    resting.wait('[data-pass="2"]')
    resting.page.keyboard.press(key)
    resting.wait(f'[data-pass="{2 + by}"]')
    assert resting.page.input_value(".rv-range") == str(2 + by)


def test_one_voice_says_what_the_pass_did(resting: Visit) -> None:
    assert resting.page.locator(".rv-score :is([aria-live], [role=status], output)").count() == 1
    resting.page.keyboard.press("Home")
    resting.page.keyboard.press("ArrowRight")
    resting.page.wait_for_function("document.querySelector('.rv-sr-only').textContent.startsWith('pass 1 of')")
    announced = resting.page.text_content(".rv-sr-only")
    assert announced is not None
    events = resting.page.evaluate("document.querySelector('.rv-mount').rediffScore.run.lanes.map(lane => lane.eventsIn[1].length)")
    assert len(re.findall(r"[AB] commits ", announced)) == sum(n > 0 for n in events) == 2
    assert len(announced) < 240


# a lane's words in the table and in the chips, at one moment
WORDS_TWICE = """lane => [
    [...document.querySelectorAll(`.rv-table td[data-lane="${lane}"]`)].map(cell => cell.dataset.word),
    [...document.querySelectorAll(`.rv-text[data-lane="${lane}"] .rv-chip:not([hidden])`)].map(chip => chip.textContent)]"""


def test_the_table_follows_the_cursor(resting: Visit) -> None:
    resting.page.click("text=Show as a table")
    resting.page.focus(".rv-range")
    for _ in range(2):
        came = int(resting.score("pass")) - 1
        resting.page.keyboard.press("ArrowLeft")
        resting.page.wait_for_function("came => Number(document.querySelector('.rv-score').dataset.pass) === came", arg=came)
        resting.page.wait_for_function(
            "() => document.querySelector('.rv-table caption').textContent.endsWith(document.querySelector('.rv-time').textContent)"
        )
        for lane in (0, 1):
            table, chips = resting.page.evaluate(WORDS_TWICE, lane)
            assert table[: len(chips)] == chips


def test_closing_a_story_gives_the_focus_back_to_its_word(resting: Visit) -> None:
    resting.page.focus('.rv-text[data-lane="1"] .rv-chip[data-pos="2"]')
    resting.page.keyboard.press("Enter")
    resting.page.focus(".rv-close")
    resting.page.keyboard.press("Enter")
    resting.page.wait_for_selector(".rv-story", state="detached")
    assert resting.page.evaluate("[document.activeElement.className, document.activeElement.dataset.pos]") == ["rv-chip", "2"]


def test_every_target_is_large_enough(resting: Visit) -> None:
    small = resting.page.evaluate(
        """() => [...document.querySelectorAll('.rv-score :is(button, label, summary, input[type=range])')].filter(n => n.offsetParent)
           .map(n => [n.className || n.textContent, n.getBoundingClientRect()])
           .filter(([, r]) => r.width < 24 || r.height < 24).map(([t]) => t)"""
    )
    assert small == []
