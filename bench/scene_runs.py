"""Runs of a lane on scenes of the world by number, many in one forward pass: what the benches of the analyses go through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.quality import PROMPT
from rediff_viz.run import collect, jobs
from rediff_viz.trace import Trace
from rediff_viz.world import Scene, render, scene_from_seed, to_dict

BATCH = 16  # scenes run together


def runs(lane: str, numbers: Sequence[int], words: int = 8, **how: Any) -> list[tuple[Scene, Any, Trace]]:
    """(scene, its picture, the lane's run at so many words a pass) of each scene number; `how` as in `scene_from_seed`."""
    scenes = [scene_from_seed(number, **how) for number in numbers]
    pictures = [render(scene) for scene in scenes]
    asked = [jobs([lane], p, scene=to_dict(s), prompt=PROMPT, tokens_per_pass=words)[0] for s, p in zip(scenes, pictures, strict=True)]
    return list(zip(scenes, pictures, collect(asked), strict=True))
