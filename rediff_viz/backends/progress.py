"""How far a download or a load has come, for whoever listens. Knows no torch, no page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[int, int, str], None]  # (bytes done, bytes in all, what)
_listeners: list[Listener] = []


@contextmanager
def progress(listener: Listener) -> Iterator[None]:
    """While open, `listener` gets (bytes done, bytes in all, what) of every download and load of this process."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def report_progress(done: int, total: int, what: str) -> None:
    """Call every listener."""
    for listener in tuple(_listeners):
        listener(done, total, what)


def in_words(done: int, total: int, what: str) -> str:
    """ "loading LLaDA-V: shard 2 of 4, 5.1 of 16.9 GB"."""
    unit, name = (1e9, "GB") if total >= 1e8 else (1e6, "MB")
    return f"{what}, {done / unit:.1f} of {total / unit:.1f} {name}" if total else what
