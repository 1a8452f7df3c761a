"""What only the published code does: its order among equal scores, its overflow, its random stream, its batches.

Injected into the samplers' `Plan`; nobody else uses it. Shapes: N answer positions, P prompt, W answer and suffix.
Sources: ML-GSAI/LLaDA b7e6c35 generate.py, ML-GSAI/LLaDA-V 22527697 and jiyt17/ReDiff 52604ca generate_with_embeds,
kuleshov-group/proseco 69fe45d llada/generate.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from threading import Barrier

import numpy as np
import torch
from torch import Tensor

from ..samplers import Block, Plan


class TorchRandom:
    """torch's global generator as `torch.manual_seed` starts it, drawn from in the published order: whole rows, whole batch."""

    def __init__(self, seed: int | None) -> None:
        self.generator = torch.Generator()
        if seed is not None:
            self.generator.manual_seed(seed)

    def noisy(self, logits: Tensor, temperature: float) -> Tensor:
        """(B, L, V) logits with the published Gumbel noise, float64; as they are at temperature 0."""
        if temperature == 0:
            return logits
        drawn = torch.rand(logits.shape, dtype=torch.float64, generator=self.generator)
        return logits.double().exp() / (-torch.log(drawn)) ** temperature

    def uniform(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """What `remasking="random"` scores by."""
        return torch.rand(shape, dtype=dtype, generator=self.generator)


@dataclass
class Order:
    """`choose` for a Plan: torch.topk over the whole row of prompt, answer and suffix, as the published loops do.

    When more positions are asked for than are eligible, the row's -inf entries are taken, prompt and suffix included:
    `spilled` keeps those of the last choice, `chosen` all choices since `reset`.
    """

    prompt: int  # P
    after: int = 0  # suffix positions
    masked_prompt: Callable[[], tuple[np.ndarray, np.ndarray]] | None = None  # (P,) bool and (P,) score: a prompt may contain masks
    chosen: list[np.ndarray] = field(default_factory=list)  # (N,) bool each
    spilled: list[np.ndarray] = field(default_factory=list)  # row positions outside the answer, each (<= k,)
    overflowed: list[bool] = field(default_factory=list)  # of every choice since `reset`: whether it took -inf entries

    def __call__(self, score: np.ndarray, eligible: np.ndarray, k: int) -> np.ndarray:
        length = len(score)
        row = torch.full((self.prompt + length + self.after,), -torch.inf, dtype=torch.from_numpy(score[:0]).dtype)
        row[self.prompt : self.prompt + length] = torch.from_numpy(np.where(eligible, score, -np.inf).astype(score.dtype))
        if self.masked_prompt is not None and not self.chosen:
            masked, surest = self.masked_prompt()
            row[: self.prompt] = torch.from_numpy(np.where(masked, surest, -np.inf).astype(score.dtype))
        best = torch.topk(row, k=k).indices if k else torch.zeros(0, dtype=torch.long)
        self.overflowed.append(bool(torch.isinf(row[best]).any()))
        picks = np.zeros(len(row), bool)
        picks[best.numpy()] = True
        inside = picks[self.prompt : self.prompt + length].copy()
        picks[self.prompt : self.prompt + length] = False
        self.spilled.append(np.flatnonzero(picks))
        self.chosen.append(inside)
        return inside

    def reset(self) -> None:
        self.chosen, self.spilled, self.overflowed = [], [], []


def sorted_order(prompt: int, chosen: list[np.ndarray]) -> Callable[[np.ndarray, np.ndarray, int], np.ndarray]:
    """`choose` for ProSeCo: torch.sort(descending) over the whole row; what is not eligible is left as it is."""

    def choose(score: np.ndarray, eligible: np.ndarray, k: int) -> np.ndarray:
        row = torch.full((prompt + len(score),), -torch.inf, dtype=torch.float64)
        row[prompt:] = torch.from_numpy(np.where(eligible, score, -np.inf))
        picks = np.zeros(len(row), bool)
        picks[torch.sort(row, descending=True).indices[:k].numpy()] = True
        chosen.append(picks[prompt:] & eligible)
        return chosen[-1]

    return choose


class BatchVote:
    """Rows of one batch decide together: a question is answered yes when every row says yes."""

    def __init__(self, rows: int) -> None:
        self.votes = [False] * rows
        self.barrier = Barrier(rows)

    def all(self, row: int, vote: bool) -> bool:
        self.votes[row] = vote
        self.barrier.wait()
        agreed = all(self.votes)
        self.barrier.wait()
        return agreed


@dataclass(frozen=True)
class PublishedPlan(Plan):
    """A plan whose steps are shared out by whole division, as all published loops do."""

    asked: int = 0  # the `steps` of the call

    def blocks(self) -> Iterator[Block]:
        size = self.block_length or self.length
        for block in super().blocks():
            yield replace(block, steps=self.asked // (self.length // size))


@dataclass(frozen=True)
class FixedStepsPlan(PublishedPlan):
    """LLaDA's own loop runs all its steps, full block or not."""

    def done(self, x: np.ndarray, block: Block, stop: int | None) -> bool:
        return False


@dataclass(frozen=True)
class BatchVotePlan(PublishedPlan):
    """ProSeCo's rows leave a block, a corrector and the answer together."""

    vote: BatchVote = field(kw_only=True)
    row: int = 0
    closing: dict[int, np.ndarray] = field(default_factory=dict)  # row -> canvas as a block ended, before the rest is filled

    def done(self, x: np.ndarray, block: Block, stop: int | None) -> bool:
        return self.vote.all(self.row, super().done(x, block, stop))

    def closed(self, x: np.ndarray, block: Block) -> bool:
        self.closing[self.row] = x
        return self.vote.all(self.row, super().closed(x, block))


def nearly(new: np.ndarray, draft: np.ndarray) -> bool:
    """ProSeCo compares ids with torch.allclose: ids from 100,000 on that differ by one count as equal."""
    return bool(torch.allclose(torch.from_numpy(draft), torch.from_numpy(new)))
