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
from .published import Council, TogetherPlan, nearly, sorted_order
from .tokens import Batch, Step, advance, open_batch, said, stack


@dataclass
class Loop:
    """The batch under way, and what is compared afterwards."""

    batch: Batch
    asked: dict[str, Any]
    plans: list[TogetherPlan]
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

    def pass_(self, looks: list[Query]) -> list[Prediction]:
        """Predictor or corrector pass; the draw comes only where the choice is made."""
        logits = self.batch.logits(stack(looks))
        greedy = self.batch.wide(logits.argmax(-1))
        block, step = looks[0].block or 0, looks[0].step
        if looks[0].phase == "predict":
            self.predicted, self.rounds = logits, 0
            self.steps.append({"block": block, "step": step, "x_before": stack(looks).numpy(), "predictor_argmax": greedy, "rounds": []})
            last = not (self.most > 0 and (step + 1) % self.every == 0)
        else:
            self.rounds += 1
            self.corrected(looks, greedy, block)
            last = self.rounds == self.most or self.unchanged(looks, greedy, block)
        if not last:
            return [said(greedy[b], np.ones(greedy.shape[1]), greedy[b]) for b in range(len(looks))]
        x0, sure = self.propose(logits, block)
        return [said(x0[b], sure[b], greedy[b]) for b in range(len(looks))]

    def corrected(self, looks: list[Query], greedy: np.ndarray, block: int) -> None:
        step, end = self.steps[-1], self.end(block)
        if not step["rounds"]:
            step["corrector_init"] = stack(looks).numpy()
        step["rounds"].append(np.where(np.arange(greedy.shape[1]) < end, greedy, -1))
        masked = step["x_before"] == self.batch.mask_id
        step["merged"] = np.where((np.arange(greedy.shape[1]) < end) & ~masked, greedy, step["x_before"])

    def unchanged(self, looks: list[Query], greedy: np.ndarray, block: int) -> bool:
        end = self.end(block)
        return all(nearly(greedy[b, :end], look.read[:end]) for b, look in enumerate(looks) if look.read is not None)

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
        x0 = self.batch.stream.noisy(whole, self.batch.temperature).argmax(-1)
        if self.batch.chance:
            sure = self.batch.stream.uniform(tuple(x0.shape), torch.float64)
        else:
            sure = whole.double().softmax(-1).gather(-1, x0[..., None])[..., 0]
        self.steps[-1] |= {"proposal": self.batch.wide(x0), "conf": self.batch.wide(sure)}
        return self.batch.wide(x0), self.batch.wide(sure)


@torch.inference_mode()
def run(folder: Folder, case: Case) -> None:
    """One case of kind proseco.generate. Raises DiffersError."""
    asked, batch = case["params"], open_batch(folder, case)
    council = Council(len(batch.prompt))
    chosen: list[list[np.ndarray]] = [[] for _ in batch.prompt]
    closing: dict[int, np.ndarray] = {}
    plans = [plan_of(case, batch, council, b, chosen[b], closing) for b in range(len(batch.prompt))]
    loop = Loop(batch, asked, plans, chosen)
    samplers = [SAMPLERS["proseco"].run(plan, **settings(asked, loop)) for plan in plans]
    looks = advance(samplers, [None] * len(samplers), council.barrier.abort)
    while looks[0].phase != "final":
        reads = [look.canvas if look.phase == "draft" else look.read for look in looks]
        answers = loop.pass_(looks)
        closing.clear()
        looks = advance(samplers, list(zip(reads, answers, strict=True)), council.barrier.abort)
        loop.after([closing.get(b, look.canvas) for b, look in enumerate(looks)])
    compare(folder, case, loop, np.stack([look.canvas for look in looks]))


def settings(asked: dict[str, Any], loop: Loop) -> dict[str, Any]:
    return {
        "every": loop.every,
        "rounds": loop.most,
        "threshold": asked.get("threshold"),
        "early_end": bool(asked.get("early_eos_stopping", True)),
        "remasking": asked.get("remasking", "low_confidence"),
    }


def plan_of(case: Case, batch: Batch, council: Council, row: int, chosen: list[np.ndarray], closing: dict[int, np.ndarray]) -> TogetherPlan:
    asked = case["params"]
    size = int(asked.get("block_length") or batch.length)
    steps = int(asked["steps"])
    eos = case.get("eos_token_id")

    def together(new: np.ndarray, draft: np.ndarray) -> bool:
        return council.all(row, nearly(new, draft))

    return TogetherPlan(
        length=batch.length,
        steps=steps // (batch.length // size) * (batch.length // size),
        asked=steps,
        mask_id=batch.mask_id,
        block_length=size,
        temperature=batch.temperature,
        eot_id=None if eos is None else int(eos),
        choose=sorted_order(batch.prompt.shape[1], chosen),
        same=together,
        council=council,
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
