"""A running server, its requests written by hand: what is closed, what is refused, what never waits, what stops."""

from __future__ import annotations

import errno
import os
import re
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import Served, serving

from rediff_viz.ui import api, gate, limits, results, serve
from rediff_viz.ui.streams import Streams

LANE = ["denoise@world-plain"]
CALL = [None, LANE, 8, None, 0, ""]
SLOW = [None, LANE, 1, None, 0, ""]  # 40 passes
UNREADABLE = "This picture cannot be opened."
META = {"meta": {"_type": "gradio.FileData"}}
PICTURE = str(Path(__file__).parent / "golden/images/rgb_landscape.png")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        with serving(patch) as served:
            yield served


def until(true: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    for _ in range(6000):
        if true():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not happen")


def idle(server: Served) -> bool:
    return not server.blocks._queue.event_ids_to_events


def a_sentence(text: Any) -> bool:
    """Whether this is one plain sentence, or two: no path, no code, no error number."""
    plain = isinstance(text, str) and len(text) < 400 and text.strip("'")[-1:] == "."
    return plain and not re.search(r"Errno|Error\b|Traceback|site-packages|\n|/(work|tmp|home|etc|usr|proc)\b|\(\)|<", text)


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


@pytest.fixture
def stranger() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a server elsewhere, and what it was asked for."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def listen() -> None:
            while True:
                try:
                    visitor, _ = door.accept()
                except OSError:
                    return
                asked.append(visitor.recv(4096))
                visitor.close()

        threading.Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}/x.png", asked


PICTURES: list[Callable[[str], Any]] = [
    lambda url: {"path": PICTURE}, lambda url: {"path": PICTURE, **META}, lambda url: {"path": "/no/such/picture.png", **META},
    lambda url: {"path": "/dev/zero"}, lambda url: {"path": "/dev/zero", **META}, lambda url: {"path": url},
    lambda url: {"path": url, **META}, lambda url: {"path": url.upper(), **META}, lambda url: {"path": PICTURE, "url": url, **META},
    lambda url: {"path": PICTURE, "url": url}, lambda url: {"path": "x.png", "url": url, **META},
    lambda url: {"path": "", "url": url, **META}, lambda url: {"path": "https://a.example/x.png", **META},
    lambda url: {"path": "a\0b", **META}, lambda url: {"path": "a" * 5000, **META}, lambda url: {"path": PICTURE, "meta": []},
    lambda url: {"path": PICTURE, "is_stream": True, **META}, lambda url: {"path": 5, **META},
    lambda url: {"path": {"path": url, **META}, **META},
]  # fmt: skip


@pytest.mark.parametrize("make", PICTURES)
def test_a_picture_that_is_no_upload_is_one_sentence_and_nothing_is_fetched(
    server: Served, stranger: tuple[str, list[bytes]], make: Callable[[str], Any]
) -> None:
    url, asked = stranger
    picture = make(url)
    answers = [server.answer(server.call([picture, *CALL[1:]]))[1]]
    for name, data in (("begin", server.page_run(picture=picture)), ("about_picture", [picture, None])):
        session = uuid.uuid4().hex
        answers.append(server.output(server.join(server.number(name), data, session), session))
    assert [answer["error"] for answer in answers] == [UNREADABLE] * 3
    assert asked == []


def test_an_address_in_any_other_value_is_not_fetched_either(server: Served, stranger: tuple[str, list[bytes]]) -> None:
    url, asked = stranger
    event, data = server.answer(server.call([None, [{"path": url, "url": url, **META}], 8, None, 0, ""]))
    assert (event, data["error"], asked) == ("error", UNREADABLE, [])


