"""The page: what stands where, and what happens on a click."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from threading import Thread
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from . import QUIET, after, api, choices, controls, pictures, recorded, scenes, told
from .ledger import Ledger
from .view import ScoreView, written

HEADER = """<header class="pg-header"><h1>Watch a diffusion language model change its mind</h1>
<p>It writes a caption by filling masks, many at once, and errs where words that belong together are placed apart.
Below, plain filling stands beside methods that mend: every place, every pass, every correction.</p></header>"""


def build(ledger: Ledger | None = None) -> gr.Blocks:
    """The whole page as Blocks, ready to be launched."""
    ledger = ledger or Ledger()
    cards = choices.runnable()
    with gr.Blocks(analytics_enabled=False, title="rediff_viz", fill_width=False, delete_cache=(3600, 3600)) as blocks:
        gr.HTML(HEADER, padding=False)
        score = _stage(ledger, blocks)
        if not cards:
            gr.HTML('<p class="pg-note">No checkpoint can run here, so there are recordings only.</p>', padding=False)
            return blocks
        gr.HTML('<h2 class="pg-h2">Your own run</h2>', padding=False)
        with gr.Row(equal_height=False, elem_classes="pg-run"):
            with gr.Column(scale=5, min_width=300):
                shown = pictures.build(cards)
            with gr.Column(scale=6, min_width=320):
                lanes = controls.lanes(cards)
                plan = controls.budget(choices.places(cards))
                controls.follow_lanes(cards, lanes, plan, shown.prompt)
                with gr.Row(elem_id="go"):
                    go = gr.Button("Run", variant="primary", elem_id="run", scale=3)
                    halt = gr.Button("Stop", elem_id="stop", scale=1, interactive=False)
                news = gr.HTML("", padding=False, elem_id="news")
        run = gr.State(None)
        results = after.build(ledger, run, score)
        _run(ledger, score, run, shown, lanes, plan, _Buttons(go, halt, news), results)
        api.build()
        blocks.load(_warm, None, None, queue=False, **QUIET)
    return blocks


@lru_cache(maxsize=1)
def _warm() -> None:
    """Open the first preset's checkpoints once the first visitor has the page, so that the first run need not wait for it."""

    def fetch() -> None:
        from ..backends import open_checkpoint

        for lane in next(iter(choices.presets(choices.runnable())), choices.Preset("", ())).lanes:
            with suppress(ValueError):
                open_checkpoint(choices.checkpoint_of(lane))

    Thread(target=fetch, daemon=True, name="warm").start()


def _stage(ledger: Ledger, blocks: gr.Blocks) -> ScoreView:
    """The Score and the recorded runs."""
    shelf = recorded.labels()
    many = len(shelf) > 1
    first = written(recorded.message(shelf[0][1])) if shelf else ""
    if many:
        pick = gr.Radio(shelf, value=shelf[0][1], label="Recorded runs", elem_id="recorded", elem_classes="pg-recorded")
    score = ScoreView(first, resync=ledger.after, elem_id="score")
    if many:
        times = gr.State(0)

        def show(name: str, shown: int) -> tuple[str, int]:
            return written(recorded.message(name, shown + 1)), shown + 1

        def wanted(request: gr.Request) -> tuple[Any, Any]:
            name = request.query_params.get("run")
            known = name in recorded.shelf() and name != shelf[0][1]
            return (written(recorded.message(str(name))), name) if known else (gr.skip(), gr.skip())

        plain: dict[str, Any] = {"concurrency_limit": None, "queue": False, **QUIET}
        pick.input(show, [pick, times], [score, times], **plain)
        blocks.load(wanted, None, [score, pick], **plain)
    return score


@dataclass(frozen=True)
class _Buttons:
    """Run, Stop and the line below them: Run rests while a run is under way, and only then Stop can be pressed."""

    go: gr.Button
    halt: gr.Button
    news: gr.HTML

    def busy(self) -> list[Any]:
        """As Run is pressed."""
        return [gr.Button("Running", interactive=False), told.line("Waiting for its turn.")]

    def idle(self) -> list[Any]:
        """As a run has ended."""
        return [gr.Button("Run", interactive=True), gr.Button(interactive=False)]

    def failed(self) -> list[Any]:
        """As a run could not be made: why has been said."""
        return [*self.idle(), ""]


def _run(
    ledger: Ledger, score: ScoreView, run: gr.State, shown: pictures.Pictures, lanes: controls.Lanes, plan: controls.Budget,
    buttons: _Buttons, results: after.Results,
) -> None:  # fmt: skip
    def begin(
        request: gr.Request, path: str | None, known: dict[str, Any] | None, prompt: str, tokens: float, length: float,
        block: float | None, temperature: float, seed: float | None, *picked: Any,
    ) -> Iterator[tuple[Any, Any, Any, Any]]:  # fmt: skip
        from . import live

        picture = pictures.look(path)
        record = ledger.begin(str(request.session_hash), picture)
        try:
            messages = live.run(
                record, controls.lanes_of(*picked), scene=scenes.truth(picture, known), prompt=prompt or "", tokens_per_pass=tokens,
                length=int(length), block=int(block) if block else None, temperature=temperature, seed=int(seed or 0),
            )  # fmt: skip
            for message, line in told.along(messages):
                fresh = (gr.skip(), gr.skip()) if message is None else (written(message), record.run)
                yield *fresh, gr.Button(interactive=True) if message is None or message["kind"] == "run" else gr.skip(), line
        except ValueError as error:
            raise pictures.refused(error) from None

    def stop(request: gr.Request) -> None:
        ledger.halt(str(request.session_hash))

    inputs = [shown.picture, shown.known, shown.prompt, *plan.inputs, *lanes.inputs]
    pressed = buttons.go.click(buttons.busy, None, [buttons.go, buttons.news], queue=False, **QUIET)
    going = pressed.then(begin, inputs, [score, run, buttons.halt, buttons.news], concurrency_id="model", concurrency_limit=2, **QUIET)
    going.success(buttons.idle, None, [buttons.go, buttons.halt], queue=False, **QUIET)  # `then` is not told of failures
    going.failure(buttons.failed, None, [buttons.go, buttons.halt, buttons.news], queue=False, **QUIET)
    going.success(results.refresh, results.inputs, results.outputs, concurrency_limit=4, **QUIET)
    buttons.halt.click(stop, None, None, queue=False, **QUIET)
