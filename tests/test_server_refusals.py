"""What a running server is sent by hand and refuses in one sentence, before anything is fetched or computed."""

from __future__ import annotations

import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import CALL, LANE, META, PICTURE, UNREADABLE, Served, a_sentence, until

from rediff_viz.ui import gate


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