CALLS = {
    "no lanes": [None, None, 8, None, 0, ""], "a lane's number": [None, [1], 8, None, 0, ""],
    "lanes as a dict": [None, {"a": 1}, 8, None, 0, ""], "a folder": [None, ["denoise@/srv/x"], 8, None, 0, ""],
    "a toy": [None, ["denoise@toy"], 8, None, 0, ""], "a list of tokens": [None, LANE, [8], None, 0, ""],
    "a word of tokens": [None, LANE, "many", None, 0, ""], "tokens beyond": [None, LANE, 1e308, None, 0, ""],
    "true": [None, LANE, True, None, 0, ""], "a dict of length": [None, LANE, 8, {}, 0, ""],
    "a length beyond": [None, LANE, 8, 10**30, 0, ""], "a length of half": [None, LANE, 8, 0.5, 0, ""],
    "a seed beyond": [None, LANE, 8, None, 2**80, ""], "a word of seed": [None, LANE, 8, None, "x", ""],
    "a long prompt": [None, LANE, 8, None, 0, "x" * 5000], "a picture as text": ["x.png", LANE, 8, None, 0, ""],
    "a picture as a list": [[1], LANE, 8, None, 0, ""], "too few": [None], "none": [],
    "a long lane": [None, ["denoise@" + "x" * 9000], 8, None, 0, ""],
    "a file for a seed": [None, LANE, 8, None, {"path": "/etc/passwd", **META}, ""],
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_arguments_that_cannot_be_are_one_sentence_before_anything_is_computed(server: Served, name: str) -> None:
    before = server.passes.begun
    event, data = server.answer(server.call(CALLS[name]))
    assert event == "error"
    assert a_sentence(data["error"]), data
    assert server.passes.begun == before


@pytest.mark.parametrize(("spelled", "sentence"), [("NaN", "between"), ("Infinity", "between"), ("1e-308", ""), ("-1", "between")])
def test_numbers_that_json_has_no_words_for(server: Served, spelled: str, sentence: str) -> None:
    body = f'{{"data": [null, ["denoise@world-plain"], {spelled}, null, 0, ""]}}'
    event, data = server.answer(server.client.post("/gradio_api/call/run", content=body, headers={"content-type": "application/json"}))
    assert (event == "complete") == (not sentence)
    assert not sentence or (sentence in data["error"] and a_sentence(data["error"]))


RUNS: list[dict[str, Any]] = [
    {"tokens": "many"}, {"tokens": [1]}, {"tokens": 1e9}, {"length": {}}, {"length": -4}, {"length": "x"}, {"block": 7},
    {"block": 10**40}, {"temperature": 50}, {"temperature": "hot"}, {"seed": 2**70}, {"seed": [[]]}, {"prompt": "x" * 5000},
    {"preset": "none of these"}, {"preset": "My own lanes", "checkpoint0": "toy"}, {"preset": "My own lanes", "checkpoint0": "/srv/x/"},
    {"preset": "My own lanes", "count": None}, {"preset": "My own lanes", "sampler0": None}, {"preset": "My own lanes", "settings0": "a"},
    {"preset": {"a": 1}}, {"count": 99, "preset": "My own lanes"},
]  # fmt: skip


@pytest.mark.parametrize("changed", RUNS)
def test_values_of_the_page_that_cannot_be_are_one_sentence_before_anything_is_computed(server: Served, changed: dict[str, Any]) -> None:
    before, session = server.passes.begun, uuid.uuid4().hex
    output = server.output(server.join(server.number("begin"), server.page_run(**changed), session), session)
    assert a_sentence(output.get("error")), output
    assert server.passes.begun == before


BODIES: list[tuple[bytes, int]] = [
    (b"", 400), (b"[]", 400), (b"{", 400), (b"null", 400), (b'"x"', 400), (b"[" * 50_000, 400), (b"\xff\xfe", 400), (b'{"data": 5}', 422),
    (b'{"fn_index": 9999, "data": [], "session_hash": "a"}', 404), (b'{"fn_index": "0", "data": [], "session_hash": "a"}', 404),
    (b'{"fn_index": true, "data": [], "session_hash": "a"}', 404), (b'{"session_hash": 5, "data": []}', 400),
    (b'{"data": "' + b"x" * 64_000 + b'"}', 413),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status"), BODIES, ids=[str(body[:30]) for body, _ in BODIES])
def test_a_body_that_cannot_be_is_refused(server: Served, body: bytes, status: int) -> None:
    path = "/gradio_api/call/run" if status == 422 else "/gradio_api/queue/join"
    answer = server.client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert status == 422 or a_sentence(answer.json()["detail"])


def test_a_long_body_is_refused_however_it_comes(server: Served) -> None:
    sent = 0

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(3000):
            sent += 10_000
            yield b"x" * 10_000

    for path in ("call/run", "queue/join", "component_server", "cancel", "run/predict"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(gate, "MAX_BODY", 20_000)
            try:
                assert server.client.post(f"/gradio_api/{path}", content=pieces()).status_code == 413
            except httpx.WriteError:  # the door was shut while we were still talking
                assert sent < 30_000_000


def test_a_long_upload_is_refused_and_leaves_nothing(server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(str(server.blocks.app.uploaded_file_dir))
    before = sorted(folder.rglob("*"))
    monkeypatch.setattr(gate, "MAX_UPLOAD", 300_000)
    files = [("files", (f"{i}.png", b"x" * 50_000)) for i in range(20)]  # each is small
    known = server.client.post("/gradio_api/upload", files=files)
    boundary = b'--a\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    unknown = server.client.post(
        "/gradio_api/upload", content=iter([boundary, *[b"x" * 50_000] * 20]), headers={"content-type": "multipart/form-data; boundary=a"}
    )  # fmt: skip
    assert (known.status_code, unknown.status_code) == (413, 413)
    until(lambda: sorted(folder.rglob("*")) == before)


def test_more_than_is_computed_in_one_run_is_refused_with_the_figures(server: Served) -> None:
    before = server.passes.begun
    lanes = ["proseco@world-proseco:every=1,rounds=16"] * 4
    event, data = server.answer(server.call([None, lanes, 1, None, 0, ""]))
    assert event == "error"
    assert re.search(r"passes over 40 places in 4 lanes, [0-9,]+ places read; at most 32,768", data["error"])
    assert a_sentence(data["error"])
    assert server.passes.begun == before


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


def test_runs_that_wait_are_limited_by_page_caller_and_address(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    number, data = server.number("begin"), server.page_run()
    monkeypatch.setattr(server.streams, "_patience", 1e6)
    bare = [server.call(CALL) for _ in range(limits.PER_CALLER + 1)]
    page = [server.join(number, data, "one page") for _ in range(limits.PER_PAGE + 1)]
    room = limits.PER_ADDRESS - limits.PER_CALLER - limits.PER_PAGE
    others = [server.join(number, data) for _ in range(room + 1)]
    for joined, sentence in ((bare, "4 calls from your address"), (page, "3 runs of this page"), (others, "48 runs from your address")):
        assert [one.status_code for one in joined] == [200] * (len(joined) - 1) + [429]
        assert sentence in joined[-1].json()["detail"]
        assert a_sentence(joined[-1].json()["error"])
    assert limits.PER_ADDRESS >= 40  # a class sits behind one address
    monkeypatch.setattr(server.streams, "_patience", 0.0)
    for at_work in bare[:2]:
        server.answer(at_work)
    until(lambda: idle(server))


def test_a_burst_from_one_address_is_refused_until_it_rests(server: Served) -> None:
    def ask() -> httpx.Response:
        return server.client.post("/gradio_api/reset", json={"event_id": "x"})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "AT_ONCE", 5.0)
        patch.setattr(limits, "PER_SECOND", 0.001)
        answers = [ask() for _ in range(7)]
        patch.setattr(limits, "AT_ONCE", 600.0)
        patch.setattr(limits, "PER_SECOND", 1e6)  # a long rest
        rested = ask()
    assert answers[-1].status_code == 429
    assert a_sentence(answers[-1].json()["detail"])
    assert rested.status_code == 200


def leave_after_two_passes(server: Served, begun: int, url: str, sign: str, **params: str) -> None:
    """Read a run's events up to its second pass, go away, and see that it stops."""
    with server.client.stream("GET", url, params=params) as events:
        next(line for line in events.iter_lines() if sign in line)
        server.passes.go.clear()
    until(lambda: not server.streams._open)
    server.passes.go.set()
    until(lambda: idle(server))
    assert begun + 2 <= server.passes.begun < begun + 30


def test_a_run_stops_when_its_reader_goes_away(server: Served) -> None:
    until(lambda: idle(server))
    begun = server.passes.begun
    joined = server.call(SLOW)
    assert joined.status_code == 200, joined.text
    leave_after_two_passes(server, begun, f"/gradio_api/call/run/{joined.json()['event_id']}", '"passes": 2')


def test_a_run_of_the_page_stops_when_the_page_is_closed(server: Served) -> None:
    until(lambda: idle(server))
    begun, session = server.passes.begun, uuid.uuid4().hex
    server.join(server.number("begin"), server.page_run(tokens=1), session)
    leave_after_two_passes(server, begun, "/gradio_api/queue/data", "Pass 2 of", session_hash=session)


def test_a_call_that_nobody_reads_is_not_run(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.streams, "_patience", 0.2)
    begun = server.passes.begun
    calls = [server.call(SLOW), server.join(server.number("begin"), server.page_run(), "nobody")]
    assert [call.status_code for call in calls] == [200, 200]
    until(lambda: idle(server))
    assert server.passes.begun == begun
    event, data = server.answer(calls[0])
    assert event == "error"
    assert "nobody read the events of this call within 0.2 seconds" in data["error"]


def test_who_reads_late_gets_the_answer(server: Served) -> None:
    joined = server.call(CALL)
    until(lambda: any(server.blocks._queue.active_jobs))
    threading.Event().wait(1)
    assert server.answer(joined)[0] == "complete"


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


FORWARDED = [
    (True, "203.0.113.7", "192.0.2.1"), (True, "1.2.3.4, 8.8.8.8", "8.8.8.8"), (True, "8.8.8.8, 10.0.0.3", "8.8.8.8"),
    (True, "x, 10.1.1.1", "192.0.2.1"), (True, "2001:4860:4860::8888", "2001:4860:4860::/64"), (False, "8.8.8.8", "192.0.2.1"),
    (True, "", "192.0.2.1"),
]  # fmt: skip


@pytest.mark.parametrize(("space", "named", "whose"), FORWARDED)
def test_a_proxy_is_believed_on_a_space_only(monkeypatch: pytest.MonkeyPatch, space: bool, named: str, whose: str) -> None:
    monkeypatch.setenv("SPACE_ID", "somebody/space") if space else monkeypatch.delenv("SPACE_ID", raising=False)
    scope = {"client": ("192.0.2.1", 5), "headers": [(b"x-forwarded-for", named.encode())]}
    assert limits.address(scope) == whose


def test_the_servers_own_client_address_is_not_taken_from_a_header(server: Served) -> None:
    with server.passes.held():
        calls = [
            server.client.post("/gradio_api/call/run", json={"data": CALL}, headers={"x-forwarded-for": f"8.8.8.{i}"})
            for i in range(limits.PER_CALLER + 1)
        ]
    assert calls[-1].status_code == 429
    for call in calls[:-1]:
        server.answer(call)


def test_tokens_come_back_with_time_and_full_buckets_are_forgotten() -> None:
    now = 0.0
    rates = limits.Rates(lambda: now)
    rates.take("a", limits.AT_ONCE)
    with pytest.raises(limits.LimitError):
        rates.take("a")
    now = 1.0
    rates.take("a", limits.PER_SECOND)
    now = 100.0
    rates.take("b")
    assert list(rates._buckets) == ["b"]


def test_a_direct_call_has_no_reader_to_wait_for() -> None:
    Streams(0).await_reader(None)


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
