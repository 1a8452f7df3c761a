"""The sheet a background is painted on: coordinates, random numbers, soft edges, noise.

Everything is in shares of the picture's side, so the same seed looks the same at any scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from PIL import Image

from rediff_viz.world.things import CANVAS

Colour = tuple[int, int, int]
_FIELDS = 6  # noise fields per coarseness; a scene uses a window of one


class Sheet:
    """Where a background is painted: `x` (1, W) and `y` (H, 1) in 0..1, and its random numbers."""

    def __init__(self, seed: int, scale: int) -> None:
        self.scale = scale
        self.side = CANVAS * scale
        self.x, self.y = _axes(self.side)
        self._numbers: Iterator[float] = iter(np.random.default_rng([seed, 7]).random(160).tolist())

    def number(self, low: float = 0.0, high: float = 1.0) -> float:
        """The scene's next random number, uniform in low..high."""
        return low + (high - low) * next(self._numbers)

    def noise(self, cells: int) -> np.ndarray:
        """(H, W) smooth noise in about -1..1 with `cells` bumps across the picture."""
        field = _noise(cells, int(self.number() * _FIELDS), self.side)
        x, y = (int(self.number() * CANVAS) * self.scale for _ in range(2))
        return field[y : y + self.side, x : x + self.side]

    def edge(self, distance: np.ndarray, softness: float = 0.012) -> np.ndarray:
        """0 where distance < 0, 1 where it is > 0, a soft step between; float32."""
        return np.clip(distance * (0.5 / softness) + 0.5, 0, 1).astype(np.float32)

    def gradient(self, top: Colour, bottom: Colour) -> np.ndarray:
        """(H, W, 3) from one colour at the top to another at the bottom."""
        column = rgb(top) + (rgb(bottom) - rgb(top)) * self.y[..., None]
        return np.repeat(column, self.side, axis=1)

    def waves(self, height: float, swing: float, turns: float) -> np.ndarray:
        """(1, W) a wavy horizon around `height`."""
        phase, second = self.number(0, 6.28), self.number(0, 6.28)
        return height + swing * (np.sin(turns * 6.28 * self.x + phase) + 0.5 * np.sin(turns * 15 * self.x + second))

    def dots(self, amount: int, low: float, high: float, top: float = 0.0, bottom: float = 1.0) -> np.ndarray:
        """(H, W) soft round dots of radius low..high (shares of the side) between top and bottom."""
        out = np.zeros((self.side, self.side), np.float32)
        for _ in range(amount):
            u, v, radius = self.number(), self.number(top, bottom), self.number(low, high)
            reach = max(2, int(radius * self.side * 2))
            cx, cy = int(u * self.side), int(v * self.side)
            rows, columns = slice(max(0, cy - reach), cy + reach + 1), slice(max(0, cx - reach), cx + reach + 1)
            away = np.hypot(self.x[:, columns] - u, self.y[rows] - v)
            np.maximum(out[rows, columns], self.edge(radius - away, 0.006), out=out[rows, columns])
        return out


@lru_cache(maxsize=8)
def _axes(side: int) -> tuple[np.ndarray, np.ndarray]:
    line = ((np.arange(side) + 0.5) / side).astype(np.float32)
    return line[None, :], line[:, None]


@lru_cache(maxsize=256)
def _noise(cells: int, which: int, side: int) -> np.ndarray:
    """(2 side, 2 side) float32 smooth noise, the same field at every scale."""
    coarse = np.random.default_rng([cells, which]).normal(size=(2 * cells, 2 * cells)).astype(np.float32)
    return np.asarray(Image.fromarray(coarse * 0.6).resize((2 * side, 2 * side), Image.Resampling.BICUBIC))


@lru_cache(maxsize=256)
def rgb(colour: Colour) -> np.ndarray:
    """(3,) float32 in 0..1 of a colour in 0..255."""
    return np.array(colour, dtype=np.float32) / 255
