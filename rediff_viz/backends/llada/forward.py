"""One forward pass over the rows of several lanes: exact, prefix-cached, or through dLLM-Cache.

Knows the network and what each lane remembers: no tokenizer, no sampler.
Shapes: B rows of a batch, L positions (P of the prompt, N answer, the rest suffix), H width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...nets.dllm_cache import Cache, Schedule
from ...nets.llada import Memory, Trunk, Turns, turns
from ..variants import Variant


@dataclass(frozen=True)
class RowOf:
    """One network row: which prompt (P, H) it reads before which answer and suffix (ids, (M,))."""

    prompt: Tensor
    ids: Tensor
    kind: str  # "said", "unled" (guidance), "blind" (picture-free): each is remembered apart
    state: dict[str, Any]  # what its lane remembers
    block: int | None


def batches(rows: Sequence[RowOf], most: int) -> list[list[int]]:
    """Indices of rows that can share a batch: equal lengths, at most so many."""
    by_length: dict[tuple[int, int], list[int]] = {}
    for i, row in enumerate(rows):
        by_length.setdefault((len(row.prompt), len(row.ids)), []).append(i)
    return [group[first : first + most] for group in by_length.values() for first in range(0, len(group), most)]


class Passes:
    """Runs rows through a trunk as a variant says. One of these belongs to one backend."""

    def __init__(self, trunk: Trunk, variant: Variant, most: int) -> None:
        self.trunk, self.variant, self.most = trunk, variant, most
        self._turns: dict[int, Turns] = {}

    def run(self, rows: Sequence[RowOf], length: int, memory: str | None = None) -> list[Tensor]:
        """Each row's hidden states at its `length` answer positions, (length, H). `memory` overrides the variant's."""
        memory = memory or self.variant.memory
        if memory == "dllm":
            return [self.remembered(row)[len(row.prompt) : len(row.prompt) + length] for row in rows]
        found: list[Tensor | None] = [None] * len(rows)
        fresh = [i for i, row in enumerate(rows) if memory == "exact" or self.due(row, count(row))]
        later = [i for i in range(len(rows)) if i not in set(fresh)]
        for part in (fresh, later):
            for batch in batches([rows[i] for i in part], self.most):
                at = [part[i] for i in batch]
                chosen = [rows[i] for i in at]
                hidden = self.whole(chosen, length, memory == "prefix") if part is fresh else self.continued(chosen, length)
                for i, one in zip(at, hidden, strict=True):
                    found[i] = one
        return [one for one in found if one is not None]

    def turns(self, length: int, device: torch.device) -> Turns:
        if length not in self._turns:
            if len(self._turns) > 16:
                self._turns.clear()
            shape = self.trunk.shape
            self._turns[length] = turns(length, shape.head_width, shape.theta, device)
        return self._turns[length]

    def embedded(self, rows: Sequence[RowOf]) -> Tensor:
        """(B, M, H) of answers and suffixes."""
        return self.trunk.embed_tokens(torch.stack([row.ids for row in rows]))

    def whole(self, rows: Sequence[RowOf], length: int, keep: bool) -> Tensor:
        """Every position computed; with `keep`, each lane remembers its prompt's keys and values."""
        start = len(rows[0].prompt)
        x = torch.cat((torch.stack([row.prompt for row in rows]), self.embedded(rows)), dim=1)
        by = self.turns(x.shape[1], x.device)
        hidden, kept = self.trunk(x, by, rows=slice(start, start + length), keep=start if keep else 0)
        if keep:
            for i, row in enumerate(rows):
                row.state[row.kind] = {"kept": kept, "at": i, "number": row.state[f"{row.kind} passes"], "block": row.block}
        return hidden

    def due(self, row: RowOf, number: int) -> bool:
        """Whether the prompt must be computed anew for this row, in its lane's pass `number` (counted from 1)."""
        held = row.state.get(row.kind)
        if held is None:
            return True
        if self.variant.refresh:
            return number in self.variant.refresh
        if self.variant.every == 0:
            return bool(held["block"] != row.block)
        return bool(number - held["number"] >= self.variant.every)

    def continued(self, rows: Sequence[RowOf], length: int) -> Tensor:
        """Only answer and suffix computed; they read the remembered prompt."""
        held = [row.state[row.kind] for row in rows]
        start = len(rows[0].prompt)
        first = held[0]["kept"]
        if all(one["kept"] is first for one in held) and [one["at"] for one in held] == list(range(first[0][0].shape[0])):
            past: list[Memory] = first
        else:
            past = [stacked(held, layer) for layer in range(len(first))]
        x = self.embedded(rows)
        by = self.turns(start + x.shape[1], x.device)
        return self.trunk(x, (by[0][start:], by[1][start:]), rows=slice(0, length), past=past)[0]

    def remembered(self, row: RowOf) -> Tensor:
        """(L, H) through dLLM-Cache, one row at a time."""
        cache: Cache = row.state.setdefault(row.kind, Cache(Schedule(), len(row.prompt)))
        return cache.run(self.trunk, torch.cat((row.prompt, self.embedded([row])[0]))[None])[0]


def count(row: RowOf) -> int:
    """Counts this pass of the row's lane and kind; from 1."""
    number = int(row.state.get(f"{row.kind} passes", 0)) + 1
    row.state[f"{row.kind} passes"] = number
    return number


def stacked(held: Sequence[dict[str, Any]], layer: int) -> Memory:
    """One layer's keys and values of several lanes, in one batch."""
    keys = torch.cat([one["kept"][layer][0][one["at"] : one["at"] + 1] for one in held])
    values = torch.cat([one["kept"][layer][1][one["at"] : one["at"] + 1] for one in held])
    return keys, values
