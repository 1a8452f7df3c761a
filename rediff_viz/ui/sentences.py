"""The page's blocks: whatever goes wrong behind them reaches a visitor as one plain sentence, without a path of the server."""

from __future__ import annotations

import errno
import traceback
from typing import Any

import gradio as gr

from ..images import UNREADABLE

UNFIT = "A value does not fit: a number out of its range, a choice that is not there, or one of another kind."
NOT_WRITTEN = "The server could not write a file, its disk may be full. Try again later."
FAILED = "Something went wrong on the server. Try again, and with other settings if it happens again."


class Page(gr.Blocks):
    """Blocks that translate errors; gr.Error is a sentence already."""

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *rest: Any, **keywords: Any) -> list[Any]:
        """Values out of a request, as the functions take them. Nothing is fetched for them."""
        paths = _paths(inputs)
        if any("://" in str(path)[:20] for path in paths):
            raise refusal(UNREADABLE)
        try:
            ready: list[Any] = await super().preprocess_data(block_fn, inputs, *rest, **keywords)
            return ready
        except Exception as error:  # gradio's own words quote values, paths and names of code
            full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise refusal(NOT_WRITTEN if full else UNREADABLE if paths else UNFIT) from None

    async def process_api(self, *rest: Any, **keywords: Any) -> dict[str, Any]:
        """An event, from its values to its answer."""
        try:
            answer: dict[str, Any] = await super().process_api(*rest, **keywords)
            return answer
        except gr.Error:
            raise
        except Exception as error:
            traceback.print_exc()
            raise refusal(NOT_WRITTEN if isinstance(error, OSError) else FAILED) from None


def refusal(sentence: str) -> gr.Error:
    """One sentence, which the server's log need not repeat."""
    return gr.Error(sentence, print_exception=False)


def _paths(value: Any) -> list[Any]:
    """What stands under "path" anywhere in a value."""
    found, rest = [], [value]
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            found += [part["path"]] if "path" in part else []
            rest += part.values()
        elif isinstance(part, list | tuple):
            rest += part
    return found
