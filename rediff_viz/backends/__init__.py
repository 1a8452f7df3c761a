"""How a family of models is run: the seam between samplers, which know no model, and models, which know no sampler.

A backend opens a request (one picture and prompt) as a session and answers asks in ONE batched forward pass,
whichever of its sessions they name. It reduces its (N, V) logits to a `Prediction` on its own device.
Torch is imported only inside a backend's own module, when it is opened.
Shapes: N answer positions, V vocabulary, B asks in a batch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..cards import Card, card, read_card
from ..trace import Key, Phase, Prediction
from .found import card_of
from .variants import Variant, split


class PassError(RuntimeError):
    """A forward pass that could not be made; the message is one plain sentence, and the lane ends there."""


@dataclass(frozen=True)
class Request:
    """What is to be answered: a picture (a PIL image, RGB), a prompt, or both, in `length` answer positions."""

    picture: Any = None  # PIL.Image.Image | None
    prompt: str = ""
    length: int = 40
    scene: Mapping[str, Any] | None = None  # the truth of a world scene, passed through to the trace


@dataclass(frozen=True)
class Ask:
    """One canvas to be read in the next forward pass."""

    session: Session
    read: np.ndarray  # (N,) int64
    temperature: float = 0.0  # above 0: ids are a Gumbel-max draw with the noise `uniform(key, (N, V))`
    key: Key | None = None  # (seed, lane, pass, "gumbel"), given when the temperature is above 0
    wants: tuple[str, ...] = ()  # extra columns: names out of the backend's `gives`, or "uniform" (the driver fills it in)
    forbid: tuple[int, ...] = ()  # ids that may not be proposed, beside those the card forbids
    phase: Phase = "predict"
    block: int | None = None
    state: dict[str, Any] = field(default_factory=dict, compare=False)  # the lane's own, kept from pass to pass for the backend alone


class Session(Protocol):
    """One picture and prompt, held ready: what the network needs of it is computed once. Plain attributes will do."""

    @property
    def backend(self) -> Backend: ...

    @property
    def request(self) -> Request: ...

    @property
    def rows(self) -> int:
        """Network rows a forward pass costs: 1, with guidance 2."""


class Backend(Protocol):
    """A checkpoint, ready to run. Plain attributes will do."""

    @property
    def card(self) -> Card: ...

    @property
    def mask_id(self) -> int: ...

    @property
    def eot_id(self) -> int | None: ...

    @property
    def vocabulary_size(self) -> int: ...

    @property
    def device(self) -> str: ...

    @property
    def dtype(self) -> str: ...

    @property
    def joiner(self) -> str:
        """What stands between two tokens' texts: " " for a vocabulary of words, "" otherwise."""

    @property
    def batch(self) -> int:
        """Most asks in one forward pass."""

    @property
    def gives(self) -> tuple[str, ...]:
        """Extra columns it can give; "argmax" (the likeliest token, also under a temperature) belongs in every one."""

    def open(self, request: Request) -> Session:
        """Hold a picture and prompt ready. Raises ValueError, in one sentence, for what it cannot take."""

    def predict(self, asks: Sequence[Ask]) -> list[Prediction]:
        """One forward pass over all asks (any sessions of this backend, one length); one Prediction an ask, in order."""

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The text of each id."""

    def decode(self, ids: Sequence[int]) -> str:
        """The ids as one text, special tokens left out."""

    def encode(self, text: str) -> list[int]:
        """A text as ids, nothing added. Raises ValueError for a word that a closed vocabulary lacks."""


def _toy(card: Card) -> Backend:
    from .toy import ToyBackend

    return ToyBackend(card)


def _world(card: Card) -> Backend:
    from .world import WorldBackend

    return WorldBackend(card)


def _llada(card: Card) -> Backend:
    from .llada import LladaBackend

    return LladaBackend(card, card.options.get("variant", Variant()))


def _llada_v(card: Card) -> Backend:
    from .llada_v import LladaVBackend

    return LladaVBackend(card, card.options.get("variant", Variant()))


BACKENDS: dict[str, Callable[[Card], Backend]] = {"toy": _toy, "world": _world, "llada": _llada, "llada-v": _llada_v}


def open_checkpoint(name_or_path: str | Path, models: Path | None = None) -> Backend:
    """The backend of a checkpoint, by name in models/ ("world-plain"), a scripted toy ("toy"), or a folder.

    A folder holds a card.toml, or a LLaDA, LLaDA-V, ReDiff or ProSeCo checkpoint as the hub has them. Behind a name may
    stand how it is to be run: "rediff+4bit", "llada-v+prefix=8". Opened once and kept.
    Raises ValueError, in one sentence, for an unknown name, folder, way or backend.
    """
    return _open(find_card(name_or_path, models))


def find_card(name_or_path: str | Path, models: Path | None = None) -> Card:
    """The card that `open_checkpoint` would open, with the name it was asked by; reads no weights and downloads nothing."""
    from .toy import TOYS

    text = str(name_or_path)
    base, variant = split(text)
    if base in TOYS and not isinstance(name_or_path, Path):
        found = TOYS[base]
    elif isinstance(name_or_path, Path) or "/" in base:
        found = _folder(Path(base).expanduser(), text)
    else:
        found = card(base, models)
    if variant == Variant():
        return found
    if found.backend not in ("llada", "llada-v"):
        raise ValueError(f"{base} runs in one way only, not as {text[:80]!r}")
    return replace(found, name=text, title=f"{found.title} ({text.partition('+')[2]})", options={**found.options, "variant": variant})


def _folder(path: Path, name: str) -> Card:
    if os.environ.get("SPACE_ID"):
        raise ValueError("folders of this machine are not opened on a public Space; choose a checkpoint by its name")
    return read_card(path) if (path / "card.toml").is_file() else card_of(path, name)


@lru_cache(maxsize=4)
def _open(card: Card) -> Backend:
    if card.backend not in BACKENDS:
        raise ValueError(f"card {card.name} names the backend {card.backend!r}; the backends are {', '.join(sorted(BACKENDS))}")
    return BACKENDS[card.backend](card)
