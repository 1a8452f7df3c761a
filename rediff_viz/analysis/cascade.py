"""How far one word reaches: every commit of a run replaced in turn, and what changes downstream.

Leave-one-out: a commit's word is replaced by its runner-up, or hidden for one pass, from the next pass on, and the run goes on
with everything else equal. All branches run together, those of one pass in one forward pass, and what lies before a fork is
played back, never computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..backends.base import Session
from ..events import changes
from ..run import Edit, Job, Recording, fork, loop
from ..trace import Trace
from ..truth import wrong_words
from .branches import Control, compared, differing
from .cost import forked_passes
from .effects import FLOOR, Effect, effects

RUNNER_UP, HIDDEN = "runner-up", "hidden"
MOST = 128  # causes; of a longer run so many are drawn
FAINT = 0.01  # nats: a change of a log-probability below the floor that is still listed, apart


@dataclass(frozen=True)
class Cause:
    """A word that a pass committed, and what was put in its place. Positions and passes count from 0."""

    position: int
    at: int
    token: int
    put: int  # the runner-up, or the mask
    how: str = RUNNER_UP


@dataclass(frozen=True)
class Consequence:
    """What one cause did."""

    cause: Cause
    effects: tuple[Effect, ...]
    changed: np.ndarray  # (N,) bool: other final words that differ
    made_wrong: np.ndarray  # (N,) bool: final words that are wrong, and are not without the cause
    made_right: np.ndarray  # (N,) bool: final words that are right, and are wrong without the cause
    faint: tuple[Effect, ...] = ()  # log-probabilities that moved, by more than FAINT and not more than the floor


@dataclass(frozen=True)
class Cascade:
    """The causes of a run, with what each of them did."""

    trunk: Trace
    control: Control
    consequences: tuple[Consequence, ...]
    commits: int  # how many the run has; more than there are consequences where some were drawn or no pass reads them
    unread: int  # of them, those of the last pass
    floor: float  # nats: the least change of a log-probability that counts, at least twice the control's own
    passes: int  # forward passes computed, control included; a batch counts once for each of its canvases

    @property
    def sentence(self) -> str:
        """How many causes were tried, and whether what follows may be called effects."""
        many = len(self.consequences)
        which = f"All {many} committed words" if many == self.commits else f"{many} of {self.commits} committed words"
        unread = f" Those of the last pass ({self.unread}) are read by none." if self.unread else ""
        return f"{which} were replaced in turn.{unread} {self.control.sentence}"


def causes(trace: Trace, how: str = RUNNER_UP, most: int = MOST, seed: int = 0) -> list[Cause]:
    """The sampler's commits that a later pass could read, at most `most` of them, drawn evenly, in order of passes.

    A commit without a recorded runner-up is left out. Raises ValueError for an unknown `how`.
    """
    if how not in (RUNNER_UP, HIDDEN):
        raise ValueError(f"{how!r} is no way to replace a word, expected {RUNNER_UP} or {HIDDEN}")
    made = changes(trace)
    chosen = np.flatnonzero((made.kind == 0) & ~made.by_hand & (made.at < len(trace) - 1))
    found = []
    for k in chosen:
        at, position, token = int(made.at[k]), int(made.position[k]), int(made.new[k])
        put = trace.head.mask_id if how == HIDDEN else runner_up(trace, at, position, token)
        if put is not None:
            found.append(Cause(position, at, token, put, how))
    if len(found) <= most:
        return found
    drawn = np.random.default_rng(seed).choice(len(found), most, replace=False)
    return [found[i] for i in sorted(drawn)]


def runner_up(trace: Trace, at: int, position: int, token: int) -> int | None:
    """The likeliest other token of a pass at a position, the mask left out; None where none is recorded."""
    options = (int(i) for i in trace.top_ids[at, position])
    return next((i for i in options if i not in (token, trace.head.mask_id)), None)


def cascade(
    trunk: Trace, session: Session, chosen: Sequence[Cause] | None = None, on_tick: Callable[[int, int], bool] | None = None
) -> Cascade:
    """Replace every one of the `chosen` causes (default: all commits) in turn.

    `on_tick(pass, passes)` is called after each batch of forward passes; when it returns False, the rest is left out, and with
    it every branch that had not ended: ValueError then.
    """
    picked = causes(trunk) if chosen is None else list(chosen)
    jobs = cascade_jobs(trunk, session, picked)
    recording = Recording(jobs)
    for number, tick in enumerate(loop(jobs)):
        recording.add(tick)
        if on_tick is not None and not on_tick(number + 1, len(trunk)):
            raise ValueError("the analysis was stopped before its branches had ended")
    return cascade_of(trunk, picked, recording)


def cascade_jobs(trunk: Trace, session: Session, picked: Sequence[Cause]) -> list[Job]:
    """The forks to run: the control, from the first cause on without a change, then one for each cause."""
    first = min((cause.at for cause in picked), default=len(trunk) - 1) + 1
    return [
        fork(trunk, session, at=first + 1),
        *(fork(trunk, session, [Edit(cause.at + 2, cause.position, cause.put)]) for cause in picked),
    ]


def cascade_passes(trunk: Trace, picked: Sequence[Cause]) -> int:
    """Forward passes of these forks, the control's among them, as far as the trunk went."""
    return forked_passes(trunk, [cause.at + 2 for cause in picked])


