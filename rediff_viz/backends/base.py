"""The seam between samplers, which know no model, and models, which know no sampler.

A backend opens a request (one picture and prompt) as a session and answers a batch of items in ONE forward pass, whichever
of its sessions they name. It reduces its (N, V) logits to a `Prediction` on its own device.
Shapes: N answer positions, V vocabulary, B items in a batch.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from ..cards import Card
from ..trace import Key, Phase, Prediction


class PassError(RuntimeError):
    """A forward pass that could not be made; the message is one plain sentence, and the lane ends there."""


@dataclass(frozen=True)
class EyeEdit:
    """What a separate eye found in one cell of the picture, changed by hand."""

    cell: int  # row by row, from 0
    noun: str  # "": nothing there


@dataclass(frozen=True)
class Request:
    """What is to be answered: a picture (a PIL image, RGB), a prompt, or both, in `length` answer positions."""

    picture: Any = None  # PIL.Image.Image | None
    prompt: str = ""
    length: int = 40
    scene: Mapping[str, Any] | None = None  # the truth of a world scene, passed through to the trace
    eye_edits: tuple[EyeEdit, ...] = ()  # for a backend with `concepts` only


@dataclass(frozen=True)
class Contrast:
    """Visual contrastive decoding (VCD, arXiv:2311.16922): logits (1 + strength) z - strength z', z' those without the picture.

    Only among the tokens that are plausible with the picture, at least `plausibility` times as probable as the likeliest one; the
    others get IMPLAUSIBLE less than their z, which is probability 0 in their old order. The paper blurs the picture with noise for
    z'; here it is taken away. Strength is above 0, plausibility 0 (every token) to 1.
    """

    strength: float
    plausibility: float = 0.1

    @property
    def margin(self) -> float:
        """How far below the largest logit a plausible one may be: at most 0."""
        return math.log(self.plausibility) if self.plausibility else -math.inf


IMPLAUSIBLE = 1e4  # more than any two logits or draws of noise are apart


@dataclass(frozen=True)
class BatchItem:
    """One canvas to be read in the next forward pass."""

    session: Session
    read: np.ndarray  # (N,) int64
    temperature: float = 0.0  # above 0: ids are a Gumbel-max draw with the noise `uniform(key, (N, V))`
    key: Key | None = None  # (seed, lane, pass, "gumbel"), given when the temperature is above 0
    wants: tuple[str, ...] = ()  # extra columns: names out of the backend's `gives`, or "uniform" (the loop fills it in)
    forbid: tuple[int, ...] = ()  # ids that may not be proposed, beside those the card forbids
    phase: Phase = "predict"
    block: int | None = None
    cache: Any = field(default=None, compare=False)  # the lane's own `Backend.lane_cache()`, the same object in every pass
    contrast: Contrast | None = None  # what is predicted is contrasted with a prediction without the picture: one more row
    asked: np.ndarray | None = field(default=None, compare=False)  # (N,) ids whose probability is wanted instead of that of the ids read

    @property
    def rated(self) -> np.ndarray:
        """(N,) the ids whose probability the prediction's `input_prob` gives."""
        return self.read if self.asked is None else self.asked


class Session(Protocol):
    """One picture and prompt, ready to be asked: what the network needs of it is computed once. Plain attributes will do."""

    @property
    def backend(self) -> Backend: ...

    @property
    def request(self) -> Request: ...

    @property
    def network_rows(self) -> int:
        """Rows of the network's batch that a forward pass costs: 1, with guidance 2; a contrast costs one more."""


class Backend(Protocol):
    """A checkpoint, ready to run. A backend inherits from this and overrides what it must and what differs."""

    card: Card
    mask_id: int
    eot_id: int | None
    vocabulary_size: int
    device: str
    dtype: str
    joiner: str  # what stands between two tokens' texts: " " for a vocabulary of words, "" otherwise
    batch: int  # most items in one forward pass
    contrasts: bool = False  # whether it can predict without the picture, beside itself, as `BatchItem.contrast` asks
    gives: tuple[str, ...]  # extra columns it can give; "argmax" (the likeliest token, also under a temperature) belongs in every one
    reopen: Callable[[str], Backend] | None = None  # how another process opens it by its card's name; set where it is opened

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be shown beside every result: which weights, and where a run is not exact."""
        return ()

    @abstractmethod
    def open(self, request: Request) -> Session:
        """Make a picture and prompt ready. Raises ValueError, in one sentence, for what it cannot take."""

    @abstractmethod
    def predict(self, items: Sequence[BatchItem]) -> list[Prediction]:
        """One forward pass over all items (any sessions of this backend, one length); one Prediction an item, in order.

        Raises PassError, in one sentence, when the pass cannot be made.
        """

    @abstractmethod
    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The text of each id."""

    @abstractmethod
    def decode(self, ids: Sequence[int]) -> str:
        """The ids as one text, special tokens left out."""

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """A text as ids, nothing added. Raises ValueError for a word that a closed vocabulary lacks."""

    def lane_cache(self) -> Any:
        """A new cache for one lane, handed back with every item of it; None where nothing is reused between passes."""
        return None

    def replayed(self, items: Sequence[BatchItem]) -> None:
        """These passes are played back from a recording: leave the lanes' caches as `predict` would have. Raises PassError."""
        return

    def concepts(self, session: Session) -> Mapping[str, np.ndarray]:
        """What a separate eye saw of the session's picture: {concept: (rows, columns, values) probabilities}; {} without one."""
        return {}


@dataclass(frozen=True)
class Family:
    """A family of checkpoints: how one is opened, and in which ways it can be run."""

    open: Callable[[Card], Backend]
    parse_variant: Callable[[str], Any] | None = None  # "4bit+check=4" -> the card's options["variant"]; None: it runs in one way
    variants_here: Callable[[Card], Sequence[str]] = lambda card: ("",)  # what this machine can run: "" (exact), "prefix=8", ...


def lazily(module: str, name: str) -> Callable[[Card], Backend]:
    """Opens a card with a backend class that is imported only then, for torch comes with it."""

    def open(card: Card) -> Backend:
        backend: Backend = getattr(import_module(module), name)(card)
        return backend

    return open
