"""What comes after a run: figures to study, what the eye saw, files to take along."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import gradio as gr

from ..service import concept_grid
from ..service.run_store import FORGOTTEN, RunStore, StoredRun
from ..service.workspace import workspace
from ..verdicts import Verdict
from . import QUIET
from .marks import VERDICTS, marks_on, read_marks
from .sentences import refusal

CROWDED = 48  # places: above, a figure is laid out wider and scrolls in its own box


@dataclass(frozen=True)
class Word:
    """The word whose story is open in the Score."""

    position: int  # from 0
    at: int  # the pass the cursor stands at


@dataclass(frozen=True)
class Results:
    """The components below the run, and what refreshes them."""

    inputs: list[Any]
    outputs: list[Any]
    refresh: Callable[..., Any]


def build(store: RunStore, run: gr.State, score: Any) -> Results:
    """Lay out the results, hidden until there are some; `score` says which word was clicked."""
    views = list(_views())
    word = gr.State(None)
    with gr.Column(visible=False, elem_id="results") as section:
        gr.HTML('<h2 class="pg-h2">To study</h2>', padding=False)
        with gr.Accordion("Figures", open=True):
            which = gr.Radio(views, value=views[0], label="Figure", elem_id="figure", show_label=False)
            plot = gr.Plot(show_label=False, elem_id="plot")
            read = gr.HTML("", padding=False, elem_id="read")
        with gr.Accordion("What the eye saw", open=False, visible=False) as eye_section:
            concept = gr.Radio([], label="Shown in each cell", elem_id="concept", show_label=False)
            seen = gr.HTML("", padding=False, elem_id="eye")
        _files(store, run)

    def refresh(name: str | None, view: str) -> list[Any]:
        stored = store.find(name)
        if stored is None or not stored.traces:
            return [gr.Column(visible=False), gr.Accordion(visible=False), gr.skip(), "", None, "", None]
        names = concept_grid.concepts(stored)
        first = next(iter(names), None)
        picker = gr.Radio(list(names), value=first)
        return [
            gr.Column(visible=True),
            gr.Accordion(visible=bool(names)),
            picker,
            concept_grid.grid_html(stored, first),
            *figure_box(stored, view),
            None,
        ]

    def redraw(name: str | None, view: str, asked: Word | None) -> tuple[Any, str]:
        stored = store.find(name)
        if stored is None:
            return None, _gone(name)
        return figure_box(stored, view, asked) if stored.traces else (None, "")

    def story(event: gr.EventData, name: str | None) -> Any:
        stored = store.find(name)
        asked = None if stored is None else clicked(stored, event._data)
        return gr.skip() if asked is None else asked

    def follow(name: str | None, view: str, asked: Word | None) -> tuple[Any, Any]:
        return redraw(name, view, asked) if _takes(view, "positions") else (gr.skip(), gr.skip())

    def look(name: str | None, chosen: str | None) -> str:
        stored = store.find(name)
        return _gone(name) if stored is None else concept_grid.grid_html(stored, chosen)

    which.input(redraw, [run, which, word], [plot, read], **QUIET)
    concept.input(look, [run, concept], seen, **QUIET)
    # in two steps: an event that is put off comes with its old data, a change that is put off with the state of the moment
    score.story(story, run, word, trigger_mode="multiple", concurrency_limit=1, **QUIET)
    word.change(follow, [run, which, word], [plot, read], trigger_mode="always_last", concurrency_limit=4, **QUIET)
    return Results([run, which], [section, eye_section, concept, seen, plot, read, word], refresh)


def _files(store: RunStore, run: gr.State) -> None:
    with gr.Accordion("Take it with you", open=False):
        with_picture = gr.Checkbox(False, label="Put the picture into the files", elem_id="with-picture")
        make = gr.Button("Make the files", elem_id="make-files")
        verdicts = gr.Textbox(visible=False)
        files = gr.File(label="Files", file_count="multiple", elem_id="files", interactive=False)

    def pack(name: str | None, keep: bool, marks: str | None) -> list[str]:
        stored = store.find(name)
        if stored is None or not stored.traces:
            raise refusal(FORGOTTEN)
        return [str(path) for path in write_files(stored, keep, read_marks(marks or ""))]

    make.click(pack, [run, with_picture, verdicts], files, js=VERDICTS, api_visibility="private")
    run.change(lambda: None, None, files, queue=False, **QUIET)


def _gone(name: str | None) -> str:
    """What stands where a run was that the server has forgotten; nothing where there was none."""
    return f'<p class="pg-text">{FORGOTTEN}</p>' if name else ""


def _views() -> dict[str, Callable[..., Any]]:
    from ..views import VIEWS

    return VIEWS


def _takes(view: str | None, keyword: str) -> bool:
    """Whether a registered view has this keyword."""
    return view in _views() and keyword in signature(_views()[view]).parameters


def clicked(stored: StoredRun, data: Any) -> Word | None:
    """The word a browser says was clicked; None for another run, a run under way, or a place that is not there."""
    if not isinstance(data, dict) or data.get("run") != stored.run or not stored.traces:
        return None
    position, at = data.get("position"), data.get("pass")
    if type(position) is not int or not 0 <= position < min(len(trace.start) for trace in stored.traces):
        return None
    return Word(position, at if type(at) is int else max(len(trace) for trace in stored.traces))


def figure(stored: StoredRun, view: str | None, word: Word | None = None) -> Any:
    """One of the registered views of the run, of the clicked word where it can be; None where there is none of that name."""
    traces = list(stored.traces)
    if view not in _views() or not any(len(trace) for trace in traces):
        return None
    keywords: dict[str, Any] = {}
    if word is not None and _takes(view, "positions"):
        keywords = {"positions": [word.position], "at": word.at}
    return _views()[view](traces, **keywords)


def figure_box(stored: StoredRun, view: str | None, word: Word | None = None) -> tuple[Any, str]:
    """A figure in a box that is wide enough for it, and the words that say how to read it."""
    made = figure(stored, view, word)
    if made is None:
        return None, ""
    crowded = max(len(trace.start) for trace in stored.traces) > CROWDED
    how = (made.layout.meta or {}).get("read", "")
    return gr.Plot(made, elem_classes=["pg-wide"] if crowded else []), reading(stored.traces, view, word, how)


def reading(traces: Sequence[Any], view: str | None, word: Word | None, read: str) -> str:
    """How to read the figure, and which word it is of where a view can be of one."""
    lead = ""
    if _takes(view, "positions"):
        lead = "<b>Click any word in the Score above to see its place here.</b> "
        if word is not None:
            ends = dict.fromkeys(_end_at(trace, word.position) for trace in traces)
            lead = f"<b>The place you clicked, position {word.position + 1}: {html.escape(' / '.join(ends))}.</b> "
    return f'<p class="pg-text">{lead}{html.escape(read, quote=False)}</p>'


def _end_at(trace: Any, position: int) -> str:
    """What a lane ended with at a position, as people read it."""
    token = int(trace.final[position])
    special = {trace.head.eot_id: "end of text", trace.head.mask_id: "still open"}
    return special.get(token) or str(trace.tokens([token])[0])


def write_files(stored: StoredRun, with_picture: bool, marks: Sequence[Verdict] = ()) -> list[Path]:
    """The run as files: traces in a zip, a table of events, a page that plays by itself.

    A visitor's verdicts go into the zip and the table. Raises gr.Error where one names a place that the run does not have.
    """
    from ..saved_run import SavedRun, events_csv, zip_run
    from ..score.html import page

    folder = workspace().folder()
    picture = stored.picture if with_picture else None
    saved = SavedRun("run", stored.traces, picture, {"title": stored.title}, stored.analysis)
    document = folder / "run.html"
    document.write_text(page(saved), encoding="utf-8")
    mine = marks_on(stored.traces, marks)
    return [zip_run(saved, folder / "run.zip", mine), events_csv(stored.traces, folder / "events.csv", mine), document]
