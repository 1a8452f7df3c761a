"""The ground floor: what a sampler asks, what a model says, and what is kept of every forward pass.

Knows numpy and nothing else: no model, no sampler, no colour, no page.
Shapes: N answer positions, S passes, K candidates. The file format is in `tracefile.py` and docs/trace.md.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np

Phase = Literal["predict", "draft", "settle", "final"]
PHASES: tuple[Phase, ...] = ("predict", "draft", "settle", "final")
Key = tuple[int, int, int, str]  # (seed, lane, pass counted from 1, purpose): names one random draw
PURPOSES = ("", "gumbel", "uniform", "gumbel+uniform")  # what a key was used for; stored as an index
VERSION = 1


class TraceError(ValueError):
    """A trace that cannot be trusted, read or replayed; the message is one plain sentence."""


@dataclass(frozen=True)
class Prediction:
    """What a model said at every answer position in one forward pass, reduced on its own device."""

    ids: np.ndarray  # (N,) int64, the proposed token (argmax, or the draw when the temperature is above 0)
    prob: np.ndarray  # (N,) probability of that token, noise-free, at the precision the sampler decides by
    kept: np.ndarray  # (N,) probability of the token that was read at the position
    entropy: np.ndarray  # (N,) nats
    top_ids: np.ndarray  # (N, K) int64, most probable first
    top_prob: np.ndarray  # (N, K)
    extra: Mapping[str, np.ndarray] = field(default_factory=dict)  # name -> (N,), only what a Look wants

    def rounded(self) -> Prediction:
        """The same prediction at the precision a trace keeps, so that a sampler decides by what can be replayed."""
        return Prediction(
            ids=np.asarray(self.ids, np.int64),
            prob=_floats(self.prob),
            kept=np.asarray(self.kept, np.float32),
            entropy=np.asarray(self.entropy, np.float32),
            top_ids=np.asarray(self.top_ids, np.int64),
            top_prob=np.asarray(self.top_prob, np.float16).astype(np.float32),
            extra={name: _floats(column) for name, column in self.extra.items()},
        )


def _floats(column: np.ndarray) -> np.ndarray:
    """(N,) as float32 or float64 stay, integers become int64, anything narrower becomes float32."""
    column = np.asarray(column)
    if column.dtype in (np.float32, np.float64):
        return column
    return column.astype(np.int64 if column.dtype.kind in "iu" else np.float32)


@dataclass(frozen=True)
class Look:
    """What a sampler yields: "let the model read this", with the committed answer beside it.

    predict and settle passes read the canvas itself (`read` is the canvas as the pass begins, after any remask
    the sampler makes before it; `canvas` is the answer as the previous pass left it); in a draft pass `read` is a
    corrector's draft and `canvas` stays the committed answer; `final` reads nothing, costs no pass and says why.
    """

    phase: Phase
    block: int | None
    read: np.ndarray | None  # (N,) int64
    canvas: np.ndarray  # (N,) int64
    step: int = 0  # pass within the block, as the paper counts
    temperature: float = 0.0  # above 0: the proposal is a Gumbel-max draw made at the seam
    wants: tuple[str, ...] = ()  # names of extra columns, e.g. "uniform"
    why: str = ""  # final only: why the sampler ended
    stop: int | None = None  # final only: position of the leftmost stop sequence ever found; the answer ends before it


@dataclass(frozen=True)
class Row:
    """One forward call of a lane."""

    phase: Phase
    block: int  # -1 where a pass belongs to no block
    step: int
    before: np.ndarray  # (N,) canvas as the pass began
    read: np.ndarray  # (N,) what the model saw
    canvas: np.ndarray  # (N,) canvas after the pass
    said: Prediction
    seconds: float  # wall time of the forward call, shared by the lanes in its batch
    rows: int = 1  # network rows the call cost this lane
    key: Key | None = None  # of the draw, if there was one


Sampler = Generator[Look, tuple[np.ndarray, Prediction], None]


@dataclass(frozen=True)
class Head:
    """Everything about a trace that is not a number per pass; JSON in the file."""

    lane: str  # "rediff@world-rediff:settle=4"
    sampler: str
    checkpoint: str
    settings: Mapping[str, Any]  # every setting of the sampler, defaults included
    plan: Mapping[str, Any]  # length, steps, block_length, temperature, draft, stop, tokens_per_pass, forbid
    seed: int
    mask_id: int
    eot_id: int | None
    vocabulary: Mapping[int, str]  # text of every id that occurs in the trace
    text: str  # the answer, decoded by the checkpoint's own tokenizer, end-of-text and what follows left out
    stopped: str  # why it ended
    provenance: str  # "published semantics" | "ours" | "reconstruction"
    prompt: str = ""
    joiner: str = ""  # what stands between two tokens' texts: " " for a vocabulary of words
    stop_at: int | None = None  # the answer ends before this position
    notes: tuple[str, ...] = ()  # e.g. "world-plain was not trained for rediff"
    picture: Mapping[str, Any] | None = None  # {"sha256", "width", "height"}
    scene: Mapping[str, Any] | None = None  # the truth of a world scene
    checkpoint_sha256: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"
    dtype: str = "float32"
    parent: Mapping[str, Any] | None = None  # {"sha256", "lane", "replayed"}: the trunk of a fork
    edits: tuple[Mapping[str, Any], ...] = ()  # {"at", "position", "token", "passes", "applied": [pass, ...]}
    version: int = VERSION


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
    kept: np.ndarray  # (S, N) float32
    entropy: np.ndarray  # (S, N) float32, nats
    top_ids: np.ndarray  # (S, N, K) int32
    top_prob: np.ndarray  # (S, N, K) float32 that fits float16
    seconds: np.ndarray  # (S,) float64
    rows: np.ndarray  # (S,) int32
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

    def row(self, t: int) -> Row:
        """Pass t, counted from 0."""
        key = None
        if self.key[t, 0] >= 0:
            seed, lane, number, purpose = (int(v) for v in self.key[t])
            key = (seed, lane, number, PURPOSES[purpose])
        return Row(
            phase=PHASES[self.phase[t]],
            block=int(self.block[t]),
            step=int(self.step[t]),
            before=self.before[t].astype(np.int64),
            read=self.read[t].astype(np.int64),
            canvas=self.canvas[t].astype(np.int64),
            said=self.said(t),
            seconds=float(self.seconds[t]),
            rows=int(self.rows[t]),
            key=key,
        )

    def said(self, t: int) -> Prediction:
        """What the model said in pass t, counted from 0."""
        return Prediction(
            ids=self.ids[t].astype(np.int64),
            prob=self.prob[t],
            kept=self.kept[t],
            entropy=self.entropy[t],
            top_ids=self.top_ids[t].astype(np.int64),
            top_prob=self.top_prob[t],
            extra={name: column[t] for name, column in self.extra.items() if not _absent(column[t])},
        )

    def tokens(self, ids: Iterable[int]) -> list[str]:
        """The text of each id; an id that never occurred here reads "<id>"."""
        return [self.head.vocabulary.get(int(i), f"<{int(i)}>") for i in ids]

    def same(self, other: Trace) -> bool:
        """Equal bit for bit in everything that was said and written; wall times and heads are not compared."""
        mine, theirs = self.arrays(), other.arrays()
        return mine.keys() == theirs.keys() and all(
            mine[name].dtype == theirs[name].dtype and np.array_equal(mine[name], theirs[name], equal_nan=mine[name].dtype.kind == "f")
            for name in mine
            if name != "seconds"
        )

    def save(self, path: str | Path) -> Path:
        """Write the trace to one file (docs/trace.md) and return its path."""
        from .tracefile import save

        return save(self, path)

    @staticmethod
    def load(path: str | Path) -> Trace:
        """Read a trace. Raises TraceError, in one sentence, for anything damaged, newer or hostile."""
        from .tracefile import load

        return load(path)


def _absent(column: np.ndarray) -> bool:
    """Whether a pass did not want this extra column (N,)."""
    return bool((np.isnan(column) if column.dtype.kind == "f" else column < 0).all())
