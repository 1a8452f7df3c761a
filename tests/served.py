"""The app as it is launched, in this process, and what a client sends to it. Passes can be counted and held up."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from rediff_viz.backends import BatchItem
from rediff_viz.backends.world import WorldBackend
from rediff_viz.trace import Prediction
from rediff_viz.ui import serve
from rediff_viz.ui.streams import Streams

LANE = ["denoise@world-plain"]
CALL = [None, LANE, 8, None, 0, ""]
SLOW = [None, LANE, 1, None, 0, ""]  # 40 passes
UNREADABLE = "This picture cannot be opened."
META = {"meta": {"_type": "gradio.FileData"}}
PICTURE = str(Path(__file__).parent / "golden/images/rgb_landscape.png")


@dataclass
class Passes:
    """Forward passes: how many were begun, and whether they may go on."""

    begun: int = 0
    go: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Every pass waits inside of this."""
        self.go.clear()
        try:
            yield
        finally:
            self.go.set()


@dataclass
class Served:
    """A running app and a client of it."""

    client: httpx.Client
    blocks: Any
    streams: Streams
    passes: Passes

    def call(self, data: Any, session: str | None = None) -> httpx.Response:
        """POST to /run."""
        named = {} if session is None else {"session_hash": session}
        return self.client.post("/gradio_api/call/run", json={"data": data, **named})

    def join(self, number: int, data: Any, session: str | None = None, **more: Any) -> httpx.Response:
        """POST an event of the page."""
        body = {"fn_index": number, "data": data, "session_hash": session or uuid.uuid4().hex, **more}
        return self.client.post("/gradio_api/queue/join", json=body)

    def answer(self, joined: httpx.Response) -> Any:
        """What a call to /run ends with: ("complete" or "error", data)."""
        assert joined.status_code == 200, joined.text
        text = self.client.get(f"/gradio_api/call/run/{joined.json()['event_id']}").text
        event, data = text.strip().split("\n\n")[-1].split("\n", 1)
        return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    def output(self, joined: httpx.Response, session: str) -> Any:
        """What an event of the page ends with: its output."""
        assert joined.status_code == 200, joined.text
        text = self.client.get("/gradio_api/queue/data", params={"session_hash": session}).text
        messages = [json.loads(line.removeprefix("data: ")) for line in text.split("\n\n") if line]
        (end,) = [message for message in messages if message["msg"] == "process_completed"]
        return end["output"]

    def number(self, name: str) -> int:
        """The number of the page's event whose function has this name."""
        (found,) = [i for i, fn in self.blocks.fns.items() if fn.name == name and fn.api_name != "run"]
        return int(found)

    def page_run(self, **changed: Any) -> list[Any]:
        """The values of the page's Run, some of them changed."""
        fn = self.blocks.fns[self.number("begin")]
        names = ["picture", "known", "prompt", "known_prompt", "tokens", "length", "block", "temperature", "seed", "preset", "count"]
        names += [f"{what}{i}" for what in ("sampler", "checkpoint", "settings") for i in range(4)]
        values = {name: None if name in ("picture", "known") else one.value for name, one in zip(names, fn.inputs, strict=True)}
        assert changed.keys() <= values.keys()
        return list({**values, **changed}.values())


@contextmanager
def serving(patch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The app on a free port."""
    streams, passes, plain = Streams(), Passes(), WorldBackend.predict
    passes.go.set()

    def predict(self: WorldBackend, items: Sequence[BatchItem]) -> list[Prediction]:
        passes.begun += 1
        assert passes.go.wait(120)
        return plain(self, items)

    patch.setattr(WorldBackend, "predict", predict)
    patch.setattr(serve, "Streams", lambda: streams)
    app, url, _ = serve.launch("127.0.0.1", prevent_thread_lock=True, quiet=True)
    blocks = app.get_blocks()
    try:
        with httpx.Client(base_url=url, timeout=120, trust_env=False) as client:
            yield Served(client, blocks, streams, passes)
    finally:
        passes.go.set()
        blocks.close(verbose=False)


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
