"""A scripted toy model without weights: what tests, laws and the page's own checks run on. Knows no torch.

Its logits at a position are a fixed function of the seed, the picture, the position and (unless it is blind) of the
whole canvas it reads, with a bonus for the token that stands there. Same canvas, same answer, whatever else is in the
batch. Shapes: N answer positions, V vocabulary, K candidates, B items.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from ..cards import Card
from ..trace import Prediction
from .base import IMPLAUSIBLE, Backend, BatchItem, Contrast, Request
from .noise import gumbel_argmax

EOT, MASK, UNKNOWN = 0, 1, 2
WORDS = (
    "<eot> <mask> <unk> a an the one two three is are on in under above and . , "
    "red blue green pink small large cat cats dog dogs owl owls bee bees boat boats apple apples ball balls "
    "sits sit holds hold left right of to beach snow sea room sky there here all objects looks"
).split()
CANDIDATES = 5


@dataclass(frozen=True)
class Script:
    """How a toy behaves."""

    reads: bool = True  # False: it ignores the canvas altogether
    favour: float = 3.0  # bonus of the token that stands at the position
    grain: float = 0.0  # above 0: logits are rounded to multiples of it, so that scores and proposals tie
    masks: float = 0.0  # share of positions where the mask is the likeliest proposal, by a little
    ends: float = 0.0  # bonus of end-of-text, growing to the right
    flips: bool = False  # the proposal alternates between two tokens: a corrector never comes to rest


SCRIPTS: dict[str, Script] = {
    "toy": Script(),
    "toy-blind": Script(reads=False, favour=0.0),
    "toy-ties": Script(grain=2.0),
    "toy-masks": Script(masks=0.3),
    "toy-ends": Script(ends=8.0),
    "toy-flips": Script(flips=True),
}


def toy_card(name: str, seed: int = 0) -> Card:
    """The card of a scripted toy."""
    return Card(
        name=name,
        title=f"Scripted toy ({name})",
        backend="toy",
        mask_id=MASK,
        eot_id=EOT,
        takes_prompt=True,
        length=16,
        steps=8,
        licence="Apache-2.0",
        line="No weights: a fixed function of what it reads, for tests.",
        options={"script": SCRIPTS[name], "seed": seed},
    )


TOYS: dict[str, Card] = {name: toy_card(name) for name in SCRIPTS}


@dataclass(frozen=True)
class ToySession:
    """One picture and prompt, as a number."""

    backend: ToyBackend
    request: Request
    salt: int
    blind: int = 0  # the same without the picture
    network_rows: int = 1


class ToyBackend(Backend):
    """The scripted toy. `calls` counts its forward passes and `widths` lists the number of items in each."""

    mask_id = MASK
    eot_id: int | None = EOT
    vocabulary_size = len(WORDS)
    device = "cpu"
    dtype = "float64"
    joiner = " "
    batch = 64
    contrasts = True
    gives: tuple[str, ...] = ("argmax", "leave_one_out", "error_prob")

    def __init__(self, card: Card = TOYS["toy"], **script: Any) -> None:
        self.card = card
        self.script: Script = replace(card.options["script"], **script)
        self.seed: int = card.options["seed"]
        self.widths: list[int] = []

    @property
    def calls(self) -> int:
        """Forward passes so far."""
        return len(self.widths)

    def open(self, request: Request) -> ToySession:
        """Hold a picture and prompt ready."""
        pixels = b"" if request.picture is None else request.picture.convert("RGB").tobytes()
        prompt = request.prompt.encode()
        return ToySession(self, request, zlib.crc32(pixels + prompt), zlib.crc32(prompt))

    def predict(self, items: Sequence[BatchItem]) -> list[Prediction]:
        """One forward pass over all items."""
        self.widths.append(len(items))
        return [self._one(item) for item in items]

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The text of each id."""
        return [WORDS[i] for i in ids]

    def decode(self, ids: Sequence[int]) -> str:
        """The ids as one text, special tokens left out."""
        return " ".join(WORDS[i] for i in ids if i > UNKNOWN)

    def encode(self, text: str) -> list[int]:
        """A text as ids. Raises ValueError for a word outside the vocabulary."""
        for word in text.split():
            if word not in WORDS:
                raise ValueError(f"the toy does not know the word {word!r}")
        return [WORDS.index(word) for word in text.split()]

    def logits(self, read: np.ndarray, salt: int = 0) -> np.ndarray:
        """(N, V) float64 for a canvas read (N,)."""
        N, V = len(read), len(WORDS)
        z = _normals(self.seed, salt, (N, V)) * 2.0
        z[:, [MASK, UNKNOWN]] -= 12.0
        if self.script.reads:
            z += _normals(self.seed + 1, zlib.crc32(np.ascontiguousarray(read, np.int64).tobytes(), salt), (N, V)) * 1.5
            visible = np.flatnonzero(read != MASK)
            z[visible, read[visible]] += self.script.favour
        z[:, EOT] += self.script.ends * np.arange(N) / N
        if self.script.masks:
            chosen = _normals(self.seed + 2, salt, (N,)).argsort()[: round(N * self.script.masks)]
            z[chosen, MASK] = z[chosen].max(axis=1) + 0.25
        if self.script.flips:
            z[np.arange(N), np.where(read == 3, 4, 3)] += 40.0
        return np.round(z / self.script.grain) * self.script.grain if self.script.grain else z

    def _one(self, item: BatchItem) -> Prediction:
        session = item.session
        salt = session.salt if isinstance(session, ToySession) else 0
        z = self.logits(item.read, salt)
        if item.contrast is not None and isinstance(session, ToySession):
            z = contrasted(z, self.logits(item.read, session.blind), item.contrast, item.forbid)
        prediction = reduce(z, item)
        extra = dict(prediction.extra)
        if "leave_one_out" in item.wants:
            extra["leave_one_out"] = self._left_out(item.read, salt)
        if "error_prob" in item.wants:
            extra["error_prob"] = np.where(item.read == MASK, 0.0, 1 - prediction.input_prob)  # as good a guess as any
        return replace(prediction, extra=extra)

    def _left_out(self, read: np.ndarray, salt: int) -> np.ndarray:
        """(N,) the probability of each word read when its own position is masked."""
        column = np.empty(len(read))
        for i, word in enumerate(read):
            z = self.logits(np.where(np.arange(len(read)) == i, MASK, read), salt)[i]
            column[i] = np.exp(z[word] - z.max()) / np.exp(z - z.max()).sum()
        return column


