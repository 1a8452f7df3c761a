"""What shows a run, and the buttons that begin and end one: shared by what the page runs and by branches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from ..service import status
from .view import ScoreView, to_value


@dataclass(frozen=True)
class Stage:
    """What shows runs: the Score, the live run's id, and the picker of recorded ones, where none is chosen while a live one shows."""

    score: ScoreView
    run: gr.State
    pick: gr.Radio

    @property
    def outputs(self) -> list[Any]:
        """What a message of a live run goes to."""
        return [self.score, self.run, self.pick]

    def showing(self, message: dict[str, Any] | None, run: str) -> tuple[Any, Any, Any]:
        """A message of the live run of that id; None is none."""
        if message is None:
            return gr.skip(), gr.skip(), gr.skip()
        return to_value(message), run, gr.Radio(value=None) if message["kind"] == "run" else gr.skip()


@dataclass(frozen=True)
class Buttons:
    """Run, Stop and the line below them: Run rests while a run is under way, and only then Stop can be pressed."""

    go: gr.Button
    stop: gr.Button
    status_box: gr.HTML

    def busy(self) -> list[Any]:
        """As Run is pressed."""
        return [gr.Button("Running", interactive=False), status.status_line("Waiting for its turn.")]

    def idle(self) -> list[Any]:
        """As a run has ended."""
        return [gr.Button("Run", interactive=True), gr.Button(interactive=False)]

    def failed(self) -> list[Any]:
        """As a run could not be made: why has been shown."""
        return [*self.idle(), ""]
