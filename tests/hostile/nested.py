"""Files of plain values, nested beyond sense or no values at all, and everything in the package that reads such a file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hostile.traces import packed, parts
from safetensors.numpy import save_file

from rediff_viz import Trace
from rediff_viz.backends.llada.detect import card_of
from rediff_viz.backends.world import WorldBackend
from rediff_viz.cards import read_card
from rediff_viz.conformance.folder import Folder
from rediff_viz.nets.weights import read_json, shards
from rediff_viz.saved_run import load_run

MODEL = Path(__file__).resolve().parents[2] / "models" / "world-plain"

NESTED: dict[str, str] = {  # what a file holds -> its text
    "100,000 brackets": "[" * 100_000,
    "100,000 lists": "[" * 100_000 + "]" * 100_000,
    "100,000 tables": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "900 lists": "[" * 900 + "]" * 900,
    "900 tables": '{"a":' * 900 + "1" + "}" * 900,
    "900 tables under a name": '{"model_type":' * 900 + "1" + "}" * 900,
    "a number of 10,000 digits": "1" * 10_000,
    "half a text": '{"a": "',
    "a list": "[]",
    "nothing": "",
}


def trace_head(folder: Path, text: str) -> None:
    Trace.from_bytes(packed(parts() | {"head.json": text.encode()}))


def saved_run(folder: Path, text: str) -> None:
    (folder / "run.json").write_text(text)
    load_run(folder)


def recordings(folder: Path, text: str) -> None:
    (folder / "MANIFEST.json").write_text(text)
    Folder(folder)


def own_checkpoint(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    card_of(folder, "mine")


def index_of_weights(folder: Path, text: str) -> None:
    (folder / "model.safetensors.index.json").write_text(text)
    shards(folder)


def config(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    read_json(folder / "config.json")


def embedded_weights(folder: Path, text: str) -> None:
    """A checkpoint whose weights say their sizes by such a text."""
    shutil.copy(MODEL / "tokenizer.json", folder)
    save_file({"eye.x": np.zeros(1, np.float32)}, folder / "model.safetensors", {"eye": text, "writer": text})
    lines = [line for line in (MODEL / "card.toml").read_text().splitlines() if not line.startswith("sha256")]
    (folder / "card.toml").write_text("\n".join(lines))
    WorldBackend(read_card(folder))


def card(folder: Path, text: str) -> None:
    """The text as a card's prompt, JSON's lists and texts being TOML's as well."""
    (folder / "card.toml").write_text(f"title = {text}\n")
    read_card(folder)


READERS: dict[str, Callable[[Path, str], None]] = {
    "the head of a trace": trace_head,
    "run.json": saved_run,
    "MANIFEST.json": recordings,
    "a checkpoint's config.json": own_checkpoint,
    "config.json": config,
    "the index of weights": index_of_weights,
    "the weights' own words": embedded_weights,
    "card.toml": card,
}
