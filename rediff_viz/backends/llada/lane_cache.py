"""What a lane keeps between its passes: keys and values of its prompt, dLLM-Cache's layers, and how many passes there were.

Knows tensors: no network is run here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import torch

from ...nets.dllm_cache import DllmCache
from ...nets.llada import KVCache

RowKind = Literal["predict", "unconditional", "no_image"]  # the plain prompt, a masked one (guidance), one without its picture


@dataclass(frozen=True)
class PrefixCache:
    """Keys and values of one prompt, as one pass computed them: a row of that pass's batch, which its lanes share."""

    layers: Sequence[KVCache]  # of every layer, each (B, C, P, D)
    row: int  # of B
    number: int  # the pass that computed it, counted from 1
    block: int | None  # the block that pass worked on


@dataclass
class RowCache:
    """What one network row of a lane keeps."""

    passes: int = 0
    prefix: PrefixCache | None = None
    dllm: DllmCache | None = None


@dataclass
class LaneCache:
    """What one lane keeps, each kind of network row apart."""

    passes: int = 0  # of the lane, as `+check` counts them
    rows: dict[RowKind, RowCache] = field(default_factory=dict)

    def row(self, kind: RowKind) -> RowCache:
        """The cache of one kind of row, made on first use."""
        return self.rows.setdefault(kind, RowCache())

    def copy(self) -> LaneCache:
        """A copy to go back to when a pass fails; dLLM-Cache is written in place, so it is left out and begins anew."""
        return LaneCache(self.passes, {kind: replace(row, dllm=None) for kind, row in self.rows.items()})

    def restore(self, saved: LaneCache) -> None:
        """Become what `copy` returned."""
        self.passes, self.rows = saved.passes, saved.rows


def stacked(caches: Sequence[PrefixCache]) -> list[KVCache]:
    """Several lanes' prompts as one batch, (B, C, P, D) of every layer; a batch that was computed together is not copied."""
    first = caches[0].layers
    if all(cache.layers is first for cache in caches) and [cache.row for cache in caches] == list(range(len(first[0][0]))):
        return list(first)
    return [
        (
            torch.cat([cache.layers[layer][0][cache.row : cache.row + 1] for cache in caches]),
            torch.cat([cache.layers[layer][1][cache.row : cache.row + 1] for cache in caches]),
        )
        for layer in range(len(first))
    ]
