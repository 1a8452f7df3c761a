"""A card for a folder that has none: a checkpoint given by its path. Reads config.json and tokenizer.json, no weights."""

from __future__ import annotations

from pathlib import Path

from ...cards import Card
from ...trace.stored import read_json

LIMIT = 128


def card_of(path: Path, name: str) -> Card:
    """The card of a LLaDA, LLaDA-V, ReDiff or ProSeCo checkpoint in a folder. Raises ValueError, in one sentence."""
    from tokenizers import Tokenizer

    from ...nets import prompts

    if not path.is_dir():
        raise ValueError(f"{name[:120]} is no folder, so no checkpoint")
    try:
        config = read_json((path / "config.json").read_text(encoding="utf-8"))
        kind = config.get("model_type")
    except (OSError, UnicodeDecodeError, ValueError, AttributeError):
        raise ValueError(f"{name[:120]} is no checkpoint: it has neither a card.toml nor a readable config.json") from None
    if kind not in ("llada", "llava_llada"):
        raise ValueError(f"{name[:120]} is a checkpoint of model_type {kind!r}, expected llada or llava_llada")
    try:
        ids = Tokenizer.from_file(str(path / "tokenizer.json")).token_to_id
    except Exception:  # tokenizers raises bare Exception
        raise ValueError(f"{name[:120]} has no readable tokenizer.json") from None
    mask = ids(prompts.MASK)
    if mask is None:
        raise ValueError(f"the tokenizer of {name[:120]} lacks {prompts.MASK}, which LLaDA's have")
    takes_picture = kind == "llava_llada"
    forbidden = [ids(word) for word in (prompts.END, prompts.START, prompts.HEADER, prompts.HEADER_END)] if takes_picture else []
    return Card(
        name=name,
        title=path.name,
        backend="llada-v" if takes_picture else "llada",
        mask_id=int(mask),
        eot_id=ids(prompts.END),
        forbidden=tuple(int(one) for one in forbidden if one is not None),
        takes_picture=takes_picture,
        length=LIMIT,
        steps=LIMIT,
        block_length=LIMIT if takes_picture else 32,
        stop=(prompts.TURN_END,) if takes_picture else (),
        prompt="Please describe the image in detail." if takes_picture else "",
        line="A checkpoint given by its path.",
        options={"path": str(path)},
    )
