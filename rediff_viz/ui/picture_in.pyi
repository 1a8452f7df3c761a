"""The picture component. Alone in its file: beside a component gradio writes a stub, which hides whatever else is there."""

from __future__ import annotations

from typing import Any

import gradio as gr

from gradio.events import Dependency

class PictureIn(gr.Image):
    """A picture as the path of the file that was sent, unopened: `pictures.look` opens it."""

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