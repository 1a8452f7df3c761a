"""Pictures that cannot be used: one plain sentence, and nothing is lost."""

import pytest
from bad_pictures import BAD


@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_gets_a_sentence_and_loses_nothing(app, visit, tmp_path, name):
    make, sentence = BAD[name]
    path = tmp_path / name
    path.write_bytes(make())
    seen = visit(app, reduced_motion="reduce")
    before = seen.score("run")
    seen.page.click("#picture button[aria-label='Remove Image']")
    seen.page.set_input_files("#picture input[type=file]", str(path))
    toast = seen.page.wait_for_selector(f".toast-body:has-text('{sentence}')")
    assert "Traceback" not in toast.inner_text()
    assert seen.score("run") == before
    assert any(seen.chips(0))


def test_a_picture_from_elsewhere_runs_and_is_not_judged(app, visit, tmp_path):
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
