"""The page: what stands where, and what happens on a click."""

from __future__ import annotations

import html
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

from ..cards import Card
from . import after, api, choices, picture_in, recorded, scenes
from .ledger import Ledger
from .view import ScoreView, written

HEADER = """<header class="pg-header"><h1>Watch a diffusion language model change its mind</h1>
<p>It writes a caption by filling masks, many at once, and errs where words that belong together are placed apart.
Below, plain filling stands beside methods that mend: every place, every pass, every correction.</p></header>"""


@dataclass(frozen=True)
class Lanes:
    """The pickers of the lanes."""

    preset: gr.Radio
    count: gr.Radio
    boxes: tuple[gr.Group, ...]
    samplers: tuple[gr.Radio, ...]
    checkpoints: tuple[gr.Radio, ...]

    @property
    def inputs(self) -> list[Any]:
        """What a run reads: preset, count, then all samplers, then all checkpoints."""
        return [self.preset, self.count, *self.samplers, *self.checkpoints]


@dataclass(frozen=True)
class Pictures:
    """The picture and what is known of it."""

    picture: gr.Image
    known: gr.State  # {"pixels", "scene"} or None
    prompt: gr.Textbox


@dataclass(frozen=True)
class Budget:
    """Tokens per pass and seed."""

    tokens: gr.Slider
    seed: gr.Number


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
                pictures = _pictures(cards)
            with gr.Column(scale=6, min_width=320):
                lanes, budget = _lanes(cards), _budget(cards)
                _prompt_follows(cards, lanes, pictures.prompt)
                with gr.Row():
                    go = gr.Button("Run", variant="primary", elem_id="run", scale=3)
                    halt = gr.Button("Stop", elem_id="stop", scale=1)
                loading = gr.HTML("", padding=False, elem_id="loading")
        run = gr.State(None)
        results = after.build(ledger, run)
        _run(ledger, score, run, pictures, lanes, budget, go, halt, loading, results)
        api.build()
        blocks.load(_warm, None, None, queue=False, show_progress="hidden", api_visibility="private")
    return blocks


@lru_cache(maxsize=1)
def _warm() -> None:
    """Open the first preset's checkpoints once the first visitor has the page, so that the first run need not wait for it."""

    def fetch() -> None:
        from ..backends import open_checkpoint

        for lane in next(iter(choices.presets(choices.runnable())), choices.Preset("", ())).lanes:
            with suppress(ValueError):
                open_checkpoint(lane.partition("@")[2].partition(":")[0])

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

        plain: dict[str, Any] = {"concurrency_limit": None, "show_progress": "hidden", "queue": False, "api_visibility": "private"}
        pick.input(show, [pick, times], [score, times], **plain)
        blocks.load(wanted, None, [score, pick], **plain)
    return score


def _pictures(cards: list[Card]) -> Pictures:
    known = gr.State(None)
    first, scene = scenes.draw(scenes.READY[0])
    picture = picture_in.PictureIn(
        str(first), label="Picture", sources=["upload", "clipboard", "webcam"], height=260, elem_id="picture", buttons=[]
    )
    with gr.Accordion("Ready scenes, whose truth is known", open=True):
        gallery = gr.Gallery(
            [path for path, _ in scenes.ready()], columns=8, rows=1, height=88, allow_preview=False, show_label=False, elem_id="scenes",
            buttons=[], object_fit="cover",
        )  # fmt: skip
        with gr.Row():
            number = gr.Number(0, label="Scene number", precision=0, minimum=0, elem_id="scene-number", min_width=110)
            unlikely = gr.Checkbox(False, label="Against its habits", elem_id="unlikely", min_width=150)
            draw = gr.Button("Draw me a scene", elem_id="draw", min_width=150)
    prompt = gr.Textbox(next((c.prompt for c in cards if c.prompt), ""), label="Prompt", visible=False, elem_id="prompt")

    def ready(event: gr.SelectData) -> tuple[str, dict[str, Any]]:
        index = event.index if isinstance(event.index, int) else 0
        return _chosen(scenes.READY[index], False)

    def fresh(number: float | None, unlikely: bool) -> tuple[str, dict[str, Any], int]:
        wanted = int(number or 0)
        try:
            path, marked = _chosen(wanted, unlikely)
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from None
        return path, marked, wanted + 1

    quick: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
    gallery.select(ready, None, [picture, known], **quick)
    draw.click(fresh, [number, unlikely], [picture, known, number], **quick)
    picture.upload(picture_in.look, picture, None, **quick)
    known.value = picture_in.marked(str(first), scene)
    return Pictures(picture, known, prompt)


def _chosen(number: int, unlikely: bool) -> tuple[str, dict[str, Any]]:
    path, scene = scenes.draw(number, unlikely)
    return str(path), picture_in.marked(str(path), scene)


