"""Plain values out of files: JSON that is not too deep, and which types a dataclass field may be stored as, read off its type hint."""

from __future__ import annotations

import collections.abc
import json
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

LIMIT_DEPTH = 32  # tables within tables
TOO_DEEP = f"it holds more than {LIMIT_DEPTH} tables within tables"
_STORED: dict[Any, tuple[type, ...]] = {float: (int, float), tuple: (list,), collections.abc.Mapping: (dict,)}


def read_json(text: str | bytes, **parse: Any) -> Any:
    """JSON as plain values; `parse` goes to json.loads. Raises ValueError for what is none, or is nested too deeply to be walked."""
    try:
        stored = json.loads(text, **parse)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    _check_depth(stored, LIMIT_DEPTH)
    return stored


def _check_depth(stored: object, depth: int) -> None:
    if depth < 0:
        raise ValueError(TOO_DEEP)
    if isinstance(stored, dict | list):
        for inner in stored.values() if isinstance(stored, dict) else stored:
            _check_depth(inner, depth - 1)


def stored_types(cls: type) -> dict[str, tuple[type, ...]]:
    """Field name -> the types its stored value may have: tuple[...] is a list, Mapping[...] a table, a float may be whole."""
    return {name: _types(hint) for name, hint in get_type_hints(cls).items()}


def _types(hint: Any) -> tuple[type, ...]:
    if get_origin(hint) in (Union, UnionType):
        return tuple(kind for part in get_args(hint) for kind in _types(part))
    kind = get_origin(hint) or hint
    return _STORED.get(kind, (kind,))


def has_type(value: Any, kinds: tuple[type, ...]) -> bool:
    """Whether a stored value is of one of these types; true and false are no numbers."""
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def expected(kinds: tuple[type, ...]) -> str:
    """The types in words, for an error: "int or float"."""
    return " or ".join(kind.__name__ for kind in kinds if kind is not NoneType)
