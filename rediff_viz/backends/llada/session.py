"""A prompt made ready for a LLaDA checkpoint: embedded once, its model in memory for as long as the session lives.

Knows the checkpoint and the `Backend` protocol: no pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ..base import Backend, Request
from . import loading
from .checkpoint import Checkpoint


@dataclass(frozen=True)
class Ready:
    """What the network needs of a session, on its device. Shapes: P prompt positions, H width."""

    loaded: loading.LoadedModel  # keeps the model in memory
    prompt: Tensor  # (P, H)
    pictures: Tensor  # (P,) bool, rows that came from a picture
    mask: Tensor  # (1, H), the mask's embedding


@dataclass(eq=False)
class LladaSession:
    """A request, and the fixed tokens behind the answer.

    It travels between processes as what it was opened with, not as tensors.
    """

    backend: Backend
    checkpoint: Checkpoint
    request: Request
    suffix: tuple[int, ...] = ()
    network_rows: int = 1
    _ready: Ready | None = field(default=None, repr=False)

    @property
    def ready(self) -> Ready:
        """The embeddings and the model, made on first use. Raises ValueError for a prompt that is too long."""
        if self._ready is None:
            self._ready = self._make_ready()
        return self._ready

    @torch.inference_mode()
    def _make_ready(self) -> Ready:
        checkpoint, request = self.checkpoint, self.request
        loaded = checkpoint.load()
        prompt, pictures = checkpoint.embed(loaded.model, request, checkpoint.prompt_ids(request))
        whole = len(prompt) + request.length + len(self.suffix)
        if checkpoint.longest and whole > checkpoint.longest:
            raise ValueError(f"prompt, picture and answer take {whole} positions, {checkpoint.card.name} was made for {checkpoint.longest}")
        loaded.users.add(self)
        mask = torch.tensor([self.backend.mask_id], device=prompt.device)
        return Ready(loaded, prompt, pictures, loaded.model.model.embed_tokens(mask))

    def __reduce__(self) -> tuple[Any, ...]:
        return _open_again, (self.backend.reopen, self.checkpoint.card.name, self.request, self.suffix)


def _open_again(reopen: Callable[[str], Any], name: str, request: Request, suffix: Sequence[int]) -> LladaSession:
    """A session that has travelled, in the process where it arrived."""
    session: LladaSession = reopen(name).open(request, suffix)
    return session
