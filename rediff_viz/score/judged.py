"""What a lane's texts claim, pass by pass, as the browser is sent it: every claim and fault once, and for each pass which it has."""

from __future__ import annotations

from typing import Any

from ..trace import Trace
from ..truth import judgements, scene_of, texts
from ..world import CANVAS, Scene
from ..world.phrases import noun_phrase
from ..world.reasons import why_fault, why_not_right


def judged(trace: Trace) -> dict[str, Any]:
    """The fields `claims`, `faults`, `judged` and `things` of a lane's end (docs/page.md); none where nothing can be judged."""
    passes, scene = judgements(trace), scene_of(trace)
    if passes is None or scene is None:
        return {}
    claims: dict[tuple[Any, ...], int] = {}  # a claim and its sentence -> its number, in order of appearance
    faults: dict[tuple[Any, ...], int] = {}
    rows = []
    for judgement, words in zip(passes, texts(trace), strict=True):
        made = [(c.kind, c.text, c.verdict, c.positions, c.groups, why_not_right(c, words, scene)) for c in judgement.claims]
        seen = [(fault.kind, fault.positions, why_fault(fault, words)) for fault in judgement.grammar]
        rows.append([[claims.setdefault(one, len(claims)) for one in made], [faults.setdefault(one, len(faults)) for one in seen]])
    return {"claims": _plain(claims), "faults": _plain(faults), "judged": rows, "things": _things(scene)}


def _plain(table: dict[tuple[Any, ...], int]) -> list[list[Any]]:
    """The keys as JSON has them."""
    return [[list(value) if isinstance(value, tuple) else value for value in key] for key in table]


def _things(scene: Scene) -> list[list[Any]]:
    """[name, [[left, top, right, bottom], ...]] of each group, its boxes in whole per mille of the picture's sides."""
    return [
        [" ".join(noun_phrase(group, sized=True)), [[round(1000 * edge / CANVAS) for edge in box] for box in group.boxes]]
        for group in scene.groups
    ]
