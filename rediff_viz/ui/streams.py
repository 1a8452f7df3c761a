"""Which sessions' event streams are being read, so that nothing is computed for nobody. Written by the gate, asked by runs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

import gradio as gr

PATIENCE = 15.0  # seconds between a call and the reading of its events


class Streams:
    """Event streams under way, by session."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._open: Counter[str] = Counter()
        self._changed = Condition()

    @contextmanager
    def reading(self, session: str) -> Iterator[None]:
        """While somebody reads the events of a session."""
        with self._changed:
            self._open[session] += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._open[session] -= 1
                if not self._open[session]:
                    del self._open[session]

    def await_reader(self, request: gr.Request | None) -> None:
        """Return as soon as somebody reads the events of a call. Raises ValueError when nobody does in time.

        Once they are read, gradio itself closes the generator of a call whose reader goes away.
        """
        if request is None:  # a direct call, of a notebook
            return
        session, called = str(request.session_hash), float(request.state.called)
        with self._changed:
            if not self._changed.wait_for(lambda: session in self._open, called + self._patience - time.monotonic()):
                raise ValueError(f"nobody read the events of this call within {self._patience:g} seconds, so it was not run")
