"""Run lanes on a picture and record them: record, compare, stream, fork, replay.

The page, the command line, evaluation and notebooks all come in here. Knows no colour and no page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..backends import Request, Session, open_checkpoint
from ..samplers import SAMPLERS, Plan
from ..trace import PassRecord, Trace, TraceError
from .job import Edit, Ending, Job, Tick
from .lane import LaneSpec, budget, find_setting, parse_lane, resolve
from .loop import loop
from .reading import READING, check_contrast, contrast_note, contrast_of, of_sampler
from .recording import Recording, build, digest

__all__ = [
    "Edit",
    "Ending",
    "Job",
    "LaneSpec",
    "Recording",
    "Tick",
    "build",
    "collect",
    "compare",
    "digest",
    "fork",
    "job",
    "jobs",
    "loop",
    "parse_lane",
    "record",
    "replay",
    "stream",
]


def job(
    lane: str | LaneSpec,
    session: Session,
    *,
    steps: int | None = None,
    tokens_per_pass: float | None = None,
    block: int | None = None,
    temperature: float | None = None,
    seed: int = 0,
    draft: str | Sequence[int] = (),
    stop: Sequence[str] | None = None,
    forbid: Sequence[int] = (),
    edits: Sequence[Edit] = (),
    limit: int = 4096,
) -> Job:
    """One lane on an open session; what is None comes from the checkpoint's card. Raises ValueError, in one sentence."""
    spec = parse_lane(lane) if isinstance(lane, str) else lane
    backend, card = session.backend, session.backend.card
    length = session.request.length
    block = card.block_length if block is None and card.block_length and length % card.block_length == 0 else block
    for need in SAMPLERS[spec.sampler].needs:
        if need not in backend.gives:
            raise ValueError(f"{spec.sampler} needs {need!r}, which {card.name} cannot give")
    plan = Plan(
        length=length,
        steps=budget(length, block, steps, tokens_per_pass, min(card.steps, length)),
        mask_id=backend.mask_id,
        block_length=block,
        temperature=card.temperature if temperature is None else temperature,
        draft=tuple(backend.encode(draft) if isinstance(draft, str) else (int(i) for i in draft)),
        stop=tuple(tuple(backend.encode(text)) for text in (card.stop if stop is None else stop)),
        eot_id=backend.eot_id,
        forbid=tuple(int(i) for i in forbid),
        tokens_per_pass=tokens_per_pass,
    )
    if any(not 0 <= i < backend.vocabulary_size for i in (*plan.draft, *plan.forbid)):
        raise ValueError(f"the draft or the forbidden ids leave the vocabulary of {backend.vocabulary_size}")
    settings = resolve(spec, card)
    contrast = contrast_of(settings)
    check_contrast(contrast, session)
    notes = tuple(filter(None, (card.note(spec.sampler), *backend.notes, contrast_note(contrast) if contrast else None)))
    return Job(spec, session, plan, of_sampler(settings), seed, tuple(edits), limit=limit, notes=notes, contrast=contrast)


def jobs(
    lanes: Sequence[str | LaneSpec],
    picture: Any = None,
    *,
    prompt: str = "",
    scene: Mapping[str, Any] | None = None,
    length: int | None = None,
    models: Path | None = None,
    **plan: Any,
) -> list[Job]:
    """The jobs of several lanes on one picture (a PIL image, or None) and prompt; `plan` as in `job`.

    Each checkpoint is opened once, and its lanes share one session. length None: the card's own, for this prompt.
    """
    specs = [parse_lane(lane) if isinstance(lane, str) else lane for lane in lanes]
    sessions: dict[str, Session] = {}
    for spec in specs:
        if spec.checkpoint not in sessions:
            backend = open_checkpoint(spec.checkpoint, models)
            sessions[spec.checkpoint] = backend.open(Request(picture, prompt, length or backend.card.canvas(prompt), scene))
    return [job(spec, sessions[spec.checkpoint], **plan) for spec in specs]


