"""LLaDA-V's and ReDiff's `generate_with_embeds`, run with our network, our samplers and the published choices.

Shapes: one answer; P prompt rows, N answer positions, W answer and suffix, L = P + W, V vocabulary, H width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..backends.reduce import NEVER, reduce
from ..nets import prompts
from ..nets.dllm_cache import DllmCache, RefreshIntervals
from ..nets.llada import LLaDA
from ..nets.llada_v import LLaDAV
from ..samplers import SAMPLERS, Plan
from ..trace import Prediction, Query
from .folder import Case, Folder, close, same
from .published import Order, PublishedPlan, TorchRandom

Step = dict[str, Any]


@dataclass
class Reader:
    """What the model reads and predicts, over the whole row."""

    model: LLaDA
    prompt: Tensor  # (P, H), overwritten where the published loop overwrites it
    suffix: list[int]
    mask_id: int
    blocked: Sequence[int]
    everywhere: bool  # ids are blocked at every position, not only at masks
    temperature: float
    random_order: bool  # positions are chosen by random_order
    guidance: float
    random: TorchRandom
    cache: DllmCache | None
    proposal: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))  # (L,) of the last pass
    score: np.ndarray = field(default_factory=lambda: np.zeros(0))  # (L,)
    masked: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))  # (L,)

    @torch.inference_mode()
    def read(self, query: Query) -> Prediction:
        assert query.read is not None
        embed, start, length = self.model.model.embed_tokens, len(self.prompt), len(query.read)
        answer = torch.from_numpy(np.concatenate((query.read, self.suffix)).astype(np.int64))
        x = torch.cat((self.prompt, embed(answer)))[None]
        mask = embed(torch.tensor(self.mask_id))
        self.masked = ((x[0] - mask).abs() < 1e-5).all(-1).numpy()
        logits = self.logits(x, mask, start)
        rows = slice(None) if self.everywhere else torch.from_numpy(self.masked)
        columns = torch.tensor(list(self.blocked))
        logits[rows] = logits[rows].index_fill(-1, columns, NEVER)
        proposal = self.random.noisy(logits[None], self.temperature)[0].argmax(-1)
        reduced = reduce(logits, torch.cat((torch.zeros(start, dtype=torch.long), answer)), proposal=proposal)
        score = self.random.uniform((1, len(logits)), torch.float32)[0] if self.random_order else reduced.prob
        self.proposal, self.score = proposal.numpy(), score.numpy()
        part = slice(start, start + length)
        return Prediction(
            self.proposal[part], reduced.prob[part].numpy(), reduced.input_prob[part].numpy(), reduced.entropy[part].numpy(),
            reduced.top_ids[part].numpy(), reduced.top_prob[part].numpy(), {"uniform": self.score[part]},
        )  # fmt: skip

    def logits(self, x: Tensor, mask: Tensor, start: int) -> Tensor:
        """(1, L, H) -> (L, V) float32, guided where asked."""
        trunk = self.model.model
        if self.guidance > 0:
            masked = x.clone()
            masked[:, :start] = mask
            both: Tensor = self.model.lm_head(trunk(torch.cat((x, masked)))[0])
            conditional, unconditional = both[:1], both[1:]
            return (unconditional + (self.guidance + 1) * (conditional - unconditional)).float()[0]
        hidden = trunk(x)[0] if self.cache is None else self.cache.run(trunk, x)
        logits: Tensor = self.model.lm_head(hidden)
        return logits.float()[0]

    def masked_prompt(self) -> tuple[np.ndarray, np.ndarray]:
        start = len(self.prompt)
        return self.masked[:start], self.score[:start]

    def spill(self, positions: np.ndarray, length: int, only_masks: bool) -> list[int]:
        """Overwrite prompt and suffix rows that a choice fell on; returns the prompt positions."""
        start = len(self.prompt)
        hit = [int(at) for at in positions]
        for at in hit:
            if only_masks and not self.masked[at]:
                continue
            if at < start:
                self.prompt[at] = self.model.model.embed_tokens.weight[self.proposal[at]]
            else:
                self.suffix[at - start - length] = int(self.proposal[at])
        return [at for at in hit if at < start]


def prompt_rows(folder: Folder, case: Case, model: LLaDA, encode: prompts.Encode) -> tuple[list[int], Tensor]:
    """The prompt's ids and its embeddings (P, H), pictures spliced in."""
    mark = int(folder.ids.get("image_token_index", -200))
    ids = prompts.picture_ids(case["prompt"], encode, int(folder.ids["bos"]), mark)
    if not case.get("image"):
        return ids, model.model.embed_tokens(torch.tensor(ids)).clone()
    assert isinstance(model, LLaDAV)
    with Image.open(folder.path / case["image"]) as picture:
        return ids, model.splice(ids, [model.encode_picture(picture)]).clone()


@torch.inference_mode()
def run(folder: Folder, case: Case) -> None:
    """One case of kind generate_with_embeds[...]. Raises DiffersError."""
    asked, arrays = case["params"], folder.arrays(case)
    revises = "rediff" in case["kind"]
    encode = encoder(folder, case)
    model = folder.model(case)
    ids, rows = prompt_rows(folder, case, model, encode)
    same("input_ids", arrays["input_ids"].tolist(), ids)
    suffix = list(encode(asked["generation_suffix"])) if asked.get("generation_suffix") else []
    stops = [list(encode(text)) for text in asked.get("stopping_criteria") or []]
    same("stop_token_ids", case.get("stop_token_ids") or [], stops)
    revise = bool(asked.get("revise")) if revises else False
    reader = Reader(
        model, rows, suffix, int(asked.get("mask_id", folder.ids["mask"])), folder.ids["blocked"], revise,
        float(asked.get("temperature", 0.0)), asked.get("remasking", "low_confidence") == "random",
        float(asked.get("cfg_scale", 0.0)), TorchRandom(case.get("torch_manual_seed")), cache_of(case, len(rows)),
    )  # fmt: skip
    plan = plan_of(asked, reader, stops)
    settings: dict[str, Any] = {"remasking": asked.get("remasking", "low_confidence")}
    if revises:
        settings |= {"revise_start": float(asked.get("revise_start", 1.0)) if revise else 0.0, "revise_top": asked.get("revise_topk")}
    steps, final = walk(reader, plan, settings, revises, revise)
    compare(folder, case, reader, plan, steps, final)


