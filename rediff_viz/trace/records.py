"""What a sampler asks for, what a model predicts, and what is recorded of one forward pass.

Knows numpy and nothing else: no model, no sampler, no colour, no page. Shapes: N answer positions, K candidates.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Phase = Literal["predict", "draft", "settle", "final"]
PHASES: tuple[Phase, ...] = ("predict", "draft", "settle", "final")
Key = tuple[int, int, int, str]  # (seed, lane, pass counted from 1, purpose): names one random draw
PURPOSES = ("", "gumbel", "uniform", "gumbel+uniform")  # what a key was used for; stored as an index
VERSION = 2  # of the file format


class TraceError(ValueError):
    """A trace that cannot be trusted, read or replayed; the message is one plain sentence."""


@dataclass(frozen=True)
class Prediction:
    """What a model predicts at every answer position in one forward pass, reduced on its own device."""

    ids: np.ndarray  # (N,) int64, the proposed token (argmax, or the draw when the temperature is above 0)
    prob: np.ndarray  # (N,) probability of that token, noise-free, at the precision the sampler decides by
    input_prob: np.ndarray  # (N,) probability of the token that was read at the position
    entropy: np.ndarray  # (N,) nats
    top_ids: np.ndarray  # (N, K) int64, most probable first
    top_prob: np.ndarray  # (N, K)
    extra: Mapping[str, np.ndarray] = field(default_factory=dict)  # name -> (N,), only what a Query wants

    def probability(self, read: np.ndarray, position: np.ndarray, token: np.ndarray) -> np.ndarray:
        """(E,) float64: what the pass that read `read` (N,) gave each token (E,) at its position (E,); NaN where that is not recorded."""
        at = position
        return probability_of(
            token, (self.ids[at], self.prob[at]), (read[at], self.input_prob[at]), (self.top_ids[at], self.top_prob[at])
        )  # fmt: skip

    def rounded(self) -> Prediction:
        """The same prediction at the precision a trace keeps, so that a sampler decides by what can be replayed."""
        return Prediction(
            ids=np.asarray(self.ids, np.int64),
            prob=_floats(self.prob),
            input_prob=np.asarray(self.input_prob, np.float32),
            entropy=np.asarray(self.entropy, np.float32),
            top_ids=np.asarray(self.top_ids, np.int64),
            top_prob=np.asarray(self.top_prob, np.float16).astype(np.float32),
            extra={name: _floats(column) for name, column in self.extra.items()},
        )


Column = tuple[np.ndarray, np.ndarray]  # tokens and their probabilities, (E,) or (E, K) each


def probability_of(token: np.ndarray, proposed: Column, read: Column, top: Column) -> np.ndarray:
    """(E,) float64: the probability of each token (E,), from the proposal, else the token read, else the K most probable; else NaN."""
    p = np.full(len(token), np.nan)
    among = top[0] == token[:, None]
    p[among.any(axis=1)] = top[1][among]
    for ids, prob in (read, proposed):
        p[ids == token] = prob[ids == token]
    return p


def _floats(column: np.ndarray) -> np.ndarray:
    """(N,) as float32 or float64 stay, integers become int64, anything narrower becomes float32."""
    column = np.asarray(column)
    if column.dtype in (np.float32, np.float64):
        return column
    return column.astype(np.int64 if column.dtype.kind in "iu" else np.float32)


@dataclass(frozen=True)
class Query:
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
class PassRecord:
    """One forward pass of a lane."""

    phase: Phase
    block: int  # -1 where a pass belongs to no block
    step: int
    before: np.ndarray  # (N,) canvas as the pass began
    read: np.ndarray  # (N,) what the model saw
    canvas: np.ndarray  # (N,) canvas after the pass
    prediction: Prediction
    seconds: float  # wall time of the forward call, shared by the lanes in its batch
    network_rows: int = 1  # rows of the network's batch that the pass cost this lane
    key: Key | None = None  # of the draw, if there was one


Sampler = Generator[Query, tuple[np.ndarray, Prediction], None]


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
    provenance: str  # where the sampler's rules come from, one sentence (samplers/method.py)
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
    eye_edits: tuple[Mapping[str, Any], ...] = ()  # {"cell", "noun"}: what an embedded eye saw, changed by hand
    version: int = VERSION
