"""The pickers of a run: lanes, how many words a pass, how many places, and what is rarely changed."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ..cards import Card
from ..run.reading import READING
from ..samplers import SAMPLERS
from ..service import choices, status
from . import QUIET
from .pictures import Pictures

_AT_ONCE: dict[str, Any] = {"queue": False, **QUIET}


@dataclass(frozen=True)
class Lanes:
    """The pickers of the lanes."""

    preset: gr.Radio
    count: gr.Radio
    boxes: tuple[gr.Group, ...]
    samplers: tuple[gr.Dropdown, ...]
    checkpoints: tuple[gr.Radio, ...]
    settings: tuple[gr.Textbox, ...]

    @property
    def inputs(self) -> list[Any]:
        """What a run reads: preset, count, then all samplers, all checkpoints, all settings."""
        return [self.preset, self.count, *self.samplers, *self.checkpoints, *self.settings]


@dataclass(frozen=True)
class Budget:
    """The plan: words a pass, places, block, temperature, seed."""

    tokens: gr.Slider
    length: gr.Slider
    block: gr.Number
    temperature: gr.Slider
    seed: gr.Number
    meaning: gr.HTML  # what it means, or why it cannot be

    @property
    def inputs(self) -> list[Any]:
        """What a run reads, in this order."""
        return [self.tokens, self.length, self.block, self.temperature, self.seed]


def lanes(cards: Sequence[Card]) -> Lanes:
    """Lay out the presets and, behind the last of them, one picker a lane."""
    presets = choices.presets(cards)
    titles = [preset.title for preset in presets]
    preset = gr.Radio([*titles, choices.OWN], value=titles[0] if titles else choices.OWN, label="Side by side", elem_id="preset")
    own = not titles
    with gr.Group(visible=own, elem_classes="pg-own-lanes") as own_box:
        count = gr.Radio([("one", 1), ("two", 2), ("three", 3), ("four", 4)], value=2, label="How many lanes", elem_id="count")
        boxes, samplers, checkpoints, settings = [], [], [], []
        for i in range(choices.MAX_LANES):
            letter, first = "ABCD"[i], "denoise" if i == 0 else "rediff"
            with gr.Group(visible=i < 2, elem_classes="pg-lane") as box:
                with gr.Row():
                    samplers.append(sampler_picker(i, letter, first))
                    checkpoints.append(
                        gr.Radio([(c.title, c.name) for c in cards], value=cards[0].name, label="on", elem_id=f"checkpoint-{i}")
                    )
                settings.append(
                    gr.Textbox(
                        label=f"Settings of lane {letter}", placeholder="settle=4,max_revisions=3", max_lines=1, elem_id=f"settings-{i}"
                    )
                )
            boxes.append(box)
        gr.HTML(settings_html(), padding=False)
    gr.HTML(checkpoints_html(cards), padding=False)
    preset.change(lambda title: gr.Group(visible=title == choices.OWN), preset, own_box, **_AT_ONCE)
    count.change(lambda n: [gr.Group(visible=i < n) for i in range(choices.MAX_LANES)], count, boxes, **_AT_ONCE)
    return Lanes(preset, count, tuple(boxes), tuple(samplers), tuple(checkpoints), tuple(settings))


def sampler_picker(lane: int, letter: str, first: str) -> gr.Dropdown:
    """All samplers by group, found by typing; below, what the chosen one does."""
    line, name = choices.sampler_line(first), f"Lane {letter}"
    picker = gr.Dropdown(choices.samplers(), value=first, label=name, info=line, filterable=True, elem_id=f"sampler-{lane}")
    picker.input(lambda name: gr.Dropdown(info=choices.sampler_line(name)), picker, picker, **_AT_ONCE)
    return picker


def settings_html() -> str:
    """Where every sampler's rules come from, and the settings it has by its signature, with their defaults."""
    lines = []
    for method in SAMPLERS.values():
        lines.append(f"<li><b>{html.escape(method.title)}</b> {html.escape(method.provenance({}))}</li>")
        for s in method.settings().values():
            own = " Ours, not the paper's." if s.ours else ""
            text = f"{s.line} ({s.expected()}; {'none' if s.default is None else str(s.default).lower()} unless set).{own}"
            lines.append(f"<li><b>{html.escape(method.title)}</b> <code>{s.name}</code> {html.escape(text)}</li>")
    for s in READING.values():
        text = f"{s.line} ({s.expected()}; {s.default:g} unless set). From the paper."
        lines.append(f"<li><b>Every lane that reads a picture</b> <code>{s.name}</code> {html.escape(text)}</li>")
    about = "Written key=value with commas between; empty: as the checkpoint's card has it."
    return f'<details class="pg-cards"><summary>The settings of the samplers</summary><p>{about}</p><ul>{"".join(lines)}</ul></details>'


