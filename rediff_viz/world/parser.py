"""A strict parser for captions: it accepts exactly what the grammar can produce for some scene.

A caption parses when it follows one of the four templates to the last token and agrees with
itself: a/an, is/are, sits/sit, singular and plural, sizes on all noun phrases or on none,
"the NOUN" repeating the noun phrase it refers to, and a total that is the sum of the counts. What it
states need not be true, and naming the same noun twice is still grammatical.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rediff_viz.world.phrases import article, noun_form
from rediff_viz.world.things import NOUNS, PHRASES, SIZES, TINTS
from rediff_viz.world.vocabulary import NUMBERS, SYNONYMS, before_eot

_FORMS: dict[tuple[str, bool], str] = {(noun_form(n, c), c > 1): n for n in NOUNS for c in (1, 2)}


@dataclass(frozen=True)
class NounPhrase:
    """A noun phrase: what it states about a group."""

    noun: str
    count: int  # 1..3
    size: str | None  # None: not stated
    tint: str | None  # None: its natural colour


@dataclass(frozen=True)
class CaptionGraph:
    """What a caption states: groups in the order of their noun phrases, and how two of them relate."""

    setting: str
    groups: tuple[NounPhrase, ...]
    relation: tuple[int, str, int]  # groups[i] is e.g. "left" of groups[j]
    total: int | None  # None: not stated


def parse(words: Iterable[str]) -> CaptionGraph | None:
    """The graph of a caption, or None where it is not one. Words after the first <eot> are ignored."""
    text = before_eot(words)
    for template in (_setting_first, _there_is, _and_then, _they_are):
        reader = _Reader(text)
        try:
            setting, groups, relation = template(reader)
            total = _closing(reader, groups)
        except _NoMatchError:
            continue
        if len({group.size is None for group in groups}) == 1:
            return CaptionGraph(setting, tuple(groups), relation, total)
    return None


class _NoMatchError(Exception):
    """The text does not continue as the template requires."""


_Clauses = tuple[str, list[NounPhrase], tuple[int, str, int]]


class _Reader:
    """A text and how far it has been read; every method consumes tokens or raises _NoMatchError."""

    def __init__(self, text: tuple[str, ...]) -> None:
        self.text = text
        self.at = 0

    def starts(self, *words: str) -> bool:
        """Whether the unread text starts with these words."""
        return self.text[self.at : self.at + len(words)] == words

    def take(self, *words: str) -> None:
        """Read exactly these words."""
        if not self.starts(*words):
            raise _NoMatchError
        self.at += len(words)

    def word(self) -> str:
        """Read any one word."""
        if self.at >= len(self.text):
            raise _NoMatchError
        self.at += 1
        return self.text[self.at - 1]

    def setting(self) -> str:
        """Read a setting's phrase."""
        for setting, phrase in PHRASES.items():
            if self.starts(*phrase):
                self.take(*phrase)
                return setting
        raise _NoMatchError

    def noun_phrase(self) -> NounPhrase:
        """Read "a large red cat" or "three cats"."""
        opening = self.word()
        if opening in ("a", "an"):
            count = 1
            if self.at < len(self.text) and article(self.text[self.at]) != opening:
                raise _NoMatchError
        elif opening in NUMBERS[1:4]:
            count = NUMBERS.index(opening)
        else:
            raise _NoMatchError
        size = self.word() if any(self.starts(s) for s in SIZES) else None
        tint = self.word() if any(self.starts(t) for t in TINTS) else None
        noun = _FORMS.get((self.word(), count > 1))
        if noun is None:
            raise _NoMatchError
        return NounPhrase(noun, count, size, tint)

    def relates(self, subject: NounPhrase) -> str:
        """Read a verb that agrees with its subject, then a relation."""
        if self.word() not in (("is", "sits") if subject.count == 1 else ("are", "sit")):
            raise _NoMatchError
        for relation, phrases in SYNONYMS.items():
            for phrase in phrases:
                if self.starts(*phrase):
                    self.take(*phrase)
                    return relation
        raise _NoMatchError

    def the(self, referent: NounPhrase) -> None:
        """Read "the NOUN" for an earlier noun phrase."""
        self.take("the", noun_form(referent.noun, referent.count))


def _be(subject: NounPhrase) -> str:
    return "is" if subject.count == 1 else "are"


def _setting_first(r: _Reader) -> _Clauses:
    setting = r.setting()
    r.take(",")
    first = r.noun_phrase()
    relation = r.relates(first)
    second = r.noun_phrase()
    r.take(".")
    return setting, [first, second], (0, relation, 1)


def _there_is(r: _Reader) -> _Clauses:
    r.take("there")
    verb = r.word()
    first = r.noun_phrase()
    if verb != _be(first):
        raise _NoMatchError
    setting = r.setting()
    r.take(".")
    second = r.noun_phrase()
    relation = r.relates(second)
    r.the(first)
    r.take(".")
    return setting, [first, second], (1, relation, 0)


def _and_then(r: _Reader) -> _Clauses:
    first = r.noun_phrase()
    r.take("and")
    second = r.noun_phrase()
    r.take("are")
    setting = r.setting()
    r.take(".")
    r.the(first)
    relation = r.relates(first)
    r.the(second)
    r.take(".")
    return setting, [first, second], (0, relation, 1)


def _they_are(r: _Reader) -> _Clauses:
    first = r.noun_phrase()
    relation = r.relates(first)
    second = r.noun_phrase()
    r.take(".", "they", "are")
    setting = r.setting()
    r.take(".")
    return setting, [first, second], (0, relation, 1)


def _closing(r: _Reader, groups: list[NounPhrase]) -> int | None:
    """Read a third group and a total where there are any, up to the end; adds to `groups`."""
    if r.starts("there"):
        r.take("there")
        verb = r.word()
        r.take("also")
        groups.append(r.noun_phrase())
        r.take(".")
        if verb != _be(groups[-1]):
            raise _NoMatchError
    elif r.at < len(r.text) and r.text[r.at + 1 : r.at + 2] != ("objects",):
        groups.append(r.noun_phrase())
        r.take(_be(groups[-1]), "there", "too", ".")
    total = None
    if r.at < len(r.text):
        total = sum(group.count for group in groups)
        r.take(NUMBERS[total], "objects", "in", "all", ".")
    return total
