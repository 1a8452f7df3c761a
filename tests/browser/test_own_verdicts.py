"""A visitor judges words: their verdicts stay in the browser, are marked and counted, and are taken along."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from browser.test_live import start
from browser.visits import Opener, Visit
from written import TRUE, trace_of

from rediff_viz.score.html import page
from rediff_viz.score.messages import payload
from rediff_viz.verdicts import load_verdicts

CHIP = '.rv-text[data-lane="{}"] .rv-chip[data-pos="{}"]'
HURTING = '=HYPERLINK("x")<img src=x onerror=window.hurt=1>'
FORBIDDEN = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"


@pytest.fixture
def address(tmp_path: Path) -> str:
    """A stand-alone page of one lane, of whose picture the truth is not known."""
    path = tmp_path / "run.html"
    path.write_text(page(payload([trace_of([TRUE], None)], "run")), encoding="utf-8")
    return path.as_uri()


def judge(seen: Visit, position: int, verdict: str, note: str = "", lane: int = 0) -> None:
    seen.page.click(CHIP.format(lane, position))
    seen.page.click(f'.rv-yours[data-yours="{verdict}"]')
    seen.page.wait_for_selector(f'.rv-yours[data-yours="{verdict}"][aria-pressed="true"]')
    if note:
        seen.page.fill(".rv-note-field", note)
        seen.page.keyboard.press("Tab")


@pytest.mark.parametrize("width", [1280, 390])
def test_verdicts_are_marked_counted_saved_and_removed(visit: Opener, address: str, tmp_path: Path, width: int) -> None:
    seen = visit(address, reduced_motion="reduce", viewport={"width": width, "height": 844})
    judge(seen, 1, "wrong", HURTING)
    judge(seen, 2, "unsure")
    seen.page.keyboard.press("n")  # on a button: the keys of the Score go on
    seen.page.fill(".rv-note-field", "nde")  # in a field they do not
    seen.page.press(".rv-note-field", "n")
    assert seen.page.input_value(".rv-note-field").count("n") == 2
    told = "marks => marks.map(m => [m.parentElement.textContent, m.dataset.yours])"
    marks = seen.page.eval_on_selector_all(".rv-chip i[data-yours]", told)
    assert marks == [["blue", "wrong"], ["camels", "unsure"]]
    assert "1 wrong, 1 unsure" in seen.page.inner_text(".rv-marked")
    seen.page.click('.rv-filter:text-is("wrong")')
    seen.page.wait_for_selector('.rv-matches:has-text("is wrong (your verdicts).")')
    with seen.page.expect_download() as waiting:
        seen.page.click("text=Save as verdicts.csv")
    waiting.value.save_as(tmp_path / "verdicts.csv")
    saved = load_verdicts(tmp_path / "verdicts.csv")
    assert [(one.position, one.word, one.verdict) for one in saved] == [(1, "blue", "wrong"), (2, "camels", "unsure")]
    assert saved[0].note == HURTING
    assert "\"'=HYPERLINK" in (tmp_path / "verdicts.csv").read_text()
    assert seen.page.evaluate("window.hurt") is None
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    seen.page.click("text=Remove them")
    seen.page.click("text=Remove 2 verdicts for good")
    seen.page.wait_for_selector(".rv-chip i[data-yours]", state="detached")
    seen.page.wait_for_selector(".rv-marked", state="hidden")


@pytest.mark.parametrize("script", [FORBIDDEN, FULL])
def test_a_browser_that_keeps_nothing_says_so_once_and_verdicts_work(visit: Opener, address: str, script: str) -> None:
    seen = visit(address, reduced_motion="reduce")
    seen.page.add_init_script(script)
    seen.page.reload()
    seen.wait('[data-run="run"]')
    judge(seen, 1, "wrong", "no")
    assert "1 wrong" in seen.page.inner_text(".rv-marked")
    assert "keeps nothing for this page" in seen.page.inner_text(".rv-marked")


def test_verdicts_are_there_at_the_next_visit(resting: Visit) -> None:
    judge(resting, 3, "wrong", "not there", lane=1)
    resting.page.reload()
    resting.page.wait_for_selector('[data-tour="wrong"]')
    resting.page.focus(".rv-range")
    resting.page.keyboard.press("End")
    resting.page.wait_for_selector(f'{CHIP.format(1, 3)} i[data-yours="wrong"]')
    assert "Only this browser has them" in resting.page.inner_text(".rv-marked")


def test_verdicts_go_into_the_files_of_a_run(app: str, visit: Opener, tmp_path: Path) -> None:
    seen = visit(app, reduced_motion="reduce")
    start(seen)
    seen.wait('[data-state="done"]')
    seen.page.wait_for_selector("#plot .js-plotly-plot")
    word = seen.chips(1)[3]
    judge(seen, 3, "wrong", "not there", lane=1)
    seen.page.click("text=Take it with you")
    seen.page.click("#make-files")
    with seen.page.expect_download() as waiting:
        seen.page.click('#files a[download="events.csv"]')
    waiting.value.save_as(tmp_path / "events.csv")
    rows = [row for row in csv.DictReader((tmp_path / "events.csv").open(encoding="utf-8")) if row["your_verdict"]]
    assert [(row["position"], row["new_text"], row["your_verdict"], row["note"]) for row in rows] == [("4", word, "wrong", "not there")]
