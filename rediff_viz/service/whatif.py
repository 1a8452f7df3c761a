"""What a branch is asked for: a run that is held or recorded, one of its lanes, a word of it, and the change.

Everything here may come from anywhere and is checked, each refusal one sentence. Positions and passes as the browser counts them:
positions from 0, pass 0 the canvas before the first forward pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL import Image

from ..analysis.eye import in_words
from ..analysis.trunk import open_trunk
from ..backends import EyeEdit, Session
from ..run import Edit
from ..samplers import SAMPLERS
from ..trace import Trace
from ..trace.visible import visible_text
from ..truth import scene_of, texts, wrong_words
from ..world.grammar import prompt_of
from ..world.nearest import true_word
from .asked import HALF, MAX_PASSES, UNFIT
from .choices import MAX_LANES
from .eye import eye_edits, read_cells
from .recordings import recorded_runs
from .run_store import FORGOTTEN, RunStore

RIVAL, WORD, RIGHT, HIDE, EYE = KINDS = ("rival", "word", "right", "hide", "eye")
MAX_WORD = 40  # characters
_CUT_SHORT = ("cancelled", "stopped by hand", "stopped by a signal")


@dataclass(frozen=True)
class Trunk:
    """A lane of a run that can be forked."""

    trace: Trace
    picture: Image.Image | None  # as the run is held
    path: tuple[str, ...]  # the changes that led to it

    def open(self) -> Session:
        """The session that the lane had. Raises ValueError where picture or checkpoint are not here, or are others."""
        if self.too_small:
            raise ValueError(self.too_small)
        return open_trunk(self.trace, self.picture)

    @property
    def cut_short(self) -> bool:
        """Whether the run was stopped, so that nothing can be compared with it."""
        return self.trace.head.stopped in _CUT_SHORT

    @property
    def too_small(self) -> str:
        """A sentence where the picture is held smaller than the run read it; else ""."""
        read, held = self.trace.head.picture, self.picture
        if not read or not held or (read.get("width"), read.get("height")) == held.size:
            return ""
        return f"The picture is held here at {held.width} x {held.height} px only, smaller than the run read it; run a smaller one."


@dataclass(frozen=True)
class Wish:
    """A change that is asked for, of the right types and within the run."""

    kind: str  # of KINDS
    lane: int
    position: int
    seen: int  # the pass that is looked at
    written: int  # the pass that wrote the word, or proposed one for a mask
    rival: int = 0  # which candidate of that pass
    word: str = ""
    held: bool = False  # to the end, not once
    cells: tuple[int, ...] = ()  # of what the eye saw, for kind "eye"


@dataclass(frozen=True)
class Change:
    """A change that can be made."""

    edit: Edit | None  # None: what the eye saw is changed
    word: str  # "" for a word hidden
    title: str  # What if word 6 were “cats”, from pass 3 on?
    step: str  # word 6 “cats”
    eye_edits: tuple[EyeEdit, ...] = ()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """As `fork` takes them."""
        return () if self.edit is None else (self.edit,)

    @property
    def at(self) -> int:
        """The first pass that it can change, from 1."""
        return 1 if self.edit is None else self.edit.at


def find_trunk(store: RunStore, asked: object, session: str | None = None, whole: bool = True) -> Trunk:
    """The lane that {"run", "lane"} name: of a run of this page session (None: of any), or of a recorded one. Raises ValueError."""
    given = asked if isinstance(asked, dict) else {}
    traces, picture, path = _held(store, given.get("run"), session)
    lane = _whole(given.get("lane"), 0, len(traces) - 1)
    trace = traces[lane]
    trunk = Trunk(trace, picture, path if lane or not path else path[:-1])  # lane 0 of a branch is its trunk
    if (whole and trunk.cut_short) or not len(trace):
        raise ValueError("This run was stopped before its end, so there is nothing to compare a branch with; run it again.")
    return trunk


def _held(store: RunStore, run: object, session: str | None) -> tuple[tuple[Trace, ...], Image.Image | None, tuple[str, ...]]:
    """The traces, the picture and the path of a run."""
    if isinstance(run, str) and (recorded := recorded_runs().get(run)):
        return recorded.traces, recorded.picture, ()
    stored = store.find(run)
    if stored is None or not stored.traces or session not in (None, stored.session):
        raise ValueError(FORGOTTEN)
    return stored.traces, stored.picture, stored.path


def read_wish(asked: object, trace: Trace) -> Wish:
    """What a browser asks to change in a lane. Raises ValueError."""
    given: dict[str, Any] = asked if isinstance(asked, dict) else {}
    kind, word, held = given.get("kind"), given.get("word", ""), given.get("held", False)
    if kind not in KINDS or not isinstance(held, bool):
        raise ValueError(UNFIT)
    if not isinstance(word, str) or len(word) > MAX_WORD or HALF.search(word):
        raise ValueError(f"A word to try must be a text of at most {MAX_WORD} whole characters.")
    seen = _whole(given.get("pass"), 0, len(trace))
    written = _whole(given.get("written"), 0, seen)
    most = trace.top_ids.shape[2] - 1 if written else -1
    rival = _whole(given.get("rival"), 0, most) if kind == RIVAL else 0
    lane, position = _whole(given.get("lane"), 0, MAX_LANES - 1), _whole(given.get("position"), 0, len(trace.start) - 1)
    return Wish(kind, lane, position, seen, written, rival, word.strip(), held, read_cells(given.get("cells", [])))


def _whole(value: object, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise ValueError(UNFIT)
    return value


def remedy(store: RunStore, asked: object) -> dict[str, str]:
    """{"word": what the nearest true caption has in place of a wrong word}, "" where there is none; {"word": ""} for what does not fit."""
    given = asked if isinstance(asked, dict) else {}
    try:
        trace = find_trunk(store, given).trace
        return {"word": right_word(trace, read_wish({**given, "kind": RIGHT}, trace)) or ""}
    except ValueError:
        return {"word": ""}


def right_word(trace: Trace, wish: Wish) -> str | None:
    """The word that the true caption nearest to the text, as it stands after the pass looked at, has in place of a wrong one."""
    scene, seen = scene_of(trace), slice(wish.seen - 1, wish.seen)
    wrong = wrong_words(trace, seen) if wish.seen else None
    if scene is None or wrong is None or not wrong[0, wish.position]:
        return None
    return true_word(texts(trace, seen)[0], scene, wish.position, prompt_of(scene, trace.head.prompt))


def change_of(trace: Trace, session: Session, wish: Wish) -> Change:
    """The change as an edit of the lane, made as soon as the word stood there, with its words. Raises ValueError."""
    if wish.kind == EYE:
        edits = eye_edits(wish.cells, wish.word)
        return Change(
            None,
            wish.word,
            f"What if the eye had seen {in_words(edits)}?",
            f"{wish.word} in {len(edits)} cell{'s' * (len(edits) > 1)}",
            edits,
        )
    number, at = wish.position + 1, min(wish.written + 1, len(trace))
    if wish.kind == HIDE:
        edit = Edit(at, wish.position, trace.head.mask_id)
        return Change(edit, "", f"What if word {number} were not there in pass {at}?", f"word {number} hidden")
    token = _token(trace, session, wish)
    if wish.written and token == trace.canvas[wish.written - 1, wish.position]:
        raise ValueError("This word stands there already; choose another one.")
    text = "the end" if token == trace.head.eot_id else f"“{visible_text(session.backend.tokens([token])[0])}”"
    method = SAMPLERS.get(trace.head.sampler)  # None is refused where the fork is made
    overwrites = method is not None and bool({"revise", "remask"} & set(method.rules))
    when = f"put there once before pass {at}" if overwrites and not wish.held else f"from pass {at} on"
    edit = Edit(at, wish.position, token, MAX_PASSES if wish.held else 1)
    return Change(edit, text.strip("“”"), f"What if word {number} were {text}, {when}?", f"word {number} {text}")


def _token(trace: Trace, session: Session, wish: Wish) -> int:
    """The token that is to stand there. Raises ValueError for none, or one that the model may not write."""
    if wish.kind == RIVAL:
        token = int(trace.top_ids[wish.written - 1, wish.position, wish.rival])
    else:
        word = right_word(trace, wish) if wish.kind == RIGHT else wish.word
        if not word:
            raise ValueError("No word was given to try." if wish.kind == WORD else "Nothing true can be put in this one place.")
        token = _encoded(session, word)
    if token == session.backend.mask_id or token in session.backend.card.forbidden:
        raise ValueError("This is a sign of the model's own, not a word it may write; choose another one.")
    return token


def _encoded(session: Session, word: str) -> int:
    """The one token of a word; in a text without joiners, with the space before it where that is one token too."""
    backend, refusal = session.backend, f"“{visible_text(word)}” is not one word of this model's vocabulary."
    for text in [word] if backend.joiner else [f" {word}", word]:
        try:
            ids = backend.encode(text)
        except ValueError:
            raise ValueError(refusal) from None
        if len(ids) == 1:
            return int(ids[0])
    raise ValueError(refusal)
