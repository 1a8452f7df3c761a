"""The named endpoint /run: a picture and lanes in, a run folder as a zip and the texts out. Documented in docs/api.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from ..saved_run import SavedRun, zip_run
from ..service.run_store import RunStore, StoredRun
from ..service.workspace import workspace
from . import MODEL, pictures
from .picture_in import PictureIn
from .streams import Streams

Answer = tuple[str | None, dict[str, Any]]


def build(store: RunStore, streams: Streams | None) -> None:
    """Add the endpoint to the page being built; nothing of it is seen."""
    with gr.Row(visible=False):
        picture = PictureIn(None, label="picture")
        lanes = gr.JSON(label="lanes")
        tokens = gr.Number(8, label="tokens_per_pass")
        length = gr.Number(None, label="length")
        seed = gr.Number(0, label="seed")
        prompt = gr.Textbox("", label="prompt")
        folder = gr.File(label="run folder (zip)")
        texts = gr.JSON(label="texts")
        go = gr.Button("run")
    inputs = [picture, lanes, tokens, length, seed, prompt]
    go.click(endpoint(store, streams), inputs, [folder, texts], api_name="run", **MODEL)


def endpoint(store: RunStore, streams: Streams | None = None) -> Callable[..., Iterator[Answer]]:
    """The generator behind /run; its runs are held in the store like the page's own."""

    def run(
        picture: str | None,
        lanes: list[str],
        tokens_per_pass: float | None = 8,
        length: float | None = None,
        seed: float | None = 0,
        prompt: str | None = "",
        request: gr.Request | None = None,
    ) -> Iterator[Answer]:
        """Caption a picture in one to four lanes.

        lanes: e.g. ["denoise@world-plain", "rediff@world-rediff:settle=4"]. tokens_per_pass: words filled in each pass.
        length: answer positions, None for the checkpoint's own. While the run is under way, {"passes"} so far; at its end a zip of
        the run's folder and {"lanes": [{"lane", "text", "nfe", "stopped"}]}.
        """
        from ..service import stream

        try:
            if streams is not None:
                streams.await_reader(request)
            stored = store.begin(None, pictures.open_upload(picture))
            plan: dict[str, Any] = {"prompt": prompt, "tokens_per_pass": tokens_per_pass, "seed": seed, "length": length}
            passes = 0
            for message in stream.run(stored, lanes, scene=None, **plan):
                passes += isinstance(message, dict) and message["kind"] == "passes"
                yield None, {"passes": passes}
        except gr.Error:  # of the picture, already a sentence; it is a ValueError too
            raise
        except ValueError as error:
            raise gr.Error(f"{error}".rstrip(".") + ".", print_exception=False) from None
        yield _answer(stored)

    return run


def _answer(stored: StoredRun) -> Answer:
    saved = SavedRun("run", stored.traces, stored.picture, {"title": stored.title})
    folder = workspace().folder()
    texts = [{"lane": t.head.lane, "text": t.text, "nfe": t.nfe, "stopped": t.head.stopped} for t in stored.traces]
    return str(zip_run(saved, folder / "run.zip")), {"lanes": texts}
