"""About how much memory a thing takes: arrays and pictures by their data, everything else as Python says, contents included."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

import numpy as np
from PIL import Image

_SHARED = range(-5, 257)  # Python holds one object for each of these


def size_of(thing: Any) -> int:
    """Bytes. What is held twice counts twice."""
    if isinstance(thing, int):
        return 0 if thing in _SHARED else sys.getsizeof(thing)
    if isinstance(thing, np.ndarray):
        return sys.getsizeof(thing) if thing.flags.owndata else sys.getsizeof(thing) + thing.nbytes
    if isinstance(thing, Image.Image):
        return thing.width * thing.height * (4 if len(thing.getbands()) > 1 else 1)  # Pillow pads RGB to four bytes
    if isinstance(thing, Mapping):
        return sys.getsizeof(thing) + sum(size_of(key) + size_of(value) for key, value in thing.items())
    if isinstance(thing, list | tuple | set | frozenset):
        return sys.getsizeof(thing) + sum(map(size_of, thing))
    if is_dataclass(thing):
        return sys.getsizeof(thing) + size_of(vars(thing))
    return sys.getsizeof(thing)
