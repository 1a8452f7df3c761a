"""Lanes in lock-step: every tick is one forward pass of every lane that is not done. Draws nothing, judges nothing.

A sampler is a generator; this is what sits at the other end of its `yield`: it batches what the lanes want read, hands
back what the model predicted, writes edits made by hand in between, and makes a PassRecord of every pass.
Shapes: N answer positions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from ..backends.base import Backend, BatchItem, PassError
from ..backends.noise import uniform
from ..samplers import SAMPLERS
from ..trace import Key, PassRecord, Prediction, Query, TraceError
from .job import Ending, Job, Tick

EDITED = ("predict", "settle")  # phases before which edits are written


@dataclass
class LaneState:
    """A lane under way."""

    job: Job
    passes: int = 0
    stopped: str = ""
    applied: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.applied = [[] for _ in self.job.edits]
        self.most = self.job.most_passes
        self.cache = self.job.session.backend.lane_cache()
        self.sampler = SAMPLERS[self.job.lane.sampler].run(self.job.plan, **self.job.settings)
        self.query: Query = next(self.sampler)
        self._prepare()

    def ending(self) -> Ending:
        """How the lane ended, once `stopped` says why."""
        return Ending(self.query.canvas, self.stopped, self.query.stop, tuple(tuple(passes) for passes in self.applied))

    def _prepare(self) -> None:
        """Make the next pass ready: the edits, the key, or the end."""
        query = self.query
        if query.phase == "final" or query.read is None:
            self.stopped = query.why or "complete"
            return
        if self.passes >= self.most:
            self.stopped = f"the limit of {self.most} pass{'' if self.most == 1 else 'es'} was reached"
            return
        self.read = self._edited(query.read) if query.phase in EDITED else query.read
        purpose = "+".join(["gumbel"] * (query.temperature > 0) + ["uniform"] * ("uniform" in query.wants))
        self.key: Key | None = (self.job.seed, 0, self.passes + 1, purpose) if purpose else None

    def _edited(self, x: np.ndarray) -> np.ndarray:
        """The canvas (N,) with the edits that are due before this pass; the same array when there is none."""
        if not self.job.edits:
            return x
        number = self.passes + 1
        due = [(e, a) for e, a in zip(self.job.edits, self.applied, strict=True) if number >= e.at and len(a) < e.passes]
        if due:
            x = x.copy()
        for edit, applied in due:
            x[edit.position] = edit.token
            applied.append(number)
        return x

    def item(self) -> BatchItem:
        """What the model is to read next."""
        query = self.query
        key = (*self.key[:3], "gumbel") if self.key and query.temperature > 0 else None
        return BatchItem(
            self.job.session, self.read, query.temperature, key, query.wants, self.job.plan.forbid, query.phase, query.block, self.cache,
            self.job.contrast,
        )  # fmt: skip

    def recorded(self) -> tuple[Prediction, float, int] | None:
        """This pass's prediction, seconds and network rows from the trunk, or None when the model is to be asked."""
        trunk, t = self.job.trunk, self.passes
        if trunk is None or t >= self.job.replayed:
            return None
        if not np.array_equal(trunk.read[t], self.read):
            raise TraceError(f"the recording does not fit: in pass {t + 1} it read another canvas than this lane would")
        return trunk.prediction(t), float(trunk.seconds[t]), int(trunk.network_rows[t])

    def receive(self, prediction: Prediction, seconds: float, network_rows: int) -> PassRecord:
        """Hand the prediction to the sampler and return the finished record."""
        query, read = self.query, self.read
        if "uniform" in query.wants and "uniform" not in prediction.extra and self.key:
            drawn = uniform((*self.key[:3], "uniform"), len(read))
            prediction = replace(prediction, extra={**prediction.extra, "uniform": drawn})
        prediction = prediction.rounded()
        self.query = self.sampler.send((self._canvas(prediction), prediction))
        before = query.canvas if query.phase == "draft" else read
        block = -1 if query.block is None else query.block
        record = PassRecord(query.phase, block, query.step, before, read, self.query.canvas, prediction, seconds, network_rows, self.key)
        self.passes += 1
        self._prepare()
        return record

    def _canvas(self, prediction: Prediction) -> np.ndarray:
        """The canvas (N,) the sampler goes on with; what was hidden by hand is filled with the model's proposal."""
        query, mask_id = self.query, self.job.plan.mask_id
        if query.phase == "draft":
            return query.canvas
        if self.read is query.read:  # no edit
            return self.read
        hidden = (self.read == mask_id) & (query.read != mask_id)
        return np.where(hidden, prediction.ids, self.read) if hidden.any() else self.read


