"""ProSeCo's `generate`: predictor, corrector loop, choice from the corrector's last logits, a batch that moves together.

Shapes: S predictor steps, C corrector passes, B answers, P prompt positions, G answer positions, L = P + G.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..samplers import SAMPLERS
from ..trace import Prediction, Query
from .folder import Case, Folder, close, same
from .published import BatchVote, BatchVotePlan, nearly, sorted_order
from .tokens import Batch, Step, advance, open_batch, prediction_of, stack


@dataclass
class Loop:
    """The batch under way, and what is compared afterwards."""

    batch: Batch
    asked: dict[str, Any]
    plans: list[BatchVotePlan]
    chosen: list[list[np.ndarray]]  # per row, the choices of a step
    steps: list[Step] = field(default_factory=list)
    predicted: Tensor | None = None  # (B, L, V), the predictor's logits of this step
    rounds: int = 0

    @property
    def every(self) -> int:
        return int(self.asked.get("apply_corrector_every_n_steps", 2))

    @property
    def most(self) -> int:
        return int(self.asked.get("max_corrector_steps_per_loop", 4))

    def end(self, block: int) -> int:
        """The block's end, in the answer."""
        return (block + 1) * (self.plans[0].block_length or self.batch.length)

    def pass_(self, queries: list[Query]) -> list[Prediction]:
        """Predictor or corrector pass; the draw comes only where the choice is made."""
        logits = self.batch.logits(stack(queries))
        greedy = self.batch.wide(logits.argmax(-1))
        block, step = queries[0].block or 0, queries[0].step
        if queries[0].phase == "predict":
            self.predicted, self.rounds = logits, 0
            self.steps.append({"block": block, "step": step, "x_before": stack(queries).numpy(), "predictor_argmax": greedy, "rounds": []})
            last = not (self.most > 0 and (step + 1) % self.every == 0)
        else:
            self.rounds += 1
            self.corrected(queries, greedy, block)
            last = self.rounds == self.most or self.unchanged(queries, greedy, block)
        if not last:
            return [prediction_of(greedy[b], np.ones(greedy.shape[1]), greedy[b]) for b in range(len(queries))]
        x0, score = self.propose(logits, block)
        return [prediction_of(x0[b], score[b], greedy[b]) for b in range(len(queries))]

    def corrected(self, queries: list[Query], greedy: np.ndarray, block: int) -> None:
        step, end = self.steps[-1], self.end(block)
        if not step["rounds"]:
            step["corrector_init"] = stack(queries).numpy()
        step["rounds"].append(np.where(np.arange(greedy.shape[1]) < end, greedy, -1))
        masked = step["x_before"] == self.batch.mask_id
        step["merged"] = np.where((np.arange(greedy.shape[1]) < end) & ~masked, greedy, step["x_before"])

    def unchanged(self, queries: list[Query], greedy: np.ndarray, block: int) -> bool:
        end = self.end(block)
        return all(nearly(greedy[b, :end], query.read[:end]) for b, query in enumerate(queries) if query.read is not None)

    def after(self, canvases: list[np.ndarray]) -> None:
        """The step's outcome: the canvases, and what was filled in."""
        step = self.steps[-1]
        step["x_after"] = np.stack(canvases)
        if all(self.chosen):
            step["transfer"] = np.stack([choices[-1] for choices in self.chosen])
        else:
            step["transfer"] = step["x_after"] != step.get("merged", step["x_before"])

    def propose(self, logits: Tensor, block: int) -> tuple[np.ndarray, np.ndarray]:
        """Proposals and float64 scores (B, G); behind the block's end the predictor's logits stand."""
        assert self.predicted is not None
        start = self.batch.prompt.shape[1]
        whole = self.predicted.clone()
        part = slice(start, start + self.end(block))
        whole[:, part] = logits[:, part]
        x0 = self.batch.random.noisy(whole, self.batch.temperature).argmax(-1)
        if self.batch.random_order:
            score = self.batch.random.uniform(tuple(x0.shape), torch.float64)
        else:
            score = whole.double().softmax(-1).gather(-1, x0[..., None])[..., 0]
        self.steps[-1] |= {"proposal": self.batch.wide(x0), "conf": self.batch.wide(score)}
        return self.batch.wide(x0), self.batch.wide(score)


