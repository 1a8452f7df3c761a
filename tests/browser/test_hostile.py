"""Words that mean harm, or cannot be seen, are text like any other: in the page and in the exported file."""

import json
from pathlib import Path

import pytest
from browser.test_elsewhere import saved
from browser.visits import Opener, Visit

from rediff_viz.score.html import page
from rediff_viz.score.messages import Message, payload_of
from rediff_viz.trace.visible import visible_text

BAD = [
    "<img src=x onerror=window.hurt=1>", "</script><script>window.hurt=1</script>", "<!--", "]]>", "javascript:void(0)", "w" * 200,
    "\u202eright to left", "\u2067", "\u0645\u0631\u062d\u0628\u0627", "z\u0351\u0352\u0353", "*starred*",
    "", " ", "   ", "\n", "\r\n\t", "\x00", "\u200b", "\ud800",
]  # fmt: skip


def hostile() -> Message:
    """A run of the toy model in which every word is one of BAD, as the server would tell it."""
    message: Message = json.loads(json.dumps(payload_of(saved())))
    message["vocab"] = [word if i < 2 else visible_text(BAD[(i - 2) % len(BAD)]) for i, word in enumerate(message["vocab"])]
    message["title"] = message["about"] = "</script><img src=x onerror=window.hurt=1>"
    for lane in message["lanes"]:
        lane["title"] = "<i>lane</i>"
        bad, everywhere = "<b onclick=window.hurt=1>There is no such thing.</b>", list(range(message["length"]))
        lane["end"]["claims"] = [[bad, bad, verdict, everywhere, [0], bad] for verdict in ("right", "wrong", "unjudged")]
        lane["end"]["faults"] = [[bad, everywhere, bad]]
        lane["end"]["judged"] = [[[0, 1, 2], [0]]] * len(lane["passes"])
        lane["end"]["things"] = [[bad, [[100, 100, 500, 500]]]]
    message["picture"] = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
    return message


def see_through(seen: Visit, tallest: int = 31) -> None:
    """Walk through the run and every part that shows a word; nothing may run, be empty, or stand outside the Score."""
    score = seen.page.locator(".rv-score")
    for pos in range(12):
        seen.page.click(f'.rv-text[data-lane="1"] .rv-chip[data-pos="{pos}"]')
        seen.wait(f'[data-story="{pos}"]')
        seen.page.wait_for_selector(f'.rv-story[data-pos="{pos}"]')
    seen.page.locator('.rv-lane[data-lane="1"] .rv-overlay').hover(position={"x": 300, "y": 60})
    seen.page.wait_for_selector(".rv-tooltip:not([hidden])")
    seen.page.focus(".rv-thing")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_selector(".rv-box[data-shown]", state="attached")
    seen.page.click("text=Show as a table")
    seen.page.wait_for_selector(".rv-table td")
    assert score.locator("img[src=x], script, b[onclick]").count() == 0
    assert seen.page.evaluate("window.hurt") is None
    assert all(chip.strip() for chip in seen.chips(0) + seen.chips(1))
    outside = seen.page.evaluate(
        """() => { const edge = document.querySelector('.rv-score').getBoundingClientRect().right;
             return [...document.querySelectorAll('.rv-score :is(.rv-chip, .rv-story *, .rv-tooltip, h2, .rv-lane, .rv-legend *)')]
               .filter(n => n.getBoundingClientRect().right > edge + 1).map(n => n.className + n.textContent.slice(0, 30)); }"""
    )
    assert outside == []
    tall = "Math.max(...[...document.querySelectorAll('.rv-chip:not([hidden])')].map(n => n.getBoundingClientRect().height))"
    assert seen.page.evaluate(tall) <= tallest


@pytest.mark.parametrize("width", [1280, 390])
def test_hostile_words_are_text_in_the_exported_file(visit: Opener, tmp_path: Path, width: int) -> None:
    path = tmp_path / "run.html"
    path.write_text(page(hostile()), encoding="utf-8")
    seen = visit(path.as_uri(), viewport={"width": width, "height": 900}, reduced_motion="reduce")
    if width < 620:
        seen.page.click(".rv-tab >> nth=1")
        seen.page.wait_for_selector('.rv-text[data-lane="1"][data-shown]')
    see_through(seen, 31 if width >= 620 else 40)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_hostile_words_are_text_in_the_page(app: str, visit: Opener) -> None:
    seen = visit(app, reduced_motion="reduce")
    seen.page.wait_for_selector('[data-tour="wrong"]')
    message = json.dumps({**hostile(), "kind": "run", "run": "hostile", "seq": 0})
    seen.page.evaluate("message => document.querySelector('.rv-mount').rediffScore.message(message)", message)
    seen.wait('[data-run="hostile"]')
    see_through(seen)


def test_a_file_with_bare_hostile_words_is_safe_too(visit: Opener, tmp_path: Path) -> None:
    message = hostile()
    message["vocab"] = [word if i < 2 else BAD[(i - 2) % len(BAD)].replace("\ud800", "") for i, word in enumerate(message["vocab"])]
    path = tmp_path / "run.html"
    path.write_text(page(message), encoding="utf-8")
    see_through(visit(path.as_uri(), reduced_motion="reduce"))
