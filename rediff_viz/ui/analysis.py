"""Why did it go wrong: the numbers of the run that is shown, live or recorded, figures of its analysis, and a button for its cascade.

Nothing is drawn before a visitor opens it.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import gradio as gr

from ..service.analyses import Analyses, Study, cost
from ..service.analysis_table import table_html
from ..service.choices import sentence
from ..service.run_store import FORGOTTEN, RunStore
from ..service.status import status_line
from . import MODEL, QUIET, pictures
from .results import Results
from .stage import Stage
from .streams import Streams
from .view import to_value

NOT_YET = "Of a run that is under way nothing is known yet; come back when it has ended."


def build(store: RunStore, streams: Streams | None, stage: Stage, can_run: bool) -> Results:
    """Lay out the panel, closed; with `can_run`, cascades can be computed here."""
    studies, analyses, shown = list(_studies()), Analyses(store), [stage.pick, stage.run]
    is_open = gr.State(False)
    with gr.Accordion("Why did it go wrong?", open=False, elem_id="analysis") as box:
        with gr.Row(elem_id="causes-row", visible=can_run) as ask:
            go = gr.Button("What caused what", elem_id="causes", scale=2)
            stop = gr.Button("Stop", elem_id="causes-stop", scale=1, interactive=False)
        line = gr.HTML("", padding=False, elem_id="causes-line")
        table = gr.HTML("", padding=False, elem_id="numbers")
        which = gr.Radio(studies, value=studies[0], label="Figure", elem_id="study", show_label=False)
        plot = gr.Plot(show_label=False, elem_id="study-plot")
        read = gr.HTML("", padding=False, elem_id="study-read")

    def refresh(pick: str | None, run: str | None, opened: bool, view: str) -> list[Any]:
        return panel(analyses, pick or run, view, can_run) if opened else [gr.skip()] * 7

    def open_it(pick: str | None, run: str | None, view: str) -> list[Any]:
        return [*panel(analyses, pick or run, view, can_run), True]

    def redraw(pick: str | None, run: str | None, view: str) -> tuple[Any, str]:
        study = analyses.find(pick or run)
        return (None, "") if study is None else study_box(study, view)

    def compute(request: gr.Request, pick: str | None, run: str | None, view: str) -> Iterator[tuple[Any, ...]]:
        try:
            if streams is not None:
                streams.await_reader(request)
            study = analyses.find(pick or run)
            if study is None:
                raise ValueError(FORGOTTEN if run else NOT_YET)
            for made in analyses.cascades(study, str(request.session_hash)):
                view, status = (gr.skip(), status_line(made, aloud=True)) if isinstance(made, str) else (to_value(made), gr.skip())
                yield view, status, gr.Button(interactive=True)
        except ValueError as error:
            raise pictures.refused(error) from None

    def end(request: gr.Request) -> None:
        analyses.stop(str(request.session_hash))

    inputs, outputs = [*shown, which], [ask, go, line, table, which, plot, read]
    plain: dict[str, Any] = {"concurrency_limit": 4, **QUIET}
    box.expand(open_it, inputs, [*outputs, is_open], **plain)
    box.collapse(lambda: False, None, is_open, queue=False, **QUIET)
    stage.pick.change(refresh, [*shown, is_open, which], outputs, **plain)
    which.input(redraw, inputs, [plot, read], **plain)
    pressed = go.click(lambda: gr.Button("Computing", interactive=False), None, go, queue=False, **QUIET)
    going = pressed.then(compute, inputs, [stage.score, line, stop], **MODEL, **QUIET)
    for ended in (going.success, going.failure):
        ended(lambda: gr.Button(interactive=False), None, stop, queue=False, **QUIET).then(
            refresh, [*shown, is_open, which], outputs, **plain
        )
    stop.click(end, None, None, queue=False, **QUIET)
    return Results([*shown, is_open, which], outputs, refresh)


def panel(analyses: Analyses, run: str | None, view: str, can_run: bool) -> list[Any]:
    """Of a run: the buttons' row, the button, the line below, the table, the choice of figures, the figure and how to read it."""
    study = analyses.find(run)
    if study is None:
        return [gr.Row(visible=False), gr.skip(), "", _paragraph(NOT_YET), gr.Radio(visible=False), None, ""]
    row, go = gr.Row(visible=can_run and not study.complete), gr.Button("What caused what", interactive=True)
    try:
        line = status_line(cost(study)) if can_run else ""
    except ValueError as error:
        line = status_line(sentence(error))
    return [row, go, line, table_html(study), gr.Radio(visible=True), *study_box(study, view)]


def study_box(study: Study, view: str) -> tuple[Any, str]:
    """A figure and the words that say how to read it, or why there is none."""
    try:
        made = _studies()[view](study.traces, study.lanes)
    except (ValueError, KeyError) as error:
        return None, _paragraph(sentence(error) if isinstance(error, ValueError) else "")
    return made, _paragraph(made.layout.meta["read"])


def _paragraph(text: str) -> str:
    return f'<p class="pg-text">{html.escape(text, quote=False)}</p>'


def _studies() -> dict[str, Any]:
    from ..views import STUDIES

    return STUDIES
