"""How much of a word's probability the picture is responsible for.

log p(word | picture, rest) - log p(word | no picture, rest), in nats. Low means that the words alone predict it, not that it is
false. There is no one right way to be without a picture (a blank is unlike anything an 8B model was trained on), so there are
three. Shapes: N answer positions, S passes, T tiles a side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..backends import BatchItem, Request, Session
from ..events import probability, settled_at
from ..trace import Trace
from .function_words import is_judged
from .predict import item, predict_each

KINDS = {
    "blank": "no picture at all, as the checkpoint knows it",
    "mean": "a picture of one colour, the picture's mean",
    "another": "another picture",
}
TILES = 6
BATCH = 16
LEAST = 1e-9  # a smaller probability counts as this


@dataclass(frozen=True)
class Grounding:
    """What a picture adds to the words of a run."""

    kind: str  # one of KINDS
    at_commit: np.ndarray  # (N,) nats, when the final word was written; NaN where that was never, or was not recorded
    at_end: np.ndarray  # (N,) nats, in the final text, the word itself in view
    passes: int  # forward passes computed, a batch counted once for each of its canvases


@dataclass(frozen=True)
class Reading:
    """What is read beside a run to find what its words rest on; nothing is computed before `rated` is.

    Raises ValueError, in one sentence, for a run without a picture, an unknown kind, kind "another" without a picture, or a word
    that no pass wrote.
    """

    trace: Trace
    session: Session  # the lane's (`open_trunk`)
    kind: str | None = "blank"  # None: only the maps
    other: Any = None  # the other picture of kind "another"
    words: tuple[int, ...] = ()  # positions whose maps are wanted
    tiles: int = TILES
    most: int | None = None  # passes that are read again for what words rest on; of more, some are drawn

    def __post_init__(self) -> None:
        if self.session.request.picture is None:
            raise ValueError("the run has no picture, so nothing in it can rest on one")
        if self.kind is not None and self.kind not in KINDS:
            raise ValueError(f"{self.kind[:40]!r} is no way to be without a picture, expected {', '.join(KINDS)}")
        if self.kind == "another" and self.other is None:
            raise ValueError("the other picture is missing")
        if not 1 <= self.tiles <= min(self.session.request.picture.size):
            raise ValueError(f"{self.tiles} tiles a side, expected 1 to {min(self.session.request.picture.size)}")
        written = written_in(self.trace)
        if unwritten := [i for i in self.words if written[i] < 0]:
            raise ValueError(f"position {unwritten[0]} was not written by any pass")

    @property
    def rows(self) -> int:
        """As the function `rows`."""
        return rows(self.trace, self.words, self.kind is not None, self.tiles, self.most)

    @property
    def sentence(self) -> str:
        """How many of the passes that wrote words are read again."""
        many, every = len(_passes(self.trace, most=self.most)), len(_passes(self.trace))
        if many == every:
            return f"All {every} passes that wrote words were read again without the picture."
        return f"{many} of {every} passes that wrote words were read again without the picture, drawn evenly."

    @property
    def batch(self) -> int:
        """Canvases read in one forward pass: few enough that one can be told how far it has come, and stop."""
        return max(1, min(BATCH, self.session.backend.batch))

    def rated(self) -> Iterator[np.ndarray]:
        """(N,) the probability of each final word, for every row in turn; what is painted over is opened as it is needed."""
        for prediction in predict_each(self._items(), self.batch):
            yield np.asarray(prediction.input_prob, np.float64)

    def _items(self) -> Iterator[BatchItem]:
        trace, session, final = self.trace, self.session, self.trace.final
        if self.kind:
            without = session.backend.open(_instead(session.request, self.kind, self.other))
            for t in _passes(trace, most=self.most):
                yield item(without, trace.read[t], final)
            yield item(without, final, final)
            yield item(session, final, final)
            for t in _again(trace, self.most):
                yield item(session, trace.read[t], final)
        if passes := _passes(trace, self.words):
            for t in passes:
                yield item(session, trace.read[t], final)
            for tile in range(self.tiles**2):
                painted = session.backend.open(_painted(session.request, tile, self.tiles))
                for t in passes:
                    yield item(painted, trace.read[t], final)

    def grounding(self, rated: Sequence[np.ndarray]) -> Grounding:
        """Of every word, from all rows that were rated; NaN at the commit of a word whose pass was not read again."""
        trace, passes, again = self.trace, _passes(self.trace, most=self.most), _again(self.trace, self.most)
        count = len(passes) + 2 + len(again)
        written, at_commit = written_in(trace), np.full(len(trace.final), np.nan)
        for k, t in enumerate(passes):
            here = np.flatnonzero(written == t)
            recorded = probability(trace, np.full(len(here), t), here, trace.final[here])
            shown = rated[len(passes) + 2 + k][here] if again else recorded
            at_commit[here] = _nats(shown) - _nats(rated[k][here])
        blind, sighted = rated[len(passes) : len(passes) + 2]
        return Grounding(str(self.kind), at_commit, _nats(sighted) - _nats(blind), count)

    def maps(self, rated: Sequence[np.ndarray]) -> dict[int, np.ndarray]:
        """position -> (T, T) nats that the word loses as each tile is painted over, from all rows that were rated."""
        passes, written = _passes(self.trace, self.words), written_in(self.trace)
        if not passes:
            return {}
        nats = _nats(np.stack(rated[-(self.tiles**2 + 1) * len(passes) :])).reshape(self.tiles**2 + 1, len(passes), -1)
        lost = nats[0] - nats[1:]  # (T * T, passes, N)
        return {i: lost[:, passes.index(int(written[i])), i].reshape(self.tiles, self.tiles) for i in self.words}


def rows(trace: Trace, words: Sequence[int] = (), words_rest: bool = True, tiles: int = TILES, most: int | None = None) -> int:
    """Forward passes that a reading takes, a batch counted once for each of its canvases: what each word rests on, and some words' maps."""
    each = len(_passes(trace, most=most)) + 2 + len(_again(trace, most)) if words_rest else 0
    return each + (tiles**2 + 1) * len(_passes(trace, words))


