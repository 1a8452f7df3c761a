"""Canvases read by a session's model outside any run, in batches as large as the backend takes. Shape: N answer positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from ..backends import BatchItem, Session
from ..trace import Prediction


def item(session: Session, read: np.ndarray, asked: np.ndarray | None = None) -> BatchItem:
    """One canvas (N,) to be read; `asked` (N,) as in `BatchItem`."""
    ids = None if asked is None else asked.astype(np.int64)
    return BatchItem(session, read.astype(np.int64), cache=session.backend.lane_cache(), asked=ids)


def predict_each(items: Iterable[BatchItem], most: int | None = None) -> Iterator[Prediction]:
    """The prediction of each item, in order, a batch of at most `most` at a time; all are of one backend, made as they are needed."""
    coming = iter(items)
    while first := list(islice(coming, 1)):
        backend = first[0].session.backend
        yield from backend.predict(first + list(islice(coming, (most or max(1, backend.batch)) - 1)))


def predict_all(items: Sequence[BatchItem]) -> list[Prediction]:
    """The prediction of each item, in order; all are of one backend."""
    return list(predict_each(items))
