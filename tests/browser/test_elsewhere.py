"""Away from the page: the stand-alone file and the programming interface."""

from __future__ import annotations

import zipfile
from pathlib import Path

from browser.visits import Opener

from rediff_viz.saved_run import SavedRun


def saved() -> SavedRun:
    from rediff_viz.run import compare

    traces = compare(["denoise@toy", "proseco@toy"], tokens_per_pass=2)
    return SavedRun("toy", tuple(traces), None, {"title": "Toy"})


def test_a_stand_alone_page_plays_from_the_disk(visit: Opener, tmp_path: Path) -> None:
    from rediff_viz.score.html import page

    path = tmp_path / "run.html"
    path.write_text(page(saved()), encoding="utf-8")
    seen = visit(path.as_uri())
    assert seen.score("run") == "toy"
    seen.page.click(".rv-play")
    seen.wait('[data-state="playing"]')
    seen.page.wait_for_function("() => { const d = document.querySelector('.rv-score').dataset; return d.pass === d.last; }")
    seen.wait('[data-state="paused"]')
    seen.page.click('.rv-text[data-lane="0"] .rv-chip >> nth=0')
    seen.page.wait_for_selector(".rv-story .rv-candidate")
    assert seen.page.locator(".rv-whatif").count() == 0  # there is no server to run a branch


def test_same_steps_gives_the_corrector_its_drafts_in_one_step(visit: Opener, tmp_path: Path) -> None:
    from rediff_viz.score.html import page

    path = tmp_path / "run.html"
    path.write_text(page(saved()), encoding="utf-8")
    seen = visit(path.as_uri())
    passes = int(seen.score("last"))
    seen.page.check(".rv-choice input[value=steps]")
    seen.page.wait_for_function("passes => document.querySelector('.rv-score').dataset.last < passes", arg=passes)
    assert "steps)" in seen.page.inner_text('.rv-text[data-lane="1"] .rv-status')


def test_words_from_a_model_cannot_become_markup(visit: Opener, tmp_path: Path) -> None:
    from rediff_viz.score.html import page
    from rediff_viz.score.messages import payload_of

    run = payload_of(saved())
    run["vocab"] = ["</script><img src=x onerror=alert(1)>" if i > 1 else word for i, word in enumerate(run["vocab"])]
    path = tmp_path / "run.html"
    path.write_text(page({**run, "title": "<b>bold</b>"}), encoding="utf-8")
    seen = visit(path.as_uri())
    assert seen.page.locator(".rv-score img[src=x]").count() == 0
    assert seen.page.inner_text(".rv-title h2") == "<b>bold</b>"


def test_the_endpoint_runs_lanes_and_returns_a_run_folder(app: str, tmp_path: Path) -> None:
    from gradio_client import Client, handle_file
    from PIL import Image

    picture = tmp_path / "picture.png"
    Image.radial_gradient("L").save(picture)
    client = Client(app, verbose=False, download_files=str(tmp_path))
    folder, texts = client.predict(
        picture=handle_file(str(picture)), lanes=["denoise@world-plain", "rediff@world-rediff"], tokens_per_pass=10, length=40, seed=0,
        prompt="", api_name="/run",
    )  # fmt: skip
    assert [lane["lane"] for lane in texts["lanes"]] == ["denoise@world-plain", "rediff@world-rediff"]
    assert texts["lanes"][0]["nfe"] == 4
    assert sum(name.endswith(".trace") for name in zipfile.ZipFile(folder).namelist()) == 2


def test_the_endpoint_refuses_in_one_sentence(app: str) -> None:
    import pytest
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    client = Client(app, verbose=False)
    for lanes, sentence in ((["plain"], "is not written sampler@checkpoint"), ([], "one to four"), (["denoise@../etc"], "is not here")):
        with pytest.raises(AppError, match=sentence):
            client.predict(picture=None, lanes=lanes, tokens_per_pass=8, length=40, seed=0, prompt="", api_name="/run")
