"""Network rows of several lanes through a trunk: exact, prefix-cached, or through dLLM-Cache.

Knows the network and the lanes' caches: no tokenizer, no sampler, no output head.
Shapes: B rows of a batch, L positions (P of the prompt, N answer, the rest suffix), H width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...nets.dllm_cache import DllmCache, RefreshIntervals
from ...nets.llada import Rotary, Trunk, rotary_of
from ..variants import CacheKind, Variant
from .lane_cache import PrefixCache, RowCache, stacked

LENGTHS = 16  # rows of so many different lengths have their rotary angles cached


@dataclass(frozen=True)
class NetworkRow:
    """One row of the network's batch: which prompt (P, H) it reads before which answer and suffix (ids, (M,))."""

    prompt: Tensor
    ids: Tensor
    cache: RowCache
    block: int | None


def batches(rows: Sequence[NetworkRow], most: int) -> list[list[int]]:
    """Indices of rows that can share a batch: equal lengths, at most so many."""
    by_length: dict[tuple[int, int], list[int]] = {}
    for i, row in enumerate(rows):
        by_length.setdefault((len(row.prompt), len(row.ids)), []).append(i)
    return [group[first : first + most] for group in by_length.values() for first in range(0, len(group), most)]


class CachedTrunk:
    """Runs rows through a trunk as a variant asks."""

    def __init__(self, variant: Variant, batch: int) -> None:
        self.variant, self.batch = variant, batch
        self._rotary: dict[tuple[int, torch.device], Rotary] = {}

    def run(self, trunk: Trunk, rows: Sequence[NetworkRow], length: int, kind: CacheKind | None = None) -> list[Tensor]:
        """Each row's hidden states at its `length` answer positions, (length, H). `kind` overrides the variant's cache."""
        kind = kind or self.variant.cache
        if kind == "dllm":
            return [self.through_dllm(trunk, row)[len(row.prompt) : len(row.prompt) + length] for row in rows]
        due = [i for i, row in enumerate(rows) if kind == "exact" or self.counted(row)]
        found: dict[int, Tensor] = {}
        for indices, whole in ((due, True), ([i for i in range(len(rows)) if i not in set(due)], False)):
            for batch in batches([rows[i] for i in indices], self.batch):
                chosen = [rows[indices[i]] for i in batch]
                hidden = self.whole(trunk, chosen, length, kind == "prefix") if whole else self.continued(trunk, chosen, length)
                found |= {indices[i]: one for i, one in zip(batch, hidden, strict=True)}
        return [found[i] for i in range(len(rows))]

    def replay(self, trunk: Trunk, rows: Sequence[NetworkRow], length: int) -> None:
        """Leave the rows' caches as `run` would have, and compute nothing that they do not need."""
        if self.variant.cache == "dllm":
            self.run(trunk, rows, length)
        elif self.variant.cache == "prefix":
            due = [row for row in rows if self.counted(row)]
            for batch in batches(due, self.batch):
                self.whole(trunk, [due[i] for i in batch], length, keep=True)

    def counted(self, row: NetworkRow) -> bool:
        """Count this pass of a prefix-cached row; whether it is one that computes the prompt anew."""
        row.cache.passes += 1
        number, prefix = row.cache.passes, row.cache.prefix
        if prefix is None:
            return True
        if self.variant.refresh:
            return number in self.variant.refresh
        if self.variant.every == 0:
            return prefix.block != row.block
        return number - prefix.number >= self.variant.every

    def rotary(self, trunk: Trunk, length: int, device: torch.device) -> Rotary:
        key = (length, device)
        if key not in self._rotary:
            if len(self._rotary) > LENGTHS:
                self._rotary.clear()
            self._rotary[key] = rotary_of(length, trunk.config.head_width, trunk.config.theta, device)
        return self._rotary[key]

    def whole(self, trunk: Trunk, rows: Sequence[NetworkRow], length: int, keep: bool) -> Tensor:
        """(B, length, H), every position computed; with `keep`, each row keeps its prompt's keys and values."""
        start = len(rows[0].prompt)
        x = torch.cat((torch.stack([row.prompt for row in rows]), embedded(trunk, rows)), dim=1)
        rotary = self.rotary(trunk, x.shape[1], x.device)
        hidden: Tensor
        hidden, layers = trunk(x, rotary, positions=slice(start, start + length), keep=start if keep else 0)
        if keep:
            for i, row in enumerate(rows):
                row.cache.prefix = PrefixCache(layers, i, row.cache.passes, row.block)
        return hidden

    def continued(self, trunk: Trunk, rows: Sequence[NetworkRow], length: int) -> Tensor:
        """(B, length, H), only answer and suffix computed; they read the cached prompt."""
        start, x = len(rows[0].prompt), embedded(trunk, rows)
        past = stacked([row.cache.prefix for row in rows if row.cache.prefix is not None])
        cos, sin = self.rotary(trunk, start + x.shape[1], x.device)
        hidden: Tensor = trunk(x, (cos[start:], sin[start:]), positions=slice(0, length), past=past)[0]
        return hidden

    def through_dllm(self, trunk: Trunk, row: NetworkRow) -> Tensor:
        """(L, H), one row at a time, as published."""
        if row.cache.dllm is None:
            row.cache.dllm = DllmCache(RefreshIntervals(), len(row.prompt))
        return row.cache.dllm.run(trunk, torch.cat((row.prompt, embedded(trunk, [row])[0]))[None])[0]


def embedded(trunk: Trunk, rows: Sequence[NetworkRow]) -> Tensor:
    """(B, M, H) of answers and suffixes."""
    embeddings: Tensor = trunk.embed_tokens(torch.stack([row.ids for row in rows]))
    return embeddings
