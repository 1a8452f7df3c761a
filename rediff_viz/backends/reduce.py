"""Logits to predictions on the device they were made on, in bounded memory, and one small copy to the host.

Knows torch, the trace's `Prediction` and what a contrast is: no model, no sampler.
Shapes: R rows (answer positions of all items of a pass), V vocabulary, K candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..trace import Prediction
from .base import IMPLAUSIBLE, Contrast

CANDIDATES = 8  # K, the most probable tokens recorded of every position
AT_ONCE = 32_000_000  # logits held at a time: 128 rows of a vocabulary of 126,464 are 16 million
GROUP = 128  # width of the groups whose maxima narrow the search for the K best
NEVER = -1e30  # what a forbidden id's logit becomes: finite, so that 0 x logit stays 0


@dataclass(frozen=True)
class Reduced:
    """What is recorded of R rows, still on the device."""

    ids: Tensor  # (R,) int64, the proposal
    argmax: Tensor  # (R,) int64
    prob: Tensor  # (R,) float64, of the proposal
    input_prob: Tensor  # (R,) float64, of the id that was read
    entropy: Tensor  # (R,) float64, nats
    top_ids: Tensor  # (R, K) int64
    top_prob: Tensor  # (R, K) float64


def best(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """(R, V) -> values and ids (R, K) of the K largest, larger first, equal values by lower id.

    Two stages: the K groups of 128 with the largest maxima hold the K largest values; only they are sorted. Where more
    equal values tie for the last place than there is room, which of them is found is not defined.
    """
    size = logits.shape[1]
    k = min(k, size)
    count = -(-size // GROUP)
    if count <= 2 * k:
        values, ids = torch.sort(logits, dim=-1, descending=True, stable=True)
        return values[:, :k], ids[:, :k]
    whole = size // GROUP
    peaks = torch.unflatten(logits[:, : whole * GROUP], -1, (whole, GROUP)).amax(-1)
    if whole < count:
        peaks = torch.cat((peaks, logits[:, whole * GROUP :].amax(-1, keepdim=True)), dim=-1)
    groups = torch.topk(peaks, k, dim=-1).indices.sort(dim=-1).values
    ids = (groups[:, :, None] * GROUP + torch.arange(GROUP, device=logits.device)).flatten(1)
    values = logits.gather(1, ids.clamp(max=size - 1)).masked_fill(ids >= size, -torch.inf)
    values, order = torch.sort(values, dim=-1, descending=True, stable=True)
    return values[:, :k], ids.gather(1, order[:, :k])


def reduce(logits: Tensor, read: Tensor, k: int = CANDIDATES, proposal: Tensor | None = None) -> Reduced:
    """(R, V) float32 logits and the ids that were read (R,) -> what is recorded of them.

    Sums and probabilities in float64, as LLaDA-V, ReDiff and ProSeCo decide by; `proposal` (R,) replaces the argmax.
    """
    top, top_ids = best(logits, k)
    peak, ids = top[:, :1], top_ids[:, 0] if proposal is None else proposal
    wide = logits.double() if logits.device.type == "cpu" and logits.shape[1] < 4096 else None
    away = (logits if wide is None else wide) - peak
    mass = away.exp()
    total = mass.sum(-1, dtype=torch.float64)
    entropy = total.log() - (mass.mul_(away)).sum(-1, dtype=torch.float64) / total

    def share(values: Tensor) -> Tensor:
        return (values.double() - peak.double()).exp() / total[:, None]

    return Reduced(
        ids=ids,
        argmax=top_ids[:, 0],
        prob=share(logits.gather(1, ids[:, None]))[:, 0],
        input_prob=share(logits.gather(1, read.clamp(0, logits.shape[1] - 1)[:, None]))[:, 0],
        entropy=entropy,
        top_ids=top_ids,
        top_prob=share(top),
    )


def forbid(logits: Tensor, ids: Tensor) -> Tensor:
    """(R, V) with the columns `ids` (F,) made impossible, in place."""
    return logits.index_fill_(-1, ids, NEVER) if ids.numel() else logits


def contrasted(logits: Tensor, without: Tensor, contrast: Contrast) -> Tensor:
    """(R, V) with the picture and without it -> (R, V) contrasted; what is forbidden in both stays so."""
    cutoff = logits.amax(-1, keepdim=True) + contrast.margin
    raised = logits + contrast.strength * (logits - without)
    return torch.where(logits < cutoff, logits - IMPLAUSIBLE, raised)


def draw(logits: Tensor, temperature: float, generator: torch.Generator, at_once: int = 16) -> Tensor:
    """(R, V) -> (R,) a Gumbel-max draw, argmax(logits - T ln(-ln u)), in float64 and so many rows at a time."""
    ids = []
    for part in torch.split(logits, at_once):
        exponential = torch.empty(part.shape, dtype=torch.float64, device=part.device).exponential_(generator=generator)
        ids.append((part.double() - temperature * exponential.log()).argmax(-1))
    return torch.cat(ids)


def pack(parts: Sequence[Reduced], extra: Sequence[Tensor]) -> Tensor:
    """What is recorded of all rows as one float64 table (R, columns), ready for one copy; ids are exact up to 2^53."""
    columns = [
        torch.cat([getattr(part, name).double().reshape(len(part.ids), -1) for part in parts])
        for name in ("ids", "argmax", "prob", "input_prob", "entropy", "top_ids", "top_prob")
    ]
    return torch.cat([*columns, *(column.double()[:, None] for column in extra)], dim=1)


def unpack(
    table: np.ndarray, wants: Sequence[str], names: Sequence[str] = (), decide_by: type[np.floating[Any]] = np.float64
) -> Prediction:
    """One item's rows (N, columns) of a packed table -> its Prediction; `names` are those of the extra columns.

    `decide_by` is the precision of the proposal's probability, by which samplers choose.
    """
    k = (table.shape[1] - 5 - len(names)) // 2
    extra = {name: table[:, 5 + 2 * k + i].astype(np.float32) for i, name in enumerate(names)}
    if "argmax" in wants:
        extra["argmax"] = table[:, 1].astype(np.int64)
    return Prediction(
        ids=table[:, 0].astype(np.int64),
        prob=table[:, 2].astype(decide_by),
        input_prob=table[:, 3].astype(np.float32),
        entropy=table[:, 4].astype(np.float32),
        top_ids=table[:, 5 : 5 + k].astype(np.int64),
        top_prob=table[:, 5 + k : 5 + 2 * k].astype(np.float32),
        extra={name: column for name, column in extra.items() if not np.isnan(column).all()},
    )


class Host:
    """The way to the device and back: what a pass reads goes over in one piece, what is recorded comes back in one.

    Both through pinned memory. The copy there is not waited for; on the way back the host waits for that copy alone, which is
    the only synchronisation of a pass.
    """

    def __init__(self) -> None:
        self.pinned: Tensor | None = None

    def send(self, ids: np.ndarray, device: torch.device) -> Tensor:
        """int64 (n,) on the device."""
        here = torch.from_numpy(ids.astype(np.int64))
        return here.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else here

    def fetch(self, table: Tensor) -> np.ndarray:
        if table.device.type != "cuda":
            return table.numpy()
        if self.pinned is None or self.pinned.shape != table.shape:
            self.pinned = torch.empty(table.shape, dtype=table.dtype, pin_memory=True)
        with torch.cuda.device(table.device):
            self.pinned.copy_(table, non_blocking=True)
            done = torch.cuda.current_stream().record_event()
        done.synchronize()
        return self.pinned.numpy().copy()
