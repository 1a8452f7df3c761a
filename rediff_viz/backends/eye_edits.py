"""What an embedded eye saw, with cells changed by hand. Shapes: 49 cells, row by row; C concept probabilities a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from .base import EyeEdit

NOUN, EVERYWHERE = "noun", "setting"
NEW = {"tint": "its own", "size": "small", "count": "one"}  # of a thing put where nothing was


def changed(grid: np.ndarray, edits: Sequence[EyeEdit], sizes: Mapping[str, int], names: Mapping[str, Sequence[str]]) -> np.ndarray:
    """The grid (49, C) with the noun of some cells changed; tint, size and count of a thing stay, nothing has none of them.

    sizes: concept -> how many values, in the grid's order; names: concept -> their names, "" for nothing. Raises ValueError for a
    cell or a noun that is not there.
    """
    grid = grid.copy()
    parts = dict(_parts(sizes))
    for edit in edits:
        if not 0 <= edit.cell < len(grid):
            raise ValueError(f"cell {edit.cell + 1} of what the eye saw, expected 1 to {len(grid)}")
        if edit.noun not in names.get(NOUN, ()):
            known = [name for name in names.get(NOUN, ()) if name]
            some = f"{', '.join(known[:3])} and {len(known) - 3} more" if len(known) > 3 else ", ".join(known) or "none"
            raise ValueError(f"the eye knows no {edit.noun[:40]!r}; it knows {some}")
        cell = grid[edit.cell]
        empty = not cell[parts[NOUN]].argmax()
        _surely(cell[parts[NOUN]], list(names[NOUN]).index(edit.noun))
        for concept in parts.keys() - {NOUN, EVERYWHERE}:
            if not edit.noun or empty:
                _surely(cell[parts[concept]], list(names[concept]).index(NEW[concept] if edit.noun else ""))
    return grid


def _parts(sizes: Mapping[str, int]) -> Iterator[tuple[str, slice]]:
    """Each concept with its columns."""
    first = 0
    for name, size in sizes.items():
        yield name, slice(first, first + size)
        first += size


def _surely(probabilities: np.ndarray, value: int) -> None:
    probabilities[:] = 0
    probabilities[value] = 1
