"""Lanes in lock-step: every tick, the lanes of one checkpoint share one batched forward pass. Draws nothing, judges nothing.

A sampler is a generator; this is what sits at the other end of its `yield`: it batches what the lanes want read,
hands back what the model said, writes edits in between, and makes a Row of every pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from .backends import Ask, PassError, Session
from .backends.noise import uniform
from .lane import LaneSpec
from .samplers import SAMPLERS, Plan
from .trace import Key, Look, Prediction, Row, Trace, TraceError

ORDINARY = ("predict", "settle")


@dataclass(frozen=True)
class Edit:
    """A token written by hand before pass `at` (counted from 1): once, or held before so many passes.

    The mask id hides what stands there. A corrector's draft pass is never edited; the next ordinary pass is.
    """

    at: int
    position: int
    token: int
    passes: int = 1


@dataclass(frozen=True)
class Job:
    """One lane to run: what, on what, how, and from which recording it forks."""

    lane: LaneSpec
    session: Session
    plan: Plan
    settings: dict[str, Any]
    seed: int = 0
    edits: tuple[Edit, ...] = ()
    trunk: Trace | None = None  # its first `replayed` passes are played back, then the model goes on
    replayed: int = 0
    limit: int = 4096  # most passes; a lane that reaches it ends there and says so
    notes: tuple[str, ...] = ()
    tokens_per_pass: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed {self.seed} is not between 0 and 2^63 - 1")
        for edit in self.edits:
            if not 0 <= edit.position < self.plan.length:
                raise ValueError(f"an edit at position {edit.position} is outside the answer of {self.plan.length} positions")
            if not 0 <= edit.token < self.session.backend.vocabulary_size:
                raise ValueError(f"an edit writes token {edit.token}, outside the vocabulary of {self.session.backend.vocabulary_size}")
            if edit.at < 1 or edit.passes < 1:
                raise ValueError(f"an edit before pass {edit.at} for {edit.passes} passes, expected both to be at least 1")
        if self.trunk is not None and not 0 <= self.replayed <= len(self.trunk):
            raise ValueError(f"cannot replay {self.replayed} passes of a trace of {len(self.trunk)}")


@dataclass
class Run:
    """A lane under way."""

    job: Job
    rows: list[Row] = field(default_factory=list)
    applied: list[list[int]] = field(default_factory=list)  # per edit, the passes it was written before
    state: dict[str, Any] = field(default_factory=dict)  # what the backend remembers of this lane

    def __post_init__(self) -> None:
        self.applied = [[] for _ in self.job.edits]
        self.sampler = SAMPLERS[self.job.lane.sampler].run(self.job.plan, **self.job.settings)
        self.look: Look = next(self.sampler)
        self.stopped, self.stop = "", None  # type: str, int | None
        self._prepare()

    @property
    def ended(self) -> bool:
        return bool(self.stopped)

    @property
    def canvas(self) -> np.ndarray:
        """(N,) the committed answer so far."""
        return self.look.canvas

    def _prepare(self) -> None:
        """Make the next pass ready: the edits, the key, or the end."""
        look = self.look
        if look.phase == "final" or look.read is None:
            self.stopped, self.stop = look.why, look.stop
            return
        if len(self.rows) >= self.job.limit:
            self.stopped = f"the limit of {self.job.limit} passes was reached"
            return
        self.read = self._edited(look.read) if look.phase in ORDINARY and self.job.edits else look.read
        purpose = "+".join(["gumbel"] * (look.temperature > 0) + ["uniform"] * ("uniform" in look.wants))
        self.key: Key | None = (self.job.seed, 0, len(self.rows) + 1, purpose) if purpose else None

    def _edited(self, x: np.ndarray) -> np.ndarray:
        """The canvas (N,) with the edits that are due before this pass; the same array when there is none."""
        number = len(self.rows) + 1
        due = [(e, a) for e, a in zip(self.job.edits, self.applied, strict=True) if number >= e.at and len(a) < e.passes]
        if due:
            x = x.copy()
        for edit, applied in due:
            x[edit.position] = edit.token
            applied.append(number)
        return x

    def ask(self) -> Ask:
        """What the model is to read next."""
        look = self.look
        key = (*self.key[:3], "gumbel") if self.key and look.temperature > 0 else None
        return Ask(self.job.session, self.read, look.temperature, key, look.wants, self.job.plan.forbid, look.phase, look.block, self.state)

    def replay(self) -> Prediction | None:
        """The recorded prediction of this pass, or None when the model is to be asked."""
        t, trunk = len(self.rows), self.job.trunk
        if trunk is None or t >= self.job.replayed:
            return None
        if not np.array_equal(trunk.read[t], self.read):
            raise TraceError(f"the recording does not fit: in pass {t + 1} it read another canvas than this lane would")
        return trunk.said(t)

    def receive(self, said: Prediction, seconds: float) -> Row:
        """Hand the prediction to the sampler and return the finished row."""
        look, read = self.look, self.read
        if "uniform" in look.wants and "uniform" not in said.extra and self.key:
            said = _with_uniform(said, uniform((*self.key[:3], "uniform"), len(read)))
        said = said.rounded()
        before = look.canvas if look.phase == "draft" else read
        self.look = self.sampler.send((before, said))
        row = Row(
            look.phase, -1 if look.block is None else look.block, look.step, before, read, self.look.canvas, said, seconds,
            self.job.session.rows, self.key,
        )  # fmt: skip
        self.rows.append(row)
        self._prepare()
        return row


def _with_uniform(said: Prediction, column: np.ndarray) -> Prediction:
    return Prediction(said.ids, said.prob, said.kept, said.entropy, said.top_ids, said.top_prob, {**said.extra, "uniform": column})


def drive(runs: Sequence[Run]) -> Iterator[tuple[int, Row]]:
    """Run all lanes to their ends, a pass of each at a time; yields (lane index, row) as soon as a row is complete.

    Lanes of one backend and one length share a forward pass. Closing the generator stops every lane where it is.
    """
    try:
        while waiting := [(i, run) for i, run in enumerate(runs) if not run.ended]:
            fresh: dict[tuple[int, int], list[tuple[int, Run]]] = {}
            for i, run in waiting:
                said = run.replay()
                if said is not None:
                    assert run.job.trunk is not None
                    yield i, run.receive(said, float(run.job.trunk.seconds[len(run.rows)]))
                else:
                    fresh.setdefault((id(run.job.session.backend), run.job.plan.length), []).append((i, run))
            for group in fresh.values():
                size = max(1, group[0][1].job.session.backend.batch)
                for first in range(0, len(group), size):
                    yield from _tick(group[first : first + size])
    finally:
        for run in runs:
            run.sampler.close()


def _tick(group: Sequence[tuple[int, Run]]) -> Iterator[tuple[int, Row]]:
    """One forward pass for a group of lanes."""
    backend = group[0][1].job.session.backend
    asks = [run.ask() for _, run in group]
    began = perf_counter()
    try:
        answers = backend.predict(asks)
    except PassError as failed:  # the passes before it stand
        for _, run in group:
            run.stopped = str(failed)
        return
    seconds = perf_counter() - began
    for (i, run), said in zip(group, answers, strict=True):
        yield i, run.receive(said, seconds)
