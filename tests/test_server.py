"""A running server, its requests written by hand: what is closed, what never waits, a full disk."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import CALL, LANE, META, PICTURE, SLOW, Served, a_sentence, idle, until

from rediff_viz.ui import api, results, serve

CLOSED = [
    ("POST", "/gradio_api/api/run"), ("POST", "/gradio_api/api/run/"), ("POST", "/gradio_api/run/run"), ("POST", "/gradio_api/run/begin"),
    ("POST", "/gradio_api/run/predict"), ("POST", "/gradio_api/api/predict"), ("POST", "/gradio_api/call/begin"),
    ("POST", "/gradio_api/call/v2/begin"), ("POST", "/gradio_api/stream/x"), ("POST", "/gradio_api/process_recording"),
    ("POST", "/gradio_api/vibe-edit"), ("POST", "/gradio_api/run-history/connect"), ("POST", "/login"), ("POST", "/"),
    ("GET", "/gradio_api/proxy=http://a.hf.space/"), ("GET", "/gradio_api/file=http://127.0.0.1:9/x.png"),
    ("GET", "/gradio_api/file//etc/passwd"), ("GET", "/gradio_api/file=/etc/passwd"), ("GET", "/gradio_api/file=https://a.example/"),
    ("GET", "/gradio_api/deep_link"), ("GET", "/gradio_api/runs"), ("GET", "/gradio_api/openapi.json"), ("GET", "/monitoring"),
    ("GET", "/gradio_api/profiling/traces"), ("GET", "/gradio_api/token"), ("GET", "/gradio_api/vibe-code"),
    ("GET", "/gradio_api/queue/status"), ("PUT", "/"), ("DELETE", "/config"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_what_the_page_does_not_need_is_closed(server: Served, method: str, path: str) -> None:
    body = {"data": CALL} if method == "POST" else None
    assert server.client.request(method, path, json=body).status_code in (403, 404, 405)


def test_an_event_of_the_page_that_waits_in_the_queue_cannot_be_sent_beside_it(server: Served) -> None:
    body = {"fn_index": server.number("begin"), "data": server.page_run(), "session_hash": "beside"}
    before = server.passes.begun
    assert server.client.post("/gradio_api/run/predict", json=body).status_code == 404
    assert server.passes.begun == before


def test_a_call_reads_its_passes_and_ends_with_the_zip_and_the_texts(server: Served) -> None:
    event, (folder, texts) = server.answer(server.call(CALL))
    assert event == "complete"
    assert folder["orig_name"] == "run.zip"
    assert texts["lanes"][0]["nfe"] == 5


def test_the_python_client_of_the_docs_gets_the_same(server: Served) -> None:
    from gradio_client import Client, handle_file

    client = Client(str(server.client.base_url), verbose=False)
    folder, texts = client.predict(
        picture=handle_file(PICTURE), lanes=LANE, tokens_per_pass=8, length=None, seed=0, prompt="", api_name="/run"
    )
    assert Path(folder).suffix == ".zip"
    assert texts["lanes"][0]["nfe"] == 5


def test_while_runs_are_busy_drawing_uploads_and_catching_up_answer(server: Served) -> None:
    begun = server.passes.begun
    with server.passes.held():
        readers = [_read(server, server.call(SLOW)) for _ in range(3)]
        until(lambda: server.passes.begun >= begun + 2)  # two at work, one waiting
        (draw,) = [i for i, fn in server.blocks.fns.items() if fn.name == "_fresh"]
        session = uuid.uuid4().hex
        assert "data" in server.output(server.join(draw, [5, False, 0.0, None], session), session)
        uploaded = server.client.post("/gradio_api/upload", files={"files": ("a.png", Path(PICTURE).read_bytes())})
        assert uploaded.status_code == 200
        picture = {"path": uploaded.json()[0], **META}
        assert "data" in server.output(server.join(server.number("about_picture"), [picture, None], session), session)
        (score,) = [i for i, one in server.blocks.blocks.items() if type(one).__name__ == "ScoreView"]
        asked = {"data": {"run": "x", "after": 0}, "fn_name": "resync", "component_id": score, "session_hash": session}
        assert server.client.post("/gradio_api/component_server", json=asked).json() == {"messages": []}
        assert server.client.post("/gradio_api/run/predict", json={"fn_index": server.number("busy"), "data": []}).status_code == 200
    for reader in readers:
        reader.join(60)
    until(lambda: idle(server))


def _read(server: Served, joined: httpx.Response) -> threading.Thread:
    """Read a call's events to their end in a thread."""
    reader = threading.Thread(target=server.answer, args=(joined,), daemon=True)
    reader.start()
    return reader


def test_a_full_disk_is_one_sentence(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/x")

    monkeypatch.setattr(api, "zip_run", full)
    event, data = server.answer(server.call(CALL))
    assert event == "error"
    assert a_sentence(data["error"])
    assert "disk" in data["error"]


def test_a_full_disk_is_one_sentence_where_the_page_makes_its_files(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> list[Path]:
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/x")

    monkeypatch.setattr(results, "write_files", full)
    session = uuid.uuid4().hex
    assert "data" in server.output(server.join(server.number("begin"), server.page_run(), session), session)
    output = server.output(server.join(server.number("pack"), [None, False, ""], session), session)
    assert a_sentence(output["error"])
    assert "disk" in output["error"]


def test_a_full_disk_is_one_sentence_to_who_uploads(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/x")

    monkeypatch.setattr("gradio.routes.upload_fn", full)
    answer = server.client.post("/gradio_api/upload", files={"files": ("a.png", b"x")})
    assert answer.status_code == 507
    assert a_sentence(answer.json()["detail"])


def test_the_app_runs_torch_on_one_thread_unless_it_is_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")
    serve.settle()
    assert os.environ["OMP_NUM_THREADS"] == "1"
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    serve.settle()
    assert os.environ["OMP_NUM_THREADS"] == "3"


def test_building_the_page_does_not_import_torch_which_would_fix_its_threads() -> None:
    code = "import sys, rediff_viz.ui.serve as serve; serve.page.build(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
