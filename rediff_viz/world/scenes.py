"""What a scene is: frozen data, its geometry, its JSON, and the rules that a scene read from JSON must satisfy.

Knows nothing of how scenes are sampled, drawn or described.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rediff_viz.world.things import CANVAS, NOUNS, SETTINGS, SIDES, SIZES, STYLES, TINTS

MARGIN = 1.3  # a relation holds along an axis when its offset exceeds MARGIN x the other offset
RELATIONS: tuple[str, ...] = ("left", "right", "above", "below")
OPPOSITE: dict[str, str] = {"left": "right", "right": "left", "above": "below", "below": "above"}

GROUPS: tuple[int, ...] = (2, 3, 4)  # how many groups a scene may have

Box = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels, x1 and y1 exclusive


@dataclass(frozen=True)
class Group:
    """One to three instances of the same thing, alike in size and tint, next to each other."""

    noun: str
    count: int  # 1..3
    size: str  # "small" or "large"
    tint: str | None  # None: its natural colour
    boxes: tuple[Box, ...]  # one per instance

    @property
    def centre(self) -> tuple[float, float]:
        """Mean of the instances' centres, (x, y) in pixels."""
        xs = sum(b[0] + b[2] for b in self.boxes) / (2 * len(self.boxes))
        ys = sum(b[1] + b[3] for b in self.boxes) / (2 * len(self.boxes))
        return xs, ys


@dataclass(frozen=True)
class Scene:
    """A picture of CANVAS x CANVAS px before it is drawn: two to four groups in a setting."""

    setting: str
    groups: tuple[Group, ...]
    style: str  # whose sprites
    seed: int  # seeds the background's details and the noise
    grain: float = 0.0  # 0..1: how strong the noise over the picture is, of full scale


def relation(first: Group, second: Group) -> str | None:
    """Where `first` is as seen from `second` (one of RELATIONS); None where that is ambiguous."""
    (ax, ay), (bx, by) = first.centre, second.centre
    dx, dy = ax - bx, ay - by
    if abs(dx) > MARGIN * abs(dy):
        return "left" if dx < 0 else "right"
    if abs(dy) > MARGIN * abs(dx):
        return "above" if dy < 0 else "below"
    return None


def grain_of(value: Any) -> float:
    """A grain that can be drawn; ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(f"grain is {str(value)[:40]!r}, expected a number from 0 to 1")
    return float(value)


def to_dict(scene: Scene) -> dict[str, Any]:
    """The scene as plain JSON types."""
    groups = [{"noun": g.noun, "count": g.count, "size": g.size, "tint": g.tint, "boxes": [list(b) for b in g.boxes]} for g in scene.groups]
    return {"setting": scene.setting, "groups": groups, "style": scene.style, "seed": scene.seed, "grain": scene.grain}


def from_dict(data: Any) -> Scene:
    """The scene that `to_dict` wrote; ValueError with a plain sentence for anything else."""
    data = {"grain": 0, **data} if isinstance(data, dict) else data  # scenes written before grain existed have none
    _keys(data, "a scene", {"setting", "groups", "style", "seed", "grain"})
    _one_of(data["setting"], "setting", SETTINGS)
    _one_of(data["style"], "style", STYLES)
    _whole(data["seed"], "seed", 0, 2**53 - 1)
    if not isinstance(data["groups"], list) or len(data["groups"]) not in GROUPS:
        raise ValueError(f"groups must be a list of {GROUPS[0]} to {GROUPS[-1]} groups")
    groups = tuple(_group(g) for g in data["groups"])
    nouns = [g.noun for g in groups]
    if len(set(nouns)) < len(nouns):
        raise ValueError(f"the groups are {', '.join(nouns)}, expected different nouns")
    boxes = [box for g in groups for box in g.boxes]
    if any(overlap(a, b) for a, b in combinations(boxes, 2)):
        raise ValueError("two boxes overlap, expected boxes that do not")
    if relation(groups[0], groups[1]) is None:
        raise ValueError(f"the first two groups stand diagonally, expected one offset over {MARGIN} x the other")
    return Scene(data["setting"], groups, data["style"], data["seed"], grain_of(data["grain"]))


def overlap(a: Box, b: Box) -> bool:
    """Whether two boxes share a pixel."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _group(data: Any) -> Group:
    _keys(data, "a group", {"noun", "count", "size", "tint", "boxes"})
    _one_of(data["noun"], "noun", NOUNS)
    _whole(data["count"], "count", 1, 3)
    _one_of(data["size"], "size", SIZES)
    if data["tint"] is not None:
        _one_of(data["tint"], "tint", tuple(TINTS))
    boxes = data["boxes"]
    if not isinstance(boxes, list) or len(boxes) != data["count"]:
        raise ValueError(f"boxes must be a list of {data['count']}, one per instance")
    low, high = SIDES[data["size"]]
    return Group(data["noun"], data["count"], data["size"], data["tint"], tuple(_box(box, low, high) for box in boxes))


def _box(data: Any, low: int, high: int) -> Box:
    if not isinstance(data, (list, tuple)) or len(data) != 4:
        raise ValueError("a box must be four whole numbers x0, y0, x1, y1")
    for value in data:
        _whole(value, "a box edge", 0, CANVAS)
    x0, y0, x1, y1 = data
    if x1 - x0 != y1 - y0 or not low <= x1 - x0 <= high:
        raise ValueError(f"a box is {x1 - x0} x {y1 - y0} px, expected a square of {low} to {high} px")
    return x0, y0, x1, y1


def _keys(data: Any, what: str, expected: set[str]) -> None:
    if not isinstance(data, dict) or set(data) != expected:
        raise ValueError(f"{what} must be an object with exactly the keys {', '.join(sorted(expected))}")


def _one_of(value: Any, name: str, options: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} is {str(value)[:40]!r}, expected one of {', '.join(options)}")


def _whole(value: Any, name: str, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} is {str(value)[:40]!r}, expected a whole number from {low} to {high}")
