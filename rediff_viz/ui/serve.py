"""How the page is launched: nothing from outside, nothing to outside, and a gate in front."""

from __future__ import annotations

import os
from typing import Any

from ..service.run_store import RunStore
from ..service.workspace import close_when_terminated, regularly, workspace

if not os.environ.get("GRADIO_TEMP_DIR"):  # before gradio is imported, which remembers it
    os.environ["GRADIO_TEMP_DIR"] = str(workspace().files)  # uploads and downloads

import gradio as gr
from starlette.middleware import Middleware

from . import page, view
from .gate import Gate
from .streams import Streams

QUEUE = 512  # events waiting; the gate admits far fewer runs, so that what is not a run is never turned away
SESSIONS = 1000  # pages whose values are held


def theme() -> gr.themes.Base:
    """System fonts, the Score's paper and ink, no boxes within boxes."""
    ink, paper, line = "#1c1e22", "#fdfcf9", "#ddd8cd"
    pale, night, night_line = "#ebe8e1", "#17191d", "#33373e"
    return gr.themes.Default(
        primary_hue="stone",
        neutral_hue="stone",
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
        radius_size="md",
    ).set(
        body_background_fill="#f4f2ec",
        body_background_fill_dark="#0e1013",
        body_text_color=ink,
        body_text_color_dark=pale,
        body_text_color_subdued="#5b6068",
        body_text_color_subdued_dark="#a9adb4",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_label_background_fill=paper,
        block_label_background_fill_dark=night,
        block_info_text_color="#5b6068",
        block_title_text_color=ink,
        block_title_text_color_dark=pale,
        block_title_text_weight="600",
        block_shadow="none",
        block_padding="8px 4px",
        border_color_primary=line,
        border_color_primary_dark=night_line,
        panel_background_fill="transparent",
        panel_background_fill_dark="transparent",
        input_background_fill=paper,
        input_background_fill_dark=night,
        checkbox_label_background_fill=paper,
        checkbox_label_background_fill_dark=night,
        checkbox_label_background_fill_hover="#f0ede5",
        checkbox_label_background_fill_hover_dark="#22252b",
        checkbox_background_color_selected=ink,
        checkbox_background_color_selected_dark=pale,
        slider_color=ink,
        slider_color_dark=pale,
        button_primary_background_fill=ink,
        button_primary_background_fill_dark=pale,
        button_primary_background_fill_hover="#3a3d43",
        button_primary_background_fill_hover_dark="#ffffff",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark=night,
        button_secondary_background_fill=paper,
        button_secondary_background_fill_dark=night,
        button_border_width="1px",
        button_secondary_border_color=line,
        button_secondary_border_color_dark=night_line,
    )


def settle() -> None:
    """Defaults of this process's environment, each of which can be set from outside; before torch and uvicorn are imported."""
    os.environ.setdefault("FORWARDED_ALLOW_IPS", "")  # uvicorn would believe a header that anybody can send
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the embedded model is small: a second thread waits more than it works, docs/page.md


def launch(host: str = "127.0.0.1", port: int | None = None, **keywords: Any) -> Any:
    """Build the page and serve it; `keywords` go to gradio's launch. Raises ValueError, in one sentence, where the port is in use."""
    settle()
    store, streams = RunStore(), Streams()
    regularly(workspace().sweep, store.sweep)
    close_when_terminated()
    blocks = page.build(store, streams).queue(max_size=QUEUE, api_open=False)
    try:
        return blocks.launch(
            server_name=host,
            server_port=port,
            share=False,
            ssr_mode=False,
            pwa=False,
            run_history=False,
            footer_links=[],
            show_error=True,
            max_file_size="10mb",
            allowed_paths=[],
            state_session_capacity=SESSIONS,
            app_kwargs={"middleware": [Middleware(Gate, streams=streams)]},
            theme=theme(),
            css=view.style(),
            head=view.head(),
            **keywords,
        )
    except OSError as error:
        if "port" not in str(error):
            raise
        taken = "no port from 7860 on is free" if port is None else f"port {port} is in use"
        raise ValueError(f"{taken}; choose another one with --port") from None