def grounding(trace: Trace, session: Session, kind: str = "blank", other: Any = None) -> Grounding:
    """The grounding of every word of a lane; `session` is the lane's (`open_trunk`), `other` the other picture of kind "another".

    Raises ValueError, in one sentence, for a run without a picture, an unknown kind, or kind "another" without a picture.
    """
    reading = Reading(trace, session, kind, other)
    return reading.grounding(list(reading.rated()))


def regions(trace: Trace, session: Session, position: int, tiles: int = TILES) -> np.ndarray:
    """(T, T) nats: how much of a word's log-probability is lost as each tile of the picture is painted over in its mean colour.

    In the pass that wrote the final word. Raises ValueError for a run without a picture or a word that no pass wrote.
    """
    reading = Reading(trace, session, None, words=(position,), tiles=tiles)
    return reading.maps(list(reading.rated()))[position]


def judged_words(trace: Trace) -> np.ndarray:
    """(N,) bool: final words whose grounding means something: no masks, end-of-text, signs or function words, and written by a pass."""
    texts = trace.tokens(trace.final)
    special = (trace.head.mask_id, trace.head.eot_id)
    word = [token not in special and is_judged(text) for token, text in zip(trace.final.tolist(), texts, strict=True)]
    return np.asarray(np.array(word, bool) & (written_in(trace) >= 0))


def as_data(trace: Trace, found: Grounding) -> dict[str, Any]:
    """Plain data: {"without", "at_commit", "at_end"}, nats by position; null where a word is not judged, or nothing was recorded."""
    judged = judged_words(trace)
    columns = {"at_commit": found.at_commit, "at_end": found.at_end}
    return {"without": found.kind} | {name: plain_nats(np.where(judged, column, np.nan)) for name, column in columns.items()}


def plain_nats(column: np.ndarray) -> list[float | None]:
    """(N,) nats as plain numbers, NaN as null."""
    return [None if np.isnan(value) else round(float(value), 3) for value in column]


def written_in(trace: Trace) -> np.ndarray:
    """(N,) the pass, from 0, that wrote each final word; -1 where it stood from the start."""
    return np.asarray(settled_at(trace) - 1)


def _again(trace: Trace, most: int | None) -> list[int]:
    """The passes that are read again with the picture: those of a contrasted run, which recorded the contrasted prediction."""
    return _passes(trace, most=most) if trace.head.settings.get("contrast") else []


def _passes(trace: Trace, words: Sequence[int] | None = None, most: int | None = None) -> list[int]:
    """The passes that wrote final words, of some positions or of all; of more than `most`, some, drawn evenly and always the same."""
    written = written_in(trace)
    passes = sorted({int(t) for t in (written if words is None else written[list(words)]) if t >= 0})
    if most is None or len(passes) <= most:
        return passes
    return sorted(np.random.default_rng(0).choice(passes, most, replace=False).tolist())


def _instead(request: Request, kind: str, other: Any) -> Request:
    """The request with something in place of the picture."""
    picture = None if kind == "blank" else _plain(request.picture) if kind == "mean" else other
    return replace(request, picture=picture, eye_edits=())


def _plain(picture: Any) -> Any:
    """A picture of the same size in its mean colour."""
    mean = np.asarray(picture.convert("RGB")).reshape(-1, 3).mean(axis=0).round().astype(int)
    plain = picture.convert("RGB")
    plain.paste(tuple(int(c) for c in mean), (0, 0, *plain.size))
    return plain


def _painted(request: Request, tile: int, tiles: int) -> Request:
    """The request with one of tiles x tiles of its picture painted over in the mean colour."""
    picture, (row, column) = request.picture, divmod(tile, tiles)
    width, height = picture.size
    box = (column * width // tiles, row * height // tiles, (column + 1) * width // tiles, (row + 1) * height // tiles)
    painted = picture.convert("RGB")
    painted.paste(_plain(picture).crop(box), box)
    return replace(request, picture=painted)


def _nats(probability: np.ndarray) -> np.ndarray:
    """The log, of no less than LEAST; NaN stays."""
    return np.asarray(np.log(np.maximum(probability, LEAST)))