def encoder(folder: Folder, case: Case) -> prompts.Encode:
    tokenizer = folder.tokenizer(case["checkpoint"])
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


def cache_of(case: Case, prompt: int) -> DllmCache | None:
    stored = case.get("dllm_cache")
    if not stored:
        return None
    return DllmCache(RefreshIntervals(stored["prompt_interval_steps"], stored["gen_interval_steps"], stored["transfer_ratio"]), prompt)


def plan_of(asked: dict[str, Any], reader: Reader, stops: list[list[int]]) -> PublishedPlan:
    length = int(asked["gen_length"])
    size = int(asked.get("block_length") or length)
    steps = int(asked["steps"])
    return PublishedPlan(
        length=length,
        steps=steps // (length // size) * (length // size),
        asked=steps,
        mask_id=reader.mask_id,
        block_length=size,
        temperature=reader.temperature,
        draft=tuple(asked.get("fake_ans") or ()),
        stop=tuple(tuple(stop) for stop in stops),
        choose=Order(len(reader.prompt), len(reader.suffix), reader.masked_prompt),
    )


def walk(reader: Reader, plan: Plan, settings: dict[str, Any], revises: bool, revise: bool) -> tuple[list[Step], Query]:
    """Every pass of the lane, and the final query."""
    order = plan.choose
    assert isinstance(order, Order)
    sampler = SAMPLERS["rediff" if revises else "denoise"].run(plan, **settings)
    query, steps = next(sampler), []
    while query.phase != "final":
        assert query.read is not None
        start, before = len(reader.prompt), query.read
        suffix = np.array(reader.suffix, np.int64)
        order.reset()
        prediction = reader.read(query)
        proposal, score, masked = reader.proposal[start:], reader.score[start:], reader.masked[start:]
        block, step, query = query.block, query.step, sampler.send((before, prediction))
        prompt_hit = [at for spilled in order.spilled for at in reader.spill(spilled, plan.length, not revises)]
        whole = np.concatenate((before, suffix))
        picks = np.concatenate((order.chosen[0], np.isin(np.arange(len(suffix)) + start + plan.length, order.spilled[0])))
        x0 = proposal if revises else np.where(masked, proposal, whole)
        steps.append({
            "block": block, "step": step, "mask_before": masked, "x0": x0, "p": score, "transfer": picks,
            "x_after_transfer": np.where(picks, x0, whole), "x_after": np.concatenate((query.canvas, reader.suffix)),
            "revised": revised(order, before, plan, block or 0, len(suffix), revise and len(order.chosen) > 1),
            "overflow": order.overflowed[0], "prompt_hit": sorted(set(prompt_hit)),
        })  # fmt: skip
    return steps, query


def revised(order: Order, before: np.ndarray, plan: Plan, block: int, suffix: int, limited: bool) -> np.ndarray | None:
    """(W,) what a limited revision fell on; None where revision is unlimited and shows in `x_after` alone."""
    if not limited:
        return None
    return np.concatenate((order.chosen[1], np.zeros(suffix, bool)))


def compare(folder: Folder, case: Case, reader: Reader, plan: PublishedPlan, steps: list[Step], final: Query) -> None:
    arrays, expected = folder.arrays(case), case["expected"]
    same("prompt_len", expected["prompt_len"], len(reader.prompt))
    suffix = list(arrays["x_init"][plan.length :])
    same("x_init", arrays["x_init"], np.concatenate((plan.canvas(), suffix)))
    limit, stop = len(reader.suffix) + plan.length, None
    for t, step in enumerate(steps[: len(arrays["block"])]):
        for name in ("block", "step", "mask_before", "x0", "transfer", "x_after_transfer", "revised", "x_after"):
            if step[name] is not None:
                same(name, arrays[name][t], step[name], t)
        block_end = (step["block"] + 1) * (plan.block_length or plan.length)
        reach = np.arange(limit) < (block_end if stop is None else stop)
        close("conf", arrays["conf"][t], np.where(reach, step["p"], -np.inf), folder.tolerance("confidence_abs"), t)
        stop = plan.scan(step["x_after"][: plan.length], stop)
    same("nfe", expected["nfe"], len(steps))
    same("found_stop", expected["found_stop"], final.stop is not None)
    same("stop_position", expected["stop_position"], plan.length if final.stop is None else final.stop)
    same("mask_left", expected["mask_left"], int((final.canvas == plan.mask_id).sum()))
    same("x_final_full", arrays["x_final_full"], np.concatenate((final.canvas, reader.suffix)))
    same("final_ids", arrays["final_ids"].tolist(), [int(i) for i in (*final.canvas[: final.stop], *reader.suffix)])
    same("topk_overflow_steps", case["topk_overflow_steps"], [t for t, step in enumerate(steps) if step["overflow"]])
    hits = [[t, step["prompt_hit"]] for t, step in enumerate(steps) if step["prompt_hit"]]
    same("prompt_positions_overwritten", case["prompt_positions_overwritten"], hits)
