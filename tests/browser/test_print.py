"""On paper: the whole run, no controls, light, and afterwards the screen as it was."""

from pathlib import Path

from browser.visits import Opener, Visit


def canvases(seen: Visit) -> list[list[float]]:
    """(width, right edge) of every visible canvas."""
    boxes: list[list[float]] = seen.page.eval_on_selector_all(
        ".rv-score canvas", "all => all.filter(c => c.offsetParent).map(c => c.getBoundingClientRect()).map(r => [r.width, r.right])"
    )
    return boxes


def test_paper_shows_the_whole_run_and_the_screen_comes_back(app: str, visit: Opener) -> None:
    seen = visit(app, reduced_motion="reduce", color_scheme="dark", viewport={"width": 800, "height": 900})
    seen.page.wait_for_selector('[data-tour="wrong"]')
    before = seen.score("pass")
    assert before != seen.score("last")
    seen.page.emulate_media(media="print")
    seen.page.wait_for_selector(".rv-score[data-print]")
    assert seen.score("pass") == seen.score("last")
    assert all(seen.chips(0))
    assert all(seen.chips(1))
    assert seen.page.locator(".rv-lane canvas:visible").count() == 2
    assert seen.page.locator(".rv-score :is(input, .rv-play, .rv-text-button, .rv-message button):visible").count() == 0
    assert seen.page.locator("#run:visible, #picture:visible, #preset:visible").count() == 0
    assert seen.page.locator(".rv-method:visible").count() == 2
    assert max(right for _, right in canvases(seen)) <= 800
    assert seen.page.eval_on_selector(".rv-score", "node => getComputedStyle(node).backgroundColor") == "rgb(255, 255, 255)"
    seen.page.emulate_media(media="screen")
    seen.page.wait_for_selector(".rv-score:not([data-print])")
    seen.page.wait_for_selector(".rv-actions button")
    assert seen.score("pass") == before
    assert seen.page.eval_on_selector(".rv-score", "node => getComputedStyle(node).backgroundColor") != "rgb(255, 255, 255)"


def test_a_phone_prints_all_lanes(visit: Opener, tmp_path: Path) -> None:
    from browser.test_elsewhere import saved

    from rediff_viz.score.html import page

    path = tmp_path / "run.html"
    path.write_text(page(saved()), encoding="utf-8")
    seen = visit(path.as_uri(), viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    assert seen.page.locator(".rv-lane:visible").count() == 1
    assert seen.page.pdf(format="A4").startswith(b"%PDF")
    seen.page.emulate_media(media="print")
    seen.page.wait_for_selector(".rv-score[data-print]")
    assert seen.page.locator(".rv-lane canvas:visible").count() == 2
