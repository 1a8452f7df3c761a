"""From a scene to its picture: a painted background, every sprite with a soft light rim, and grain over all."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageFilter

from rediff_viz.world.backgrounds import paint
from rediff_viz.world.scenes import Scene
from rediff_viz.world.sprites import sprite
from rediff_viz.world.things import CANVAS

_RIM = 150  # opacity of the rim, 0..255


def render(scene: Scene, scale: int = 1) -> Image.Image:
    """The picture, RGB, 112 x 112 px times `scale`. The same scene gives the same pixels.

    Models see scale 1; larger scales draw the same scene finer, for people.
    """
    if scale not in range(1, 9):
        raise ValueError(f"scale {scale!r}, expected a whole number from 1 to 8")
    picture = Image.fromarray(paint(scene.setting, scene.seed, scale))
    for group in scene.groups:
        for x0, y0, x1, _ in group.boxes:
            stamp, pad = _stamp(group.noun, scene.style, (x1 - x0) * scale, group.tint, scale)
            picture.paste(stamp, (x0 * scale - pad, y0 * scale - pad), stamp)
    return _grained(picture, scene, scale) if scene.grain else picture


def _grained(picture: Image.Image, scene: Scene, scale: int) -> Image.Image:
    """Gaussian noise of standard deviation 255 x grain on every pixel a model sees; larger scales repeat it."""
    noise = np.random.default_rng([scene.seed, 11]).normal(0.0, 255 * scene.grain, (CANVAS, CANVAS, 3))
    spread = noise.repeat(scale, 0).repeat(scale, 1)
    return Image.fromarray((np.asarray(picture) + spread).round().clip(0, 255).astype(np.uint8))


@lru_cache(maxsize=16384)
def _stamp(noun: str, style: str, side: int, tint: str | None, scale: int) -> tuple[Image.Image, int]:
    """The sprite on its rim, and by how many pixels the rim reaches beyond the box."""
    pad = scale
    body = Image.new("RGBA", (side + 2 * pad, side + 2 * pad), (255, 255, 255, 0))
    body.paste(sprite(noun, style, side, tint), (pad, pad))
    rim = body.getchannel("A").filter(ImageFilter.MaxFilter(2 * scale + 1))
    if scale > 1:
        rim = rim.filter(ImageFilter.GaussianBlur(scale * 0.3))
    below = Image.new("RGBA", body.size, (255, 255, 255, 0))
    below.putalpha(rim.point(lambda a: a * _RIM // 255))
    return Image.alpha_composite(below, body), pad
