"""LLaDA's `generate`: all steps run, float32 confidence, both end-of-text switches, a batch with left padding.

Shapes: S steps, B answers, P prompt positions, G answer positions, L = P + G.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..samplers import SAMPLERS
from .folder import Case, Folder, close, same
from .published import FixedStepsPlan, Order
from .tokens import Batch, Step, advance, forbid, open_batch, prediction_of, stack


@torch.inference_mode()
def run(folder: Folder, case: Case) -> None:
    """One case of kind llada.generate. Raises DiffersError."""
    asked, batch = case["params"], open_batch(folder, case)
    plans = [plan_of(asked, batch) for _ in batch.prompt]
    samplers = [SAMPLERS["denoise"].run(plan, remasking=asked.get("remasking", "low_confidence")) for plan in plans]
    queries, steps = advance(samplers, [None] * len(samplers), lambda: None), []
    while queries[0].phase != "final":
        before = stack(queries)
        x0, score = propose(folder, asked, batch, before)
        for plan in plans:
            plan.choose.reset()  # type: ignore[attr-defined]
        block, step = queries[0].block, queries[0].step
        send = [(query.read, prediction_of(x0[b], score[b], x0[b])) for b, query in enumerate(queries)]
        queries = advance(samplers, send, lambda: None)
        masked = (before == batch.mask_id).numpy()
        steps.append({
            "block": block, "step": step, "mask_before": masked, "x0": np.where(masked, x0, before.numpy()), "p": score,
            "transfer": np.stack([plan.choose.chosen[0] for plan in plans]),  # type: ignore[attr-defined]
            "x_after": np.stack([query.canvas for query in queries]),
        })  # fmt: skip
    compare(folder, case, batch, steps, np.stack([query.canvas for query in queries]))


def propose(folder: Folder, asked: dict[str, Any], batch: Batch, answers: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Proposals and scores (B, G), as the published loop makes them, draws over whole rows included."""
    logits = batch.logits(answers)
    if asked.get("logits_eos_inf"):
        forbid(logits, [folder.ids["eos_pad"]])
    x0 = batch.random.noisy(logits, batch.temperature).argmax(-1)
    if asked.get("confidence_eos_eot_inf"):  # at temperature 0 both names mean one tensor
        forbid(logits, [folder.ids["eot"], *([folder.ids["eos_pad"]] if batch.temperature == 0 else [])])
    if batch.random_order:
        score = batch.random.uniform(tuple(x0.shape), torch.float32)
    else:
        score = logits.softmax(-1).gather(-1, x0[..., None])[..., 0]
    return batch.wide(x0), batch.wide(score)


def plan_of(asked: dict[str, Any], batch: Batch) -> FixedStepsPlan:
    size = int(asked.get("block_length") or batch.length)
    steps = int(asked["steps"])
    return FixedStepsPlan(
        length=batch.length,
        steps=steps // (batch.length // size) * (batch.length // size),
        asked=steps,
        mask_id=batch.mask_id,
        block_length=size,
        temperature=batch.temperature,
        choose=Order(batch.prompt.shape[1]),
    )


def compare(folder: Folder, case: Case, batch: Batch, steps: list[Step], final: np.ndarray) -> None:
    arrays, expected = folder.arrays(case), case["expected"]
    size = int(case["params"].get("block_length") or batch.length)
    for t, step in enumerate(steps[: len(arrays["block"])]):
        for name in ("block", "step", "mask_before", "x0", "transfer", "x_after"):
            same(name, arrays[name][t], step[name], t)
        reach = np.arange(batch.length) < (step["block"] + 1) * size
        close("conf", arrays["conf"][t], np.where(reach, step["p"], -np.inf), folder.tolerance("confidence_abs"), t)
    same("nfe", expected["nfe"], len(steps))
    same("prompt_len", expected["prompt_len"], batch.prompt.shape[1])
    same("mask_left", expected["mask_left"], int((final == batch.mask_id).sum()))
    same("final_ids", arrays["final_ids"], np.concatenate((batch.prompt.numpy(), final), axis=1))
