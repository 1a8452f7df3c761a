"""A real server for a measurement: `python app.py` with a temporary folder of its own, and clients that speak to it as the page does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 600  # seconds that a client waits for the next message


class Server:
    """The app as a process; everything temporary lies in `room`, whatever came before it there."""

    def __init__(self, room: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.room, self.url = room, f"http://127.0.0.1:{self.port}"
        environment = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"} | {"TMPDIR": str(room)}
        self.log = room.with_suffix(".log")
        with self.log.open("a") as log:
            command = [sys.executable, str(ROOT / "app.py"), "--port", str(self.port)]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        end = time.monotonic() + 180
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.end(signal.SIGKILL)
                raise RuntimeError(f"the server did not start: {self.log.read_text()[-800:]}")
            time.sleep(0.2)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def answers(self) -> bool:
        """Whether the page is served."""
        try:
            return httpx.get(f"{self.url}/config", timeout=30, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Send the signal and wait for the process."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)

    def megabytes(self, which: str = "VmRSS") -> float:
        """Resident memory now, or at most so far: VmHWM."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(which)) / 1024

    def cpu_seconds(self) -> float:
        """Seconds that all threads have computed."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def folders(self) -> int:
        """Folders below the temporary one that hold files of visitors: all but what belongs to the server itself."""
        held = {path.parent for path in self.room.rglob("*") if path.is_file() and path.name != "process.lock"}
        return len([folder for folder in held if "kept" not in folder.parts])


class Client:
    """One page: a session of its own. Whoever is told to wait waits and asks again; `waits` counts it."""

    def __init__(self, server: Server) -> None:
        self.http = httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False)
        self.session, self.waits = uuid.uuid4().hex, 0
        parts = self.http.get("/config").json()["dependencies"]
        self.number = next(part["id"] for part in parts if part["api_name"] == "run")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, path: str, **what: Any) -> httpx.Response:
        """POST; again and again for a quarter of an hour while the server says that there is too much of it (429 or 503)."""
        for _ in range(450):
            answer = self.http.post(path, **what)
            if answer.status_code not in (429, 503):
                break
            self.waits += 1
            time.sleep(2)
        return answer

    def upload(self, content: bytes, name: str = "picture.png") -> dict[str, Any]:
        """A picture as a call takes it. Raises httpx.HTTPError when it is refused."""
        answer = self.post("/gradio_api/upload", files={"files": (name, content)})
        answer.raise_for_status()
        return {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}

    def run(self, data: list[Any]) -> Iterator[dict[str, Any]]:
        """The messages of a run as they come; the last is process_completed with its output. Closing it closes the stream."""
        body = {"fn_index": self.number, "data": data, "session_hash": self.session}
        self.post("/gradio_api/queue/join", json=body).raise_for_status()
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    message = json.loads(line.removeprefix("data: "))
                    yield message
                    if message["msg"] in ("process_completed", "close_stream", "unexpected_error"):
                        return

    @contextmanager
    def reading(self, data: list[Any], page: bool) -> Iterator[None]:
        """A run under way whose stream is read, as a page does or as a caller of /run; closed in the end."""
        if page:
            body = {"fn_index": self.number, "data": data, "session_hash": self.session}
            self.post("/gradio_api/queue/join", json=body).raise_for_status()
            where = f"/gradio_api/queue/data?session_hash={self.session}"
        else:
            where = f"/gradio_api/call/run/{self.post('/gradio_api/call/run', json={'data': data}).raise_for_status().json()['event_id']}"
        with self.http.stream("GET", where):
            yield


def texts(message: dict[str, Any]) -> list[dict[str, Any]]:
    """What the lanes of an ended run say; none when it was refused."""
    try:
        lanes: list[dict[str, Any]] = message["output"]["data"][1]["lanes"]
    except (KeyError, IndexError, TypeError):
        return []
    return lanes
