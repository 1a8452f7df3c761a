"""A lane's whole recording. Knows numpy and its file format. Shapes: N answer positions, S passes, K candidates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from . import file
from .records import PHASES, PURPOSES, Head, PassRecord, Prediction


@dataclass(frozen=True)
class Trace:
    """A lane from its first pass to its last. len(trace) is its NFE. Arrays are read-only."""

    head: Head
    start: np.ndarray  # (N,) int32, canvas before the first pass
    phase: np.ndarray  # (S,) uint8 index into PHASES
    block: np.ndarray  # (S,) int32
    step: np.ndarray  # (S,) int32
    before: np.ndarray  # (S, N) int32
    read: np.ndarray  # (S, N) int32
    canvas: np.ndarray  # (S, N) int32
    ids: np.ndarray  # (S, N) int32
    prob: np.ndarray  # (S, N) float32 or float64, as the sampler decided
    input_prob: np.ndarray  # (S, N) float32, of the token that was read
    entropy: np.ndarray  # (S, N) float32, nats
    top_ids: np.ndarray  # (S, N, K) int32
    top_prob: np.ndarray  # (S, N, K) float32 that fits float16
    seconds: np.ndarray  # (S,) float64
    network_rows: np.ndarray  # (S,) int32
    key: np.ndarray  # (S, 4) int64: seed, lane, pass, index into PURPOSES; all -1 where nothing was drawn
    extra: Mapping[str, np.ndarray] = field(default_factory=dict)  # name -> (S, N), NaN or -1 where not wanted

    def __post_init__(self) -> None:
        for array in self.arrays().values():
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.phase)

    @property
    def nfe(self) -> int:
        """Forward calls of this lane."""
        return len(self.phase)

    @property
    def final(self) -> np.ndarray:
        """(N,) int32, the last canvas."""
        return self.canvas[-1] if len(self) else self.start

    @property
    def text(self) -> str:
        """The answer as the checkpoint's tokenizer reads it."""
        return self.head.text

    def arrays(self) -> dict[str, np.ndarray]:
        """Every array by name; extra columns as "extra.<name>"."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("head", "extra")}
        return plain | {f"extra.{name}": column for name, column in self.extra.items()}

    def pass_record(self, t: int) -> PassRecord:
        """Pass t, counted from 0."""
        key = None
        if self.key[t, 0] >= 0:
            seed, lane, number, purpose = (int(v) for v in self.key[t])
            key = (seed, lane, number, PURPOSES[purpose])
        return PassRecord(
            phase=PHASES[self.phase[t]],
            block=int(self.block[t]),
            step=int(self.step[t]),
            before=self.before[t].astype(np.int64),
            read=self.read[t].astype(np.int64),
            canvas=self.canvas[t].astype(np.int64),
            prediction=self.prediction(t),
            seconds=float(self.seconds[t]),
            network_rows=int(self.network_rows[t]),
            key=key,
        )

    def prediction(self, t: int) -> Prediction:
        """What the model predicted in pass t, counted from 0."""
        return Prediction(
            ids=self.ids[t].astype(np.int64),
            prob=self.prob[t],
            input_prob=self.input_prob[t],
            entropy=self.entropy[t],
            top_ids=self.top_ids[t].astype(np.int64),
            top_prob=self.top_prob[t],
            extra={name: column[t] for name, column in self.extra.items() if not _absent(column[t])},
        )

    def tokens(self, ids: Iterable[int]) -> list[str]:
        """The text of each id; an id that never occurred here reads "<id>"."""
        return [self.head.vocabulary.get(int(i), f"<{int(i)}>") for i in ids]

    def same(self, other: Trace) -> bool:
        """Equal bit for bit in everything that was predicted and written; wall times and heads are not compared."""
        mine, theirs = self.arrays(), other.arrays()
        return mine.keys() == theirs.keys() and all(
            mine[name].dtype == theirs[name].dtype and np.array_equal(mine[name], theirs[name], equal_nan=mine[name].dtype.kind == "f")
            for name in mine
            if name != "seconds"
        )

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of everything that was predicted and written: equal for traces that are the `same`."""
        digest = hashlib.sha256()
        for name, array in sorted(self.arrays().items()):
            if name != "seconds":
                digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]

    def save(self, path: str | Path) -> Path:
        """Write the trace to one file (docs/trace.md) and return its path."""
        return file.save(self.head, self.arrays(), path)

    @staticmethod
    def load(path: str | Path) -> Trace:
        """Read a trace. Raises TraceError, in one sentence, for anything damaged, newer or hostile."""
        return Trace.of(*file.load(path))

    def to_bytes(self) -> bytes:
        """The trace as a file's bytes; the same trace gives the same bytes."""
        return file.to_bytes(self.head, self.arrays())

    @staticmethod
    def from_bytes(content: bytes) -> Trace:
        """A trace from a file's bytes. Raises TraceError, in one sentence."""
        return Trace.of(*file.from_bytes(content))

    @staticmethod
    def of(head: Head, arrays: Mapping[str, np.ndarray]) -> Trace:
        """A trace of its parts as a file holds them; extra columns are named "extra.<name>"."""
        plain = {name: array for name, array in arrays.items() if not name.startswith("extra.")}
        extra = {name.removeprefix("extra."): array for name, array in arrays.items() if name.startswith("extra.")}
        return Trace(head=head, **plain, extra=extra)


def _absent(column: np.ndarray) -> bool:
    """Whether a pass did not want this extra column (N,)."""
    return bool((np.isnan(column) if column.dtype.kind == "f" else column < 0).all())
