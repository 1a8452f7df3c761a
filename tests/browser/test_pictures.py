"""Pictures that cannot be used: one plain sentence, and nothing is lost."""

from pathlib import Path

import pytest
from browser.bad_pictures import BAD
from browser.visits import Opener, Visit

from rediff_viz.score.caution import BLIND, OUTSIDE
from rediff_viz.service.scenes import READY


def run_to_its_end(seen: Visit) -> None:
    """Press Run, and wait until that run has been shown."""
    old = seen.score("run")
    seen.page.click("#run")
    seen.page.wait_for_function("old => document.querySelector('.rv-score').dataset.run !== old", arg=old)
    seen.wait('[data-state="done"]')


@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_gets_a_sentence_and_loses_nothing(app: str, visit: Opener, tmp_path: Path, name: str) -> None:
    make, sentence = BAD[name]
    path = tmp_path / name
    path.write_bytes(make())
    seen = visit(app, reduced_motion="reduce")
    before = seen.score("run")
    seen.page.click("#picture button[aria-label='Remove Image']")
    seen.page.set_input_files("#picture input[type=file]", str(path))
    toast = seen.page.wait_for_selector(f".toast-body:has-text('{sentence}')")
    assert toast is not None
    assert "Traceback" not in toast.inner_text()
    assert seen.score("run") == before
    assert any(seen.chips(0))


def test_a_picture_from_elsewhere_runs_and_is_not_judged(app: str, visit: Opener, tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "grey.png"
    Image.linear_gradient("L").save(path)
    seen = visit(app, reduced_motion="reduce")
    seen.page.click("#picture button[aria-label='Remove Image']")
    seen.page.set_input_files("#picture input[type=file]", str(path))
    seen.page.wait_for_selector(f'#picture-note:has-text("{OUTSIDE}")')
    seen.page.wait_for_function("document.querySelector('#scene-number input').value === ''")
    run_to_its_end(seen)
    assert "No truth is known" in seen.page.inner_text(".rv-note")
    assert seen.page.inner_text(".rv-caution") == OUTSIDE
    assert seen.page.locator(".rv-chip[data-wrong], .rv-thing").count() == 0
    seen.page.click("#scenes button >> nth=1")
    seen.page.wait_for_function("document.querySelector('#picture-note').innerText === ''")
    run_to_its_end(seen)
    assert seen.page.locator(".rv-caution").count() == 0


def test_a_run_without_a_picture_says_so_before_and_after(app: str, visit: Opener) -> None:
    seen = visit(app, reduced_motion="reduce")
    seen.page.click("#picture button[aria-label='Remove Image']")
    seen.page.wait_for_selector(f'#picture-note:has-text("{BLIND}")')
    run_to_its_end(seen)
    assert seen.page.inner_text(".rv-caution") == BLIND
    assert "true caption" not in seen.page.inner_text(".rv-note")


def test_the_scene_number_is_that_of_the_scene_on_display(app: str, visit: Opener) -> None:
    seen = visit(app, reduced_motion="reduce")

    def shows(number: int) -> None:
        """The number says it, and so does the picture's file."""
        seen.page.wait_for_function("n => document.querySelector('#scene-number input').value === String(n)", arg=number)
        seen.page.wait_for_function("n => document.querySelector('#picture img').src.includes(`scene-${n}.png`)", arg=number)

    shows(READY[0][0])
    seen.page.click("#draw")
    shows(READY[0][0] + 1)
    seen.page.fill("#scene-number input", "5")
    seen.page.keyboard.press("Tab")
    seen.page.click("#draw")
    shows(5)
    seen.page.click("#draw")
    shows(6)
    seen.page.click("#scenes button >> nth=1")
    shows(READY[1][0])
