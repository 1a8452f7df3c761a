"""From the passes of a lane to its Trace: the head, the vocabulary, the facts about picture, plan and machine."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from ..trace import PHASES, PURPOSES, Head, PassRecord, Prediction, Trace
from .job import Ending, Job, Tick
from .reading import settings_of

_ID_COLUMNS = ("start", "before", "read", "canvas", "ids", "top_ids")
_DIGEST_NAMES = {"input_prob": "kept", "network_rows": "rows"}  # a digest names columns as version 1 of the format did, for good


@dataclass
class Recording:
    """The passes of several lanes as they come, tick by tick; their traces at any time."""

    jobs: Sequence[Job]
    passes: list[list[PassRecord]] = field(init=False)  # of every lane
    endings: dict[int, Ending] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.passes = [[] for _ in self.jobs]

    def add(self, tick: Tick) -> None:
        """Take in one tick."""
        for lane, record in tick.records.items():
            self.passes[lane].append(record)
        self.endings |= tick.ended

    @property
    def complete(self) -> bool:
        """Whether every lane has ended."""
        return len(self.endings) == len(self.jobs)

    def trace(self, lane: int, stopped: str = "cancelled") -> Trace:
        """A lane's trace; `stopped` is why it ended where it has not ended by itself."""
        return build(self.jobs[lane], self.passes[lane], self.endings.get(lane), stopped)

    def traces(self, stopped: str = "cancelled") -> list[Trace]:
        """The traces of all lanes."""
        return [self.trace(lane, stopped) for lane in range(len(self.jobs))]


def build(job: Job, passes: Sequence[PassRecord], ending: Ending | None = None, stopped: str = "cancelled") -> Trace:
    """A trace of the passes a lane has made, ended or not."""
    backend, plan, request = job.session.backend, job.plan, job.session.request
    start = plan.canvas()
    if ending is None:
        ending = Ending(passes[-1].canvas if passes else start, stopped)
    head = Head(
        lane=str(job.lane),
        sampler=job.lane.sampler,
        checkpoint=job.lane.checkpoint,
        settings={**job.settings, **({} if job.contrast is None else settings_of(job.contrast))},
        plan=plan.to_json(),
        seed=job.seed,
        mask_id=plan.mask_id,
        eot_id=plan.eot_id,
        vocabulary={},
        text=backend.decode(answer(ending.canvas, plan.mask_id, plan.eot_id, ending.stop)),
        stopped=ending.stopped,
        provenance=job.provenance,
        prompt=request.prompt,
        joiner=backend.joiner,
        stop_at=ending.stop,
        notes=job.notes,
        picture=picture_facts(request.picture),
        scene=None if request.scene is None else json.loads(json.dumps(request.scene)),
        checkpoint_sha256=backend.card.sha256 or None,
        versions=versions(),
        device=backend.device,
        dtype=backend.dtype,
        parent=_parent(job),
        edits=tuple(
            {**asdict(edit), "applied": list(ending.applied[i]) if ending.applied else []}
            for i, edit in enumerate(job.edits)
        ),
        eye_edits=tuple(asdict(edit) for edit in request.eye_edits),
    )  # fmt: skip
    trace = gather(head, start, passes)
    occurring = np.unique(np.concatenate([a.ravel() for name, a in trace.arrays().items() if name in _ID_COLUMNS] + [_edit_ids(job)]))
    texts = backend.tokens([int(i) for i in occurring])
    return replace(trace, head=replace(head, vocabulary={int(i): t for i, t in zip(occurring, texts, strict=True)}))


def _edit_ids(job: Job) -> np.ndarray:
    known = [job.plan.mask_id, *(e.token for e in job.edits)]
    return np.array(known if job.plan.eot_id is None else [*known, job.plan.eot_id], np.int32)


