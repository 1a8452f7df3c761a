"""The Score under the hand: scrubbing, keys, stories, the table."""

import re
from pathlib import Path

from browser.visits import Opener, Visit
from written import SCENE, TRUE, trace_of

from rediff_viz.saved_run import SavedRun
from rediff_viz.score.html import page
from rediff_viz.world import render


def test_scrubbing_back_to_the_start_opens_every_place(resting: Visit) -> None:
    resting.page.eval_on_selector(".rv-range", "range => { range.value = 0; range.dispatchEvent(new Event('input', { bubbles: true })); }")
    resting.wait('[data-pass="0"]')
    assert set(resting.chips(0)) == {""}


def test_arrows_go_by_pass_and_shift_arrows_by_event(resting: Visit) -> None:
    last = int(resting.score("last"))
    resting.page.keyboard.press("ArrowLeft")
    resting.wait(f'[data-pass="{last - 1}"]')
    resting.page.keyboard.press("Home")
    resting.wait('[data-pass="0"]')
    resting.page.keyboard.press("Shift+ArrowRight")
    resting.wait('[data-pass="1"]')


def test_e_goes_to_the_next_revision_and_d_to_the_next_difference(resting: Visit) -> None:
    resting.page.keyboard.press("Home")
    resting.wait('[data-pass="0"]')
    resting.page.keyboard.press("e")
    resting.page.wait_for_selector('.rv-text[data-lane="1"] .rv-chip[data-event="revise"]')
    resting.page.keyboard.press("Home")
    resting.wait('[data-pass="0"]')
    resting.page.keyboard.press("d")
    resting.page.wait_for_function("document.querySelector('.rv-score').dataset.pass > 0")
    assert resting.chips(0) != resting.chips(1)


def test_space_plays_and_pauses(resting: Visit) -> None:
    resting.page.keyboard.press("Home")
    resting.page.keyboard.press("Space")
    resting.wait('[data-state="playing"]')
    resting.page.keyboard.press("Space")
    resting.wait('[data-state="paused"]')


def test_a_click_on_a_word_opens_its_story_and_escape_closes_it(resting: Visit) -> None:
    word = resting.chips(1)[3]
    resting.page.click('.rv-text[data-lane="1"] .rv-chip[data-pos="3"]')
    resting.wait('[data-story="3"]')
    story = resting.page.inner_text(".rv-story")
    assert word in story
    assert re.search("(Committed|Revised) in pass", story)
    assert "could read" in story
    assert not re.search(r"<\d+>", story)  # the true caption's words have texts, written by the lane or not
    resting.page.keyboard.press("Escape")
    resting.page.wait_for_selector(".rv-story", state="detached")


def test_an_opened_story_is_announced_to_the_page(resting: Visit) -> None:
    resting.page.evaluate(
        "() => { window.stories = []; document.addEventListener('rv-story', (event) => window.stories.push(event.detail)); }"
    )
    resting.page.click('.rv-text[data-lane="1"] .rv-chip[data-pos="3"]')
    resting.page.focus('.rv-text[data-lane="0"] .rv-chip[data-pos="4"]')
    resting.page.keyboard.press("Enter")
    resting.wait('[data-story="4"]')
    resting.page.keyboard.press("Escape")
    resting.wait(":not([data-story])")
    sizes = resting.page.evaluate("document.querySelector('.rv-mount').rediffScore.run.lanes.map(lane => lane.size)")
    assert resting.page.evaluate("window.stories") == [
        {"run": "first", "lane": 1, "position": 3, "pass": sizes[1]},
        {"run": "first", "lane": 0, "position": 4, "pass": sizes[0]},
    ]


def test_a_click_on_the_roll_opens_the_story_and_where_another_word_stood_goes_to_its_pass(resting: Visit) -> None:
    resting.page.locator('.rv-lane[data-lane="0"] .rv-overlay').click(position={"x": 400, "y": 60})
    resting.page.wait_for_selector(".rv-story")
    place = resting.page.evaluate(
        """() => { const score = document.querySelector('.rv-mount').rediffScore, lane = score.run.lanes[1], g = score.geometry;
             const gone = lane.spans.find((t) => t.to !== null && t.from > 0);
             const x = g.x[gone.pos] + 4, y = g.top + (gone.from - 0.5) * g.row;
             return { x, y, pos: gone.pos, from: gone.from, word: score.run.word(gone.id) }; }"""
    )
    resting.page.locator('.rv-lane[data-lane="1"] .rv-overlay').click(position={"x": place["x"], "y": place["y"]})
    resting.wait(f'[data-pass="{place["from"]}"][data-story="{place["pos"]}"]')
    assert place["word"] in resting.page.inner_text(".rv-story h5")


def test_the_table_says_what_the_chips_say(resting: Visit) -> None:
    resting.page.click("text=Show as a table")
    words = resting.page.eval_on_selector_all('.rv-table td[data-lane="0"]', "cells => cells.map(c => c.dataset.word)")
    chips = [word for word in resting.chips(0) if word]
    assert [word for word in words if word not in ("", "end")] == chips


OUTLINED = """([boxes, chips]) => {
    const on = (selector, test) => [...document.querySelectorAll(selector)].filter(test);
    const about = lane => on(`.rv-text[data-lane="${lane}"] .rv-chip`, n => n.dataset.about).map(n => Number(n.dataset.pos));
    return JSON.stringify([...document.querySelectorAll('.rv-box')].map(n => Boolean(n.dataset.shown))) === JSON.stringify(boxes)
        && JSON.stringify([about(0), about(1)]) === JSON.stringify(chips); }"""


def test_words_and_things_in_the_picture_point_at_each_other_by_mouse_key_and_finger(visit: Opener, tmp_path: Path) -> None:
    """The scene has two camels and a cactus: three boxes."""
    lanes = trace_of(["a cactus is above three blue camels . there is a frog ."]), trace_of([TRUE])
    (tmp_path / "run.html").write_text(page(SavedRun("run", lanes, render(SCENE))), encoding="utf-8")
    seen = visit((tmp_path / "run.html").as_uri(), reduced_motion="reduce", has_touch=True)

    def outlined(boxes: list[bool], *chips: list[int]) -> None:
        seen.page.wait_for_function(OUTLINED, arg=[boxes, chips or ([], [])])

    seen.page.hover('.rv-text[data-lane="0"] .rv-chip[data-pos="4"]')  # three
    outlined([True, True, False])
    seen.page.hover('.rv-text[data-lane="0"] .rv-chip[data-pos="3"]')  # above
    outlined([True, True, True])
    seen.page.hover('.rv-text[data-lane="0"] .rv-chip[data-pos="11"]')  # frog
    outlined([False, False, False])
    seen.page.focus('.rv-text[data-lane="1"] .rv-chip[data-pos="5"]')
    seen.page.keyboard.press("ArrowDown")  # cactus
    outlined([False, False, True])
    seen.page.hover(".rv-thing >> nth=1")
    outlined([False, False, True], [0, 1, 3], [4, 5, 6])
    seen.page.set_viewport_size({"width": 390, "height": 844})
    seen.page.tap(".rv-thing >> nth=0")
    outlined([True, True, False], [3, 4, 5, 6], [0, 1, 2, 4])
    assert "Lane A says cactus above camels (wrong), three camels (wrong)" in seen.page.inner_text(".rv-sr-only")
    seen.page.tap('.rv-text[data-lane="0"] .rv-chip[data-pos="11"]')
    outlined([False, False, False])
    assert "Wrong thing “frog”: there is no frog in this picture." in seen.page.inner_text(".rv-story")
