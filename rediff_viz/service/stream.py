"""A run as it happens: one message a tick, stopped within one pass. The page and the endpoint /run both come through here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import Future, wait
from threading import Thread
from typing import Any, TypeVar

from ..backends import find_card
from ..backends.progress import in_words, progress
from ..backends.zerogpu import gpu_call, seconds
from ..images import data_url
from ..run import Job, Recording, Tick, jobs, loop, parse_lane
from ..score.caution import caution
from ..score.messages import LaneHead, Message, MessageEncoder
from ..truth import scene_words
from .asked import MAX_PASSES, Asked, check, check_work, planned_passes
from .run_store import StoredRun, title_of
from .status import stopped_line

Made = TypeVar("Made")
INTRO = "Each lane fills the same places. Watch where they part."


def run(
    stored: StoredRun,
    lanes: object,
    *,
    scene: dict[str, Any] | None,
    prompt: object,
    tokens_per_pass: object,
    seed: object,
    length: object = None,
    block: object = None,
    temperature: object = None,
    allowed: Collection[str] | None = None,
) -> Iterator[Message | str]:
    """The messages of a run, as they come, and before them, as plain text, what is being downloaded and loaded.

    `stored` holds the messages, and the traces at the end. The arguments may come from anywhere: they are checked here, and
    only the checkpoints `allowed` are opened (None: those that can run here). Raises ValueError, in one sentence.
    """
    return _messages(stored, check(lanes, prompt, tokens_per_pass, length, block, temperature, seed, allowed), scene)


def _messages(stored: StoredRun, asked: Asked, scene: dict[str, Any] | None) -> Iterator[Message | str]:
    with stored.going() as given:
        picture = given if any(find_card(parse_lane(lane).checkpoint).takes_picture for lane in asked.lanes) else None
        if picture is None:
            stored.picture = None  # text models beside each other
        opened = yield from while_waiting(
            lambda: jobs(
                asked.lanes, picture, prompt=asked.prompt, scene=scene, length=asked.length, tokens_per_pass=asked.tokens_per_pass,
                block=asked.block, temperature=asked.temperature, seed=asked.seed, limit=MAX_PASSES,
            ),
            stored,
        )  # fmt: skip
        if opened is None:
            return
        check_work(opened)
        encoder = MessageEncoder(stored.run, [lane_head(job) for job in opened])
        stored.title = title_of(asked.lanes)
        stored.concepts = tuple(dict(job.session.backend.concepts(job.session)) for job in opened)
        about = f"{asked.tokens_per_pass:g} word{'' if asked.tokens_per_pass == 1 else 's'} a pass"
        if asked.temperature:
            about += f" · temperature {asked.temperature:g} · seed {asked.seed}"
        shown = None if stored.picture is None else data_url(stored.picture)
        cards = [job.session.backend.card for job in opened]
        sighted, embedded = any(card.takes_picture for card in cards), any(card.backend == "world" for card in cards)
        known = caution(scene is not None, picture is not None, sighted, embedded)
        words = {"about": about, "intro": INTRO if len(opened) > 1 else "", "caution": known, "scene_words": scene_words(scene)}
        yield stored.add(encoder.opening("live", stored.title, shown, **words))
        yield from _ticks(stored, encoder, opened)


def while_waiting(work: Callable[[], Made], stored: StoredRun) -> Generator[str, None, Made | None]:
    """`work` in a thread of its own; yields what downloads and loads report meanwhile, returns what it returns.

    None when the visitor stops waiting. That does not end the load: the checkpoint is then there for the next run.
    """
    future: Future[Made] = Future()
    latest = [""]

    def act() -> None:
        with progress(lambda done, total, what: latest.__setitem__(0, in_words(done, total, what))):
            try:
                future.set_result(work())
            except BaseException as failed:
                future.set_exception(failed)

    Thread(target=act, daemon=True, name="open").start()
    shown = ""
    while not wait([future], timeout=0.25).done:
        if stored.stop:
            return None
        if latest[0] != shown:
            shown = latest[0]
            yield shown
    return future.result()


def _gpu_seconds(opened: Sequence[Job]) -> int:
    checkpoints = {job.session.backend.card.name for job in opened}
    return seconds([planned_passes(job) for job in opened], max(job.network_rows for job in opened), len(checkpoints))


@gpu_call(_gpu_seconds)
def gpu_loop(opened: Sequence[Job]) -> Iterator[Tick]:
    """`loop`, in one call that has a GPU where the platform attaches one by the call."""
    yield from loop(opened)


def ticks_of(opened: Sequence[Job]) -> Any:
    """The generator of the jobs' ticks, with a GPU where they need one that is attached by the call."""
    return (gpu_loop if any(job.session.backend.card.repo for job in opened) else loop)(opened)


def _ticks(stored: StoredRun, encoder: MessageEncoder, opened: Sequence[Job]) -> Iterator[Message]:
    recording = Recording(opened)
    ticks = ticks_of(opened)
    try:
        for tick in ticks:
            recording.add(tick)
            if tick.records:
                yield stored.add(encoder.tick(tick.records))
            if stored.stop:
                break
    finally:
        ticks.close()
        stored.traces = tuple(recording.traces("stopped by hand"))
        stored.add(encoder.ending(stored.traces, "" if recording.complete else stopped_line(stored.traces)))
    yield stored.messages[-1]


def lane_head(job: Job) -> LaneHead:
    """What is known of a lane before it begins."""
    backend, planned = job.session.backend, planned_passes(job)
    return LaneHead(str(job.lane), job.plan.canvas(), planned, backend.mask_id, backend.eot_id, backend.tokens, job.provenance, job.notes)
