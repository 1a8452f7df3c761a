"""Canvases read by a session's model outside any run, in batches as large as the backend takes. Shape: N answer positions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..backends import BatchItem, Session
from ..trace import Prediction


def item(session: Session, read: np.ndarray, asked: np.ndarray | None = None) -> BatchItem:
    """One canvas (N,) to be read; `asked` (N,) as in `BatchItem`."""
    ids = None if asked is None else asked.astype(np.int64)
    return BatchItem(session, read.astype(np.int64), cache=session.backend.lane_cache(), asked=ids)


def predict_all(items: Sequence[BatchItem]) -> list[Prediction]:
    """The prediction of each item, in order; all are of one backend."""
    if not items:
        return []
    backend = items[0].session.backend
    size = max(1, backend.batch)
    return [one for first in range(0, len(items), size) for one in backend.predict(items[first : first + size])]
