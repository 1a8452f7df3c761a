"""A recording in place of its model: knows the texts of one trace, and can predict nothing beyond it. Knows no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..cards import Card
from ..trace import Prediction, Trace, TraceError
from .base import Backend, BatchItem, Request


@dataclass(frozen=True)
class RecordedSession:
    """The request of a trace."""

    backend: RecordedBackend
    request: Request
    network_rows: int = 1


class RecordedBackend(Backend):
    """Reads token texts out of a trace's head; a pass beyond the recording raises TraceError."""

    batch = 64
    contrasts = True  # as the recording did
    gives = ("argmax",)

    def __init__(self, trace: Trace) -> None:
        head = trace.head
        self.card = Card(name=head.checkpoint, title=head.checkpoint, backend="recorded", mask_id=head.mask_id, eot_id=head.eot_id)
        self.mask_id = head.mask_id
        self.eot_id = head.eot_id
        self.vocabulary = head.vocabulary
        self.vocabulary_size = max((*head.vocabulary, *head.plan["draft"], *head.plan["forbid"])) + 1
        self.device, self.dtype, self.joiner = head.device, head.dtype, head.joiner

    def open(self, request: Request) -> RecordedSession:
        """The recording's request."""
        return RecordedSession(self, request)

    def predict(self, items: Sequence[BatchItem]) -> list[Prediction]:
        """There is no model to ask."""
        raise TraceError("the recording ends here: this pass was never recorded")

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The text of each id."""
        return [self.vocabulary.get(int(i), f"<{int(i)}>") for i in ids]

    def decode(self, ids: Sequence[int]) -> str:
        """The ids as one text."""
        return self.joiner.join(self.tokens(ids))

    def encode(self, text: str) -> list[int]:
        """Only words that occur in the recording. Raises ValueError for another."""
        known = {word: i for i, word in self.vocabulary.items()}
        for word in text.split():
            if word not in known:
                raise ValueError(f"the recording has no word {word!r}")
        return [known[word] for word in text.split()]
