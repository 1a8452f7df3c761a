"""A run as it happens: one message a tick, cancelled within one pass. Knows no Gradio."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, wait
from threading import Thread
from typing import Any, TypeVar, cast

from ..backends import find_card
from ..backends.progress import in_words, progress
from ..backends.zerogpu import on_gpu, seconds
from ..export import data_url
from ..run import Job, build, jobs, parse_lane, stream
from ..score import LaneHead, Scribe, scene_words
from ..trace import Row, Trace
from .choices import planned
from .ledger import Record, titles

Made = TypeVar("Made")
MOST_PASSES = 512  # a lane, on the page
OUTSIDE = (
    "The embedded model knows only its own small world: fifty things in eight places. In any other picture it names what is not there, "
    "and no word can be marked wrong, because nobody has told the page the truth. Describing photographs takes an 8B checkpoint and a GPU."
)


def run(
    record: Record,
    lanes: Sequence[str],
    *,
    scene: dict[str, Any] | None,
    prompt: str,
    tokens_per_pass: float,
    seed: int,
    length: int | None = None,
    block: int | None = None,
    temperature: float | None = None,
) -> Iterator[dict[str, Any] | str]:
    """The messages of a run, as they come, and before them, as plain text, what is downloaded and loaded.

    `record` keeps the messages, and the traces at the end. Raises ValueError, in one sentence.
    """
    if not any(find_card(parse_lane(lane).checkpoint).takes_picture for lane in lanes):
        record.picture = None  # text models beside each other
    made = yield from while_waiting(
        lambda: jobs(
            lanes, record.picture, prompt=prompt, scene=scene, length=length, tokens_per_pass=tokens_per_pass, block=block,
            temperature=temperature, seed=seed, limit=MOST_PASSES,
        ),
        record,
    )  # fmt: skip
    if made is None:
        return
    scribe = Scribe(record.run, [head(job) for job in made])
    record.title, record.seen = titles(lanes), saw(made)
    about = f"{tokens_per_pass:g} word{'' if tokens_per_pass == 1 else 's'} a pass"
    if temperature:
        about += f" · temperature {temperature:g} · seed {seed}"
    picture = None if record.picture is None else data_url(record.picture)
    beyond = scene is None and any(job.session.backend.card.backend == "world" for job in made)
    intro = OUTSIDE if beyond else "Each lane fills the same places. Watch where they part."
    message = scribe.opening("live", record.title, picture, about=about, intro=intro, scene_words=scene_words(scene))
    record.messages.append(message)
    yield message
    yield from _ticks(record, scribe, made)


def while_waiting(work: Callable[[], Made], record: Record) -> Generator[str, None, Made | None]:
    """`work` in a thread of its own; yields what downloads and loads tell meanwhile, returns what it returns.

    None when the visitor stops waiting. That does not end the load: the checkpoint is then there for the next run.
    """
    future: Future[Made] = Future()
    told = [""]

    def act() -> None:
        with progress(lambda done, total, what: told.__setitem__(0, in_words(done, total, what))):
            try:
                future.set_result(work())
            except BaseException as failed:
                future.set_exception(failed)

    Thread(target=act, daemon=True, name="open").start()
    said = ""
    while not wait([future], timeout=0.25).done:
        if record.stop:
            return None
        if told[0] != said:
            said = told[0]
            yield said
    return future.result()


def _duration(made: Sequence[Job]) -> int:
    checkpoints = {job.session.backend.card.name for job in made}
    return seconds([planned(job) for job in made], max(job.session.rows for job in made), len(checkpoints))


@on_gpu(_duration)
def borrowed(made: Sequence[Job]) -> Iterator[tuple[int, Row | Trace]]:
    """`stream`, on a GPU that is lent for all lanes together where the platform lends one."""
    yield from stream(made)


def _ticks(record: Record, scribe: Scribe, made: Sequence[Job]) -> Iterator[dict[str, Any]]:
    traces: dict[int, Trace] = {}
    rows: list[list[Row]] = [[] for _ in made]
    tick: dict[int, Row] = {}
    alive = set(range(len(made)))  # the lanes that have a pass in this tick
    going = (borrowed if any(job.session.backend.card.repo for job in made) else stream)(made)
    try:
        for i, item in going:
            if isinstance(item, Trace):
                traces[i] = item
                if i not in tick:
                    alive.discard(i)
            else:
                rows[i].append(item)
                tick[i] = item
            if tick and alive <= tick.keys():
                yield _sent(record, scribe.rows(tick.items()))
                tick, alive = {}, {lane for lane in alive if lane not in traces}
                if record.stop:
                    break
    finally:
        cast("Generator[Any]", going).close()
        if tick:
            record.messages.append(scribe.rows(tick.items()))
        stopped = len(traces) < len(made)
        record.traces = tuple(traces.get(i) or build(job, rows[i], stopped="stopped by hand") for i, job in enumerate(made))
        most = max(len(r) for r in rows)
        record.messages.append(scribe.ending(record.traces, f"Stopped after pass {most}." if stopped else ""))
    yield from record.messages[-2 if tick else -1 :]


def _sent(record: Record, message: dict[str, Any]) -> dict[str, Any]:
    record.messages.append(message)
    return message


def head(job: Job) -> LaneHead:
    """What is known of a lane before it begins."""
    from ..samplers import SAMPLERS

    backend = job.session.backend
    label = SAMPLERS[job.lane.sampler].provenance(job.settings)
    return LaneHead(str(job.lane), job.plan.canvas(), planned(job), backend.mask_id, backend.eot_id, backend.tokens, label, job.notes)


def saw(made: Sequence[Job]) -> dict[str, Any]:
    """What the first lane's eye saw, where its backend can tell: {concept: (7, 7, values)}."""
    session: Any = made[0].session
    tell = getattr(session.backend, "saw", None)
    return dict(tell(session)) if tell else {}
