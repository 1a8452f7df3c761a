"""How families of models are run: the registry, and checkpoints opened by name or folder.

Torch is imported only inside a backend's own module, when a checkpoint is opened.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ..cards import Card, card, read_card
from . import llada
from .base import Backend, BatchItem, EyeEdit, Family, PassError, Request, Session, lazily
from .toy import TOYS, ToyBackend

OWN = "REDIFF_VIZ_CHECKPOINTS"  # folders of one's own, separated as in PATH
BACKENDS: dict[str, Family] = {
    "toy": Family(ToyBackend),
    "world": Family(lazily("rediff_viz.backends.world", "WorldBackend")),
    "llada": llada.TEXT,
    "llada-v": llada.VISION,
}

__all__ = [
    "BACKENDS",
    "Backend",
    "BatchItem",
    "EyeEdit",
    "Family",
    "PassError",
    "Request",
    "Session",
    "find_card",
    "forget",
    "open_checkpoint",
    "own_checkpoints",
]


def open_checkpoint(name_or_path: str | Path, models: Path | None = None) -> Backend:
    """The backend of a checkpoint, by name in models/ ("world-plain"), a scripted toy ("toy"), or a folder.

    A folder holds a card.toml, or a LLaDA, LLaDA-V, ReDiff or ProSeCo checkpoint as the hub has them. Behind a name may
    stand how it is to be run: "rediff+4bit", "llada-v+prefix=8". Opened once, then shared.
    Raises ValueError, in one sentence, for an unknown name, folder, variant or backend.
    """
    return _open(find_card(name_or_path, models))


def find_card(name_or_path: str | Path, models: Path | None = None) -> Card:
    """The card that `open_checkpoint` would open, with the name it was asked by; reads no weights and downloads nothing."""
    text = str(name_or_path)
    base, _, variant = text.partition("+")
    if base in TOYS and not isinstance(name_or_path, Path):
        found = TOYS[base]
    elif isinstance(name_or_path, Path) or "/" in base:
        found = _folder(Path(base).expanduser(), text)
    else:
        found = card(base, models)
    if "+" not in text:
        return found
    parse_variant = _family(found).parse_variant
    if parse_variant is None:
        raise ValueError(f"{base} runs in one way only, not as {text[:80]!r}")
    return replace(found, name=text, title=f"{found.title} ({variant})", options={**found.options, "variant": parse_variant(variant)})


def own_checkpoints() -> list[Card]:
    """The cards of the folders named in $REDIFF_VIZ_CHECKPOINTS. Raises ValueError for one that is no checkpoint."""
    return [find_card(f"{path.rstrip('/')}/") for path in os.environ.get(OWN, "").split(os.pathsep) if path]


def variants_here(card: Card) -> list[Card]:
    """A checkpoint in every way this machine can run it: exact, with reuse between passes, in 4 bits."""
    return [find_card(f"{card.name}+{variant}") if variant else card for variant in _family(card).variants_here(card)]


def _folder(path: Path, name: str) -> Card:
    if os.environ.get("SPACE_ID"):
        raise ValueError("folders of this machine are not opened on a public Space; choose a checkpoint by its name")
    return read_card(path) if (path / "card.toml").is_file() else llada.card_of(path, name)


def _family(card: Card) -> Family:
    if card.backend not in BACKENDS:
        raise ValueError(f"card {card.name} names the backend {card.backend!r}; the backends are {', '.join(sorted(BACKENDS))}")
    return BACKENDS[card.backend]


def forget() -> None:
    """Forget the checkpoints that were opened: sessions that are open keep theirs."""
    _open.cache_clear()


@lru_cache(maxsize=4)
def _open(card: Card) -> Backend:
    backend = _family(card).open(card)
    backend.reopen = open_checkpoint
    return backend
