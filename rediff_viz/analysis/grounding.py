"""How much of a word's probability the picture is responsible for.

log p(word | picture, rest) - log p(word | no picture, rest), in nats. Low means that the words alone predict it, not that it is
false. There is no one right way to be without a picture (a blank is unlike anything an 8B model was trained on), so there are
three. Shapes: N answer positions, S passes, T tiles a side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..backends import BatchItem, Session
from ..events import probability, settled_at
from ..trace import Trace
from .predict import item, predict_all

KINDS = {
    "none": "no picture at all, as the checkpoint knows it",
    "mean": "a picture of one colour, the picture's mean",
    "another": "another picture",
}
TILES = 6
LEAST = 1e-9  # a smaller probability counts as this


@dataclass(frozen=True)
class Grounding:
    """What a picture adds to the words of a run."""

    kind: str  # one of KINDS
    at_commit: np.ndarray  # (N,) nats, when the final word was written; NaN where that was never, or was not recorded
    at_end: np.ndarray  # (N,) nats, in the final text, the word itself in view
    passes: int  # forward passes computed, a batch counted once for each of its canvases


def grounding(trace: Trace, session: Session, kind: str = "none", other: Any = None) -> Grounding:
    """The grounding of every word of a lane; `session` is the lane's (`open_trunk`), `other` the other picture of kind "another".

    Raises ValueError, in one sentence, for a run without a picture, an unknown kind, or kind "another" without a picture.
    """
    if session.request.picture is None:
        raise ValueError("the run has no picture, so nothing in it can rest on one")
    without = session.backend.open(replace(session.request, picture=_instead(session.request.picture, kind, other)))
    written = settled_at(trace) - 1  # (N,) the pass that wrote the final word, -1 where it stood from the start
    passes = sorted({int(t) for t in written if t >= 0})
    items = [item(one, trace.final, trace.final) for one in (session, without)]
    items += [item(without, trace.read[t], trace.final) for t in passes]
    if trace.head.settings.get("contrast"):  # what such a run recorded is of the contrasted prediction
        items += [item(session, trace.read[t], trace.final) for t in passes]
    sighted, blind, *rated = _rated(items)
    at_commit = np.full(len(trace.final), np.nan)
    for k, t in enumerate(passes):
        here = np.flatnonzero(written == t)
        recorded = len(rated) == len(passes)
        shown = probability(trace, np.full(len(here), t), here, trace.final[here]) if recorded else rated[len(passes) + k][here]
        at_commit[here] = _nats(shown) - _nats(rated[k][here])
    return Grounding(kind, at_commit, _nats(sighted) - _nats(blind), len(items))


def regions(trace: Trace, session: Session, position: int, tiles: int = TILES) -> np.ndarray:
    """(T, T) nats: how much of a word's log-probability is lost as each tile of the picture is painted over in its mean colour.

    In the pass that wrote the final word. Raises ValueError for a run without a picture or a word that no pass wrote.
    """
    if session.request.picture is None:
        raise ValueError("the run has no picture, so nothing in it can rest on one")
    written = int(settled_at(trace)[position]) - 1
    if written < 0:
        raise ValueError(f"position {position} was not written by any pass")
    read = trace.read[written]
    painted = [
        replace(session.request, picture=_painted(session.request.picture, row, column, tiles))
        for row in range(tiles)
        for column in range(tiles)
    ]
    items = [item(session, read, trace.final), *(item(session.backend.open(request), read, trace.final) for request in painted)]
    nats = _nats(np.array([one[position] for one in _rated(items)]))
    return np.asarray(nats[0] - nats[1:]).reshape(tiles, tiles)


def _instead(picture: Any, kind: str, other: Any) -> Any:
    """What is shown in place of the picture."""
    if kind == "none":
        return None
    if kind == "mean":
        return _plain(picture)
    if kind != "another":
        raise ValueError(f"{kind[:40]!r} is no way to be without a picture, expected {', '.join(KINDS)}")
    if other is None:
        raise ValueError("the other picture is missing")
    return other


def _plain(picture: Any) -> Any:
    """A picture of the same size in its mean colour."""
    mean = np.asarray(picture.convert("RGB")).reshape(-1, 3).mean(axis=0).round().astype(int)
    plain = picture.convert("RGB")
    plain.paste(tuple(int(c) for c in mean), (0, 0, *plain.size))
    return plain


def _painted(picture: Any, row: int, column: int, tiles: int) -> Any:
    """The picture with one of tiles x tiles painted over in its mean colour."""
    width, height = picture.size
    box = (column * width // tiles, row * height // tiles, (column + 1) * width // tiles, (row + 1) * height // tiles)
    painted = picture.convert("RGB")
    painted.paste(_plain(picture).crop(box), box)
    return painted


def _rated(items: Sequence[BatchItem]) -> list[np.ndarray]:
    """(N,) the probability of each item's asked ids."""
    return [np.asarray(prediction.input_prob, np.float64) for prediction in predict_all(items)]


def _nats(probability: np.ndarray) -> np.ndarray:
    """(N,) the log, of no less than LEAST; NaN stays."""
    return np.asarray(np.log(np.maximum(probability, LEAST)))
