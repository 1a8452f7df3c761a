"""LLaDA's and ProSeCo's loops over token ids, run with our network, our samplers and the published choices.

Shapes: B answers in a batch, P prompt positions (left-padded), G answer positions, L = P + G, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..backends.reduce import NEVER
from ..nets import prompts
from ..nets.llada import LLaDA
from ..trace import Prediction, Query, Sampler
from .embeds import encoder
from .folder import Case, Folder, same
from .published import TorchRandom

Step = dict[str, Any]


@dataclass
class Batch:
    """Prompts side by side, left-padded, and the model that reads them."""

    model: LLaDA
    prompt: Tensor  # (B, P)
    visible: Tensor | None  # (B, P) bool, False at padding; None when the loop was called without a mask
    length: int  # G
    mask_id: int
    temperature: float
    random_order: bool
    guidance: float
    random: TorchRandom

    def logits(self, answers: Tensor) -> Tensor:
        """(B, G) -> (B, L, V) float32, guided where asked."""
        x = torch.cat((self.prompt, answers), dim=1)
        visible = None if self.visible is None else torch.cat((self.visible, torch.ones_like(answers, dtype=torch.bool)), dim=1)
        if self.guidance <= 0:
            logits: Tensor = self.model(x, visible)
            return logits.float()
        masked = torch.cat((torch.full_like(self.prompt, self.mask_id), answers), dim=1)
        both: Tensor = self.model(torch.cat((x, masked)), None if visible is None else torch.cat((visible, visible)))
        conditional, unconditional = both.float().chunk(2)
        return unconditional + (self.guidance + 1) * (conditional - unconditional)

    def wide(self, part: Tensor) -> np.ndarray:
        """The answer's share of (B, L, ...), as numpy."""
        return part[:, self.prompt.shape[1] :].numpy()


def open_batch(folder: Folder, case: Case) -> Batch:
    """Template, tokenise, pad on the left, and check against the recorded prompt."""
    asked, arrays, encode = case["params"], folder.arrays(case), encoder(folder, case)
    rows = [list(encode(prompts.chat([text]))) for text in case["prompts"]]
    width, pad = max(map(len, rows)), int(folder.ids["eos_pad"])
    ids = np.array([[pad] * (width - len(row)) + row for row in rows])
    visible = np.array([[0] * (width - len(row)) + [1] * len(row) for row in rows], bool)
    same("input_ids", arrays["input_ids"], ids)
    if "attention_mask" in arrays:
        same("attention_mask", arrays["attention_mask"].astype(bool), visible)
    return Batch(
        model=folder.model(case),
        prompt=torch.from_numpy(ids),
        visible=torch.from_numpy(visible) if case.get("pass_attention_mask") else None,
        length=int(asked["gen_length"]),
        mask_id=int(asked.get("mask_id", folder.ids["mask"])),
        temperature=float(asked.get("temperature", 0.0)),
        random_order=asked.get("remasking", "low_confidence") == "random",
        guidance=float(asked.get("cfg_scale", 0.0)),
        random=TorchRandom(case.get("torch_manual_seed")),
    )


def forbid(logits: Tensor, ids: Sequence[int]) -> None:
    logits[..., list(ids)] = NEVER


def advance(samplers: Sequence[Sampler], send: Sequence[Any], abort: Callable[[], None]) -> list[Query]:
    """One step of every row's sampler, side by side, since rows of one batch may decide together."""

    def one(sampler: Sampler, value: Any) -> Query:
        try:
            return sampler.send(value)
        except BaseException:
            abort()
            raise

    with ThreadPoolExecutor(max_workers=len(samplers)) as pool:
        return [job.result() for job in [pool.submit(one, s, v) for s, v in zip(samplers, send, strict=True)]]


def prediction_of(ids: np.ndarray, score: np.ndarray, argmax: np.ndarray) -> Prediction:
    """A Prediction with what the samplers decide by; the rest is not recorded and stays empty."""
    nothing = np.zeros(len(ids), np.float32)
    return Prediction(ids, score, nothing, nothing, ids[:, None], score[:, None], {"uniform": score, "argmax": argmax})


def stack(queries: Sequence[Query]) -> Tensor:
    """(B, G) what the rows want read."""
    return torch.from_numpy(np.stack([query.read for query in queries if query.read is not None]))
