"""What is told while a checkpoint is fetched and read: to whoever listens, in words for people. Knows no torch, no page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[int, int, str], None]  # (bytes done, bytes in all, what)
_listeners: list[Report] = []


@contextmanager
def progress(report: Report) -> Iterator[None]:
    """While open, every download and load of this process tells (bytes done, bytes in all, what) to `report`."""
    _listeners.append(report)
    try:
        yield
    finally:
        _listeners.remove(report)


def tell(done: int, total: int, what: str) -> None:
    """Tell every listener."""
    for report in tuple(_listeners):
        report(done, total, what)


def in_words(done: int, total: int, what: str) -> str:
    """ "loading LLaDA-V: shard 2 of 4, 5.1 of 16.9 GB"."""
    unit, name = (1e9, "GB") if total >= 1e8 else (1e6, "MB")
    return f"{what}, {done / unit:.1f} of {total / unit:.1f} {name}" if total else what
