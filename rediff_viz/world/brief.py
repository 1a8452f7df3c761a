"""The short captions of a scene of two or three groups: 15 to 39 words, two of the groups related to each other.

    template 0   on a beach , NP1 is left of NP2 .
    template 1   there is NP1 on a beach . NP2 is left of the NOUN1 .
    template 2   NP1 and NP2 are on a beach . the NOUN1 is left of the NOUN2 .
    template 3   NP1 is left of NP2 . they are on a beach .
    third        there is also NP3 .   |   NP3 is there too .          exactly where there is one
    total        five objects in all .                                 optional

Sizes are named for all groups or for none.
"""

from __future__ import annotations

from itertools import permutations

from rediff_viz.world.lattice import Choice, Expr
from rediff_viz.world.phrases import be, introduced, setting, sits, the, total, where
from rediff_viz.world.scenes import Group, Scene, relation

SHORTEST, LONGEST = 15, 39
TEMPLATES = 4


def brief(scene: Scene) -> Expr:
    """All short captions: every order of the groups whose first two stand unambiguously, every template."""
    if len(scene.groups) > 3:
        raise ValueError(f"a scene of {len(scene.groups)} groups, expected two or three: four are described in detail only")
    orders = [order for order in permutations(scene.groups) if relation(order[0], order[1]) is not None]
    return Choice(tuple(Choice(tuple(_template(scene, order, template) for template in range(TEMPLATES))) for order in orders))


def _template(scene: Scene, groups: tuple[Group, ...], template: int) -> Expr:
    return Choice(tuple(_caption(scene, groups, template, sized) for sized in (False, True)))


def _caption(scene: Scene, groups: tuple[Group, ...], template: int, sized: bool) -> Expr:
    closing: list[Expr] = []
    if len(groups) == 3:
        third = introduced(groups[2], sized)
        closing = [Choice((("there", be(groups[2]), "also", third, "."), (third, be(groups[2]), "there", "too", ".")))]
    closing.append(Choice(((), (total(scene), "objects", "in", "all", "."))))
    return (*_related(scene, groups[0], groups[1], template, sized), *closing)


def _related(scene: Scene, a: Group, b: Group, template: int, sized: bool) -> tuple[Expr, ...]:
    first, second, place = introduced(a, sized), introduced(b, sized), setting(scene)
    how, back = relation(a, b), relation(b, a)
    assert how is not None
    assert back is not None
    match template:
        case 0:
            return place, ",", first, sits(a), where(how), second, "."
        case 1:
            return "there", be(a), first, place, ".", second, sits(b), where(back), the(a), "."
        case 2:
            return first, "and", second, "are", place, ".", the(a), sits(a), where(how), the(b), "."
    return first, sits(a), where(how), second, ".", "they", "are", place, "."