@torch.inference_mode()
def run(folder: Folder, case: Case) -> None:
    """One case of kind proseco.generate. Raises DiffersError."""
    asked, batch = case["params"], open_batch(folder, case)
    vote = BatchVote(len(batch.prompt))
    chosen: list[list[np.ndarray]] = [[] for _ in batch.prompt]
    closing: dict[int, np.ndarray] = {}
    plans = [plan_of(case, batch, vote, b, chosen[b], closing) for b in range(len(batch.prompt))]
    loop = Loop(batch, asked, plans, chosen)
    samplers = [SAMPLERS["proseco"].run(plan, **settings(asked, loop)) for plan in plans]
    queries = advance(samplers, [None] * len(samplers), vote.barrier.abort)
    while queries[0].phase != "final":
        reads = [query.canvas if query.phase == "draft" else query.read for query in queries]
        answers = loop.pass_(queries)
        closing.clear()
        queries = advance(samplers, list(zip(reads, answers, strict=True)), vote.barrier.abort)
        loop.after([closing.get(b, query.canvas) for b, query in enumerate(queries)])
    compare(folder, case, loop, np.stack([query.canvas for query in queries]))


def settings(asked: dict[str, Any], loop: Loop) -> dict[str, Any]:
    return {
        "every": loop.every,
        "rounds": loop.most,
        "threshold": asked.get("threshold"),
        "early_end": bool(asked.get("early_eos_stopping", True)),
        "remasking": asked.get("remasking", "low_confidence"),
    }


def plan_of(case: Case, batch: Batch, vote: BatchVote, row: int, chosen: list[np.ndarray], closing: dict[int, np.ndarray]) -> BatchVotePlan:
    asked = case["params"]
    size = int(asked.get("block_length") or batch.length)
    steps = int(asked["steps"])
    eos = case.get("eos_token_id")

    def together(new: np.ndarray, draft: np.ndarray) -> bool:
        return vote.all(row, nearly(new, draft))

    return BatchVotePlan(
        length=batch.length,
        steps=steps // (batch.length // size) * (batch.length // size),
        asked=steps,
        mask_id=batch.mask_id,
        block_length=size,
        temperature=batch.temperature,
        eot_id=None if eos is None else int(eos),
        choose=sorted_order(batch.prompt.shape[1], chosen),
        same=together,
        vote=vote,
        row=row,
        closing=closing,
    )


def compare(folder: Folder, case: Case, loop: Loop, final: np.ndarray) -> None:
    arrays, expected, batch = folder.arrays(case), case["expected"], loop.batch
    passes = 0
    for t, step in enumerate(loop.steps[: len(arrays["block"])]):
        rounds = step["rounds"]
        for name in ("block", "step", "x_before", "predictor_argmax"):
            same(name, arrays[name][t], step[name], t)
        same("corrector_init", arrays["corrector_init"][t], step.get("corrector_init", np.full_like(step["x_before"], -1)), t)
        of_step = arrays["corrector_tokens"][arrays["corrector_step_index"] == t]
        same("corrector_tokens", of_step, np.array(rounds).reshape(-1, *step["x_before"].shape), t)
        passes += len(rounds)
        merged = step.get("merged", step["x_before"])
        same("x_after_merge", arrays["x_after_merge"][t], merged, t)
        eligible = (step["x_before"] == batch.mask_id) & (np.arange(batch.length) < loop.end(step["block"]))
        same("x0", arrays["x0"][t], np.where(eligible, step["proposal"], merged), t)
        close("conf", arrays["conf"][t], step["conf"], folder.tolerance("confidence_abs"), t)
        same("transfer", arrays["transfer"][t], step["transfer"], t)
        same("x_after", arrays["x_after"][t], step["x_after"], t)
    metrics = {"predictor_nfe": len(loop.steps), "corrector_nfe": passes, "total_nfe": len(loop.steps) + passes}
    same("metrics", expected["metrics"], metrics)
    same("prompt_len", expected["prompt_len"], batch.prompt.shape[1])
    same("mask_left", expected["mask_left"], int((final == batch.mask_id).sum()))
    same("final_ids", arrays["final_ids"], np.concatenate((batch.prompt.numpy(), final), axis=1))
