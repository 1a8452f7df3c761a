"""What can be asked of the picture behind a word: what it would cost, or why not, and what an embedded eye saw there. Runs nothing long."""

from __future__ import annotations

from typing import Any

import numpy as np

from .eye import behind, seen_by
from .grounding import branch_cost, cannot, costs
from .run_store import RunStore
from .whatif import find_trunk

NOTHING: dict[str, Any] = {"refused": "", "costs": {}, "eye": None}


def look(store: RunStore, asked: object) -> dict[str, Any]:
    """{"refused": why nothing can be asked, or "", "costs": in words, of each scope and of branches, "eye": the cells behind the word}.

    "eye" is None where there is no such eye. `asked` is {"run", "lane", "position", "pass"} from a browser; what does not fit is refused.
    """
    given: dict[str, Any] = asked if isinstance(asked, dict) else {}
    try:
        trunk = find_trunk(store, given, whole=False)
    except ValueError as error:
        return {**NOTHING, "refused": str(error)}
    trace, position, seen = trunk.trace, given.get("position"), given.get("pass")
    if type(position) is not int or not 0 <= position < len(trace.start) or type(seen) is not int or not 0 <= seen <= len(trace):
        return NOTHING
    column = np.concatenate([trace.start[position : position + 1], trace.canvas[:, position]])  # (1 + S,)
    changed = np.flatnonzero(np.diff(column[: seen + 1])) + 1  # passes, from 1, that changed the place
    written = int(changed[-1]) if len(changed) else 0
    token = column[seen]
    eye = None if trunk.cut_short else behind(seen_by(store, given["run"], given["lane"]), trace, trace.tokens([token])[0])
    prices = costs(trace, position) | {"branch": branch_cost(trace, written), "anew": branch_cost(trace, 0)}
    return {"refused": cannot(trunk), "costs": prices, "eye": eye}
