"""The app: `python app.py [--host HOST] [--port PORT] [--checkpoint DIR]`."""

import argparse
import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def main() -> None:
    """Parse the arguments and serve the page."""
    parser = argparse.ArgumentParser(description="Watch masked-diffusion language models err and mend, pass by pass.")
    parser.add_argument("--host", default="0.0.0.0" if os.environ.get("SPACE_ID") else "127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=None, help="port; by default the first free one from 7860")
    parser.add_argument("--checkpoint", action="append", default=[], metavar="DIR", help="offer a LLaDA or LLaDA-V checkpoint in a folder")
    chosen = parser.parse_args()
    if chosen.checkpoint:
        from rediff_viz import backends

        os.environ[backends.OWN] = os.pathsep.join(chosen.checkpoint)
        try:
            backends.own_checkpoints()
        except ValueError as error:
            parser.error(str(error))
    from rediff_viz.ui.serve import launch

    try:
        launch(chosen.host, chosen.port)
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
