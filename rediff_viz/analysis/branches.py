"""What-if: a recorded run played up to a pass, then run on with a word forced, hidden or a whole draft put in.

Everything else stays equal: the predictions before the fork are played back, the noise after it is the trunk's. What a branch
changes is an effect only as far as a control, a fork without any change, repeats the trunk. Shapes: N answer positions, S passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..backends.base import EyeEdit, Session
from ..run import Edit, collect, fork
from ..trace import Trace
from .eye import noted, see_otherwise

EXACT = 1e-4  # a control whose probabilities are within this of the trunk's repeats it


@dataclass(frozen=True)
class Control:
    """How closely a fork without a change repeats its trunk."""

    same_tokens: bool
    apart: float  # largest difference of a recorded probability

    @property
    def repeats(self) -> bool:
        """Whether differences of a branch may be called effects."""
        return self.same_tokens and self.apart <= EXACT

    @property
    def sentence(self) -> str:
        """What the control showed, in one sentence."""
        if self.repeats:
            return f"Run again without a change, the run repeats itself: the same words, probabilities within {max(self.apart, 1e-6):.0e}."
        words = "the same words" if self.same_tokens else "other words"
        return (
            f"Run again without a change, the run comes to {words}, probabilities up to {self.apart:.1e} apart: "
            "what differs in a branch cannot be called its effect."
        )


@dataclass(frozen=True)
class Branch:
    """A branch beside its trunk and the control."""

    trunk: Trace
    trace: Trace
    edits: tuple[Edit, ...]
    control: Control


def force(position: int, token: int, at: int, hold: int = 1) -> Edit:
    """Write a token before pass `at` (from 1) and hold it there before so many passes; held once, a method may overwrite it."""
    return Edit(at, position, token, hold)


def hide(trunk: Trace, position: int, at: int, passes: int = 1) -> Edit:
    """Put a mask in a position's place before pass `at` (from 1), for so many passes."""
    return Edit(at, position, trunk.head.mask_id, passes)


def draft(tokens: Sequence[int], at: int) -> tuple[Edit, ...]:
    """A whole draft (N,) put in before pass `at` (from 1)."""
    return tuple(Edit(at, position, int(token)) for position, token in enumerate(tokens))


def whatif(trunk: Trace, session: Session, edits: Sequence[Edit] = (), eye_edits: Sequence[EyeEdit] = ()) -> Branch:
    """The branch that some edits make; with changes to what the eye saw, it is written from the first pass on.

    Raises ValueError, in one sentence, where the trunk has no such pass or nothing is changed; as `see_otherwise` and `fork` else.
    """
    if edits or not eye_edits:
        check_passes(trunk, edits)
    first = 1 if eye_edits else min(edit.at for edit in edits)
    changed = fork(trunk, see_otherwise(session, eye_edits) if eye_edits else session, edits, at=first)
    control, branch = collect([fork(trunk, session, at=first), noted(changed) if eye_edits else changed])
    return Branch(trunk, branch, tuple(edits), compared(trunk, control))


def check_passes(trunk: Trace, edits: Sequence[Edit]) -> None:
    """Raises ValueError where no edit is given or one would be made before a pass that the trunk has not."""
    if not edits:
        raise ValueError("nothing is to be changed, expected at least one word to force or to hide")
    for edit in edits:
        if not 1 <= edit.at <= len(trunk):
            raise ValueError(f"a change before pass {edit.at}, expected 1 to {len(trunk)}: the run has {len(trunk)} passes")


def compared(trunk: Trace, control: Trace) -> Control:
    """What a fork without a change shows."""
    if trunk.canvas.shape != control.canvas.shape:
        return Control(False, 1.0)
    same = bool(np.array_equal(trunk.canvas, control.canvas) and np.array_equal(trunk.ids, control.ids))
    pairs = ((trunk.prob, control.prob), (trunk.input_prob, control.input_prob))
    return Control(same, max((float(np.nanmax(np.abs(a - b))) for a, b in pairs if a.size), default=0.0))


def changed_words(branch: Branch) -> np.ndarray:
    """(N,) bool: final words that differ from the trunk's, the edited positions left out."""
    return differing(branch.trunk, branch.trace, [edit.position for edit in branch.edits])


def differing(trunk: Trace, branch: Trace, skip: Sequence[int]) -> np.ndarray:
    """(N,) bool: final words of a branch that differ from the trunk's, these positions left out."""
    other = np.asarray(branch.final != trunk.final)
    other[list(skip)] = False
    return other
