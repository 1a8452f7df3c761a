"""What an embedded eye saw behind a word, cell by cell, and the change of a cell that a browser asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..analysis.eye import SIDE
from ..analysis.trunk import open_trunk
from ..backends import EyeEdit, find_card
from ..trace import Trace
from ..trace.visible import visible_text
from ..world.claims import COUNTS, NOUN_OF
from ..world.things import PHRASES, SIZES, TINTS
from ..world.vocabulary import NUMBERS
from .asked import UNFIT
from .concept_grid import EVERYWHERE
from .recordings import recorded_runs
from .run_store import RunStore

Seen = Mapping[str, np.ndarray]  # concept -> (7, 7, values) probabilities
CELLS = SIDE * SIDE
NOTHING = "nothing"  # to be seen in a cell
_SETTING_OF = {phrase[-1]: setting for setting, phrase in PHRASES.items()}


def concept_of(word: str) -> tuple[str, str] | None:
    """The concept and value that a word names: cats -> noun, cat."""
    if word in NOUN_OF:
        return "noun", NOUN_OF[word]
    if word in COUNTS and COUNTS[word] <= 3:
        return "count", NUMBERS[COUNTS[word]]
    if word in _SETTING_OF:
        return EVERYWHERE, _SETTING_OF[word]
    return ("tint", word) if word in TINTS else ("size", word) if word in SIZES else None


def seen_by(store: RunStore, run: str, lane: int) -> Seen:
    """What the lane's eye saw; {} where it has none or it is not here."""
    if run in recorded_runs():
        return _recorded(run, lane)
    stored = store.find(run)
    return stored.concepts[lane] if stored is not None and lane < len(stored.concepts) else {}


@lru_cache(maxsize=64)
def _recorded(run: str, lane: int) -> Seen:
    recorded = recorded_runs()[run]
    trace = recorded.traces[lane]
    try:
        if recorded.picture is None or not names_of(trace):
            return {}
        session = open_trunk(trace, recorded.picture)
    except ValueError:
        return {}
    return dict(session.backend.concepts(session))


def names_of(trace: Trace) -> dict[str, list[str]]:
    """concept -> the names of its values, in the model's order, as the lane's checkpoint has them; {} where it has no such eye."""
    try:
        named = find_card(trace.head.checkpoint).options.get("concepts", {})
    except ValueError:
        return {}
    return {str(name): [str(value) for value in values] for name, values in named.items()}


def behind(seen: Seen, trace: Trace, word: str) -> dict[str, Any] | None:
    """The cells behind a word, for the Score; None without an eye.

    {"sentence", "cells": 49 per mille of the word's own concept, [] where it names none, "likeliest": 49 indices into "nouns",
    "sure": 49 per mille, "nouns": names, "" for nothing}.
    """
    names = names_of(trace)
    if "noun" not in seen or len(names.get("noun", ())) != seen["noun"].shape[-1]:
        return None
    nouns = seen["noun"].reshape(CELLS, -1)
    named = concept_of(word)
    cells: list[int] = []
    if named is not None and named[1] in names.get(named[0], ()) and named[0] in seen:
        share = seen[named[0]].reshape(CELLS, -1)[:, names[named[0]].index(named[1])]
        cells = _mille(share)
        sentence = _sentence(named, share, nouns, names["noun"])
    else:
        sentence = f"The eye has no concept for “{visible_text(word)}”; this is the thing that it saw in each cell."
    return {
        "sentence": sentence, "cells": cells, "likeliest": nouns.argmax(-1).tolist(), "sure": _mille(nouns.max(-1)), "nouns": names["noun"],
    }  # fmt: skip


def _sentence(named: tuple[str, str], share: np.ndarray, nouns: np.ndarray, names: Sequence[str]) -> str:
    concept, value = named
    what = {"noun": f"{'an' if value[0] in 'aeiou' else 'a'} {value}", "count": f"{value} of a kind"}.get(concept, f"something {value}")
    if concept == EVERYWHERE:
        return f"Of the whole picture the eye thought “{value}” with probability {share.mean():.2f}."
    count, best = int((share >= 0.5).sum()), int(share.argmax())
    if count:
        return f"The eye saw {what} in {count} cell{'' if count == 1 else 's'}."
    where = f"row {best // SIDE + 1}, column {best % SIDE + 1}"
    there = names[int(nouns[best].argmax())] or "nothing"
    return f"The eye saw {what} nowhere: at most {share[best]:.2f}, in {where}, where it rather saw {there}."


def _mille(share: np.ndarray) -> list[int]:
    per_mille: list[int] = np.round(np.asarray(share, np.float64) * 1000).astype(int).tolist()
    return per_mille


def read_cells(given: object) -> tuple[int, ...]:
    """Cells of what the eye saw, each once. Raises ValueError for what is none."""
    if not isinstance(given, list) or any(type(cell) is not int or not 0 <= cell < CELLS for cell in given):
        raise ValueError(UNFIT)
    return tuple(sorted(set(given)))


def eye_edits(cells: Sequence[int], noun: str) -> tuple[EyeEdit, ...]:
    """The change that makes these cells a noun, or nothing. Raises ValueError without a cell or a noun."""
    if not cells:
        raise ValueError("Choose at least one cell of what the eye saw.")
    if not noun:
        raise ValueError("Say what the chosen cells shall be: a thing that the eye knows, or nothing.")
    return tuple(EyeEdit(cell, "" if noun == NOTHING else noun) for cell in cells)
