"""One line about a run under way: which pass it is in, about how long it will take."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..score.caution import BLIND
from ..trace import Trace

NO_PICTURE = " There was no picture, so nothing was captioned."
_LONG = 3.0  # seconds: below, no estimate is worth a word


def with_status(
    messages: Iterable[dict[str, Any] | str], clock: Callable[[], float] = time.monotonic
) -> Iterator[tuple[dict[str, Any] | None, str]]:
    """Each message of a run with the line that goes with it; None with what is reported before it begins."""
    planned = passes = shared = 0  # shared: passes that a branch has when it begins
    began, note = clock(), ""
    for message in messages:
        if isinstance(message, str):
            yield None, status_line(message, aloud=True)
        elif message["kind"] == "run":
            planned, began = max(lane["planned"] for lane in message["lanes"]), clock()
            passes = shared = max((len(lane.get("passes", ())) for lane in message["lanes"] if "end" not in lane), default=0)
            note = NO_PICTURE if BLIND in message.get("caution", "") else ""
            yield message, status_line(f"Begun{', without a picture' if note else ''}: at most {planned} forward passes.")
        elif message["kind"] == "passes":
            passes += 1
            yield message, status_line(pass_status(passes, planned, (clock() - began) * passes / (passes - shared)))
        else:
            ended = message["stopped"] or f"Ended after {passes} forward pass{'' if passes == 1 else 'es'}, in {clock() - began:.1f} s."
            yield message, status_line(ended + note)
    if not planned:
        yield None, status_line("Stopped before the first pass.")


def pass_status(passes: int, planned: int, seconds: float) -> str:
    """Pass 37 of at most 128, about 6 s left."""
    left = seconds / passes * max(0, planned - passes)
    return f"Pass {passes} of at most {planned}" + (f", about {left:.0f} s left." if left > _LONG else ".")


def stopped_line(traces: Sequence[Trace]) -> str:
    """Stopped after pass 3: 34 of 40 places are still open in lane A, 36 in lane B."""
    passes = max(len(trace) for trace in traces)
    when = f"Stopped after pass {passes}" if passes else "Stopped before the first pass"
    masks = [int((trace.final == trace.head.mask_id).sum()) if trace.head.stop_at is None else 0 for trace in traces]
    left = [(count, "ABCDEFGH"[lane]) for lane, count in enumerate(masks) if count]
    if not left:
        return f"{when}."
    (count, lane), *others = left
    places = f"{count} of {len(traces[0].final)} places {'is' if count == 1 else 'are'} still open"
    return f"{when}: {places}{f' in lane {lane}' if len(traces) > 1 else ''}{''.join(f', {n} in lane {name}' for n, name in others)}."


def status_line(text: str, aloud: bool = False) -> str:
    """As the page shows it; `aloud` where the Score, which announces its passes itself, is silent."""
    role = ' role="status"' if aloud else ""
    return f'<p class="pg-text"{role}>{html.escape(text)}</p>'