def stream(jobs: Sequence[Job]) -> Iterator[tuple[int, PassRecord | Trace]]:
    """(lane index, PassRecord) of every pass, tick by tick, and (lane index, Trace) when a lane has ended.

    Closing the generator cancels the run.
    """
    recording = Recording(jobs)
    for tick in loop(jobs):
        recording.add(tick)
        yield from tick.records.items()
        for lane in tick.ended:
            yield lane, recording.trace(lane)


def collect(jobs: Sequence[Job]) -> list[Trace]:
    """The traces of all jobs, run together."""
    recording = Recording(jobs)
    for tick in loop(jobs):
        recording.add(tick)
    return recording.traces()


def record(lane: str | LaneSpec, picture: Any = None, **request: Any) -> Trace:
    """One lane on one picture; keywords as in `jobs` and `job`."""
    return collect(jobs([lane], picture, **request))[0]


def compare(lanes: Sequence[str | LaneSpec], picture: Any = None, **request: Any) -> list[Trace]:
    """Several lanes on one picture, run together: same seed, same plan, so that they differ only in what they are."""
    return collect(jobs(lanes, picture, **request))


def fork(trunk: Trace, session: Session, edits: Sequence[Edit] = (), at: int | None = None, **settings: Any) -> Job:
    """A job that plays a recording back up to before pass `at` (counted from 1) and goes on from there.

    at None: where the first edit is made. `settings` replace the trunk's from the start, so they must not matter
    before `at`. The noise keeps its keys: nothing changes but what the edits change. Raises TraceError when the
    session is not of the trunk's checkpoint.
    """
    backend, head = session.backend, trunk.head
    if backend.card.name != head.checkpoint or session.request.length != len(trunk.start):
        raise TraceError(f"a trace of {head.checkpoint} with {len(trunk.start)} positions cannot go on with {backend.card.name}")
    if head.sampler not in SAMPLERS:
        raise TraceError(f"the trace was made by {head.sampler[:60]!r}, which is none of the {len(SAMPLERS)} samplers here")
    try:
        recorded = _checked(head.sampler, head.settings)
        named = parse_lane(head.lane)
        plan = Plan.from_json(head.plan, head.mask_id, head.eot_id)
        if max((*head.vocabulary, *plan.draft, *plan.forbid)) >= backend.vocabulary_size:
            raise ValueError(f"it names tokens outside the vocabulary of {backend.vocabulary_size}")
    except ValueError as error:
        raise TraceError(f"the trace cannot be run again: {error}") from error
    changed = _checked(head.sampler, settings)
    if changed.keys() & READING.keys():
        raise TraceError(f"a fork keeps its trunk's {' and '.join(READING)}: they matter from the first pass on")
    contrast = contrast_of(recorded)
    if contrast is not None and not backend.contrasts:
        raise TraceError(f"the trace is contrasted with a prediction without the picture, which {backend.card.name} cannot give")
    spec = replace(named, settings={**named.settings, **changed}, text="" if changed else named.text)
    first = min((e.at for e in edits), default=len(trunk) + 1) if at is None else at
    earlier = tuple(Edit(**{k: int(e[k]) for k in ("at", "position", "token", "passes")}) for e in head.edits)
    return Job(
        spec, session, plan, of_sampler({**recorded, **changed}), head.seed, earlier + tuple(edits),
        trunk=trunk, replayed=min(len(trunk), max(0, first - 1)), notes=head.notes, contrast=contrast,
    )  # fmt: skip


def _checked(sampler: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by their present names, each of a value it may have."""
    found = {}
    for key, value in settings.items():
        setting = find_setting(sampler, key)
        found[setting.name] = setting.check(value)
    return found


def replay(trace: Trace) -> Trace:
    """The sampler run again on the recorded predictions alone, without any model. Raises TraceError where it does not fit."""
    from ..backends.recorded import RecordedBackend

    session = RecordedBackend(trace).open(Request(None, trace.head.prompt, len(trace.start), trace.head.scene))
    again = collect([fork(trace, session, at=len(trace) + 1)])[0]
    return replace(again, head=trace.head)