def answer(final: np.ndarray, mask_id: int, eot_id: int | None, stop: int | None) -> list[int]:
    """The ids of final (N,) that count as the answer: before the stop and the first end-of-text, masks left out."""
    ids = [int(i) for i in (final if stop is None else final[:stop])]
    ids = ids[: ids.index(eot_id)] if eot_id in ids else ids
    return [i for i in ids if i != mask_id]


def _parent(job: Job) -> dict[str, Any] | None:
    if job.trunk is None:
        return None
    return {"sha256": digest(job.trunk), "lane": job.trunk.head.lane, "replayed": job.replayed}


def digest(trace: Trace) -> str:
    """sha256 over everything that was predicted and written; wall times and the head are left out."""
    h = hashlib.sha256()
    for name, array in sorted(trace.arrays().items(), key=lambda item: _DIGEST_NAMES.get(item[0], item[0])):
        if name != "seconds":
            h.update(f"{_DIGEST_NAMES.get(name, name)}{array.dtype.str}{array.shape}".encode())
            h.update(np.ascontiguousarray(array).tobytes())
    return h.hexdigest()


def picture_facts(picture: Any) -> dict[str, Any] | None:
    """{"sha256" of the RGB pixels, "width", "height"} of a PIL image."""
    if picture is None:
        return None
    from ..images import pixel_bytes  # here, for a trace is opened and played back without Pillow

    digest = hashlib.sha256()
    for rows in pixel_bytes(picture):
        digest.update(rows)
    return {"sha256": digest.hexdigest(), "width": picture.width, "height": picture.height}


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    from .. import __version__

    found = {"rediff_viz": __version__, "python": platform.python_version()}
    for name in ("numpy", "torch", "transformers"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def gather(head: Head, start: np.ndarray, passes: Sequence[PassRecord]) -> Trace:
    """The passes of one lane as a Trace; start is (N,), the canvas before the first pass."""
    S, N = len(passes), len(start)
    predictions = [one.prediction for one in passes]
    K = predictions[0].top_ids.shape[1] if predictions else 0
    names = sorted({name for prediction in predictions for name in prediction.extra})

    def column(values: list[np.ndarray], shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        return np.stack(values).astype(dtype) if values else np.zeros(shape, dtype)

    keys = [(*p.key[:3], PURPOSES.index(p.key[3])) if p.key else (-1, -1, -1, -1) for p in passes]
    return Trace(
        head=head,
        start=np.array(start, np.int32),
        phase=np.array([PHASES.index(p.phase) for p in passes], np.uint8),
        block=np.array([p.block for p in passes], np.int32),
        step=np.array([p.step for p in passes], np.int32),
        before=column([p.before for p in passes], (S, N), np.int32),
        read=column([p.read for p in passes], (S, N), np.int32),
        canvas=column([p.canvas for p in passes], (S, N), np.int32),
        ids=column([p.ids for p in predictions], (S, N), np.int32),
        prob=column([p.prob for p in predictions], (S, N), predictions[0].prob.dtype if predictions else np.float32),
        input_prob=column([p.input_prob for p in predictions], (S, N), np.float32),
        entropy=column([p.entropy for p in predictions], (S, N), np.float32),
        top_ids=column([p.top_ids for p in predictions], (S, N, K), np.int32),
        top_prob=column([p.top_prob for p in predictions], (S, N, K), np.float32),
        seconds=np.array([p.seconds for p in passes], np.float64),
        network_rows=np.array([p.network_rows for p in passes], np.int32),
        key=np.array(keys, np.int64).reshape(S, 4),
        extra={name: _extra(name, predictions, N) for name in names},
    )


def _extra(name: str, predictions: Sequence[Prediction], N: int) -> np.ndarray:
    """(S, N) one extra column over all passes; passes that did not want it hold NaN (-1 for integers)."""
    dtype = next(p.extra[name].dtype for p in predictions if name in p.extra)
    absent = np.full(N, np.nan if dtype.kind == "f" else -1, dtype)
    return np.stack([p.extra.get(name, absent) for p in predictions]).astype(dtype)
