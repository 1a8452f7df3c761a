"""The picture component and the one decoder behind it: a refusal is one plain sentence and loses nothing."""

from __future__ import annotations

from typing import Any

import gradio as gr
from PIL import Image

from ..picture import PictureError, open_picture
from .scenes import mark

from gradio.events import Dependency

class PictureIn(gr.Image):
    """A picture as the path of the file that was sent, unopened: `look` opens it."""

    def __init__(self, value: str | None = None, **keywords: Any) -> None:
        super().__init__(value, type="filepath", image_mode=None, **keywords)

    def preprocess(self, payload: Any) -> str | None:
        """The path, whatever the file holds."""
        return None if payload is None else payload.path

    def get_config(self, cls: Any = None) -> dict[str, Any]:
        """What the browser is told: all of an image's properties."""
        return super().get_config(cls or gr.Image)

    def get_block_name(self) -> str:
        """In the browser it is an ordinary image."""
        return "image"
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component

def look(path: str | None) -> Image.Image | None:
    """The picture at a path, or None without one. Raises gr.Error with the decoder's sentence."""
    if path is None:
        return None
    try:
        return open_picture(path)
    except PictureError as error:
        raise gr.Error(str(error), title="This picture cannot be used", print_exception=False) from None

def marked(path: str, scene: dict[str, Any]) -> dict[str, Any]:
    """A scene bound to the pixels of its picture."""
    return mark(open_picture(path), scene)