def cascade_of(trunk: Trace, picked: Sequence[Cause], recording: Recording) -> Cascade:
    """The cascade that the forks of `cascade_jobs`, run to their ends, show."""
    control, *branches = recording.traces()
    computed = sum(len(passes) - job.replayed for passes, job in zip(recording.passes, recording.jobs, strict=True))
    floor = max(FLOOR, 2 * noise(trunk, control))
    consequences = [_consequence(trunk, cause, branch, floor) for cause, branch in zip(picked, branches, strict=True)]
    made = changes(trunk)
    own = (made.kind == 0) & ~made.by_hand
    last = own & (made.at == len(trunk) - 1)
    return Cascade(trunk, compared(trunk, control), tuple(consequences), int(own.sum()), int(last.sum()), floor, computed)


def noise(trunk: Trace, control: Trace) -> float:
    """The largest change of an event's log-probability in a fork without a change, nats; infinite where its words differ."""
    found = effects(trunk, control, 0, floor=0.0)
    return max((abs(one.delta) if one.kind == "probability" else float("inf") for one in found), default=0.0)


def _consequence(trunk: Trace, cause: Cause, branch: Trace, floor: float) -> Consequence:
    other = differing(trunk, branch, [cause.position])
    none = np.zeros(len(other), dtype=bool)
    ours, theirs = _final_wrong(trunk), _final_wrong(branch)
    made_wrong = none if ours is None or theirs is None else other & ours & ~theirs
    made_right = none if ours is None or theirs is None else other & ~ours & theirs
    found = effects(trunk, branch, cause.at + 1, frozenset({cause.position}), min(FAINT, floor))
    clear = [effect.kind != "probability" or abs(effect.delta) > floor for effect in found]
    above, below = (tuple(effect for effect, is_clear in zip(found, clear, strict=True) if is_clear == want) for want in (True, False))
    return Consequence(cause, above, other, made_wrong, made_right, below)


def _final_wrong(trace: Trace) -> np.ndarray | None:
    wrong = wrong_words(trace, slice(-1, None))
    return None if wrong is None else wrong[-1]


def depth(cascade: Cascade) -> int:
    """Links of the longest chain of words, each changing the next in a later pass; 0 where nothing reached another word."""
    reached = {
        (one.cause.at, one.cause.position): {(e.at, e.position) for e in one.effects if e.kind != "probability"}
        for one in cascade.consequences
    }
    longest: dict[tuple[int, int], int] = {}
    for event in sorted(reached, reverse=True):  # later events first
        longest[event] = max((1 + longest.get(after, 0) for after in reached[event]), default=0)
    return max(longest.values(), default=0)
