"""The named endpoint /run: a picture and lanes in, a run folder as a zip and the texts out. Documented in docs/api.md."""

from __future__ import annotations

import re
import reprlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from ..run import parse_lane
from ..saved_run import SavedRun, zip_run
from ..service import choices
from ..service.run_store import RunStore
from . import pictures
from .picture_in import PictureIn

MAX_LENGTH = 1024  # answer positions
MAX_PROMPT = 4000  # characters
HALF = re.compile("[\ud800-\udfff]")  # half a character, which no file can hold


def build(store: RunStore) -> None:
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
    go.click(endpoint(store), inputs, [folder, texts], api_name="run", concurrency_id="model", concurrency_limit=2)


def endpoint(store: RunStore) -> Callable[..., tuple[str, dict[str, Any]]]:
    """The function behind /run; its runs are held in the store like the page's own."""

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
        from ..service import stream

        try:
            _check_lanes(lanes)
            tokens_per_pass = _number("tokens_per_pass", tokens_per_pass, 8, 0, MAX_LENGTH)
            length = None if length is None else int(_number("length", length, 0, 1, MAX_LENGTH, whole=True))
            seed = int(_number("seed", seed, 0, 0, 2**63 - 1, whole=True))
            prompt = "" if prompt is None else prompt
            if not isinstance(prompt, str) or len(prompt) > MAX_PROMPT or HALF.search(prompt):
                raise ValueError(f"prompt must be a text of at most {MAX_PROMPT} whole characters.")
            stored = store.begin(None, pictures.open_upload(picture))
            for _ in stream.run(
                stored, lanes, scene=None, prompt=prompt, tokens_per_pass=tokens_per_pass, seed=seed, length=length
            ):  # fmt: skip
                pass
        except gr.Error:  # of the picture, already a sentence; it is a ValueError too
            raise
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from None
        saved = SavedRun("run", stored.traces, stored.picture, {"title": stored.title})
        folder = Path(tempfile.mkdtemp(prefix="rediff-api-"))
        texts = [{"lane": t.head.lane, "text": t.text, "nfe": t.nfe, "stopped": t.head.stopped} for t in stored.traces]
        return str(zip_run(saved, folder / "run.zip")), {"lanes": texts}

    return run


def _number(name: str, value: object, default: float, low: float, high: float, whole: bool = False) -> float:
    """A number out of a request, None as the default. Raises ValueError, in one sentence, for anything else or out of range."""
    if value is None:
        return default
    kind = "a whole number" if whole else "a number"
    if isinstance(value, bool) or not isinstance(value, int | float) or (whole and value != value // 1) or not low <= value <= high:
        plain = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
        shown = f"{value:g}" if plain else reprlib.repr(value)[:40]
        raise ValueError(f"{name} {shown} is not {kind} between {low:g} and {high:g}.")
    return value


def _check_lanes(lanes: object) -> None:
    """Raises ValueError, in one sentence, for lanes that cannot be run here."""
    if not isinstance(lanes, list) or not 1 <= len(lanes) <= choices.MAX_LANES or not all(isinstance(lane, str) for lane in lanes):
        raise ValueError('lanes must be a list of one to four names, e.g. ["denoise@world-plain"].')
    allowed = {card.name for card in choices.runnable()}
    for lane in lanes:
        if parse_lane(lane).checkpoint not in allowed:
            here = ", ".join(sorted(allowed))
            raise ValueError(f"{lane!r} names a checkpoint that is not here; here are {here}")
