"""LLaDA-8B-Instruct, ProSeCo's fine-tuned LLaDA, and every text checkpoint of their kind, behind the `Backend` protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock
from typing import TypeVar

import torch

from ...cards import Card
from ...nets import prompts
from ...nets.weights import CheckpointError
from ...trace import Prediction
from ..base import Backend, BatchItem, PassError, Request
from ..zerogpu import on_zerogpu
from . import loading
from .checkpoint import Checkpoint
from .forward import ForwardPass, cache_of
from .lane_cache import LaneCache
from .session import LladaSession

T = TypeVar("T")


class LladaBackend(Backend):
    """A text checkpoint. Weights are read when the first request is opened."""

    joiner, batch = "", 8
    gives: tuple[str, ...] = ("argmax", "drift")
    checkpoint_class: type[Checkpoint] = Checkpoint

    def __init__(self, card: Card, loaded: loading.LoadedModel | None = None) -> None:
        """`loaded` is a model that is in memory already; without one it is read from the card's files."""
        self.card = card
        self.checkpoint = self.checkpoint_class(card, loaded)
        self.mask_id = self.checkpoint.special_id(prompts.MASK)
        self.eot_id: int | None = self.checkpoint.special_id(prompts.END)
        self.vocabulary_size = self.checkpoint.tokenizer.get_vocab_size()
        self.device = loading.device_of()
        self.dtype = self.checkpoint.variant.dtype or ("bfloat16" if self.device == "cuda" else "float32")
        self.forward = ForwardPass(self.checkpoint.variant, card.forbidden, self.vocabulary_size, self.batch)
        self._lock = Lock()  # visitors share the model, its pinned memory and the device

    @property
    def notes(self) -> tuple[str, ...]:
        """What belongs beside every result: which weights, and where the run is not exact."""
        return self.checkpoint.notes

    def lane_cache(self) -> LaneCache:
        return LaneCache()

    def open(self, request: Request, suffix: str | Sequence[int] = ()) -> LladaSession:
        """A prompt made ready, and fixed tokens behind its answer; the weights are loaded if need be.

        Where a GPU is attached by the call, loading waits until it is there. Raises ValueError, in one sentence, for what it
        cannot take, and CheckpointError when memory runs out.
        """
        self.checkpoint.prompt_ids(request)
        after = self.encode(suffix) if isinstance(suffix, str) else suffix
        network_rows = 2 if self.checkpoint.variant.guidance else 1
        session = LladaSession(self, self.checkpoint, request, tuple(int(i) for i in after), network_rows)
        if on_zerogpu():
            return session
        try:
            self._note_device(session)
            return session
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as failed:
            if not loading.out_of_memory(failed):
                raise
        del session
        loading.release()
        raise CheckpointError(f"out of memory while {self.card.title} was made ready: try +4bit, +offload, or the embedded model")

    def predict(self, items: Sequence[BatchItem]) -> list[Prediction]:
        """One forward pass over all items. Raises PassError, the GPU left usable, when memory runs out."""
        return self._in_memory(self.forward.run, with_caches(items))

    def replayed(self, items: Sequence[BatchItem]) -> None:
        """Leave the items' caches as `predict` would have. Raises PassError when memory runs out."""
        if self.checkpoint.variant.cache != "exact":
            self._in_memory(self.forward.replay, with_caches(items))

    def _in_memory(self, work: Callable[[Sequence[BatchItem]], list[T]], items: Sequence[BatchItem]) -> list[T]:
        """What `work` returns for all items; where memory does not last for them together, item by item."""
        caches = [cache_of(item).copy() for item in items]
        try:
            with self._lock:
                self._note_device(items[0].session)
                return work(items)
        except CheckpointError as wrong:  # only where loading waits for the first pass
            raise PassError(str(wrong)) from None
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as failed:
            if not loading.out_of_memory(failed):
                raise
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        for item, saved in zip(items, caches, strict=True):  # the pass did not happen
            cache_of(item).restore(saved)
        if len(items) > 1:
            return [self._in_memory(work, [item])[0] for item in items]
        raise PassError(f"out of memory in a pass of {self.card.name}; the passes before it are kept: try a smaller picture, or +4bit")

    def _note_device(self, session: object) -> None:
        """Load the model of a session if need be; where it lies and in which precision is known from then on."""
        assert isinstance(session, LladaSession)
        loaded = session.ready.loaded
        self.device, self.dtype = loaded.device, str(loaded.dtype).removeprefix("torch.")

    def tokens(self, ids: Sequence[int]) -> list[str]:
        return self.checkpoint.tokens(ids)

    def decode(self, ids: Sequence[int]) -> str:
        return self.checkpoint.decode(ids)

    def encode(self, text: str) -> list[int]:
        return self.checkpoint.encode(text)


def with_caches(items: Sequence[BatchItem]) -> list[BatchItem]:
    """The items, those made without a cache with a new one."""
    return [item if item.cache is not None else replace(item, cache=LaneCache()) for item in items]
