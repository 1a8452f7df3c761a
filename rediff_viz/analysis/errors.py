"""Which words of a run are errors, and what became of them.

An error is what the world's claims call wrong where the scene is known, else what differs from a reference text, else what a
reader marked. Shapes: N answer positions, S passes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from ..events import changes, previous_canvas
from ..trace import Trace
from ..truth import judgements, wrong_words
from ..world.claims import RIGHT


@dataclass(frozen=True)
class Errors:
    """The words that are wrong in each pass, and by what."""

    basis: str  # "claims", "reference" or "reader"
    wrong: np.ndarray  # (S, N) bool

    @property
    def wrong_before(self) -> np.ndarray:
        """(S, N) bool: the words that are wrong as each pass begins; none before the first."""
        return np.vstack([np.zeros_like(self.wrong[:1]), self.wrong[:-1]])

    @property
    def sentence(self) -> str:
        """By what a word is called wrong."""
        return {
            "claims": "Wrong is a word that carries a false claim about the scene, or a fault of grammar.",
            "reference": "Wrong is a word that is not in its place in the reference text.",
            "reader": "Wrong is a word that a reader marked wrong.",
        }[self.basis]


def errors(trace: Trace, reference: str | None = None, marked: Iterable[tuple[int, int]] = ()) -> Errors:
    """The errors of a run: by claims, else by a reference text, else the (position, token) pairs that a reader marked wrong.

    Raises ValueError where there is none of the three.
    """
    found = known_errors(trace, reference, marked)
    if found is None:
        raise ValueError("nothing says what is wrong: the scene is not known, and neither a reference text nor marked words were given")
    return found


def known_errors(trace: Trace, reference: str | None = None, marked: Iterable[tuple[int, int]] = ()) -> Errors | None:
    """As `errors`; None where nothing says what is wrong."""
    if reference is None and (wrong := wrong_words(trace)) is not None:
        return Errors("claims", wrong)
    if reference is not None:
        return Errors("reference", np.array([_unlike(trace, canvas, reference.lower().split()) for canvas in trace.canvas], dtype=bool))
    pairs = list(marked)
    if not pairs:
        return None
    wrong = np.zeros(trace.canvas.shape, dtype=bool)
    for position, token in pairs:
        wrong[:, position] |= trace.canvas[:, position] == token
    return Errors("reader", wrong)


def _unlike(trace: Trace, canvas: np.ndarray, reference: list[str]) -> np.ndarray:
    """(N,) bool: words of a canvas that the longest common parts of it and the reference leave out; masks and the end are no words."""
    end = np.flatnonzero(canvas == trace.head.eot_id) if trace.head.eot_id is not None else np.array([])
    places = [p for p in range(int(end[0]) if len(end) else len(canvas)) if canvas[p] != trace.head.mask_id]
    words = [text.strip().lower() for text in trace.tokens(canvas[places])]
    wrong = np.zeros(len(canvas), dtype=bool)
    wrong[places] = True
    for start, _, size in SequenceMatcher(None, words, reference, autojunk=False).get_matching_blocks():
        wrong[places[start : start + size]] = False
    return wrong


@dataclass(frozen=True)
class Fate:
    """An error from the pass that wrote it to the pass that ended it. Passes count from 0."""

    position: int
    born: int
    ended: int | None  # None: it stands in the final text
    mended: bool  # it ended because the sampler put another word there


def fates(trace: Trace, found: Errors) -> list[Fate]:
    """Every stretch of passes in which a position is wrong, in order of birth."""
    table = []
    for born, position in zip(*np.nonzero(found.wrong & ~found.wrong_before), strict=True):
        right = np.flatnonzero(~found.wrong[born:, position])
        ended = int(born + right[0]) if len(right) else None
        mended = ended is not None and bool(trace.canvas[ended, position] != trace.canvas[ended - 1, position])
        table.append(Fate(int(position), int(born), ended, mended))
    return table


@dataclass(frozen=True)
class RunNumbers:
    """What happened to the errors of a run."""

    first_error: tuple[int, int] | None  # (pass, position), from 0
    errors_at_end: int
    repairs: int  # revisions and remasks of the sampler after which the position is not wrong, and was
    harms: int  # of those after which the position is wrong, and was not
    half_life: float | None  # passes until half of the errors that arose had ended; None where fewer than half did
    preservation: float | None  # share of wrong visible words that a pass read and proposed again; None where no pass read one
    ever_right: int | None  # distinct right claims made in some pass, after EverPass of arXiv:2508.09138; None without claims
    right_at_end: int | None  # of them, those that stand at the end


def run_numbers(trace: Trace, found: Errors) -> RunNumbers:
    """The numbers of a run."""
    lives = fates(trace, found)
    first = min(((life.born, life.position) for life in lives), default=None)
    repairs, harms = repairs_and_harms(trace, found)
    claims = right_claims(trace) if found.basis == "claims" else None
    return RunNumbers(
        first_error=first,
        errors_at_end=int(found.wrong[-1].sum()) if len(trace) else 0,
        repairs=repairs,
        harms=harms,
        half_life=half_life(lives),
        preservation=preservation(trace, found),
        ever_right=None if claims is None else len(set().union(*claims)),
        right_at_end=None if claims is None else len(claims[-1]) if claims else 0,
    )


def right_claims(trace: Trace) -> list[set[tuple[str, str]]] | None:
    """The right claims (kind, text) of each pass; None where the scene is not known."""
    passes = judgements(trace)
    return None if passes is None else [{(c.kind, c.text) for c in one.claims if c.verdict == RIGHT} for one in passes]


def repairs_and_harms(trace: Trace, found: Errors) -> tuple[int, int]:
    """Revisions and remasks of the sampler that (mended, harmed) the word they met."""
    made = changes(trace)
    own = (made.kind > 0) & ~made.by_hand
    at, position = made.at[own], made.position[own]
    was, now = found.wrong_before[at, position], found.wrong[at, position]
    return int((was & ~now).sum()), int((~was & now).sum())


def half_life(lives: list[Fate]) -> float | None:
    """Passes from birth until half of the errors had ended; None where half of them never did, or there were none."""
    ages = sorted(life.ended - life.born if life.ended is not None else np.inf for life in lives)
    middle = ages[(len(ages) - 1) // 2] if ages else np.inf
    return None if middle == np.inf else float(middle)


def preservation(trace: Trace, found: Errors) -> float | None:
    """Share of the wrong words a pass could read that it proposed again; None where no pass read one."""
    read = found.wrong_before & (trace.read == previous_canvas(trace))
    return float((trace.ids == trace.read)[read].mean()) if read.any() else None
