"""All caption outlines of the grammar: how it can describe two related groups and, where there is one, a third.

A *frame* decides which group is named first, second and third. An *outline* is one caption of a frame with the
content left out: a sequence of segment keys. Which outlines exist depends only on the frame's `FrameShape`
(what can vary and how long each segment is), so outlines are made once per shape and shared by all
scenes; `phrase` fills a key with the words of a scene.

    template 0   on a beach , NP1 is left of NP2 .
    template 1   there is NP1 on a beach . NP2 is left of the NOUN1 .
    template 2   NP1 and NP2 are on a beach . the NOUN1 is left of the NOUN2 .
    template 3   NP1 is left of NP2 . they are on a beach .
    third        there is also NP3 .   |   NP3 is there too .          exactly where there is one
    total        five objects in all .                                 optional
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import permutations, product
from typing import Any

from rediff_viz.world.scenes import OPPOSITE, Group, Scene, relation
from rediff_viz.world.things import PHRASES, PLURALS
from rediff_viz.world.vocabulary import LENGTH, NUMBERS, SYNONYMS

SHORTEST, LONGEST = 15, LENGTH - 1
TEMPLATES = 4
Key = tuple[Any, ...]  # ("np", role, sized, one) and the like, see KEYS

# All segment keys. Roles are 0, 1, 2: first, second, third of the frame.
KEYS: tuple[Key, ...] = (
    ("setting",),
    *(("np", role, sized, one) for role in range(3) for sized in (False, True) for one in (False, True)),
    *(("the", role) for role in range(2)),
    *(("verb", role, synonym) for role in range(2) for synonym in range(2)),
    *(("relation", role, synonym) for role in range(2) for synonym in range(2)),  # as seen from the other
    *(("be", role) for role in range(3)),
    *(("literal", word) for word in (".", ",", "and", "are", "there", "also")),
    ("literal", "they", "are"),
    ("literal", "there", "too", "."),
    ("total",),
)


@dataclass(frozen=True)
class FrameShape:
    """What a frame's outlines depend on."""

    single: tuple[bool, ...]  # per role: one instance, so "a" or "one"
    tinted: tuple[bool, ...]  # per role
    horizontal: bool  # the relation's synonyms are 2 and 4 words long, else 1 and 1
    setting: int  # words in the setting's phrase


@dataclass(frozen=True)
class Frame:
    """Which group is named first, second and third (indices into the scene's groups), and how the first two relate."""

    roles: tuple[int, ...]
    relation: str  # of the first as seen from the second
    shape: FrameShape


def frames(scene: Scene) -> Iterator[Frame]:
    """All frames of a scene in their fixed order: every ordered pair of groups with an unambiguous relation."""
    groups = scene.groups
    for roles in permutations(range(len(groups))):
        relation_name = relation(groups[roles[0]], groups[roles[1]])
        if relation_name is not None:
            shape = FrameShape(
                tuple(groups[k].count == 1 for k in roles),
                tuple(groups[k].tint is not None for k in roles),
                relation_name in ("left", "right"),
                len(PHRASES[scene.setting]),
            )
            yield Frame(roles, relation_name, shape)


@cache
def outlines(shape: FrameShape) -> tuple[tuple[Key, ...], ...]:
    """All outlines of a shape that are SHORTEST to LONGEST tokens long, templates in order."""
    ones = [(False, True) if single else (False,) for single in shape.single]
    thirds = range(2) if len(shape.single) == 3 else range(1)
    choices = product(range(TEMPLATES), (False, True), range(2), range(2), thirds, (False, True), product(*ones))
    candidates = (_outline(*choice) for choice in choices)
    return tuple(outline for outline in candidates if SHORTEST <= sum(width(key, shape) for key in outline) <= LONGEST)


def _outline(template: int, sized: bool, verb: int, synonym: int, third: int, total: bool, ones: tuple[bool, ...]) -> tuple[Key, ...]:
    np = [("np", role, sized, one) for role, one in enumerate(ones)]
    stop, there, setting = ("literal", "."), ("literal", "there"), ("setting",)
    outline: list[Key]
    if template == 0:
        outline = [setting, ("literal", ","), np[0], ("verb", 0, verb), ("relation", 0, synonym), np[1], stop]
    elif template == 1:
        outline = [there, ("be", 0), np[0], setting, stop]
        outline += [np[1], ("verb", 1, verb), ("relation", 1, synonym), ("the", 0), stop]
    elif template == 2:
        outline = [np[0], ("literal", "and"), np[1], ("literal", "are"), setting, stop]
        outline += [("the", 0), ("verb", 0, verb), ("relation", 0, synonym), ("the", 1), stop]
    else:
        outline = [np[0], ("verb", 0, verb), ("relation", 0, synonym), np[1], stop, ("literal", "they", "are"), setting, stop]
    if len(ones) == 3:
        also = [there, ("be", 2), ("literal", "also"), np[2], stop]
        outline += also if third == 0 else [np[2], ("be", 2), ("literal", "there", "too", ".")]
    return (*outline, ("total",)) if total else tuple(outline)


def width(key: Key, shape: FrameShape) -> int:
    """How many tokens the segment takes."""
    match key[0]:
        case "setting":
            return shape.setting
        case "np":
            sized: bool = key[2]
            return 2 + sized + shape.tinted[key[1]]
        case "the":
            return 2
        case "relation":
            return len(SYNONYMS["left" if shape.horizontal else "above"][key[2]])
        case "literal":
            return len(key) - 1
        case "total":
            return 5
    return 1


def phrase(key: Key, scene: Scene, frame: Frame) -> tuple[str, ...]:
    """The words of one segment."""
    match key[0]:
        case "setting":
            return PHRASES[scene.setting]
        case "literal":
            return key[1:]
        case "total":
            return (NUMBERS[sum(g.count for g in scene.groups)], "objects", "in", "all", ".")
        case "relation":
            relation_name = frame.relation if key[1] == 0 else OPPOSITE[frame.relation]
            return SYNONYMS[relation_name][key[2]]
    group = scene.groups[frame.roles[key[1]]]
    match key[0]:
        case "np":
            return noun_phrase(group, key[2], key[3])
        case "the":
            return ("the", noun_form(group.noun, group.count))
        case "verb":
            return ((("is", "sits") if group.count == 1 else ("are", "sit"))[key[2]],)
        case "be":
            return ("is" if group.count == 1 else "are",)
    raise ValueError(f"segment key {key!r}, expected one of outlines.KEYS")


def noun_form(noun: str, count: int) -> str:
    """The noun in the singular for one, else in the plural."""
    return noun if count == 1 else PLURALS[noun]


def article(word: str) -> str:
    """ "a" or "an", as the following word requires."""
    return "an" if word[0] in "aeiou" else "a"


def noun_phrase(group: Group, sized: bool, one: bool) -> tuple[str, ...]:
    """ "a large red cat", "one cat", "three small cats"."""
    rest = (group.size,) * sized + ((group.tint,) if group.tint else ()) + (noun_form(group.noun, group.count),)
    if group.count > 1 or one:
        return (NUMBERS[group.count], *rest)
    return (article(rest[0]), *rest)
