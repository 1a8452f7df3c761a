"""How the page is launched: nothing from outside, nothing to outside."""

from __future__ import annotations

from typing import Any

import gradio as gr

from . import page, view


def theme() -> gr.themes.Base:
    """System fonts, quiet colours."""
    return gr.themes.Default(
        primary_hue="stone",
        neutral_hue="stone",
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
        radius_size="md",
    )


def launch(host: str = "127.0.0.1", port: int | None = None, **keywords: Any) -> Any:
    """Build the page and serve it; `keywords` go to gradio's launch."""
    blocks = page.build().queue(max_size=24)
    return blocks.launch(
        server_name=host,
        server_port=port,
        share=False,
        ssr_mode=False,
        pwa=False,
        run_history=False,
        footer_links=["api"],
        show_error=True,
        max_file_size="10mb",
        allowed_paths=[],
        theme=theme(),
        css=view.style(),
        head=view.head(),
        **keywords,
    )
