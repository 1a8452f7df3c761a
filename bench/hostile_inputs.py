"""The bad inputs of the tests' own tables, tried: how many, and how many were met with an answer or one sentence. Run by bench.server."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from .served import ROOT, Client, Server

sys.path.insert(0, str(ROOT / "tests"))

from browser.bad_pictures import BAD
from hostile.arguments import ODD
from hostile.nested import NESTED, READERS
from hostile.pictures import LONG
from hostile.posts import POSTS
from hostile.traces import TRACES

from rediff_viz import Trace

NAMES = ("picture", "lanes", "tokens_per_pass", "length", "seed", "prompt")
SOUND: dict[str, Any] = {
    "picture": None, "lanes": ["denoise@world-plain"], "tokens_per_pass": 8, "length": 8, "seed": 0, "prompt": "",
}  # fmt: skip


def count(server: Server) -> dict[str, Any]:
    """Tried and met by kind, and the names of those that were not met."""
    result: dict[str, Any] = {"tried": 0, "met": 0, "missed": []}
    for kind, tries in (("pictures", pictures), ("arguments", arguments), ("posts", posts), ("traces", traces), ("files", files)):
        met = dict(tries(server))
        alive = server.answers()
        result[kind] = {"tried": len(met), "met": sum(met.values()) if alive else 0}
        result["tried"] += len(met)
        result["met"] += result[kind]["met"]
        result["missed"] += [f"{kind}: {name}" for name, good in met.items() if not good] + ([] if alive else [f"{kind}: the server ended"])
    return result


def pictures(server: Server) -> Iterator[tuple[str, bool]]:
    """Uploaded as a visitor does, then run."""
    makers: dict[str, Callable[[], bytes]] = {name: make for name, (make, _) in BAD.items()} | LONG
    for name, make in makers.items():
        with Client(server) as client:
            try:
                data = [client.upload(make(), f"{name}.png"), *list(SOUND.values())[1:]]
            except httpx.HTTPStatusError as refusal:
                yield name, refusal.response.status_code < 500
                continue
            yield name, refused(list(client.run(data))[-1])


def arguments(server: Server) -> Iterator[tuple[str, bool]]:
    """Every odd value in the place of every argument that JSON can carry it to."""
    for argument in NAMES:
        for name, value in ODD.items():
            try:
                body = json.dumps({"data": list((SOUND | {argument: value}).values())}).encode()
            except (TypeError, ValueError, RecursionError):
                continue
            yield f"{argument}, {name}", posted(server, "/gradio_api/call/run", body, answers=True)


def posts(server: Server) -> Iterator[tuple[str, bool]]:
    for name, (path, body) in POSTS.items():
        yield name, posted(server, path, body)


def traces(_: Server) -> Iterator[tuple[str, bool]]:
    for name, (make, _words) in TRACES.items():
        yield name, in_one_sentence(Trace.from_bytes, make())


def files(_: Server) -> Iterator[tuple[str, bool]]:
    """Cards, configurations, weights and saved runs."""
    for name, read in READERS.items():
        for text, content in NESTED.items():
            if (name, text[:10]) != ("config.json", "900 tables"):  # an object all the same
                with tempfile.TemporaryDirectory() as folder:
                    yield f"{name}, {text}", in_one_sentence(read, Path(folder), content)


def posted(server: Server, path: str, body: bytes, answers: bool = False) -> bool:
    """Whether a raw request is refused, at once or in its stream; or, where that may be, answered."""
    with Client(server) as client:
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        if answer.status_code >= 400:
            return answer.status_code != 500 and plain(answer.text)
        event = answer.json().get("event_id") if isinstance(answer.json(), dict) else None
        if event is None or not path.startswith("/gradio_api/call/"):
            return False
        end = client.http.get(f"{path}/{event}").text.strip().split("\n\n")[-1]
        return plain(end) and (end.startswith("event: error") or (answers and end.startswith("event: complete")))


def refused(message: dict[str, Any]) -> bool:
    sentence = (message.get("output") or {}).get("error")
    return message["msg"] == "process_completed" and not message["success"] and isinstance(sentence, str) and plain(sentence)


def plain(text: str) -> bool:
    """Whether a text shows neither code nor files of the server."""
    return not any(word in text for word in ("Traceback", str(ROOT), "site-packages", "root:x:"))


def in_one_sentence(read: Callable[..., object], *what: object) -> bool:
    try:
        read(*what)
    except ValueError as refusal:
        return bool(str(refusal)) and "\n" not in str(refusal)
    except Exception:
        return False
    return False
