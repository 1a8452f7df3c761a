"""What a text says of its scene, claim by claim: any text, fluent or broken, with masks in it or not.

setting    "on a beach", wherever it stands; of a garbled phrase its last word
thing      a noun: right where the scene has it, with all its places; a thing that is not there is wrong wherever it is named, and
           whatever is stated about it is no claim of its own; a second introduction is a claim of its own, wrong at its noun
count      the article or number of an introduction
tint       a colour, in a noun phrase or after a verb; an introduction without one says "its natural colour", which is a claim, at
           its noun, only where that is wrong
size       a size, in a noun phrase or after a verb; "both kinds are small" speaks of every group
relation   left, right, above, below, over, under, in any order of the two things; carried by that word alone
total      the number before "objects"

An introduction has an article or a number; every other noun refers back and, where its thing is never introduced, names it.
"it" and "they" are the thing introduced last whose number agrees. Unjudged are relations of groups that stand ambiguously, and
what is said of nothing that can be read. Where the text has masks, only what can be read is a claim. Words from the first <eot>
on are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rediff_viz.world.scenes import Scene, relation
from rediff_viz.world.things import PHRASES, PLURALS, SIZES, TINTS
from rediff_viz.world.vocabulary import MASK, NUMBERS, SYNONYMS

KINDS = ("setting", "thing", "count", "tint", "size", "relation", "total")
RIGHT, WRONG, UNJUDGED = "right", "wrong", "unjudged"

NOUN_OF = {form: noun for noun, plural in PLURALS.items() for form in (noun, plural)}
COUNTS = {"a": 1, "an": 1} | {word: k for k, word in enumerate(NUMBERS) if k}
VERBS = ("is", "are", "sits", "sit")
_DIRECTIONS = {word: how for how, pair in SYNONYMS.items() for phrase in pair for word in phrase if word not in ("to", "the", "of")}
_RELATING = {*_DIRECTIONS, "to", "the", "of"}
_BEFORE_NOUN = {*COUNTS, *SIZES, *TINTS, "the"}
_SETTING_OF = {phrase[-1]: setting for setting, phrase in PHRASES.items()}


@dataclass(frozen=True)
class Claim:
    """One thing that a text says."""

    kind: str  # one of KINDS
    text: str  # what it says, in short: "two stars", "apple left of stars"
    verdict: str  # RIGHT, WRONG or UNJUDGED
    positions: tuple[int, ...]  # the words that carry it, from 0
    groups: tuple[int, ...]  # the scene's groups that it speaks of, from 0


@dataclass(frozen=True)
class Mention:
    """A noun and the words before it that belong to it."""

    start: int  # of its first word
    at: int  # of its noun
    noun: str  # singular
    opening: str  # its article, number or "the"; "" where it has none

    @property
    def introduces(self) -> bool:
        """Whether it introduces its thing."""
        return self.opening in COUNTS


def read_mentions(words: Sequence[str]) -> list[Mention]:
    """The nouns of a text in order, each with the sizes and tints and the article or number directly before it."""
    found = []
    for at, word in enumerate(words):
        if word in NOUN_OF:
            start = at
            while start and (words[start - 1] in SIZES or words[start - 1] in TINTS):
                start -= 1
            opening = words[start - 1] if start and (words[start - 1] in COUNTS or words[start - 1] == "the") else ""
            found.append(Mention(start - bool(opening), at, NOUN_OF[word], opening))
    return found


def read_claims(words: Sequence[str], scene: Scene) -> tuple[Claim, ...]:
    """The claims of a text, in the order of their words."""
    reader = _Reader(words, scene)
    reader.settings()
    reader.things()
    reader.relations()
    reader.predicates()
    reader.totals()
    return tuple(sorted(reader.claims, key=lambda claim: (claim.positions, KINDS.index(claim.kind))))


class _Reader:
    """A text beside its scene; every method adds the claims of one kind."""

    def __init__(self, words: Sequence[str], scene: Scene) -> None:
        self.words, self.scene = tuple(words), scene
        self.whole = MASK not in self.words
        self.mentions = read_mentions(self.words)
        self.ending = {mention.at: mention for mention in self.mentions}
        self.starting = {mention.start: mention for mention in self.mentions}
        self.number = {group.noun: k for k, group in enumerate(scene.groups)}
        self.claims: list[Claim] = []

    def add(self, kind: str, text: str, right: bool | None, positions: tuple[int, ...], groups: tuple[int, ...]) -> None:
        """Add a claim; None: not judged."""
        verdict = UNJUDGED if right is None else RIGHT if right else WRONG
        self.claims.append(Claim(kind, text, verdict, positions, groups))

    def settings(self) -> None:
        """Setting phrases, and what is left of them."""
        for at, word in enumerate(self.words):
            if word in _SETTING_OF:
                phrase = PHRASES[_SETTING_OF[word]]
                start = at + 1 - len(phrase)
                places = tuple(range(start, at + 1)) if start >= 0 and self.words[start : at + 1] == phrase else (at,)
                self.add("setting", " ".join(self.words[k] for k in places), _SETTING_OF[word] == self.scene.setting, places, ())

    def things(self) -> None:
        """Things, and what their noun phrases state."""
        introduced: set[str] = set()
        for noun in dict.fromkeys(mention.noun for mention in self.mentions):
            places = tuple(m.at for m in self.mentions if m.noun == noun)
            again = {m.at for m in [m for m in self.mentions if m.noun == noun and m.introduces][1:]}
            present = noun in self.number
            self.add("thing", noun, present, tuple(k for k in places if not present or k not in again), self.groups(noun))
        for mention in self.mentions:
            if mention.noun not in self.number:
                continue
            if mention.introduces and mention.noun in introduced:
                self.add("thing", f"{self.words[mention.at]} again", False, (mention.at,), self.groups(mention.noun))
                continue
            self.phrase(mention)
            if mention.introduces:
                introduced.add(mention.noun)

    def groups(self, noun: str) -> tuple[int, ...]:
        """The number of a noun's group; () where the scene has none."""
        return (self.number[noun],) if noun in self.number else ()

    def phrase(self, mention: Mention) -> None:
        """What the noun phrase of a thing in the scene states."""
        mine = self.groups(mention.noun)
        group, noun = self.scene.groups[mine[0]], self.words[mention.at]
        if mention.introduces:
            self.add("count", f"{NUMBERS[COUNTS[mention.opening]]} {noun}", COUNTS[mention.opening] == group.count, (mention.start,), mine)
        stated = self.attributes(range(mention.start, mention.at), mine, noun)
        if mention.introduces and group.tint and not stated:
            self.add("tint", f"{noun} in natural colour", False, (mention.at,), mine)

    def attributes(self, places: Sequence[int], mine: tuple[int, ...], noun: str) -> bool:
        """Add the sizes and tints among these words, as said of all these groups; whether there was a tint."""
        kinds = (
            ("size", SIZES, [self.scene.groups[k].size for k in mine]),
            ("tint", tuple(TINTS), [self.scene.groups[k].tint for k in mine]),
        )
        stated = False
        for kind, values, true in kinds:
            for value in dict.fromkeys(self.words[k] for k in places if self.words[k] in values):
                right = all(value == one for one in true) if mine else None
                self.add(kind, f"{value} {noun}", right, tuple(k for k in places if self.words[k] == value), mine)
                stated |= kind == "tint"
        return stated

    def relations(self) -> None:
        """Where one thing is from another: the runs of "to the left of" and the like, whole or not."""
        settings = {k for claim in self.claims if claim.kind == "setting" for k in claim.positions}
        stop = 0
        for at, word in enumerate(self.words):
            if at < stop or word not in _DIRECTIONS or at in settings:
                continue
            first, stop = at, at + 1
            while first and self.words[first - 1] in _RELATING:
                first -= 1
            while stop < len(self.words) and self.words[stop] in _RELATING and stop not in settings:
                stop += 1
            noun = stop
            while noun < len(self.words) and noun not in self.ending and self.words[noun] in _BEFORE_NOUN:
                noun += 1
            other = self.ending.get(noun)
            alike = len({_DIRECTIONS[w] for w in self.words[at:stop] if w in _DIRECTIONS}) == 1
            self.relation(at, self.subject(first) if alike else None, other if alike else None)

    def relation(self, at: int, subject: Mention | None, other: Mention | None) -> None:
        """The relation that the word at a place states of two things, the first of which may come last."""
        if subject is None and other is not None:
            verb = other.at + 1 + (self.words[other.at + 1 : other.at + 2] == ("there",))
            if verb < len(self.words) and self.words[verb] in VERBS:
                subject = self.starting.get(verb + 1)
        if subject is None or other is None:
            if self.whole:
                self.add("relation", self.words[at], None, (at,), ())
            return
        text = f"{self.words[subject.at]} {self.words[at]} {'of ' * (self.words[at] in ('left', 'right'))}{self.words[other.at]}"
        mine = self.groups(subject.noun) + self.groups(other.noun)
        if len(mine) < 2 or (mine[0] == mine[1] and other.introduces):
            return  # a thing that is not there, or is there again, is marked where it is named
        if mine[0] == mine[1]:
            self.add("relation", text, False, (other.at,), mine[:1])
            return
        true = relation(self.scene.groups[mine[0]], self.scene.groups[mine[1]])
        self.add("relation", text, None if true is None else true == _DIRECTIONS[self.words[at]], (at,), mine)

    def subject(self, stop: int) -> Mention | None:
        """The thing that ends before a place, a verb or a comma between them or not."""
        at = stop - 1
        while at >= 0 and (self.words[at] in VERBS or self.words[at] == ","):
            at -= 1
        if at >= 0 and self.words[at] in ("it", "they"):
            plural = self.words[at] == "they"
            named = [m for m in self.mentions if m.at < at and m.introduces and (COUNTS[m.opening] > 1) is plural]
            return named[-1] if named else None
        return self.ending.get(at)

    def predicates(self) -> None:
        """Sizes and tints after a verb."""
        for at, word in enumerate(self.words):
            stop = at + 1
            while (
                word in VERBS
                and stop < len(self.words)
                and (self.words[stop] in SIZES or self.words[stop] in TINTS or self.words[stop] == "and")
            ):
                stop += 1
            if stop == at + 1 or stop in self.ending:
                continue  # the latter is the noun phrase of a thing
            if self.words[at - 1 : at] == ("kinds",):
                self.attributes(range(at + 1, stop), tuple(range(len(self.scene.groups))), "kinds")
            elif (subject := self.subject(at + 1)) is None:
                if self.whole:
                    self.attributes(range(at + 1, stop), (), "")
            elif mine := self.groups(subject.noun):
                self.attributes(range(at + 1, stop), mine, self.words[subject.at])

    def totals(self) -> None:
        """How many objects there are in all."""
        counted = sum(group.count for group in self.scene.groups)
        for at, word in enumerate(self.words):
            if word == "objects" and at and self.words[at - 1] in NUMBERS:
                everything = tuple(range(len(self.scene.groups)))
                self.add("total", f"{self.words[at - 1]} objects", self.words[at - 1] == NUMBERS[counted], (at - 1,), everything)
