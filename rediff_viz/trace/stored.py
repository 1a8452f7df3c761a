"""Which plain types of JSON or TOML a dataclass field may be stored as, read off its type hint."""

from __future__ import annotations

import collections.abc
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

_STORED: dict[Any, tuple[type, ...]] = {float: (int, float), tuple: (list,), collections.abc.Mapping: (dict,)}


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
