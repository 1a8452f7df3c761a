"""What stands in front of the page: which addresses of the server answer, how large a body may be, how often and how much at once.

An ASGI layer, handed to gradio's `launch`. Gradio serves more than the page needs (ways round the queue, a proxy, downloads of
addresses, dashboards): only what is listed here answers. It knows no run; gradio's queue says which events wait or are under way.
"""

from __future__ import annotations

import json
import re
import time
from asyncio import Lock
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import nullcontext
from typing import Any
from urllib.parse import parse_qs

from starlette.formparsers import MultiPartException
from starlette.responses import JSONResponse

from . import MODEL
from .limits import LimitError, Rates, address, check_room
from .sentences import NOT_WRITTEN
from .streams import Streams

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY = 64_000  # bytes of whatever is sent, but uploads
MAX_UPLOAD = 10_500_000  # bytes of an upload: a picture of 10 MB and what a form adds
READ = re.compile(
    r"/|/(config|theme\.css|robots\.txt|favicon\.ico|manifest\.json)/?|/(assets|static|svelte)/.+|/gradio_api/(file=(?!https?:).+|info/?|"
    r"startup-events|app_id/?|login_check/?|user/?|queue/data|upload_progress|heartbeat/\w+|call/(v2/)?run/\w+)"
)
SENT = re.compile(r"/gradio_api/(upload|queue/join|call/(v2/)?run/?|run/predict/?|component_server/?|cancel|reset/?)")


class ClosedError(Exception):
    """A request that is not passed on: the status and one sentence."""


class Gate:
    """The layer around an app; `streams` learns which sessions' events are being read."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], streams: Streams) -> None:
        self.app, self._streams, self._rates, self._joining = app, streams, Rates(), Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with one sentence as JSON."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        try:
            if scope["method"] in ("GET", "HEAD") and READ.fullmatch(path):
                await self._read(path, scope, receive, send)
            elif scope["method"] == "POST" and SENT.fullmatch(path):
                self._rates.take(address(scope), 10 if path.endswith("/upload") else 1)
                await (self._uploaded if path.endswith("/upload") else self._sent)(path, scope, receive, send)
            else:
                raise ClosedError(404, "This address of the server is closed.")
        except LimitError as error:
            await _refuse(429, str(error))(scope, receive, send)
        except ClosedError as error:
            await _refuse(*error.args)(scope, receive, send)

    async def _read(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        session = _session_read(path, scope)
        with self._streams.reading(session) if session else nullcontext():
            await self.app(scope, receive, send)

    async def _uploaded(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        if _length(scope) > MAX_UPLOAD:
            raise ClosedError(413, _large(MAX_UPLOAD))
        try:
            await self.app(scope, _up_to(MAX_UPLOAD, receive), send)
        except OSError:
            raise ClosedError(507, NOT_WRITTEN) from None

    async def _sent(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _whole(scope, receive)
        asked = _parsed(body)
        scope.setdefault("state", {})["called"] = time.monotonic()
        if not path.startswith(("/gradio_api/queue", "/gradio_api/call", "/gradio_api/run")):
            return await self.app(scope, _again(body, receive), send)
        blocks = scope["app"].get_blocks()
        if _function(path, asked, blocks).concurrency_id != MODEL["concurrency_id"]:
            return await self.app(scope, _again(body, receive), send)
        async with self._joining:
            events = [e for e in blocks._queue.event_ids_to_events.values() if e.concurrency_id == MODEL["concurrency_id"]]
            check_room(scope, asked.get("session_hash") or None, events)
            return await self.app(scope, _again(body, receive), send)


def _refuse(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"detail": sentence, "error": sentence}, status)  # gradio's page reads the one or the other


def _large(most: int) -> str:
    return f"This request is too large; at most {most:,} bytes are taken."


def _length(scope: Scope) -> int:
    named = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(named[0]) if named and named[0].isdigit() else 0


async def _whole(scope: Scope, receive: Receive) -> bytes:
    """A body, read to its end and no further than the limit."""
    body, more = b"", _length(scope) <= MAX_BODY
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False) and len(body) <= MAX_BODY
    if max(len(body), _length(scope)) > MAX_BODY:
        raise ClosedError(413, _large(MAX_BODY))
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """`receive` once more, for a body that was read."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> MutableMapping[str, Any]:
        return messages.pop() if messages else await receive()

    return replayed


def _up_to(most: int, receive: Receive) -> Receive:
    """`receive` that counts; gradio removes the parts of an upload upon this one kind of error only."""
    taken = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise MultiPartException(f"{_large(most)} It exceeded the maximum allowed size.")
        if message["type"] == "http.disconnect":
            raise MultiPartException("The upload was broken off.")
        return message

    return counted


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict) or not isinstance(asked.get("session_hash"), str | None):
        raise ClosedError(400, 'The body must be a JSON object, e.g. {"data": [...]}.')
    return asked


def _function(path: str, asked: dict[str, Any], blocks: Any) -> Any:
    """The event that a request names. Raises ClosedError for none, and for one that waits in the queue when it is sent beside it."""
    if path.startswith("/gradio_api/call"):
        return next(fn for fn in blocks.fns.values() if fn.api_name == "run")
    number = asked.get("fn_index")
    fn = blocks.fns.get(number) if type(number) is int else None
    if fn is None or (fn.queue and path.startswith("/gradio_api/run")):
        raise ClosedError(404, "There is no such event here.")
    return fn


def _session_read(path: str, scope: Scope) -> str | None:
    """The session whose events a request reads."""
    if path == "/gradio_api/queue/data":
        return next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])), None)
    if not path.startswith("/gradio_api/call"):
        return None
    number = path.rpartition("/")[2]
    event = scope["app"].get_blocks()._queue.event_ids_to_events.get(number)
    return str(event.session_hash) if event else number
