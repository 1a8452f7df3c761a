"""The sprites: loading an atlas, resizing, tinting, and a sprite's natural colour.

Knows nothing of scenes. Everything is cached: a sprite at a side and a tint is computed once.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from typing import Any

import numpy as np
from PIL import Image

from rediff_viz.paths import ASSETS
from rediff_viz.world.things import NOUNS, STYLES, TINTS

FOLDER = ASSETS / "sprites"
HUE_DISTANCE = 30.0  # degrees: a tint nearer than this to a sprite's own hue is never used on it
_COLOURED = 0.2  # saturation x value above which a pixel's hue counts
_SHARE = 0.15  # share of a sprite's visible pixels that must be coloured before it has a hue


@lru_cache(maxsize=1)
def index() -> dict[str, Any]:
    """The contents of index.json: tile side, columns, nouns in atlas order, styles with licences."""
    contents: dict[str, Any] = json.loads((FOLDER / "index.json").read_text())
    return contents


@cache
def _atlas(style: str) -> Image.Image:
    if style not in STYLES:
        raise ValueError(f"style {style!r}, expected one of {', '.join(STYLES)}")
    return Image.open(FOLDER / index()["styles"][style]["file"]).convert("RGBA")


@cache
def original(noun: str, style: str) -> Image.Image:
    """The sprite as stored, 64 x 64 RGBA, cropped to its content and centred."""
    if noun not in NOUNS:
        raise ValueError(f"noun {noun!r}, expected one of the {len(NOUNS)} nouns of the world")
    contents = index()
    tile, columns, k = contents["tile"], contents["columns"], contents["nouns"].index(noun)
    x, y = k % columns * tile, k // columns * tile
    return _atlas(style).crop((x, y, x + tile, y + tile))


@lru_cache(maxsize=8192)
def sprite(noun: str, style: str, side: int, tint: str | None) -> Image.Image:
    """The sprite at `side` x `side` px RGBA, in its natural colour (tint None) or a tint."""
    picture = original(noun, style)
    if tint is not None:
        picture = _tinted(picture, tint)
    if side == picture.width:
        return picture
    return picture.convert("RGBa").resize((side, side), Image.Resampling.LANCZOS).convert("RGBA")


def _tinted(picture: Image.Image, tint: str) -> Image.Image:
    """The body's brightness becomes the tint, darker parts go dark, lighter parts pale: faces survive."""
    if tint not in TINTS:
        raise ValueError(f"tint {tint!r}, expected one of {', '.join(TINTS)}")
    pixels = np.asarray(picture, dtype=np.float32)  # (64, 64, 4)
    light = pixels[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)  # (64, 64) 0..255
    low, body, high = np.percentile(light[pixels[..., 3] > 128], (3, 50, 97))
    down = np.clip((body - light) / max(body - low, 70.0), 0, 1)[..., None]  # 0 at the body's brightness
    up = np.clip((light - body) / max(high - body, 70.0), 0, 1)[..., None]
    middle = np.array(TINTS[tint][1], np.float32)
    drawn = middle - middle * 0.68 * down + (255 - middle) * 0.55 * up
    out = np.concatenate([drawn, pixels[..., 3:]], axis=-1)
    return Image.fromarray(np.clip(out, 0, 255).astype(np.uint8))


@cache
def own_hue(noun: str, style: str) -> float | None:
    """The sprite's dominant hue in degrees; None for a grey, black or white sprite.

    The peak of the hue histogram (10 degree bins, smoothed over three) of the visible pixels,
    each weighted by its saturation x value.
    """
    picture = original(noun, style)
    visible = np.asarray(picture.getchannel("A")) > 128  # (64, 64)
    hsv = np.asarray(picture.convert("RGB").convert("HSV"), dtype=np.float32)[visible] / 255  # (P, 3)
    weight = hsv[:, 1] * hsv[:, 2]
    coloured = weight > _COLOURED
    if coloured.mean() < _SHARE:
        return None
    bins = np.floor(hsv[coloured, 0] * 36).astype(int) % 36
    mass = np.bincount(bins, weight[coloured], minlength=36)
    smooth = mass + np.roll(mass, 1) + np.roll(mass, -1)
    return float(smooth.argmax() * 10 + 5)


def hue_distance(a: float, b: float) -> float:
    """The angle between two hues, 0..180 degrees."""
    return abs((a - b + 180) % 360 - 180)


@cache
def allowed_tints(noun: str) -> tuple[str, ...]:
    """The tints at least HUE_DISTANCE away from the noun's own hue in EVERY style."""
    own = [hue for style in STYLES if (hue := own_hue(noun, style)) is not None]
    return tuple(t for t, (hue, _) in TINTS.items() if all(hue_distance(hue, o) >= HUE_DISTANCE for o in own))
