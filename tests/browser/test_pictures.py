"""Pictures that cannot be used: one plain sentence, and nothing is lost."""

from pathlib import Path

import pytest
from browser.bad_pictures import BAD
from browser.visits import Opener


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
    seen.page.wait_for_selector("#picture img")
    old = seen.score("run")
    seen.page.click("#run")
    seen.page.wait_for_function("old => document.querySelector('.rv-score').dataset.run !== old", arg=old)
    seen.wait('[data-state="done"]')
    assert "No truth is known" in seen.page.inner_text(".rv-note")
    assert seen.page.locator(".rv-chip[data-wrong]").count() == 0
