"""The long captions of a scene of two to four groups: 30 to 60 words in several sentences that bind each other.

opening      there is NP1 on a beach .  |  on a beach there is NP1 .  |  NP1 is on a beach .
next         NP2 is left of the NOUN1 .  |  left of the NOUN1 is NP2 .      for every further group, from any before it;
             there is NP2 above the NOUN1 .  |  above the NOUN1 there is NP2 .
             there is also NP3 .                                                  where it stands diagonally to all of them
sizes        the NOUN1 is small . the NOUN2 is large and red .
             two groups only, in any order, "it" or "they" for the last named; three and four have the size in the NP
again        the NOUN1 is right of the NOUN2 .  |  the small NOUN1 is above the NOUN2 .      not for four groups
total        there are five objects in all .  |  in all there are five objects .
setting      they are all on a beach .  |  all of them are on a beach .  |  both kinds are on a beach .    after the total or before it

The shortest wording is equally long whatever the sizes are and wherever the things stand: decoding settles the length of a caption
first, and a length that fits one answer only would settle the answer too.
"""

from __future__ import annotations

from itertools import permutations

from rediff_viz.world.lattice import Choice, Expr
from rediff_viz.world.phrases import be, noun_phrase, setting, sits, the, total, where
from rediff_viz.world.scenes import Group, Scene, relation

SHORTEST, LONGEST = 30, 60
VERTICAL = "above", "below"  # a word shorter than "left of" and "right of"


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
    return Choice(tuple(_placed(group, phrase, how, the(other)) for other, how in related))


def _placed(group: Group, phrase: Expr, how: str, other: Expr) -> Expr:
    """A new group beside, above or below one that was named."""
    if how in VERTICAL:
        return Choice((("there", be(group), phrase, where(how), other, "."), (where(how), other, "there", be(group), phrase, ".")))
    return Choice(((phrase, sits(group), where(how), other, "."), (where(how), other, be(group), phrase, ".")))


def _sizes(first: Group, last: Group) -> Expr:
    """The sizes of two groups; `last` was named last, so a pronoun that begins means it."""
    pronoun = ("it",) if last.count == 1 else ("they",)
    return Choice(
        (
            (_is_sized(the(first), first), _is_sized(the(last), last)),
            (_is_sized(Choice((the(last), pronoun)), last), _is_sized(the(first), first)),
        )
    )


def _is_sized(subject: Expr, group: Group) -> Expr:
    plain: Expr = (subject, be(group), group.size, ".")
    return Choice((plain, (subject, be(group), group.size, "and", group.tint, "."))) if group.tint else plain


def _again(first: Group, others: tuple[Group, ...]) -> Expr:
    """Where the first group is, from any that it stands unambiguously to."""
    related = [(other, how) for other in others if (how := relation(first, other)) is not None]
    return Choice(tuple((the(first, how in VERTICAL), sits(first), where(how), the(other), ".") for other, how in related))


def _closing(scene: Scene) -> Expr:
    count, place = total(scene), setting(scene)
    counted = Choice((("there", "are", count, "objects", "in", "all", "."), ("in", "all", "there", "are", count, "objects", ".")))
    together: list[Expr] = [("they", "are", "all", place, ".")]
    if len(scene.groups) < 4:  # one word more than four groups leave room for
        together.append(("all", "of", "them", "are", place, "."))
    if len(scene.groups) == 2:
        together.append(("both", "kinds", "are", place, "."))
    placed = Choice(tuple(together))
    return Choice(((counted, placed), (placed, counted)))
