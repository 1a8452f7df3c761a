"""A prompt held ready for a LLaDA checkpoint, and the tokenizer it is written with. Knows the checkpoint's backend by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer
from torch import Tensor

from ...cards import Card
from ...nets import prompts
from ...nets.weights import CheckpointError
from . import loading

if TYPE_CHECKING:
    from .. import Request
    from .backend import LladaBackend


@dataclass(eq=False)
class LladaSession:
    """A prompt held ready as embeddings, and the fixed tokens behind the answer.

    It travels between processes as what it was opened with, not as tensors.
    """

    backend: LladaBackend
    request: Request
    suffix: tuple[int, ...] = ()
    network_rows: int = 1
    _ready: Ready | None = field(default=None, repr=False)

    @property
    def ready(self) -> Ready:
        """The embeddings and the model, made on first use."""
        if self._ready is None:
            self._ready = self.backend.made_ready(self)
        return self._ready

    def __reduce__(self) -> tuple[Any, ...]:
        return reopened, (self.backend.card.name, self.request, self.suffix)


@dataclass(frozen=True)
class Ready:
    """What the network needs of a session, on its device."""

    held: loading.Held  # keeps the model in memory
    prompt: Tensor  # (P, H)
    pictures: Tensor  # (P,) bool, rows that came from a picture
    mask: Tensor  # (1, H), the mask's embedding


def reopened(name: str, request: Request, suffix: tuple[int, ...]) -> LladaSession:
    """A session that has travelled, in the process where it arrived."""
    from .. import open_checkpoint
    from .backend import LladaBackend

    backend = open_checkpoint(name)
    assert isinstance(backend, LladaBackend)
    return LladaSession(backend, request, suffix, backend.network_rows)


def open_tokenizer(card: Card, folder: Path) -> Tokenizer:
    """Raises CheckpointError when there is none, or when it lacks LLaDA's special tokens."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise CheckpointError(f"{folder} is no checkpoint: it has no tokenizer.json")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as broken:  # tokenizers raises bare Exception
        raise CheckpointError(f"{path} is no tokenizer ({str(broken)[:80]})") from None
    lacking = [word for word in prompts.SPECIALS if tokenizer.token_to_id(word) is None]
    if lacking:
        raise CheckpointError(f"the tokenizer of {card.name} lacks {', '.join(lacking)}, which LLaDA's have")
    return tokenizer
