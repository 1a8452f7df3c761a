"""Sampling scenes: what is in them (following the world's priors or contradicting them) and where.

The same seed gives the same things in the same places in every style.
"""

from __future__ import annotations

import numpy as np

from rediff_viz.world.scenes import GROUPS, Box, Group, Scene, grain_of, overlap, relation
from rediff_viz.world.sprites import allowed_tints
from rediff_viz.world.things import CANVAS, FAVOURED, NOUNS, PARTNERS, SETTINGS, SIDES, SIZES

TRAINING_SEEDS = 10_000_000  # scene seeds from here on are for training; evaluations stay below
THREE_GROUPS = 0.35  # share of scenes with three groups
FAVOUR = 0.64  # share the setting favours where no partner decides; about 0.55 of all objects
PARTNER = 0.5  # share of later objects that are the partner of the one before
NATURAL = 0.45  # share of groups in their natural colour
WARMTH = {"red": 2.4, "orange": 2.6, "yellow": 1.7}  # warm sprites rule out warm tints, so these are drawn more often
_GAP = 2  # pixels between the instances of a group, and to the picture's edge
_GROUP_GAP = 6  # pixels between the rectangles around two groups
_PLACEMENT_TRIES = 40  # places tried for a group before all groups are placed anew


def sample_scene(rng: np.random.Generator, style: str = "google", against_priors: bool = False) -> Scene:
    """A scene drawn with `rng`; `scene_from_seed(scene.seed, style, against_priors)` draws it again."""
    return scene_from_seed(int(rng.integers(2**31)), style, against_priors)


def scene_from_seed(seed: int, style: str = "google", against_priors: bool = False, grain: float = 0.0, groups: int | None = None) -> Scene:
    """The scene of a seed. `against_priors`: no noun is favoured by its setting, none with its partner.

    `grain`, 0 to 1: noise over the picture, as of a photograph taken in the dark; the scene is the same.
    `groups`, 2 to 4: a draw of scenes with so many groups; None: two or three, as THREE_GROUPS says.
    """
    grain = grain_of(grain)
    if groups is not None and groups not in GROUPS:
        raise ValueError(f"{groups} groups, expected {', '.join(map(str, GROUPS))}")
    rng = np.random.default_rng(seed)
    while True:
        setting = SETTINGS[int(rng.integers(len(SETTINGS)))]
        amount = 3 if rng.random() < THREE_GROUPS else 2
        amount = groups or amount
        nouns = _nouns(rng, setting, amount, against_priors)
        kinds = [_kind(rng, noun) for noun in nouns]
        for _ in range(4):
            boxes = _arrange(rng, [(count, size) for _, count, size, _ in kinds])
            if boxes is None:
                continue
            placed = tuple(Group(*kind, where) for kind, where in zip(kinds, boxes, strict=True))
            if relation(placed[0], placed[1]) is not None:
                return Scene(setting, placed, style, seed, grain)


def _nouns(rng: np.random.Generator, setting: str, amount: int, against: bool) -> list[str]:
    """Different nouns for one scene, following the priors or contradicting all of them."""
    favoured = FAVOURED[setting]
    chosen: list[str] = []
    while len(chosen) < amount:
        follow, favour, pick = rng.random(3)
        if against:
            pool = [n for n in NOUNS if n not in favoured and PARTNERS[n] not in chosen]
        elif chosen and follow < PARTNER:
            pool = [PARTNERS[chosen[-1]]]
        elif favour < FAVOUR:
            pool = list(favoured)
        else:
            pool = [n for n in NOUNS if n not in favoured]
        noun = pool[int(pick * len(pool))]
        if noun not in chosen:
            chosen.append(noun)
    return chosen


def _kind(rng: np.random.Generator, noun: str) -> tuple[str, int, str, str | None]:
    """Noun, count, size and tint of one group."""
    count, size, natural, tint = rng.random(4)
    drawn = None if natural < NATURAL else _tint(tint, allowed_tints(noun))
    return noun, 1 + int(count * 3), SIZES[int(size * 2)], drawn


def _tint(where: float, tints: tuple[str, ...]) -> str:
    """The tint at `where` (0..1) of the weighted list."""
    left = where * sum(WARMTH.get(t, 1.0) for t in tints)
    for tint in tints:
        left -= WARMTH.get(tint, 1.0)
        if left < 0:
            return tint
    return tints[-1]


def _arrange(rng: np.random.Generator, kinds: list[tuple[int, str]]) -> list[tuple[Box, ...]] | None:
    """Boxes for every group so that the groups' surrounding rectangles stay apart; None if it failed."""
    taken: list[tuple[int, int, int, int]] = []
    result = []
    for count, size in kinds:
        low, high = SIDES[size]
        side, shape = low + int(rng.integers(high - low + 1)), int(rng.integers(4))
        offsets = _offsets(count, side + _GAP, shape)
        width = max(x for x, _ in offsets) + side
        height = max(y for _, y in offsets) + side
        where = _place(rng, width, height, taken)
        if where is None:
            return None
        x, y = where
        taken.append((x, y, x + width, y + height))
        result.append(tuple((x + i, y + j, x + i + side, y + j + side) for i, j in offsets))
    return result


def _offsets(count: int, step: int, shape: int) -> list[tuple[int, int]]:
    """Top left corners of the instances inside their group's rectangle."""
    if count == 1:
        return [(0, 0)]
    if count == 2:
        return [(0, 0), (step, 0)] if shape % 2 else [(0, 0), (0, step)]
    return (
        [(0, 0), (step, 0), (2 * step, 0)],
        [(0, 0), (0, step), (0, 2 * step)],
        [(step // 2, 0), (0, step), (step, step)],
        [(0, 0), (step, 0), (step // 2, step)],
    )[shape]


def _place(rng: np.random.Generator, width: int, height: int, taken: list[tuple[int, int, int, int]]) -> tuple[int, int] | None:
    """A free corner for a rectangle, _GROUP_GAP from the others and _GAP from the picture's edge."""
    spare_x, spare_y = CANVAS - 2 * _GAP - width, CANVAS - 2 * _GAP - height
    if spare_x < 0 or spare_y < 0:
        return None
    for u, v in rng.random((_PLACEMENT_TRIES, 2)).tolist():
        x, y = _GAP + int(u * (spare_x + 1)), _GAP + int(v * (spare_y + 1))
        padded = (x - _GROUP_GAP, y - _GROUP_GAP, x + width + _GROUP_GAP, y + height + _GROUP_GAP)
        if not any(overlap(padded, other) for other in taken):
            return x, y
    return None
