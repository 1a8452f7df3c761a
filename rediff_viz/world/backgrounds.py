"""The eight settings as pictures: soft-edged layers computed from coordinates, at any scale.

A painter takes a `Sheet` (coordinates and the scene's random numbers) and returns (H, W, 3) float32
in 0..1. Knows nothing of sprites.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rediff_viz.world.sheet import Colour, Sheet, rgb


def paint(setting: str, seed: int, scale: int = 1) -> np.ndarray:
    """The background of a setting: (CANVAS x scale, CANVAS x scale, 3) uint8."""
    picture = PAINTERS[setting](Sheet(seed, scale))
    scaled: np.ndarray = np.clip(picture, 0, 1) * 255 + 0.5
    return scaled.astype(np.uint8)


def _over(picture: np.ndarray, mask: np.ndarray, colour: Colour | np.ndarray) -> None:
    """Lay a colour over the picture where the mask is, in place."""
    top = rgb(colour) if isinstance(colour, tuple) else colour
    picture += (top - picture) * mask[..., None]


def _brighten(picture: np.ndarray, amount: np.ndarray) -> None:
    """Brighten (or darken) by an amount per pixel, in place."""
    picture += amount[..., None]


def _beach(s: Sheet) -> np.ndarray:
    horizon, shore = s.number(0.2, 0.3), s.number(0.46, 0.56)
    picture = s.gradient((110, 190, 245), (225, 240, 250))
    water = s.gradient((24, 110, 190), (70, 205, 215))
    ripple = np.sin((s.y * 46) + s.noise(6) * 2.2) * 0.035
    _over(picture, s.edge(s.y - horizon, 0.006) + 0 * s.x, water + ripple[..., None])
    line = s.waves(shore, 0.014, 1.6)
    _over(picture, s.edge(s.y - line + 0.035, 0.02), (235, 250, 250))
    _over(picture, s.edge(s.y - line), (240, 214, 160))
    _brighten(picture, s.edge(s.y - line) * (s.noise(40) * 0.035 + s.noise(9) * 0.02))
    return picture


def _snow(s: Sheet) -> np.ndarray:
    picture = s.gradient((150, 184, 222), (226, 236, 246))
    for height, colour in ((0.34, (206, 222, 240)), (0.47, (226, 236, 248)), (0.64, (246, 250, 254))):
        ridge = s.waves(height + s.number(-0.04, 0.04), 0.03, s.number(0.5, 0.9))
        below = s.edge(s.y - ridge)
        _over(picture, below, colour)
        _brighten(picture, below * np.clip(1 - (s.y - ridge) * 7, 0, 1) * -0.035)
    _brighten(picture, s.noise(8) * 0.012)
    _over(picture, s.dots(26, 0.004, 0.011) * 0.9, (255, 255, 255))
    return picture


def _grass(s: Sheet) -> np.ndarray:
    picture = s.gradient((96, 178, 246), (206, 234, 252))
    cloud = np.clip(s.noise(4) * 1.1 - 0.3 - np.abs(s.y - 0.13) * 4, 0, 0.9)
    _over(picture, cloud, (255, 255, 255))
    for height, colour in ((0.3, (150, 206, 98)), (0.4, (122, 190, 78)), (0.56, (98, 174, 62))):
        ridge = s.waves(height + s.number(-0.03, 0.03), 0.028, s.number(0.4, 0.8))
        below = s.edge(s.y - ridge)
        _over(picture, below, colour)
        _brighten(picture, below * np.clip(1 - (s.y - ridge) * 6, 0, 1) * 0.05)
    blades = np.sin(s.x * 330 + s.noise(30) * 5) * s.noise(36)
    _brighten(picture, s.edge(s.y - 0.42, 0.1) * blades * 0.06)
    return picture


def _sea(s: Sheet) -> np.ndarray:
    picture = s.gradient((44, 178, 214), (8, 50, 116))
    slant = s.number(-0.5, 0.5)
    rays = np.clip(np.sin((s.x + slant * s.y) * s.number(16, 24) + s.noise(3)), 0, 1) * (1 - s.y) ** 1.5
    _brighten(picture, rays * 0.17)
    _brighten(picture, s.noise(7) * 0.022)
    floor = s.waves(s.number(0.82, 0.89), 0.014, 1.3)
    _over(picture, s.edge(s.y - floor) * 0.85, (150, 160, 138))
    _brighten(picture, s.edge(s.y - floor) * s.noise(34) * 0.03)
    _over(picture, s.dots(12, 0.006, 0.018, 0.05, 0.8) * 0.38, (190, 240, 250))
    return picture


def _space(s: Sheet) -> np.ndarray:
    picture = s.gradient((14, 12, 40), (26, 16, 58))
    _over(picture, np.clip(s.noise(3) * 0.5 + s.noise(8) * 0.16, 0, 0.6), (92, 44, 132))
    _over(picture, np.clip(s.noise(4) * 0.4 + s.noise(9) * 0.14 - 0.1, 0, 0.45), (26, 92, 148))
    _over(picture, s.dots(24, 0.003, 0.005) * 0.8, (200, 214, 255))
    _over(picture, s.dots(9, 0.005, 0.009), (255, 250, 228))
    return picture


def _desert(s: Sheet) -> np.ndarray:
    picture = s.gradient((252, 176, 98), (255, 232, 178))
    sun_x, sun_y = s.number(0.15, 0.85), s.number(0.08, 0.2)
    _over(picture, np.clip(1.1 - np.hypot(s.x - sun_x, s.y - sun_y) * 3.2, 0, 0.8), (255, 246, 214))
    for height, colour in ((0.34, (226, 150, 88)), (0.45, (216, 134, 70)), (0.62, (230, 156, 84))):
        ridge = s.waves(height + s.number(-0.04, 0.04), 0.045, s.number(0.35, 0.7))
        below = s.edge(s.y - ridge)
        _over(picture, below, colour)
        _brighten(picture, below * np.clip(1 - (s.y - ridge) * 5, 0, 1) * 0.09)
    _brighten(picture, s.edge(s.y - 0.55, 0.1) * np.sin(s.y * 120 + s.noise(5) * 5) * 0.022)
    return picture


def _building(s: Sheet, picture: np.ndarray, across: tuple[float, float], down: tuple[float, float], wall: tuple[float, ...]) -> None:
    """A house front with rows of pale windows, in place."""
    columns = slice(max(0, int(across[0] * s.side)), max(0, int(across[1] * s.side)))
    rows = slice(int(down[0] * s.side), int(down[1] * s.side))
    x, y = s.x[:, columns], s.y[rows]
    panes = ((x - across[0]) % 0.06 > 0.028) & ((y - down[0]) % 0.085 > 0.045) & (y < down[1] - 0.03)
    front = np.array(wall, np.float32) / 255
    picture[rows, columns] = front + (rgb((226, 224, 204)) - front) * (panes * np.float32(0.55))[..., None]


_WALLS: tuple[Colour, ...] = ((222, 206, 188), (196, 212, 204), (206, 204, 224), (228, 204, 204), (214, 216, 196))


def _room(s: Sheet) -> np.ndarray:
    wall = _WALLS[int(s.number() * len(_WALLS))]
    floor, stripes = s.number(0.6, 0.7), s.number(34, 52)
    picture = s.gradient(wall, (wall[0] - 14, wall[1] - 14, wall[2] - 14))
    _brighten(picture, np.repeat(s.edge(np.sin(s.x * stripes), 0.25), s.side, axis=0) * 0.035)
    planks = s.gradient((196, 146, 96), (150, 98, 58))
    depth = np.clip((s.y - floor) / (1 - floor), 0, 1)
    lines = np.abs(np.sin((s.x - 0.5) / (0.45 + 0.75 * depth) * 16))
    planks *= (0.9 + 0.1 * s.edge(lines - 0.09, 0.06) + s.noise(12) * 0.03)[..., None]
    _over(picture, s.edge(s.y - floor, 0.004) + 0 * s.x, planks)
    board = s.edge(s.y - floor + 0.035, 0.004) * s.edge(floor - s.y, 0.004)
    _over(picture, board + 0 * s.x, (246, 240, 232))
    return picture


def _street(s: Sheet) -> np.ndarray:
    picture = s.gradient((178, 204, 228), (232, 236, 238))
    left, ground = -s.number(0, 0.1), s.number(0.5, 0.56)
    while left < 1:
        wide, top, shade = s.number(0.13, 0.22), s.number(0.1, 0.32), s.number(-12, 12)
        _building(s, picture, (left, left + wide - 0.008), (top, ground), tuple(c + shade for c in (172, 164, 172)))
        left += wide
    _over(picture, s.edge(s.y - ground, 0.005) + 0 * s.x, (196, 192, 186))
    _over(picture, s.edge(s.y - ground - 0.08, 0.005) + 0 * s.x, (92, 94, 102))
    _brighten(picture, s.edge(s.y - ground - 0.08, 0.005) * s.noise(44) * 0.02)
    dash = ((s.x + s.number()) % 0.25 < 0.15) & (np.abs(s.y - (ground + 0.29)) < 0.013)
    _over(picture, dash.astype(np.float32), (240, 230, 190))
    return picture


PAINTERS: dict[str, Callable[[Sheet], np.ndarray]] = {
    "beach": _beach, "snow": _snow, "grass": _grass, "sea": _sea,
    "space": _space, "desert": _desert, "room": _room, "street": _street,
}  # fmt: skip
