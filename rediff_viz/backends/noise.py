"""Random numbers by name: the same key gives the same numbers, in any order, on any machine.

A key is (seed, lane, pass, purpose). Counter-based (Philox), so a draw does not depend on the draws made before it,
and a fork shares the noise of its trunk.
"""

from __future__ import annotations

import zlib

import numpy as np

from ..trace import Key


def generator(key: Key) -> np.random.Generator:
    """A numpy generator that belongs to this key alone."""
    seed, lane, number, purpose = key
    return np.random.Generator(np.random.Philox(key=[seed, lane], counter=[0, 0, number, zlib.crc32(purpose.encode())]))


def uniform(key: Key, shape: int | tuple[int, ...]) -> np.ndarray:
    """float64 in [0, 1) of the given shape."""
    return generator(key).random(shape)


def gumbel_argmax(logits: np.ndarray, temperature: float, key: Key) -> np.ndarray:
    """(N,) int64: argmax(logits - T ln(-ln u)), u from the key, in float64; logits (N, V).

    LLaDA's argmax(exp(z) / (-ln u)^T) without its overflow (ML-GSAI/LLaDA b7e6c35, generate.py).
    """
    u = np.maximum(uniform(key, logits.shape), np.finfo(np.float64).tiny)
    drawn: np.ndarray = np.argmax(logits.astype(np.float64) - temperature * np.log(-np.log(u)), axis=-1)
    return drawn