def loop(jobs: Sequence[Job]) -> Iterator[Tick]:
    """Run all lanes to their ends, a pass of each at a time; lanes of one backend and one length share a forward pass.

    Closing the generator stops every lane where it is.
    """
    lanes = [LaneState(job) for job in jobs]
    going = dict(enumerate(lanes))
    try:
        while going:
            records: dict[int, PassRecord] = {}
            for group in _groups({i: lane for i, lane in going.items() if not lane.stopped}):
                records |= _pass(group)
            ended = {i: lane.ending() for i, lane in going.items() if lane.stopped}
            going = {i: lane for i, lane in going.items() if i not in ended}
            yield Tick(dict(sorted(records.items())), ended)
    finally:
        for lane in lanes:
            lane.sampler.close()


def _groups(lanes: Mapping[int, LaneState]) -> Iterator[dict[int, LaneState]]:
    """Lanes that can share a forward pass; those that play back a recording apart from those that ask the model."""
    groups: dict[tuple[int, int, bool], dict[int, LaneState]] = {}
    for i, lane in lanes.items():
        replays = lane.passes < lane.job.replayed
        groups.setdefault((id(lane.job.session.backend), lane.job.plan.length, replays), {})[i] = lane
    for group in groups.values():
        size = max(1, next(iter(group.values())).job.session.backend.batch)
        members = list(group.items())
        for first in range(0, len(members), size):
            yield dict(members[first : first + size])


def _pass(group: Mapping[int, LaneState]) -> dict[int, PassRecord]:
    """One forward pass of a group of lanes, or one that is played back."""
    lanes = list(group.values())
    backend: Backend = lanes[0].job.session.backend
    recorded = [lane.recorded() for lane in lanes]
    items = [lane.item() for lane in lanes]
    began = perf_counter()
    try:
        if played := [one for one in recorded if one is not None]:
            backend.replayed(items)
            return {i: lane.receive(*one) for (i, lane), one in zip(group.items(), played, strict=True)}
        predictions = backend.predict(items)
    except PassError as failed:  # the passes before it stand
        for lane in lanes:
            lane.stopped = str(failed)
        return {}
    seconds = perf_counter() - began
    records = {}
    for (i, lane), prediction in zip(group.items(), predictions, strict=True):
        lane.stopped = unusable(prediction, backend)
        if not lane.stopped:
            records[i] = lane.receive(prediction, seconds, lane.job.network_rows)
    return records


def unusable(prediction: Prediction, backend: Backend) -> str:
    """One sentence on a prediction that no sampler can go by, "" where one can: it holds no number, or an id that is no token."""
    name, size = backend.card.name, backend.vocabulary_size
    numbers = (prediction.prob, prediction.input_prob, prediction.entropy, prediction.top_prob.sum(axis=1))
    if not np.isfinite(sum(float(column.sum()) for column in numbers)):
        lost = int((~np.isfinite(numbers).all(axis=0)).sum())
        return f"{name} predicted no number at {lost} of {len(prediction.ids)} positions: its logits hold NaN or infinity"
    for ids in (prediction.ids, prediction.top_ids):
        if ids.min() < 0 or ids.max() >= size:
            return f"{name} predicted token {ids[(ids < 0) | (ids >= size)][0]}, outside its vocabulary of {size}"
    return ""
