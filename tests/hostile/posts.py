"""Raw requests to a running server: what it is -> (path, body). Each ends in a refusal: a status of 400 and above, or an error event."""

from __future__ import annotations

import json
from typing import Any

LANE = ["denoise@world-plain"]


def call(picture: Any = None, lanes: Any = LANE, **more: Any) -> bytes:
    return json.dumps({"data": [picture, lanes, 8, 16, 0, ""]} | more).encode()


RUN, JOIN = "/gradio_api/call/run", "/gradio_api/queue/join"
FILE = {"_type": "gradio.FileData"}
POSTS: dict[str, tuple[str, bytes]] = {
    "no body": (RUN, b""),
    "no JSON": (RUN, b"data=1"),
    "half a JSON": (RUN, b'{"data": ['),
    "no data": (RUN, b"{}"),
    "data that is a number": (RUN, b'{"data": 7}'),
    "data of nothing": (RUN, b'{"data": []}'),
    "data that is too short": (RUN, b'{"data": [null]}'),
    "100,000 brackets": (RUN, b'{"data": ' + b"[" * 100_000),
    "900 lists": (RUN, call(lanes=json.loads("[" * 900 + "]" * 900))),
    "a body of 2 MB": (RUN, call(lanes=["x" * 2_000_000])),
    "no number": (RUN, b'{"data": [null, ["denoise@world-plain"], NaN, 8, 0, ""]}'),
    "half a character": (RUN, b'{"data": [null, ["denoise@world-plain"], 8, 8, 0, "\\ud800"]}'),
    "a path without meta": (RUN, call({"path": "/etc/passwd"})),
    "a path with meta": (RUN, call({"path": "/etc/passwd", "meta": FILE})),
    "a device": (RUN, call({"path": "/dev/zero"})),
    "a terminal": (RUN, call({"path": "/dev/ptmx"})),
    "a picture of the server": (RUN, call({"path": "assets/runs/picture.png"})),
    "an address as a path": (RUN, call({"path": "http://127.0.0.1:9/x.png"})),
    "an address": (RUN, call({"path": "x.png", "url": "http://127.0.0.1:9/x.png"})),
    "an address with meta": (RUN, call({"url": "http://127.0.0.1:9/x.png", "meta": FILE})),
    "a picture that is a text": (RUN, call("/etc/passwd")),
    "a picture that is a number": (RUN, call(7)),
    "a picture that is a list": (RUN, call([{"path": "/etc/passwd"}])),
    "round the queue": ("/gradio_api/api/run", call()),
    "round the queue, with a slash": ("/gradio_api/api/run/", call()),
    "an endpoint that is not there": ("/gradio_api/call/begin", call()),
    "an event that is not there": (JOIN, call(fn_index=99_999, session_hash="x")),
    "an event that is a text": (JOIN, call(fn_index="one", session_hash="x")),
    "an event below zero": (JOIN, call(fn_index=-1, session_hash="x")),
    "an event without a session": (JOIN, call(fn_index=0)),
    "an upload that is none": ("/gradio_api/upload", b"words"),
}
