"""Branches on the page: a change asked for in a word's story is run beside its trunk, and left again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from ..service import status, whatif
from ..service.recordings import recorded_runs
from ..service.run_store import RunStore
from . import MODEL, QUIET, pictures
from .results import Results
from .stage import Buttons, Stage
from .streams import Streams


def build(store: RunStore, streams: Streams | None, stage: Stage, buttons: Buttons, after_run: Sequence[Results]) -> None:
    """What happens upon the Score's events `branch` and `back`."""

    def begin_branch(request: gr.Request, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        from ..service.branch import branch

        try:
            if streams is not None:
                streams.await_reader(request)
            session = str(request.session_hash)
            trunk = whatif.find_trunk(store, event._data, session)
            wish = whatif.read_wish(event._data, trunk.trace)
            stored = store.begin(session, trunk.picture)
            for message, line in status.with_status(branch(stored, trunk, wish)):
                begun = message is None or message["kind"] == "run"
                pressed = (buttons.busy()[0], gr.Button(interactive=True)) if begun else (gr.skip(), gr.skip())
                yield *stage.showing(message, stored.run), *pressed, line
        except ValueError as error:
            raise pictures.refused(error) from None

    def left(request: gr.Request, event: gr.EventData) -> tuple[Any, Any]:
        session, data = str(request.session_hash), event._data
        name = data.get("run") if isinstance(data, dict) else None
        store.stop(session)
        if isinstance(name, str) and name in recorded_runs():
            return None, name
        stored = store.find(name)
        return (stored.run, None) if stored is not None and stored.session == session else (gr.skip(), gr.skip())

    rest = [buttons.go, buttons.stop]
    going = stage.score.branch(
        begin_branch, None, [*stage.outputs, buttons.go, buttons.stop, buttons.status_box], trigger_mode="multiple", **MODEL, **QUIET
    )
    going.success(buttons.idle, None, rest, queue=False, **QUIET)
    going.failure(buttons.failed, None, [*rest, buttons.status_box], queue=False, **QUIET)
    back = stage.score.back(left, None, [stage.run, stage.pick], trigger_mode="multiple", queue=False, **QUIET)
    for part in after_run:
        going.success(part.refresh, part.inputs, part.outputs, concurrency_limit=4, **QUIET)
        back.then(part.refresh, part.inputs, part.outputs, concurrency_limit=4, **QUIET)