def checkpoints_html(cards: Sequence[Card]) -> str:
    """What every checkpoint is; those that cannot run here say what they would need."""
    known = [(card, "") for card in cards] + [(card, " Not on this machine.") for card in choices.elsewhere()]
    lines = [f"<li><b>{html.escape(card.title)}</b> {html.escape(card.line)}{why}</li>" for card, why in known]
    return f'<details class="pg-cards"><summary>The checkpoints</summary><ul>{"".join(lines)}</ul></details>'


def budget(length: int) -> Budget:
    """Lay out the plan of a run for checkpoints that write `length` places."""
    slider: dict[str, Any] = {"step": 1, "min_width": 240, "buttons": []}
    few = min(8, length)
    with gr.Row(elem_id="plan"):
        tokens = gr.Slider(1, length, value=few, label="Words filled in each pass", elem_id="tokens", **slider)
        places = gr.Slider(1, length, value=length, label="Places to fill", elem_id="length", **slider)
    meaning = gr.HTML(_meaning(few, length, None), padding=False)
    with gr.Accordion("More settings", open=False, elem_id="more"), gr.Row():
        block = gr.Number(
            0, label="Block", info="Places filled before the next ones are begun; 0: as the checkpoint's card says.", precision=0,
            minimum=0, elem_id="block", min_width=150,
        )  # fmt: skip
        temperature = gr.Slider(
            0, 2, value=0, step=0.1, label="Temperature", info="0: the likeliest word; above, words are drawn.",
            elem_id="temperature", min_width=150, buttons=[],
        )  # fmt: skip
        seed = gr.Number(
            0, label="Seed", info="Of the draws: same seed, same run.", precision=0, minimum=0, visible=False, elem_id="seed", min_width=110
        )
    made = Budget(tokens, places, block, temperature, seed, meaning)
    gr.on([tokens.input, block.input], _meaning, [tokens, places, block], meaning, **_AT_ONCE)
    places.input(_shorter, [tokens, places, block], [tokens, meaning], **_AT_ONCE)
    temperature.input(lambda t: gr.Number(visible=t > 0), temperature, seed, **_AT_ONCE)
    return made


def _meaning(tokens: float, length: float, block: float | None) -> str:
    return status.status_line(choices.plan_in_words(int(length), tokens, int(block) if block else None))


def _shorter(tokens: float, length: float, block: float | None) -> tuple[gr.Slider, str]:
    """No more words a pass than there are places."""
    few = min(tokens, length)
    return gr.Slider(maximum=int(length), value=few), _meaning(few, length, block)


def follow_lanes(cards: Sequence[Card], lanes: Lanes, budget: Budget, shown: Pictures) -> None:
    """Which lanes and which of the known prompts are chosen decides how many places there are, and how a prompt is asked for."""
    known = {card.name: card for card in cards}

    def follow(prompt: str | None, length: float, tokens: float, block: float | None, *picked: Any) -> tuple[Any, ...]:
        chosen = [known[name] for lane in lanes_of(*picked) if (name := choices.checkpoint_of(lane)) in known]
        prompts = choices.prompts(chosen)
        asked = prompt if prompt in prompts else next(iter(prompts), "")
        most = min((card.canvas(asked) for card in chosen), default=int(length))
        few = min(tokens, most)
        return (
            gr.Slider(maximum=most, value=most),
            gr.Slider(maximum=most, value=few),
            _meaning(few, most, block),
            gr.Textbox(visible=not prompts and any(card.takes_prompt for card in chosen)),
            gr.Radio(prompts, value=asked or None, visible=len(prompts) > 1),
        )

    gr.on(
        [shown.known_prompt.input, *(item.change for item in lanes.inputs if item not in lanes.settings)], follow,
        [shown.known_prompt, budget.length, budget.tokens, budget.block, *lanes.inputs],
        [budget.length, budget.tokens, budget.meaning, shown.prompt, shown.known_prompt], **_AT_ONCE,
    )  # fmt: skip


def prompt_of(lanes: Sequence[str], written: str, known: str | None) -> str:
    """The prompt of a run: one of the closed list where a lane's checkpoint has one, else what was written."""
    named = {choices.checkpoint_of(lane) for lane in lanes}
    prompts = choices.prompts([card for card in choices.runnable() if card.name in named])
    return known if known is not None and known in prompts else next(iter(prompts), written)


def lanes_of(preset: str, count: int, *picked: str) -> list[str]:
    """The lanes that the pickers mean, by name. Raises ValueError when it is not said how many."""
    for known in choices.presets(choices.runnable()):
        if known.title == preset:
            return list(known.lanes)
    if not isinstance(count, int):
        raise ValueError("choose how many lanes there are")
    many = len(picked) // 3
    lanes = zip(picked[:many], picked[many : 2 * many], picked[2 * many :], strict=True)
    return [
        f"{sampler}@{checkpoint}" + (f":{given}" if (given := "".join((settings or "").split())) else "")
        for sampler, checkpoint, settings in lanes
    ][:count]
