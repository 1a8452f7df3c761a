"""The picture component. Alone in its file: beside a component gradio writes a stub, which hides whatever else is there."""

from __future__ import annotations

from typing import Any

import gradio as gr


class PictureIn(gr.Image):
    """A picture as the path of the file that was sent, unopened: `pictures.open_upload` opens it."""

    def __init__(self, value: str | None = None, **keywords: Any) -> None:
        super().__init__(value, type="filepath", image_mode=None, **keywords)

    def preprocess(self, payload: Any) -> str | None:
        """The path, whatever the file holds; "" where a picture names none."""
        return None if payload is None else payload.path or ""

    def get_config(self, cls: Any = None) -> dict[str, Any]:
        """All of an image's properties, for the browser."""
        return super().get_config(cls or gr.Image)

    def get_block_name(self) -> str:
        """In the browser it is an ordinary image."""
        return "image"
