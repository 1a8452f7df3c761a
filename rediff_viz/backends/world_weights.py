"""The files of an embedded checkpoint: tokenizer, eye and writer, and a correction head that is added to another's weights.

Whatever is broken about one is a ValueError of one sentence, without a path of this machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer

from ..cards import Card, read_card
from ..nets.correction_head import CorrectionHead
from ..nets.eye import Eye
from ..nets.writer import Writer
from ..trace.stored import read_json

WEIGHTS, HEAD = "model.safetensors", "head.safetensors"
HEAD_WITHOUT_FCA = "head-without-fca.safetensors"  # for comparison only
Weights = dict[str, torch.Tensor]
_BROKEN = (OSError, SafetensorError, KeyError, RuntimeError, AttributeError, TypeError, ValueError)


def open_tokenizer(card: Card) -> Tokenizer:
    folder = card.weights
    try:
        return Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises bare Exception
        raise ValueError(f"the tokenizer of {folder.name} cannot be read: {str(error)[:80]}") from None


def load_weights(folder: Path, sha256: str = "") -> tuple[Eye, Writer]:
    """Eye and writer of a checkpoint's folder, ready to run; "": whatever their sum."""
    path = folder / WEIGHTS
    with _one_sentence(path):
        words, weights = _read(path, sha256)
        sizes = {part: read_json(text) for part, text in words.items() if part in ("eye", "writer")}
        eye, writer = Eye(sizes["eye"]), Writer(**sizes["writer"])
        eye.load_state_dict(_part(weights, "eye."))
        writer.load_state_dict(_part(weights, "writer."), strict=False)  # `where` served training only
    return eye.eval(), writer.eval()


def load_correction_head(card: Card, writer: Writer, file: str = HEAD) -> CorrectionHead:
    """The head in the card's own folder. Refused where it was trained on other weights than its base has now."""
    assert card.folder is not None  # a card with a base was read from one
    path, base = card.folder / file, read_card(card.weights)
    with _one_sentence(path):
        words, weights = _read(path, card.sha256 if file == HEAD else "")
        if words.get("base_sha256") != base.sha256:
            raise ValueError(f"it was trained on other weights than {card.base} has now: run `python -m rediff_viz train --stage dsc`")
        head = CorrectionHead(writer.sizes["width"])
        head.load_state_dict(weights)
    return head.eval()


def _read(path: Path, sha256: str) -> tuple[dict[str, str], Weights]:
    """What a weights file says of itself, and its tensors in float32. "": any sum will do."""
    if sha256 and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise ValueError("its weights are not those its card was written for (sha256)")
    with safe_open(path, "pt") as file:
        return file.metadata() or {}, {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - no mapping


@contextmanager
def _one_sentence(path: Path) -> Iterator[None]:
    """Errors of reading a file as one ValueError."""
    try:
        yield
    except _BROKEN as error:
        why = f"{path.name}: {error.strerror or 'it cannot be read'}" if isinstance(error, OSError) else str(error).splitlines()[0]
        raise ValueError(f"the checkpoint in {path.parent.name}/ cannot be loaded: {why}") from error


def _part(weights: Mapping[str, torch.Tensor], prefix: str) -> Weights:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
