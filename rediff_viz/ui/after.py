"""What comes after a run: figures to study, what the eye saw, files to take along."""

from __future__ import annotations

import html
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import gradio as gr

from ..score import wrong_words
from .ledger import Ledger, Record


@dataclass(frozen=True)
class Results:
    """The components below the run, and what refreshes them."""

    outputs: list[Any]
    refresh: Callable[..., Any]


def build(ledger: Ledger, run: gr.State) -> Results:
    """Lay out the results, hidden until there are some."""
    with gr.Column(visible=False, elem_id="results") as room:
        gr.HTML('<h2 class="pg-h2">To study</h2>', padding=False)
        with gr.Accordion("What the eye saw", open=False, visible=False) as eye_room:
            eye = gr.HTML("", padding=False, elem_id="eye")
        with gr.Accordion("Figures", open=True):
            which = gr.Radio(list(_views()), value=next(iter(_views()), None), label="Figure", elem_id="figure", show_label=False)
            plot = gr.Plot(show_label=False, elem_id="plot")
        with gr.Accordion("Take it with you", open=False):
            with_picture = gr.Checkbox(False, label="Put the picture into the files", elem_id="with-picture")
            make = gr.Button("Make the files", elem_id="make-files")
            files = gr.File(label="Files", file_count="multiple", elem_id="files", interactive=False)

    def refresh(name: str | None, view: str) -> list[Any]:
        record = ledger.find(name)
        if record is None or not record.traces:
            return [gr.Column(visible=False), gr.Accordion(visible=False), "", None, None]
        seen = eye_html(record)
        return [gr.Column(visible=True), gr.Accordion(visible=bool(seen)), seen, figure(record, view), None]

    def redraw(name: str | None, view: str) -> Any:
        record = ledger.find(name)
        return None if record is None or not record.traces else figure(record, view)

    def pack(name: str | None, keep: bool) -> list[str]:
        record = ledger.find(name)
        if record is None or not record.traces:
            raise gr.Error("This run is no longer kept; run it again.", print_exception=False)
        return [str(path) for path in written(record, keep)]

    which.input(redraw, [run, which], plot, show_progress="hidden", api_visibility="private")
    make.click(pack, [run, with_picture], files, api_visibility="private")
    return Results([room, eye_room, eye, plot, files], lambda name: refresh(name, next(iter(_views()), "")))


def _views() -> dict[str, Callable[..., Any]]:
    from ..views import VIEWS

    return VIEWS


def figure(record: Record, view: str | None) -> Any:
    """One of the registered views of the run; None where there is none of that name."""
    known, traces = _views(), list(record.traces)
    if view not in known or not any(len(trace) for trace in traces):
        return None
    judged = {"wrong": [wrong_words(trace) for trace in traces]} if "wrong" in signature(known[view]).parameters else {}
    return known[view](traces, **judged)


def written(record: Record, with_picture: bool) -> list[Path]:
    """The run as files: traces in a zip, a table of events, a page that plays by itself."""
    from ..export import SavedRun, events_csv, page, zip_run

    room = Path(tempfile.mkdtemp(prefix="rediff-run-"))
    picture = record.picture if with_picture else None
    saved = SavedRun("run", record.traces, picture, {"title": record.title})
    document = room / "run.html"
    document.write_text(page(saved), encoding="utf-8")
    return [zip_run(saved, room / "run.zip"), events_csv(record.traces, room / "events.csv"), document]


def eye_html(record: Record) -> str:
    """What the eye saw over the picture, cell by cell; "" where no eye told."""
    from ..export import data_url

    nouns = record.seen.get("noun")
    if nouns is None or record.picture is None:
        return ""
    names = _names(record)
    if not names.get("noun"):
        return ""
    cells = []
    for y in range(nouns.shape[0]):
        for x in range(nouns.shape[1]):
            best = int(nouns[y, x].argmax())
            word, sure = names["noun"][best], float(nouns[y, x, best])
            told = "" if word in ("", "nothing", "none", "background") else html.escape(word)
            cells.append(f'<span style="--p:{sure:.2f}" title="{told or "nothing"} {sure:.2f}"{" class=on" if told else ""}>{told}</span>')
    return (
        f'<div class="pg-eye"><img alt="The picture" src="{data_url(record.picture)}"><div>{"".join(cells)}</div></div>'
        '<p class="pg-said">The thing the eye thinks it sees in each of its 49 cells; the writer reads nothing but this.</p>'
    )


def _names(record: Record) -> dict[str, list[str]]:
    """The values of each concept, as the checkpoint's card names them; else the picture world's own order."""
    from ..cards import card
    from ..world import NOUNS

    concepts = card(record.traces[0].head.checkpoint).options.get("concepts", {})
    named = {name: [str(v) for v in values] for name, values in concepts.items()} if isinstance(concepts, dict) else {}
    ours = record.seen["noun"].shape[-1] == 1 + len(NOUNS)
    return named or ({"noun": ["", *NOUNS]} if ours else {})
