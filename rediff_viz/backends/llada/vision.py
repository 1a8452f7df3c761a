"""LLaDA-V and ReDiff: the text backend with a picture in the prompt.

A picture-free prediction (the picture's rows blanked to zero) is one more network row, on request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ...nets import prompts
from ...nets.llada_v import PICTURE, LLaDAV
from ...nets.weights import CheckpointError
from . import loading
from .backend import LladaBackend

if TYPE_CHECKING:
    from .. import Request

QUESTION = "Please describe the image in detail."


class LladaVBackend(LladaBackend):
    """A checkpoint with eyes."""

    gives = ("argmax", "drift", "blind", "blind_kept", "blind_ids")

    def model_kind(self) -> None:
        """Raises CheckpointError when config.json says it is something else."""
        if self.config.get("model_type") != "llava_llada":
            raise CheckpointError(f"{self.folder}/config.json says model_type {self.config.get('model_type')!r}, expected 'llava_llada'")

    def prompt_ids(self, request: Request) -> list[int]:
        """The llava_llada template; a mark stands where the picture's rows go."""
        question = (request.prompt or self.card.prompt or QUESTION).strip()
        text = prompts.ask(question, pictures=int(request.picture is not None))
        return prompts.picture_ids(text, self.encode, self.id_of(prompts.START), PICTURE)

    def embedded(self, held: loading.Held, request: Request, ids: list[int]) -> tuple[Tensor, Tensor]:
        model = held.model
        assert isinstance(model, LLaDAV)
        if request.picture is None:
            return super().embedded(held, request, ids)
        seen = model.see(request.picture)
        rows = model.splice(ids, [seen])
        pictures = torch.zeros(len(rows), dtype=torch.bool, device=rows.device)
        start = ids.index(PICTURE)
        pictures[start : start + len(seen)] = True
        return rows, pictures
