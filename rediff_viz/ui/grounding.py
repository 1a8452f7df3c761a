"""Questions to the picture: asked in a word's story, answered as they are computed, refused in one sentence that stands in the story."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import gradio as gr

from ..service import choices, status, whatif
from ..service.analyses import Analyses
from ..service.grounding import ground, read_question
from ..service.run_store import RunStore
from . import MODEL, QUIET
from .stage import Buttons, Stage
from .streams import Streams
from .view import to_value


def build(store: RunStore, streams: Streams | None, stage: Stage, buttons: Buttons) -> None:
    """What happens upon the Score's events `ground` and `halt`."""

    analyses = Analyses(store)

    def begin_ground(request: gr.Request, event: gr.EventData) -> Iterator[tuple[Any, str]]:
        asked = event._data if isinstance(event._data, dict) else {}
        try:
            if streams is not None:
                streams.await_reader(request)
            session = str(request.session_hash)
            trunk = whatif.find_trunk(store, asked, session, whole=False)
            question = read_question(asked, trunk.trace)
            with store.work(session) as work:
                for message in ground(work, trunk, question):
                    if isinstance(message, str):
                        yield gr.skip(), status.status_line(message, aloud=True)
                    else:
                        if "grounding" in message:
                            analyses.add_grounding(question.run, question.lane, message["grounding"])
                        yield to_value(message), status.status_line(f"Asking the picture: {message['done']} of {message['of']} passes.")
        except ValueError as error:
            about = {name: asked.get(name) for name in ("run", "lane", "position")}
            why = choices.sentence(error)
            yield to_value({"kind": "grounding", "work": secrets.token_urlsafe(6), **about, "refused": why}), status.status_line(why)

    def halt(request: gr.Request) -> None:
        store.stop(str(request.session_hash))

    stage.score.ground(begin_ground, None, [stage.score, buttons.status_box], trigger_mode="multiple", **MODEL, **QUIET)
    stage.score.halt(halt, None, None, queue=False, **QUIET)
