"""From the rows of a lane to its Trace: the head, the vocabulary, the facts about picture, plan and machine."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from .drive import Job, Run
from .samplers import SAMPLERS, Plan
from .trace import PHASES, PURPOSES, Head, Prediction, Row, Trace


def plan_of(head: Head) -> Plan:
    """The plan a trace was made by."""
    said = head.plan
    return Plan(
        length=said["length"],
        steps=said["steps"],
        mask_id=head.mask_id,
        block_length=said["block_length"],
        temperature=said["temperature"],
        draft=tuple(said["draft"]),
        stop=tuple(tuple(s) for s in said["stop"]),
        eot_id=head.eot_id,
        forbid=tuple(said["forbid"]),
    )


def finish(run: Run) -> Trace:
    """The trace of a lane that has ended."""
    return build(run.job, run.rows, run.canvas, run.stopped, run.stop, run.applied)


def build(
    job: Job,
    rows: Sequence[Row],
    final: np.ndarray | None = None,
    stopped: str = "cancelled",
    stop: int | None = None,
    applied: Sequence[Sequence[int]] = (),
) -> Trace:
    """A trace of the rows a lane has got, ended or not; final (N,) is its last canvas."""
    backend, plan, request = job.session.backend, job.plan, job.session.request
    start = plan.canvas()
    final = (rows[-1].canvas if rows else start) if final is None else final
    head = Head(
        lane=str(job.lane),
        sampler=job.lane.sampler,
        checkpoint=job.lane.checkpoint,
        settings=dict(job.settings),
        plan={
            "length": plan.length, "steps": plan.steps, "block_length": plan.block_length, "temperature": plan.temperature,
            "draft": list(plan.draft), "stop": [list(s) for s in plan.stop], "forbid": list(plan.forbid),
            "tokens_per_pass": job.tokens_per_pass,
        },
        seed=job.seed,
        mask_id=plan.mask_id,
        eot_id=plan.eot_id,
        vocabulary={},
        text=backend.decode(answer(final, plan.mask_id, plan.eot_id, stop)),
        stopped=stopped,
        provenance=SAMPLERS[job.lane.sampler].provenance(job.settings),
        prompt=request.prompt,
        joiner=backend.joiner,
        stop_at=stop,
        notes=job.notes,
        picture=picture_facts(request.picture),
        scene=None if request.scene is None else json.loads(json.dumps(request.scene)),
        checkpoint_sha256=backend.card.sha256 or None,
        versions=versions(),
        device=backend.device,
        dtype=backend.dtype,
        parent=_parent(job),
        edits=tuple(
            {"at": e.at, "position": e.position, "token": e.token, "passes": e.passes, "applied": list(applied[i]) if applied else []}
            for i, e in enumerate(job.edits)
        ),
    )  # fmt: skip
    trace = gather(head, start, list(rows))
    occurring = np.unique(np.concatenate([a.ravel() for name, a in trace.arrays().items() if name in _ID_COLUMNS] + [_edit_ids(job)]))
    texts = backend.tokens([int(i) for i in occurring])
    return replace(trace, head=replace(head, vocabulary={int(i): t for i, t in zip(occurring, texts, strict=True)}))


_ID_COLUMNS = ("start", "before", "read", "canvas", "ids", "top_ids")


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
    """sha256 over everything that was said and written; wall times and the head are left out."""
    h = hashlib.sha256()
    for name, array in sorted(trace.arrays().items()):
        if name != "seconds":
            h.update(f"{name}{array.dtype.str}{array.shape}".encode())
            h.update(np.ascontiguousarray(array).tobytes())
    return h.hexdigest()


def picture_facts(picture: Any) -> dict[str, Any] | None:
    """{"sha256" of the RGB pixels, "width", "height"} of a PIL image."""
    if picture is None:
        return None
    rgb = picture.convert("RGB")
    return {"sha256": hashlib.sha256(rgb.tobytes()).hexdigest(), "width": rgb.width, "height": rgb.height}


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    from . import __version__

    found = {"rediff_viz": __version__, "python": platform.python_version()}
    for name in ("numpy", "torch", "transformers"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def gather(head: Head, start: np.ndarray, rows: list[Row]) -> Trace:
    """Rows of one lane as a Trace; start is (N,), the canvas before the first pass."""
    S, N = len(rows), len(start)
    K = rows[0].said.top_ids.shape[1] if rows else 0
    said = [row.said for row in rows]
    names = sorted({name for s in said for name in s.extra})

    def column(values: list[np.ndarray], shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        return np.stack(values).astype(dtype) if values else np.zeros(shape, dtype)

    keys = [(*r.key[:3], PURPOSES.index(r.key[3])) if r.key else (-1, -1, -1, -1) for r in rows]
    return Trace(
        head=head,
        start=np.array(start, np.int32),
        phase=np.array([PHASES.index(r.phase) for r in rows], np.uint8),
        block=np.array([r.block for r in rows], np.int32),
        step=np.array([r.step for r in rows], np.int32),
        before=column([r.before for r in rows], (S, N), np.int32),
        read=column([r.read for r in rows], (S, N), np.int32),
        canvas=column([r.canvas for r in rows], (S, N), np.int32),
        ids=column([s.ids for s in said], (S, N), np.int32),
        prob=column([s.prob for s in said], (S, N), said[0].prob.dtype if said else np.float32),
        kept=column([s.kept for s in said], (S, N), np.float32),
        entropy=column([s.entropy for s in said], (S, N), np.float32),
        top_ids=column([s.top_ids for s in said], (S, N, K), np.int32),
        top_prob=column([s.top_prob for s in said], (S, N, K), np.float32),
        seconds=np.array([r.seconds for r in rows], np.float64),
        rows=np.array([r.rows for r in rows], np.int32),
        key=np.array(keys, np.int64).reshape(S, 4),
        extra={name: _extra(name, said, N) for name in names},
    )


def _extra(name: str, said: list[Prediction], N: int) -> np.ndarray:
    """(S, N) one extra column over all passes; passes that did not want it hold NaN (-1 for integers)."""
    dtype = next(s.extra[name].dtype for s in said if name in s.extra)
    absent = np.full(N, np.nan if dtype.kind == "f" else -1, dtype)
    return np.stack([s.extra.get(name, absent) for s in said]).astype(dtype)
