"""The files of one checkpoint: where they lie, its tokenizer and ids, its prompt template, and its model once it is loaded.

Knows no sampler and no pass. Shapes: P prompt positions, H width.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from ...cards import Card
from ...nets import prompts, weights
from ...nets.llada import LLaDA
from ...nets.weights import CheckpointError
from ..base import Request
from ..variants import Variant
from . import hub, loading


class Checkpoint:
    """A text checkpoint. Weights are read on the first `load`. Raises CheckpointError, in one sentence."""

    model_types: Sequence[str] = tuple(weights.MODEL_TYPES)

    def __init__(self, card: Card, loaded: loading.LoadedModel | None = None) -> None:
        """`loaded` is a model that is in memory already; without one it is read from the card's files."""
        self.card = card
        self.variant: Variant = card.options.get("variant", Variant())
        self.folder, self.revision = hub.find(card, lambda: loading.check_before_download(card, self.variant))
        self.tokenizer = open_tokenizer(card, self.folder)
        self.config = weights.read_json(self.folder / "config.json")
        if self.config.get("model_type") not in self.model_types:
            expected = " or ".join(sorted(self.model_types))
            raise CheckpointError(f"{self.folder}/config.json says model_type {self.config.get('model_type')!r}, expected {expected}")
        self._loaded = loaded

    @property
    def notes(self) -> tuple[str, ...]:
        """What belongs beside every result: which weights, and where the run is not exact."""
        source = (f"weights: {self.card.repo} at revision {self.revision}",) if self.revision else ()
        return source + self.variant.notes

    @property
    def longest(self) -> int | None:
        """The most positions of prompt and answer the model was made for."""
        found = self.config.get("tokenizer_model_max_length") or self.config.get("max_sequence_length")
        return int(found) if found else None

    def load(self) -> loading.LoadedModel:
        """The model, read on the first call."""
        if self._loaded is not None:
            return self._loaded
        return loading.load_cached(self.card, self.folder, self.variant, self.tokenizer.get_vocab_size())

    def special_id(self, word: str) -> int:
        found = self.tokenizer.token_to_id(word)
        assert found is not None, "open_tokenizer has looked"
        return int(found)

    def prompt_ids(self, request: Request) -> list[int]:
        """The chat template around the request's question. Raises ValueError for a request it cannot take."""
        if request.picture is not None and not self.card.takes_picture:
            raise ValueError(f"{self.card.name} reads text only; leave the picture out, or take LLaDA-V or ReDiff")
        question = (request.prompt or self.card.prompt).strip()
        if not question:
            raise ValueError(f"{self.card.name} needs a prompt")
        return self.encode(prompts.chat([question]))

    def embed(self, model: LLaDA, request: Request, ids: Sequence[int]) -> tuple[Tensor, Tensor]:
        """(P, H) prompt embeddings and (P,) bool, which of them are a picture's."""
        table = model.model.embed_tokens
        rows = table(torch.tensor(ids, device=table.weight.device))
        return rows, torch.zeros(len(rows), dtype=torch.bool, device=rows.device)

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The text of each id; a piece of a character reads as it can."""
        return [self.tokenizer.decode([int(i)], skip_special_tokens=False) or str(self.tokenizer.id_to_token(int(i)) or "") for i in ids]

    def decode(self, ids: Sequence[int]) -> str:
        """The ids as one text, special tokens left out."""
        return self.tokenizer.decode([int(i) for i in ids], skip_special_tokens=True).strip()

    def encode(self, text: str) -> list[int]:
        """A text as ids, nothing added; names of special tokens in it become those tokens."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)


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
