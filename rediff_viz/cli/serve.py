"""`serve`: the web page."""

from __future__ import annotations

import argparse
import os
from typing import Any

from . import arguments


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("serve", help="serve the web page")
    parser.description = "Serve the web page on this machine. Nothing is sent over the network; only 8B checkpoints are downloaded."
    arguments.examples(parser, "example:\n  python -m rediff_viz serve --port 7860")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine only)")
    parser.add_argument("--port", type=int, help="port (default: the first free one from 7860 on)")
    parser.set_defaults(act=act)


def act(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if args.port is not None and not 0 < args.port < 65536:
        raise ValueError(f"port {args.port} is not between 1 and 65535")
    from ..ui.serve import launch

    launch(args.host, args.port)
    return 0
