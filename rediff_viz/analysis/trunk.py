"""A recorded run made ready to be forked: its checkpoint, picture and prompt as it had them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..backends import EyeEdit, Request, Session, open_checkpoint
from ..run.recording import picture_facts
from ..trace import Trace


def open_trunk(trace: Trace, picture: Any = None, models: Path | None = None) -> Session:
    """The session that the trace's lane had; `picture` is its PIL image.

    Raises ValueError, in one sentence, where the checkpoint is not here or has other weights, or the picture is missing or another.
    """
    head = trace.head
    try:
        backend = open_checkpoint(head.checkpoint, models)
    except ValueError as error:
        raise ValueError(f"the run cannot go on without its checkpoint: {error}") from None
    ours, theirs = backend.card.sha256, head.checkpoint_sha256
    if ours and theirs and ours != theirs:
        raise ValueError(f"the run was made by other weights of {head.checkpoint} than are here, so a branch would not be comparable")
    shown = picture_facts(picture)
    if head.picture and not shown:
        raise ValueError("the run has a picture, which is not here; a picture.png beside the trace is used where there is one")
    if head.picture and shown and head.picture.get("sha256") != shown["sha256"]:
        raise ValueError("this is another picture than the run's")
    eye_edits = tuple(EyeEdit(int(edit["cell"]), str(edit["noun"])) for edit in head.eye_edits)
    return backend.open(Request(picture if head.picture else None, head.prompt, len(trace.start), head.scene, eye_edits))
