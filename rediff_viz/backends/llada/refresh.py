"""When to compute image and prompt anew, chosen from a measured table of what reuse costs. Knows numpy; torch only to measure.

Shapes: S passes. error[i, j] is what goes wrong in pass j when image and prompt were last computed in pass i (i <= j).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .backend import LladaBackend
    from .session import LladaSession


def cheapest(error: np.ndarray, refreshes: int) -> tuple[tuple[int, ...], float]:
    """The passes (from 1, the first always among them) to refresh in, and the accumulated error they leave; error (S, S).

    Exact, by dynamic programming in O(refreshes x S^2). Raises ValueError for a count that cannot be.
    """
    passes = len(error)
    if error.shape != (passes, passes) or not 1 <= refreshes <= passes:
        raise ValueError(f"{refreshes} refreshes in an error table of shape {error.shape}, expected 1 to {passes} in a square one")
    upper = np.triu(error.astype(np.float64))
    stretch = np.full((passes, passes + 1), np.inf)  # (start, end): error of one refresh at start reused up to end
    for start in range(passes):
        stretch[start, start + 1 :] = np.cumsum(upper[start, start:])
    best = np.full((refreshes + 1, passes + 1), np.inf)
    origin = np.zeros((refreshes + 1, passes + 1), int)
    best[0, 0] = 0.0
    for r in range(1, refreshes + 1):
        total = best[r - 1][:passes, None] + stretch  # (start, end)
        origin[r], best[r] = total.argmin(0), total.min(0)
    chosen, end = [], passes
    for r in range(refreshes, 0, -1):
        end = int(origin[r, end])
        chosen.append(end + 1)
    return tuple(reversed(chosen)), float(best[refreshes, passes])


def measure(backend: LladaBackend, session: LladaSession, reads: Sequence[np.ndarray]) -> np.ndarray:
    """(S, S) mean total variation over the answer between cached and exact predictions, on canvases (N,) a run has read.

    Costs S exact passes and S (S - 1) / 2 cached ones; entries below the diagonal are 0.
    """
    import torch

    from ..variants import Variant
    from .cached_trunk import CachedTrunk, NetworkRow
    from .forward import head
    from .lane_cache import RowCache

    ready = session.ready
    model = ready.loaded.model
    trunk = CachedTrunk(Variant(cache="prefix", every=10**6), backend.batch)
    ids = [torch.from_numpy(np.concatenate((read, session.suffix)).astype(np.int64)).to(ready.prompt.device) for read in reads]
    error, length = np.zeros((len(reads), len(reads))), len(reads[0])
    with torch.inference_mode():
        rows = [NetworkRow(ready.prompt, one, RowCache(), 0) for one in ids]
        exact = [head(model, trunk.run(model.model, [row], length, "exact")[0]).softmax(-1) for row in rows]
        for i in range(len(ids)):
            cache = RowCache()
            for j in range(i, len(ids)):
                hidden = trunk.run(model.model, [NetworkRow(ready.prompt, ids[j], cache, 0)], length)[0]
                error[i, j] = float((head(model, hidden).softmax(-1) - exact[j]).abs().sum(-1).mean() / 2)
    return error
