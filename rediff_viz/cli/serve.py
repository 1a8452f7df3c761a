"""`serve`: the page."""

from __future__ import annotations

import argparse
import os
from typing import Any

from . import words


def add(commands: Any) -> None:
    """The command and its arguments."""
    parser = commands.add_parser("serve", help="serve the page")
    parser.description = "Serve the page. It asks nothing of the network and tells nothing to it."
    words.examples(parser, "example:\n  python -m rediff_viz serve --port 7860")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine only)")
    parser.add_argument("--port", type=int, help="default: the first free one from 7860")
    parser.set_defaults(act=act)


def act(chosen: argparse.Namespace) -> int:
    """Serve until interrupted."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if chosen.port is not None and not 0 < chosen.port < 65536:
        raise ValueError(f"port {chosen.port} is not between 1 and 65535")
    from ..ui.serve import launch

    launch(chosen.host, chosen.port)
    return 0
