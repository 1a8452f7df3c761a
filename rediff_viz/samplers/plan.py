"""The plan a sampler follows: canvas, blocks, stops, the end. Knows no model.

N answer positions. Stops follow LLaDA-V's generate_with_embeds (ML-GSAI/LLaDA-V 2252769), quirks included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..trace import Query
from .decide import Remasking, score_wants, surest

LONGEST = 8192  # answer positions or steps of any plan
Choose = Callable[[np.ndarray, np.ndarray, int], np.ndarray]  # (score (N,), eligible (N,), k) -> (N,) bool


@dataclass(frozen=True)
class Block:
    """A stretch of the answer, filled before the next one is begun."""

    index: int
    start: int
    end: int
    steps: int  # passes planned for it
    inside: np.ndarray  # (N,) bool, start <= position < end
    reached: np.ndarray  # (N,) bool, position < end: leftovers of earlier blocks stay eligible

    def reach(self, stop: int | None) -> np.ndarray:
        """(N,) bool: where masks may be filled. A stop that was found replaces the block's end as the limit."""
        return self.reached if stop is None else np.arange(len(self.reached)) < stop


@dataclass(frozen=True)
class Plan:
    """How long, in how many passes, in which blocks, at which temperature, from which draft.

    `choose` and `same` are where parity with published code is injected: the order among equal scores, and when two
    drafts count as one. Samplers have no parity switches. Raises ValueError, in one sentence, for what cannot be.
    """

    length: int
    steps: int
    mask_id: int
    block_length: int | None = None  # None: one block
    temperature: float = 0.0
    draft: tuple[int, ...] = ()  # the answer's first tokens, visible and revisable (`fake_ans`); may hold masks
    stop: tuple[tuple[int, ...], ...] = ()  # sequences that end the answer
    eot_id: int | None = None
    forbid: tuple[int, ...] = ()  # ids the model may not propose, beside those its card forbids
    tokens_per_pass: float | None = None  # the budget as it was asked for, where not in steps
    choose: Choose = surest
    same: Callable[[np.ndarray, np.ndarray], bool] = np.array_equal

    def __post_init__(self) -> None:
        if not 1 <= self.length <= LONGEST:
            raise ValueError(f"an answer of {self.length} positions is not between 1 and {LONGEST}")
        if not 1 <= self.steps <= LONGEST:
            raise ValueError(f"{self.steps} steps are not between 1 and {LONGEST}")
        size = self.length if self.block_length is None else self.block_length
        if size < 1 or self.length % size:
            raise ValueError(f"blocks of {size} do not divide an answer of {self.length} positions")
        blocks = self.length // size
        if self.steps < blocks:
            raise ValueError(f"{self.steps} steps are fewer than the {blocks} blocks, expected at least one step a block")
        if self.steps % blocks:
            raise ValueError(f"{self.steps} steps cannot be shared out evenly over {blocks} blocks, expected a multiple of {blocks}")
        if not 0 <= self.temperature < 100:
            raise ValueError(f"temperature {self.temperature} is not between 0 and 100")
        if len(self.draft) > self.length:
            raise ValueError(f"a draft of {len(self.draft)} tokens does not fit into {self.length} answer positions")
        if any(not sequence for sequence in self.stop):
            raise ValueError("a stop sequence is empty, expected at least one token")

    def to_json(self) -> dict[str, Any]:
        """The plan as a trace's head holds it; mask and end-of-text stand beside it there."""
        return {
            "length": self.length, "steps": self.steps, "block_length": self.block_length, "temperature": self.temperature,
            "draft": list(self.draft), "stop": [list(sequence) for sequence in self.stop], "forbid": list(self.forbid),
            "tokens_per_pass": self.tokens_per_pass,
        }  # fmt: skip

    @staticmethod
    def from_json(stored: Mapping[str, Any], mask_id: int, eot_id: int | None) -> Plan:
        """The plan of a trace's head. Raises ValueError, in one sentence, for a plan that cannot be."""
        return Plan(
            length=stored["length"], steps=stored["steps"], mask_id=mask_id, block_length=stored["block_length"],
            temperature=stored["temperature"], draft=tuple(stored["draft"]), stop=tuple(tuple(s) for s in stored["stop"]),
            eot_id=eot_id, forbid=tuple(stored["forbid"]), tokens_per_pass=stored.get("tokens_per_pass"),
        )  # fmt: skip

    def canvas(self) -> np.ndarray:
        """(N,) int64: masks, or the draft with masks after it."""
        x = np.full(self.length, self.mask_id, np.int64)
        x[: len(self.draft)] = self.draft
        return x

    def blocks(self) -> Iterator[Block]:
        """Left to right."""
        size = self.block_length or self.length
        where = np.arange(self.length)
        for index, start in enumerate(range(0, self.length, size)):
            reached = where < start + size
            yield Block(index, start, start + size, self.steps * size // self.length, reached & (where >= start), reached)

    def masks(self, x: np.ndarray, inside: np.ndarray) -> int:
        """How many positions of `inside` (N,) are open."""
        return int(((x == self.mask_id) & inside).sum())

    def done(self, x: np.ndarray, block: Block, stop: int | None) -> bool:
        """No mask is left in the block, or none before a stop that was found."""
        masked = x == self.mask_id
        return not masked[block.start : block.end].any() or (stop is not None and not masked[:stop].any())

    def closed(self, x: np.ndarray, block: Block) -> bool:
        """The block's last word is end-of-text."""
        return self.eot_id is not None and bool(x[block.end - 1] == self.eot_id)

    def scan(self, x: np.ndarray, stop: int | None) -> int | None:
        """The leftmost stop ever found: it moves left, never right, and stays when its token is rewritten.

        Sequences are tried in order until one matches; once a stop is known only the first sequence is looked for
        (the published loop does so).
        """
        for sequence in self.stop if stop is None else self.stop[:1]:
            at = _find(x, sequence)
            if at is not None:
                return at if stop is None else min(at, stop)
        return stop

    def query(self, block: Block, step: int, x: np.ndarray, remasking: Remasking = "low_confidence") -> Query:
        """The ordinary pass: read the canvas."""
        return Query("predict", block.index, x, x, step, self.temperature, score_wants(remasking))

    def final(self, x: np.ndarray, stop: int | None = None, why: str = "") -> Query:
        """The end: no pass; says why there is nothing more to do."""
        left = int((x == self.mask_id).sum())
        if stop is not None:
            why = why or f"stop sequence found at position {stop + 1}"
        elif left:
            why += ("; " if why else "") + f"{left} masks left: the model proposed the mask itself, and the quotas are spent"
        return Query("final", None, None, x, why=why or "complete", stop=stop)


def unrested(passes: int) -> str:
    """Why a text ended that would have changed in more passes than it was granted once it was full; "" where none were granted."""
    many = f"{passes} pass{'' if passes == 1 else 'es'}"
    return f"the limit of {many} over a full text was reached while words still changed" if passes else ""


def _find(x: np.ndarray, sequence: tuple[int, ...]) -> int | None:
    """Position of the leftmost occurrence of a sequence in x (N,), or None."""
    n = len(x) - len(sequence) + 1
    if n < 1:
        return None
    hit = np.logical_and.reduce([x[i : i + n] == token for i, token in enumerate(sequence)])
    return int(hit.argmax()) if hit.any() else None
