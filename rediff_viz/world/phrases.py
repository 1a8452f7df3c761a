"""The phrases that captions are made of: a group's noun phrase, a verb that agrees with it, where one thing is from another."""

from __future__ import annotations

from rediff_viz.world.lattice import Choice, Expr
from rediff_viz.world.scenes import Group, Scene
from rediff_viz.world.things import PHRASES, PLURALS
from rediff_viz.world.vocabulary import NUMBERS, SYNONYMS


def noun_form(noun: str, count: int) -> str:
    """The noun in the singular for one, else in the plural."""
    return noun if count == 1 else PLURALS[noun]


def article(word: str) -> str:
    """ "a" or "an", as the following word requires."""
    return "an" if word[0] in "aeiou" else "a"


def noun_phrase(group: Group, sized: bool, one: bool = False) -> tuple[str, ...]:
    """ "a large red cat", "one cat", "three small cats"."""
    rest = (group.size,) * sized + ((group.tint,) if group.tint else ()) + (noun_form(group.noun, group.count),)
    if group.count > 1 or one:
        return (NUMBERS[group.count], *rest)
    return (article(rest[0]), *rest)


def introduced(group: Group, sized: bool) -> Expr:
    """A group's noun phrase; a single thing is "a cat" or "one cat"."""
    return Choice((noun_phrase(group, sized), noun_phrase(group, sized, one=True))) if group.count == 1 else noun_phrase(group, sized)


def the(group: Group, sized: bool = False) -> tuple[str, ...]:
    """A group that was introduced before."""
    return ("the", *(group.size,) * sized, noun_form(group.noun, group.count))


def be(group: Group) -> str:
    """ "is" or "are"."""
    return "is" if group.count == 1 else "are"


def sits(group: Group) -> Expr:
    """The verb of a relation."""
    return Choice(("is", "sits") if group.count == 1 else ("are", "sit"))


def where(relation: str) -> Expr:
    """A relation's phrases."""
    return Choice(SYNONYMS[relation])


def setting(scene: Scene) -> tuple[str, ...]:
    """ "on a beach"."""
    return PHRASES[scene.setting]


def total(scene: Scene) -> str:
    """How many things there are in all, as a word."""
    return NUMBERS[sum(group.count for group in scene.groups)]
