"""Pictures whose truth is known: ready scenes and scenes drawn by number."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import Any

from PIL import Image

from ..images import pixel_bytes
from ..world import render, scene_from_seed, to_dict
from .workspace import workspace

Drawn = tuple[int, bool, float]  # number, against the world's habits, grain
GRAIN = (("clear", 0.0), ("dim", 0.1), ("dark", 0.2))  # what the page offers
# the ready scenes: number, against the world's habits, grain. In the last two the eye is unsure and habit decides.
READY: tuple[Drawn, ...] = (
    (17, False, 0.0),
    (51, False, 0.0),
    (13, False, 0.0),
    (49, False, 0.0),
    (12, False, 0.0),
    (48, False, 0.0),
    (22, True, 0.2),
    (37, True, 0.2),
)


def draw(number: int, against_priors: bool = False, grain: float = 0.0) -> tuple[Path, dict[str, Any]]:
    """A scene by its number: the picture's file and the scene. Raises ValueError for a number out of range."""
    if not 0 <= number < 2**31:
        raise ValueError(f"scene {number} is not between 0 and {2**31 - 1}")
    scene = scene_from_seed(number, against_priors=against_priors, grain=grain)
    folder = workspace().kept if (number, against_priors, grain) in READY else workspace().files / "drawn"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"scene-{number}{'-against' if against_priors else ''}{f'-grain-{grain:g}' if grain else ''}.png"
    if path.is_file():
        os.utime(path)  # used again, so kept longer
    else:
        part = path.with_suffix(f".{secrets.token_hex(8)}.part")
        render(scene).save(part, "PNG")
        part.replace(path)
    return path, to_dict(scene)


def ready() -> list[tuple[str, str]]:
    """(file, caption) of the ready scenes, in order."""
    return [(str(draw(*ready)[0]), f"scene {ready[0]}{', in the dark' if ready[2] else ''}") for ready in READY]


def bind(picture: Image.Image, scene: dict[str, Any]) -> dict[str, Any]:
    """A scene with the fingerprint of its picture, so that it is not taken for the truth of a later one."""
    return {"pixels": _pixels(picture), "scene": scene}


def truth_for(picture: Image.Image | None, bound: dict[str, Any] | None) -> dict[str, Any] | None:
    """The scene, if this is its picture."""
    if picture is None or not bound or bound.get("pixels") != _pixels(picture):
        return None
    scene = bound["scene"]
    return scene if isinstance(scene, dict) else None


def _pixels(picture: Image.Image) -> str:
    digest = hashlib.sha256(f"{picture.size}".encode())
    for rows in pixel_bytes(picture):
        digest.update(rows)
    return digest.hexdigest()
