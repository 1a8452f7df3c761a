"""The picture of a run: a visitor's own, a ready scene, or one drawn by number; and what is known of it.

There is one decoder; a refusal is one plain sentence and loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder
from PIL import Image

from ..cards import Card
from ..images import UNREADABLE, PictureError, open_picture
from ..score.caution import caution
from ..service import scenes
from ..service.choices import first_choice, prompts, sentence
from ..service.status import status_line
from . import QUIET
from .picture_in import PictureIn

_QUICK: dict[str, Any] = {"concurrency_limit": None, **QUIET}


@dataclass(frozen=True)
class Pictures:
    """The picture and what is known of it."""

    picture: gr.Image
    known: gr.State  # {"pixels", "scene"} or None
    prompt: gr.Textbox
    known_prompt: gr.Radio  # instead of it, where the chosen checkpoints know a closed list


def build(cards: Sequence[Card]) -> Pictures:
    """Lay out the picture, the ready scenes and the prompt."""
    known = gr.State(None)
    first, scene = scenes.draw(*scenes.READY[0])
    picture = PictureIn(str(first), label="Picture", sources=["upload", "clipboard", "webcam"], height=260, elem_id="picture", buttons=[])
    note = gr.HTML("", padding=False, elem_id="picture-note")
    drawn = gr.State(scenes.READY[0])  # the scene on display as the pickers below say it, None: another picture, or none
    with gr.Accordion("Ready scenes, whose truth is known", open=True):
        gallery = gr.Gallery(
            [(path, name) for path, name in scenes.ready()], columns=8, rows=1, height="auto", allow_preview=False, show_label=False,
            elem_id="scenes", buttons=[], object_fit="contain",
        )  # fmt: skip
        with gr.Row(elem_id="draw-row", equal_height=True):
            number = gr.Number(scenes.READY[0][0], label="Scene number", precision=0, minimum=0, elem_id="scene-number", min_width=96)
            unlikely = gr.Checkbox(False, label="Against its habits", elem_id="unlikely", min_width=150)
            draw = gr.Button("Draw me a scene", elem_id="draw", min_width=150)
        grain = gr.Radio(
            list(scenes.GRAIN), value=0.0, label="Light", info="The less the eye sees, the more habit decides.", elem_id="grain"
        )
    prompt = gr.Textbox(next((c.prompt for c in cards if c.prompt), ""), label="Prompt", visible=False, elem_id="prompt")
    few = prompts(first_choice(cards))
    known_prompt = gr.Radio(few, value=next(iter(few), None), label="Prompt", visible=len(few) > 1, elem_id="known-prompt")

    gallery.select(_ready, None, [picture, known, drawn, number, unlikely, grain], **_QUICK)
    draw.click(_fresh, [number, unlikely, grain, drawn], [picture, known, drawn, number], **_QUICK)
    picture.change(about_picture, [picture, known], [note, drawn, number], **_QUICK)
    known.value = bound(str(first), scene)
    return Pictures(picture, known, prompt, known_prompt)


def _ready(event: gr.SelectData) -> tuple[Any, ...]:
    scene = scenes.READY[event.index if isinstance(event.index, int) else 0]
    return *_chosen(*scene), scene, *scene


def _fresh(number: float | None, unlikely: bool, grain: float, drawn: scenes.Drawn | None) -> tuple[str, dict[str, Any], scenes.Drawn, int]:
    """The scene that is asked for; the next one, where that is on display."""
    asked = (int(number or 0), bool(unlikely), grain or 0.0)
    if asked == drawn:
        asked = (asked[0] + 1, *asked[1:])
    try:
        return *_chosen(*asked), asked, asked[0]
    except ValueError as error:
        raise refused(error) from None


def about_picture(path: str | None, known: dict[str, Any] | None) -> tuple[str, Any, Any]:
    """What must be known of the picture before it is run, and what becomes of the scene's number. Raises gr.Error as `open_upload`."""
    picture = open_upload(path)
    warning = caution(scenes.truth_for(picture, known) is not None, picture is not None, takes_picture=True, embedded=True)
    return (status_line(warning, aloud=True), None, None) if warning else ("", gr.skip(), gr.skip())


def _chosen(number: int, unlikely: bool, grain: float) -> tuple[str, dict[str, Any]]:
    path, scene = scenes.draw(number, unlikely, grain)
    return str(path), bound(str(path), scene)


def open_upload(path: str | None) -> Image.Image | None:
    """The picture at a path that a browser or client names, or None without one. Raises gr.Error with one sentence.

    Only what lies in the upload cache is opened; of any other path nothing is said, not even whether it exists.
    """
    if path is None:
        return None
    try:
        if not uploaded(path):
            raise PictureError(UNREADABLE)
        return open_picture(path)
    except PictureError as error:
        raise gr.Error(str(error), title="This picture cannot be used", print_exception=False) from None


def uploaded(path: str) -> bool:
    """Whether a path, links followed, leads into the upload cache."""
    try:
        return Path(path).resolve().is_relative_to(Path(get_upload_folder()).resolve())
    except (OSError, TypeError, ValueError, RuntimeError):
        return False


def refused(error: ValueError) -> gr.Error:
    """What cannot be, as one plain sentence."""
    return gr.Error(sentence(error), title="This cannot be run", print_exception=False)


def bound(path: str, scene: dict[str, Any]) -> dict[str, Any]:
    """A scene bound to the pixels of its picture."""
    return scenes.bind(open_picture(path), scene)
