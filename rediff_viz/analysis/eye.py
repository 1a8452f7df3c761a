"""What an embedded eye saw of a picture, changed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..backends import EyeEdit, Session
from ..run import Job

SIDE = 7  # cells of a picture
NOTE = "What the eye saw was changed by hand"


def see_otherwise(session: Session, edits: Sequence[EyeEdit]) -> Session:
    """The session with cells of what its eye saw changed, beside those that were already.

    Raises ValueError, in one sentence, for a checkpoint without an eye of its own, a run without a picture, a cell or a noun that the
    eye does not have.
    """
    if not session.backend.concepts(session):
        name = session.backend.card.name
        why = "the run has no picture" if session.request.picture is None else f"{name} has no eye apart from the model that writes"
        raise ValueError(f"nothing that was seen can be changed: {why}")
    return session.backend.open(replace(session.request, eye_edits=(*session.request.eye_edits, *edits)))


def noted(job: Job) -> Job:
    """A job on a session that sees otherwise; its notes say so, in place of an earlier note."""
    others = (note for note in job.notes if not note.startswith(NOTE))
    return replace(job, notes=(*others, f"{NOTE}: {in_words(job.session.request.eye_edits)}."))


def in_words(edits: Sequence[EyeEdit]) -> str:
    """ "a dog in row 3, column 4 and row 3, column 5; nothing in row 1, column 1"."""
    last = {edit.cell: edit.noun for edit in edits}
    nouns = dict.fromkeys(last.values())
    parts = []
    for noun in nouns:
        places = [f"row {cell // SIDE + 1}, column {cell % SIDE + 1}" for cell, now in sorted(last.items()) if now == noun]
        shown = places if len(places) <= 3 else [*places[:2], f"{len(places) - 2} more cells"]
        what = f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}" if noun else "nothing"
        parts.append(f"{what} in {' and '.join(shown) if len(shown) < 3 else ', '.join(shown[:-1]) + ' and ' + shown[-1]}")
    return "; ".join(parts)
