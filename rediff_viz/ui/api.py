"""The named endpoint /run: a picture and lanes in, a run folder as a zip and the texts out. Documented in docs/api.md."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import gradio as gr

from . import choices, pictures
from .picture_in import PictureIn

MOST_LENGTH = 1024


def build() -> None:
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
    go.click(
        run, [picture, lanes, tokens, length, seed, prompt], [folder, texts], api_name="run", concurrency_id="model", concurrency_limit=2
    )


def run(
    picture: str | None,
    lanes: list[str],
    tokens_per_pass: float | None = 8,
    length: float | None = None,
    seed: float | None = 0,
    prompt: str | None = "",
) -> tuple[str, dict[str, Any]]:
    """Caption a picture in one to four lanes.

    lanes: e.g. ["denoise@world-plain", "rediff@world-rediff:settle=4"]. tokens_per_pass: words filled in each pass.
    length: answer positions, None for the checkpoint's own. Returns a zip of the run's folder and
    {"lanes": [{"lane", "text", "nfe", "stopped"}]}.
    """
    from ..export import SavedRun, zip_run
    from ..run import compare
    from .ledger import titles

    if not isinstance(lanes, list) or not 1 <= len(lanes) <= choices.MOST_LANES or not all(isinstance(lane, str) for lane in lanes):
        raise gr.Error('lanes must be a list of one to four names, e.g. ["denoise@world-plain"].', print_exception=False)
    if length is not None and not 1 <= length <= MOST_LENGTH:
        raise gr.Error(f"length {length:g} is not between 1 and {MOST_LENGTH}.", print_exception=False)
    opened = pictures.look(picture)
    allowed = {card.name for card in choices.runnable()}
    try:
        from ..lane import parse_lane

        for lane in lanes:
            if parse_lane(lane).checkpoint not in allowed:
                raise ValueError(f"{lane!r} names a checkpoint that is not here; here are {', '.join(sorted(allowed))}")
        traces = compare(
            lanes, opened, prompt=prompt or "", length=None if length is None else int(length), tokens_per_pass=tokens_per_pass or 8,
            seed=int(seed or 0), limit=512,
        )  # fmt: skip
    except ValueError as error:
        raise gr.Error(str(error), print_exception=False) from None
    saved = SavedRun("run", tuple(traces), opened, {"title": titles(lanes)})
    room = Path(tempfile.mkdtemp(prefix="rediff-api-"))
    told = [{"lane": t.head.lane, "text": t.text, "nfe": t.nfe, "stopped": t.head.stopped} for t in traces]
    return str(zip_run(saved, room / "run.zip")), {"lanes": told}
