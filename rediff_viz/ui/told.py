"""One line about a run under way: which pass it is in, about how long it will take. Knows no Gradio."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

_LONG = 3.0  # seconds: below, no estimate is worth a word


def along(
    messages: Iterable[dict[str, Any] | str], clock: Callable[[], float] = time.monotonic
) -> Iterator[tuple[dict[str, Any] | None, str]]:
    """Each message of a run with the line that goes with it; None with what is told before it begins."""
    planned = passes = 0
    began = clock()
    for message in messages:
        if isinstance(message, str):
            yield None, line(message, aloud=True)
        elif message["kind"] == "run":
            planned, began = max(lane["planned"] for lane in message["lanes"]), clock()
            yield message, line(f"Begun: at most {planned} forward passes.")
        elif message["kind"] == "passes":
            passes += 1
            yield message, line(under_way(passes, planned, clock() - began))
        else:
            yield message, line(f"Ended after {passes} forward pass{'' if passes == 1 else 'es'}, in {clock() - began:.1f} s.")
    if not planned:
        yield None, line("Stopped before the first pass.")


def under_way(passes: int, planned: int, seconds: float) -> str:
    """Pass 37 of at most 128, about 6 s left."""
    left = seconds / passes * max(0, planned - passes)
    return f"Pass {passes} of at most {planned}" + (f", about {left:.0f} s left." if left > _LONG else ".")


def line(text: str, aloud: bool = False) -> str:
    """As the page shows it; `aloud` where the Score, which says its passes itself, is silent."""
    role = ' role="status"' if aloud else ""
    return f'<p class="pg-said"{role}>{html.escape(text)}</p>'
