"""The page: what stands where, and what happens on a click."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from threading import Thread
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from ..service import choices, look, recordings, scenes, status, whatif
from ..service.run_store import RunStore
from . import MODEL, QUIET, analysis, api, branches, controls, grounding, pictures, results
from .sentences import Page
from .stage import Buttons, Stage
from .streams import Streams
from .view import ScoreView, to_value

HEADER = """<header class="pg-header"><h1>Watch a diffusion language model change its mind</h1>
<p>It fills masks, many at once, and errs where words belong together.
<span>Here: plain filling beside methods that mend.</span></p></header>"""


def build(store: RunStore | None = None, streams: Streams | None = None) -> gr.Blocks:
    """The whole page as Blocks, ready to be launched; with `streams`, written by a gate in front, nothing is run that nobody reads."""
    store = store or RunStore()
    cards = choices.runnable()
    blocks = Page(analytics_enabled=False, title="rediff_viz", fill_width=False, delete_cache=(3600, 3600))
    with blocks:
        gr.HTML(HEADER, padding=False)
        score, pick = _score_section(store, blocks)
        run = gr.State(None)
        stage = Stage(score, run, pick)
        why = analysis.build(store, streams, stage, bool(cards))
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
                controls.follow_lanes(cards, lanes, plan, shown)
                with gr.Row(elem_id="go"):
                    go = gr.Button("Run", variant="primary", elem_id="run", scale=3)
                    stop_button = gr.Button("Stop", elem_id="stop", scale=1, interactive=False)
                status_box = gr.HTML("", padding=False, elem_id="status")
        after_run, buttons = [results.build(store, run, score), why], Buttons(go, stop_button, status_box)
        _run(store, streams, stage, shown, lanes, plan, buttons, after_run)
        branches.build(store, streams, stage, buttons, after_run)
        grounding.build(store, streams, stage, buttons)
        api.build(store, streams)
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


def _score_section(store: RunStore, blocks: gr.Blocks) -> tuple[ScoreView, gr.Radio]:
    """The Score and the picker of recorded runs."""
    titles = recordings.labels()
    first = titles[0][1] if titles else None
    pick = gr.Radio(titles, value=first, label="Recorded runs", elem_id="recorded", elem_classes="pg-recorded", visible=bool(titles))
    here = bool(choices.runnable())
    remedy, about = (partial(whatif.remedy, store), partial(look.look, store)) if here else (None, None)
    opening = to_value(recordings.message(first)) if first else ""
    score = ScoreView(opening, resync=store.messages_after, remedy=remedy, look=about, elem_id="score")
    times = gr.State(0)

    def show(name: str, shown: int) -> tuple[str, int]:
        return to_value(recordings.message(name, shown + 1)), shown + 1

    def wanted(request: gr.Request) -> tuple[Any, Any]:
        name = request.query_params.get("run")
        known = name in recordings.recorded_runs() and name != first
        return (to_value(recordings.message(str(name))), name) if known else (gr.skip(), gr.skip())

    plain: dict[str, Any] = {"concurrency_limit": None, "queue": False, **QUIET}
    pick.input(show, [pick, times], [score, times], **plain)
    blocks.load(wanted, None, [score, pick], **plain)
    return score, pick


def _run(
    store: RunStore, streams: Streams | None, stage: Stage, shown: pictures.Pictures, lanes: controls.Lanes,
    plan: controls.Budget, buttons: Buttons, after_run: Sequence[results.Results],
) -> None:  # fmt: skip
    def begin(
        request: gr.Request, path: str | None, known: dict[str, Any] | None, prompt: str, known_prompt: str | None, tokens: float,
        length: float, block: float | None, temperature: float, seed: float | None, *picked: Any,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        from ..service import stream

        try:
            if streams is not None:
                streams.await_reader(request)
            picture = pictures.open_upload(path)
            stored = store.begin(str(request.session_hash), picture)
            chosen = controls.lanes_of(*picked)
            messages = stream.run(
                stored, chosen, scene=scenes.truth_for(picture, known), prompt=controls.prompt_of(chosen, prompt, known_prompt),
                tokens_per_pass=tokens, length=length, block=block, temperature=temperature, seed=seed,
            )  # fmt: skip
            for message, line in status.with_status(messages):
                can_stop = gr.Button(interactive=True) if message is None or message["kind"] == "run" else gr.skip()
                yield *stage.showing(message, stored.run), can_stop, line
        except gr.Error:  # of the picture, already a sentence; it is a ValueError too
            raise
        except ValueError as error:
            raise pictures.refused(error) from None

    def stop(request: gr.Request) -> None:
        store.stop(str(request.session_hash))

    inputs = [shown.picture, shown.known, shown.prompt, shown.known_prompt, *plan.inputs, *lanes.inputs]
    pressed = buttons.go.click(buttons.busy, None, [buttons.go, buttons.status_box], queue=False, **QUIET)
    going = pressed.then(begin, inputs, [*stage.outputs, buttons.stop, buttons.status_box], **MODEL, **QUIET)
    going.success(buttons.idle, None, [buttons.go, buttons.stop], queue=False, **QUIET)  # `then` does not distinguish failures
    going.failure(buttons.failed, None, [buttons.go, buttons.stop, buttons.status_box], queue=False, **QUIET)
    for part in after_run:
        going.success(part.refresh, part.inputs, part.outputs, concurrency_limit=4, **QUIET)
    buttons.stop.click(stop, None, None, queue=False, **QUIET)
