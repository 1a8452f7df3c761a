"""LLaDA-V and ReDiff: the text checkpoint and backend with a picture in the prompt.

A prediction without the picture (the picture's rows blanked to zero) is one more network row, on request or for a contrast.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...nets import prompts
from ...nets.llada import LLaDA
from ...nets.llada_v import PICTURE, LLaDAV
from ..base import Request
from .backend import LladaBackend
from .checkpoint import Checkpoint
from .forward import NO_IMAGE

QUESTION = "Please describe the image in detail."


class VisionCheckpoint(Checkpoint):
    """A checkpoint that reads pictures."""

    model_types = ("llava_llada",)

    def prompt_ids(self, request: Request) -> list[int]:
        """The llava_llada template; a mark stands where the picture's rows go."""
        question = (request.prompt or self.card.prompt or QUESTION).strip()
        text = prompts.question_prompt(question, pictures=int(request.picture is not None))
        return prompts.picture_ids(text, self.encode, self.special_id(prompts.START), PICTURE)

    def embed(self, model: LLaDA, request: Request, ids: Sequence[int]) -> tuple[Tensor, Tensor]:
        """(P, H) prompt embeddings with the picture's rows among them, and (P,) bool, which they are."""
        assert isinstance(model, LLaDAV)
        if request.picture is None:
            return super().embed(model, request, ids)
        features = model.encode_picture(request.picture)
        rows = model.splice(ids, [features])
        pictures = torch.zeros(len(rows), dtype=torch.bool, device=rows.device)
        start = list(ids).index(PICTURE)
        pictures[start : start + len(features)] = True
        return rows, pictures


class LladaVBackend(LladaBackend):
    """A checkpoint that reads pictures."""

    gives = ("argmax", "drift", *NO_IMAGE)
    contrasts = True
    checkpoint_class = VisionCheckpoint
