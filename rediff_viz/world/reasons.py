"""Why a claim is wrong or not judged, and what a fault of grammar is: one plain sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from rediff_viz.world.claims import COUNTS, NOUN_OF, RIGHT, UNJUDGED, Claim
from rediff_viz.world.judgement import AGREEMENT, ARTICLE, Fault
from rediff_viz.world.phrases import article, be, noun_form, the
from rediff_viz.world.scenes import Group, Scene, relation
from rediff_viz.world.things import PHRASES, SIZES, TINTS
from rediff_viz.world.vocabulary import NUMBERS

_TOWARD = {"left": "left of", "right": "right of"}


def why_not_right(claim: Claim, words: Sequence[str], scene: Scene) -> str:
    """What the picture shows instead, or why that is not judged; "" for a right claim. `words`: those that were judged."""
    if claim.verdict == RIGHT:
        return ""
    word, mine = words[claim.positions[0]], [scene.groups[k] for k in claim.groups]
    if claim.verdict == UNJUDGED:
        return _unjudged(claim, word, mine)
    if claim.kind == "setting":
        return f"The things are {' '.join(PHRASES[scene.setting])}, the text says “{claim.text}”."
    if claim.kind == "thing":
        return f"The text introduces “{word}” a second time." if mine else f"There is no {claim.text} in this picture."
    if claim.kind == "relation":
        return _relation(claim, word, mine)
    if claim.kind == "total":
        return f"The picture has {NUMBERS[sum(group.count for group in mine)]} objects in all, the text says {word}."
    if claim.kind == "count":
        (group,) = mine
        return f"The picture has {NUMBERS[group.count]} {noun_form(group.noun, group.count)}, the text says {NUMBERS[COUNTS[word]]}."
    return _attribute(word, mine)


def why_fault(fault: Fault, words: Sequence[str]) -> str:
    """The kind of a fault of grammar and what is amiss. `words`: those that were judged."""
    marked, after = " ".join(words[k] for k in fault.positions), words[fault.positions[-1] + 1 : fault.positions[-1] + 2]
    if fault.kind == AGREEMENT:
        amiss = f"“{marked}” does not agree in number with {'the words around it' if marked in NOUN_OF else 'what it speaks of'}"
    elif fault.kind != ARTICLE:
        amiss = f"“{marked}” does not fit here, or a word is missing"
    elif marked not in ("a", "an"):
        amiss = f"an article is missing at “{marked}”"
    else:
        misfit = after and (after[0] in NOUN_OF or after[0] in SIZES or after[0] in TINTS) and article(after[0]) != marked
        amiss = f"“{marked}” does not fit the next word, “{after[0]}”" if misfit else f"“{marked}” does not belong here"
    return f"A fault of grammar ({fault.kind}): {amiss}."


def _unjudged(claim: Claim, word: str, mine: Sequence[Group]) -> str:
    if len(mine) == 2:
        return f"{_named(mine)} stand diagonally, so “{claim.text}” is not judged."
    return f"It cannot be read what “{word}” is said of, so it is not judged."


def _relation(claim: Claim, word: str, mine: Sequence[Group]) -> str:
    if len(mine) == 1:
        return f"Nothing stands beside itself, the text says “{claim.text}”."
    true = relation(mine[0], mine[1])
    assert true is not None  # an ambiguous one is unjudged
    return f"{_named(mine[:1])} {be(mine[0])} {_TOWARD.get(true, true)} {' '.join(the(mine[1]))}, the text says {word}."


def _attribute(word: str, mine: Sequence[Group]) -> str:
    """On a size or a tint said of these groups; a noun without a tint says "its natural colour"."""
    if word in SIZES:
        other = [group for group in mine if group.size != word]
        return f"{_named(other)} {_are(other)} {other[0].size}, the text says {word}."
    if word not in TINTS:
        return f"{_named(mine)} {_are(mine)} {mine[0].tint}, the text names no colour."
    other = [group for group in mine if group.tint != word]
    if other[0].tint is None:
        return f"{_named(other[:1])} {'has its' if other[0].count == 1 else 'have their'} natural colour, the text says {word}."
    return f"{_named(other[:1])} {be(other[0])} {other[0].tint}, the text says {word}."


def _named(groups: Sequence[Group]) -> str:
    """ "The camels and the cactus"."""
    return " and ".join(" ".join(the(group)) for group in groups).capitalize()


def _are(groups: Sequence[Group]) -> str:
    return "are" if len(groups) > 1 else be(groups[0])