def _lanes(cards: list[Card]) -> Lanes:
    presets = choices.presets(cards)
    titles = [preset.title for preset in presets]
    preset = gr.Radio([*titles, choices.OWN], value=titles[0] if titles else choices.OWN, label="Side by side", elem_id="preset")
    own = not titles
    with gr.Group(visible=own) as room:
        count = gr.Radio([("one", 1), ("two", 2), ("three", 3), ("four", 4)], value=2, label="How many lanes", elem_id="count")
        boxes, samplers, checkpoints = [], [], []
        for i in range(choices.MOST_LANES):
            with gr.Group(visible=i < 2, elem_classes="pg-lane") as box, gr.Row():
                samplers.append(
                    gr.Radio(choices.samplers(), value="denoise" if i == 0 else "rediff", label=f"Lane {'ABCD'[i]}", elem_id=f"sampler-{i}")
                )
                checkpoints.append(gr.Radio([(c.title, c.name) for c in cards], value=cards[0].name, label="on", elem_id=f"checkpoint-{i}"))
            boxes.append(box)
    lines = "".join(f"<li><b>{c.title}</b> {c.line}</li>" for c in cards)
    gr.HTML(f'<details class="pg-cards"><summary>The checkpoints</summary><ul>{lines}</ul></details>', padding=False)
    preset.change(lambda title: gr.Group(visible=title == choices.OWN), preset, room, queue=False, api_visibility="private")
    count.change(
        lambda n: [gr.Group(visible=i < n) for i in range(choices.MOST_LANES)], count, boxes, queue=False, api_visibility="private"
    )
    return Lanes(preset, count, tuple(boxes), tuple(samplers), tuple(checkpoints))


def _prompt_follows(cards: list[Card], lanes: Lanes, prompt: gr.Textbox) -> None:
    """The prompt is there when a chosen checkpoint takes one."""
    takers = {card.name for card in cards if card.takes_prompt}

    def follow(*picked: Any) -> gr.Textbox:
        return gr.Textbox(visible=any(lane.partition("@")[2] in takers for lane in lanes_of(*picked)))

    if takers:
        changes = [item.change for item in lanes.inputs]
        gr.on(changes, follow, lanes.inputs, prompt, queue=False, show_progress="hidden", api_visibility="private")


def _budget(cards: list[Card]) -> Budget:
    length = cards[0].length
    said = gr.HTML(f'<p class="pg-said">{choices.in_words(length, 8)}</p>', padding=False, render=False)
    tokens = gr.Slider(1, length, value=8, step=1, label="Words filled in each pass", elem_id="tokens")
    said.render()
    seed = gr.Number(0, label="Seed (matters above temperature 0)", precision=0, minimum=0, visible=False, elem_id="seed")
    tokens.input(
        lambda k: f'<p class="pg-said">{choices.in_words(length, k)}</p>', tokens, said, queue=False, show_progress="hidden",
        api_visibility="private",
    )  # fmt: skip
    return Budget(tokens, seed)


def lanes_of(preset: str, count: int, *picked: str) -> list[str]:
    """The lanes that the pickers mean, by name."""
    for known in choices.presets(choices.runnable()):
        if known.title == preset:
            return list(known.lanes)
    half = len(picked) // 2
    return [f"{sampler}@{checkpoint}" for sampler, checkpoint in zip(picked[:half], picked[half:], strict=True)][: int(count)]


def _run(
    ledger: Ledger, score: ScoreView, run: gr.State, pictures: Pictures, lanes: Lanes, budget: Budget, go: gr.Button, halt: gr.Button,
    loading: gr.HTML, results: after.Results,
) -> None:  # fmt: skip
    def begin(
        request: gr.Request,
        path: str | None,
        known: dict[str, Any] | None,
        prompt: str,
        tokens: float,
        seed: float | None,
        *picked: Any,
    ) -> Iterator[tuple[Any, Any, Any]]:
        from . import live

        picture = picture_in.look(path)
        record = ledger.begin(str(request.session_hash), picture)
        scene = scenes.truth(picture, known)
        try:
            for message in live.run(
                record, lanes_of(*picked), scene=scene, prompt=prompt or "", tokens_per_pass=tokens, seed=int(seed or 0)
            ):
                if isinstance(message, str):
                    yield gr.skip(), gr.skip(), f'<p class="pg-said" role="status">{html.escape(message)}</p>'
                else:
                    yield written(message), record.run, ""
            yield gr.skip(), gr.skip(), ""
        except ValueError as error:
            yield gr.skip(), gr.skip(), ""
            raise gr.Error(str(error), print_exception=False) from None

    inputs = [pictures.picture, pictures.known, pictures.prompt, budget.tokens, budget.seed, *lanes.inputs]
    going = go.click(
        begin, inputs, [score, run, loading], concurrency_id="model", concurrency_limit=2, show_progress="hidden", api_visibility="private",
        scroll_to_output=True,
    )  # fmt: skip
    going.success(results.refresh, run, results.outputs, show_progress="hidden", concurrency_limit=4, api_visibility="private")

    def stop(request: gr.Request) -> None:
        ledger.halt(str(request.session_hash))

    halt.click(stop, None, None, queue=False, show_progress="hidden", api_visibility="private")
