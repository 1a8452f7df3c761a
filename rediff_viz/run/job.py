"""One lane to run, and what running it hands out. Plain data; runs nothing. Shapes: N answer positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backends.base import Contrast, Session
from ..samplers import SAMPLERS, Plan
from ..trace import PassRecord, Trace
from .lane import LaneSpec


@dataclass(frozen=True)
class Edit:
    """A token written by hand before pass `at` (counted from 1): once, or held before so many passes.

    The mask id hides what stands there: the model reads the mask and its proposal fills it in the same pass. A
    corrector's draft pass is never edited; the next ordinary pass is.
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
    limit: int = 4096  # passes granted whatever the plan; see `most_passes`
    notes: tuple[str, ...] = ()
    contrast: Contrast | None = None

    @property
    def most_passes(self) -> int:
        """A lane that reaches so many passes ends there and says so: what its plan allows the sampler, and no more than `limit`.

        A recording that is played back may be longer than the plan: it was made by another version.
        """
        planned = SAMPLERS[self.lane.sampler].planned_passes(self.plan, self.settings)
        return min(self.limit, max(planned, len(self.trunk) if self.trunk is not None else 0))

    @property
    def network_rows(self) -> int:
        """Rows of the network's batch that a forward pass of the lane costs."""
        return self.session.network_rows + (self.contrast is not None)

    @property
    def provenance(self) -> str:
        """Where the lane's rules come from, one sentence."""
        rules = SAMPLERS[self.lane.sampler].provenance(self.settings)
        return rules if self.contrast is None else f"{rules}; contrast from the paper (VCD, arXiv:2311.16922)"

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


@dataclass(frozen=True)
class Ending:
    """How a lane ended."""

    canvas: np.ndarray  # (N,) the last canvas
    stopped: str  # why
    stop: int | None = None  # the answer ends before this position
    applied: tuple[tuple[int, ...], ...] = ()  # of every edit, the passes it was written before


@dataclass(frozen=True)
class Tick:
    """One forward pass of every lane under way, by lane index. Plain data: it travels between processes.

    A lane that was complete from the start, or whose pass could not be made, ends without a record.
    """

    records: Mapping[int, PassRecord]
    ended: Mapping[int, Ending]
