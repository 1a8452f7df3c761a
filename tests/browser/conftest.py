"""One server and one Chromium for all browser tests. Nothing sleeps: everything waits for the Score's own attributes."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser.visits import PATIENCE, Opener, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if CHROMIUM is None and Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.skip(reason="no Chromium here"))


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app."""
    folder = tmp_path_factory.mktemp("app")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (folder / "log").open("w")
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/browser/serve.py"), str(folder), str(port)], stdout=log, stderr=subprocess.STDOUT
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        _await_answer(server, url, folder / "log")
        yield url
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _await_answer(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    from time import monotonic, sleep

    end = monotonic() + 300
    while monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"the app did not start: {log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            sleep(0.2)
    raise RuntimeError(f"the app did not answer in 300 s: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Opener]:
    """visit(url, **context) opens a page; leaving the test checks that nothing was fetched from elsewhere and nothing broke."""
    opened: list[tuple[BrowserContext, Visit]] = []

    def go(url: str, **context: Any) -> Visit:
        room = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
        room.set_default_timeout(PATIENCE)
        page = room.new_page()
        seen = Visit(page)
        origin = url if url.startswith("file:") else url.rstrip("/")
        page.on("request", lambda r: None if r.url.startswith((origin, "data:", "blob:")) else seen.foreign.append(r.url))
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.goto(url)
        seen.wait('[data-run]:not([data-run=""])')
        opened.append((room, seen))
        return seen

    yield go
    for room, seen in opened:
        room.close()
        assert seen.foreign == []
        assert seen.errors == []


@pytest.fixture
def resting(app: str, visit: Opener) -> Visit:
    """A page at rest at the end of its recorded run."""
    seen = visit(app, reduced_motion="reduce")
    seen.page.wait_for_selector('[data-tour="wrong"]')
    seen.page.focus(".rv-range")
    seen.page.keyboard.press("End")
    seen.page.wait_for_function("() => { const d = document.querySelector('.rv-score').dataset; return d.pass === d.last && d.pass > 0; }")
    return seen