@lru_cache(maxsize=256)
def _normals(seed: int, salt: int, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal numbers that belong to (seed, salt); not to be written to."""
    numbers = np.random.Generator(np.random.Philox(key=[seed, salt])).standard_normal(shape)
    numbers.flags.writeable = False
    return numbers


def contrasted(z: np.ndarray, without: np.ndarray, contrast: Contrast, forbid: Sequence[int] = ()) -> np.ndarray:
    """Logits (N, V) with the picture and without it -> (N, V); ids in `forbid` do not decide what is plausible."""
    allowed = np.isin(np.arange(z.shape[1]), forbid, invert=True)
    cutoff = z[:, allowed].max(axis=1, keepdims=True) + contrast.margin
    return np.where(z < cutoff, z - IMPLAUSIBLE, z + contrast.strength * (z - without))


def reduce(z: np.ndarray, item: BatchItem) -> Prediction:
    """Logits (N, V) to a Prediction, in numpy; argmax and candidates go to the lower id among equals."""
    here = np.arange(len(z))
    if item.forbid:
        z = z.copy()
        z[:, list(item.forbid)] = -np.inf
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    best = z.argmax(axis=1)
    ids = gumbel_argmax(z, item.temperature, item.key) if item.temperature > 0 and item.key else best
    top = np.argsort(-p, axis=1, kind="stable")[:, :CANDIDATES]
    extra: Mapping[str, np.ndarray] = {"argmax": best} if "argmax" in item.wants else {}
    surprise = np.log(p, out=np.zeros_like(p), where=p > 0)
    return Prediction(ids, p[here, ids], p[here, item.rated], -(p * surprise).sum(axis=1), top, p[here[:, None], top], extra)
