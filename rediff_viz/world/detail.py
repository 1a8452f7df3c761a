"""The long captions of a scene of two to four groups: 30 to 60 words in several sentences that bind each other.

opening      there is NP1 on a beach .  |  on a beach there is NP1 .  |  NP1 is on a beach .
next         NP2 is left of the NOUN1 .  |  left of the NOUN1 is NP2 .      for every further group, from any before it;
             there is also NP3 .                                                  where it stands diagonally to all of them
sizes        the NOUN1 is small . the NOUN2 is large and red .  |  both kinds are small .
             two groups only, in any order, "it" or "they" for the last named; three and four have the size in the NP
again        the NOUN1 is right of the NOUN2 .                                    not for four groups
total        there are five objects in all .  |  in all there are five objects .
setting      they are all on a beach .  |  all of them are on a beach .           after the total or before it
"""

from __future__ import annotations

from itertools import permutations

from rediff_viz.world.lattice import Choice, Expr
from rediff_viz.world.phrases import be, noun_phrase, setting, sits, the, total, where
from rediff_viz.world.scenes import Group, Scene, relation

SHORTEST, LONGEST = 30, 60


def detail(scene: Scene) -> Expr:
    """All long captions, the groups in every order that leads with two that stand unambiguously."""
    orders = [order for order in permutations(scene.groups) if relation(order[0], order[1]) is not None]
    return Choice(tuple(_caption(scene, order) for order in orders))


def _caption(scene: Scene, groups: tuple[Group, ...]) -> Expr:
    sized = len(groups) > 2
    parts: list[Expr] = [_opening(scene, groups[0], sized)]
    parts += [_next(groups[:k], group, sized) for k, group in enumerate(groups) if k]
    if not sized:
        parts.append(_sizes(*groups))
    if len(groups) < 4:
        parts.append(_again(groups[0], groups[1:]))
    return (*parts, _closing(scene))


def _opening(scene: Scene, group: Group, sized: bool) -> Expr:
    phrase, place = noun_phrase(group, sized), setting(scene)
    return Choice(
        (
            ("there", be(group), phrase, place, "."),
            (place, "there", be(group), phrase, "."),
            (phrase, be(group), place, "."),
        )
    )


def _next(before: tuple[Group, ...], group: Group, sized: bool) -> Expr:
    phrase = noun_phrase(group, sized)
    related = [(other, how) for other in before if (how := relation(group, other)) is not None]
    if not related:
        return "there", be(group), "also", phrase, "."
    return Choice(
        tuple(
            Choice(((phrase, sits(group), where(how), the(other), "."), (where(how), the(other), be(group), phrase, ".")))
            for other, how in related
        )
    )


def _sizes(first: Group, last: Group) -> Expr:
    """The sizes of two groups; `last` was named last, so a pronoun that begins means it."""
    pronoun = ("it",) if last.count == 1 else ("they",)
    apart = Choice(
        (
            (_is_sized(the(first), first), _is_sized(the(last), last)),
            (_is_sized(Choice((the(last), pronoun)), last), _is_sized(the(first), first)),
        )
    )
    return Choice((apart, ("both", "kinds", "are", first.size, "."))) if first.size == last.size else apart


def _is_sized(subject: Expr, group: Group) -> Expr:
    plain: Expr = (subject, be(group), group.size, ".")
    return Choice((plain, (subject, be(group), group.size, "and", group.tint, "."))) if group.tint else plain


def _again(first: Group, others: tuple[Group, ...]) -> Expr:
    """Where the first group is, from any that it stands unambiguously to."""
    return Choice(
        tuple((the(first), sits(first), where(how), the(other), ".") for other in others if (how := relation(first, other)) is not None)
    )


def _closing(scene: Scene) -> Expr:
    count, place = total(scene), setting(scene)
    counted = Choice((("there", "are", count, "objects", "in", "all", "."), ("in", "all", "there", "are", count, "objects", ".")))
    together: list[Expr] = [("they", "are", "all", place, ".")]
    if len(scene.groups) < 4:  # one word more than four groups leave room for
        together.append(("all", "of", "them", "are", place, "."))
    placed = Choice(tuple(together))
    return Choice(((counted, placed), (placed, counted)))
