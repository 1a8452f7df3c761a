"""What a run may be asked for: types, ranges, checkpoints and work, refused in one sentence before anything is computed."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..backends.hardware import gpu_gb
from ..run import Job, parse_lane
from ..samplers import SAMPLERS
from . import choices

MAX_LENGTH = 1024  # answer positions
MAX_PASSES = 512  # of a lane
MAX_PROMPT = 4000  # characters
UNFIT = "This is no change that can be made to a run: a word, a pass or a choice does not fit."
HALF = re.compile("[\ud800-\udfff]")  # half a character, which no file can hold
MAX_LANE = 400  # characters
WORK_CPU, WORK_GPU = 2**15, 2**19  # positions read in a run at most: of all lanes, passes x network rows x length


@dataclass(frozen=True)
class Asked:
    """A run's arguments, of the right types and within their ranges."""

    lanes: tuple[str, ...]
    prompt: str
    tokens_per_pass: float
    length: int | None  # None: the checkpoint's own
    block: int | None  # None: as the checkpoint's card says
    temperature: float | None
    seed: int


def check(
    lanes: object, prompt: object, tokens_per_pass: object, length: object, block: object, temperature: object, seed: object,
    allowed: Collection[str] | None = None,
) -> Asked:  # fmt: skip
    """Arguments from anywhere, checked; `allowed` are the names of the checkpoints, None: those that can run here. Raises ValueError."""
    prompt = "" if prompt is None else prompt
    if not isinstance(prompt, str) or len(prompt) > MAX_PROMPT or HALF.search(prompt):
        raise ValueError(f"prompt must be a text of at most {MAX_PROMPT} whole characters.")
    return Asked(
        lanes=_lanes(lanes, {card.name for card in choices.runnable()} if allowed is None else allowed),
        prompt=prompt,
        tokens_per_pass=8 if tokens_per_pass is None else _number("tokens_per_pass", tokens_per_pass, 0, MAX_LENGTH),
        length=None if length is None else _whole("length", length, 1, MAX_LENGTH),
        block=None if block is None else _whole("block", block, 0, MAX_LENGTH) or None,
        temperature=None if temperature is None else _number("temperature", temperature, 0, 2),
        seed=0 if seed is None else _whole("seed", seed, 0, 2**63 - 1),
    )


def _lanes(lanes: object, allowed: Collection[str]) -> tuple[str, ...]:
    given = list(lanes) if isinstance(lanes, list | tuple) else []
    named = tuple(lane for lane in given if isinstance(lane, str) and len(lane) <= MAX_LANE)
    if len(named) != len(given) or not 1 <= len(named) <= choices.MAX_LANES:
        raise ValueError('lanes must be a list of one to four names, e.g. ["denoise@world-plain"].')
    for lane in named:
        if parse_lane(lane).checkpoint not in allowed:
            here = ", ".join(sorted(name for name in allowed if "/" not in name))
            raise ValueError(f"{lane[:80]!r} names a checkpoint that is not here; here are {here}.")
    return named


def _number(name: str, value: object, low: float, high: float, whole: bool = False) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(value, int | float) and number and low <= value <= high and not (whole and value % 1):
        return value
    shown = f"{value:g}" if isinstance(value, int | float) and number and abs(value) < 1e15 else reprlib.repr(value)[:40]
    raise ValueError(f"{name} {shown} is not {'a whole number' if whole else 'a number'} between {low:g} and {high:g}.")


def _whole(name: str, value: object, low: float, high: float) -> int:
    return int(_number(name, value, low, high, whole=True))


def planned_passes(job: Job) -> int:
    """Forward passes a lane may take at most, for the length of its time axis."""
    return SAMPLERS[job.lane.sampler].planned_passes(job.plan, job.settings)


def most_work() -> int:
    """How many positions this machine reads in a run at most."""
    return WORK_GPU if gpu_gb() else WORK_CPU


def check_work(jobs: Sequence[Job]) -> None:
    """Raises ValueError, in one sentence, for more than this machine computes in one run."""
    each = [min(job.limit, planned_passes(job)) for job in jobs]
    passes, length = sum(each), max(job.plan.length for job in jobs)
    places = length * sum(many * job.network_rows for many, job in zip(each, jobs, strict=True))
    most = most_work()
    if places > most:
        read = f"{passes} passes over {length} places in {len(jobs)} lane{'s' if len(jobs) > 1 else ''}, {places:,} places read"
        raise ValueError(
            f"This run would take {read}; at most {most:,} are read in one run here. Fill more words in each pass, or take fewer lanes."
        )


def check_readings(rows: int, length: int) -> None:
    """Raises ValueError, in one sentence, for more readings of a text of `length` places than this machine computes at one time."""
    most = most_work()
    if rows * length > most:
        read = f"{rows:,} readings of {length} places, {rows * length:,} places read"
        raise ValueError(f"This would take {read}; at most {most:,} are read at one time here. Ask about one word, or on the command line.")
