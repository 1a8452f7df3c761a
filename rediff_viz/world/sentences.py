"""The sentences of both prompts as one language, with the phrases of one text in it: which of its sentences are in order.

A noun phrase is one that is true of the scene or one of the text's own that is well formed, whatever it states; so is a setting.
"the NOUN" has the number of the scene's thing or that of its introduction in the text. Where things are, sizes, tints and totals
are free. A false word in a sound sentence is therefore no fault of grammar. A sentence is judged by itself: it may refer back to
what nothing introduced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rediff_viz.world.claims import COUNTS, NOUN_OF, read_mentions
from rediff_viz.world.lattice import Choice, Expr, Lattice, compile_language
from rediff_viz.world.phrases import article, noun_form, noun_phrase, setting
from rediff_viz.world.scenes import Scene
from rediff_viz.world.things import PHRASES, PLURALS, SIZES, TINTS
from rediff_viz.world.vocabulary import NUMBERS, SYNONYMS, UNK_ID, WORD_IDS

_Phrases = tuple[tuple[str, ...], ...]
_WHERE = Choice(tuple(phrase for pair in SYNONYMS.values() for phrase in pair))
_SIZE, _TINT, _NUMBER = Choice(SIZES), Choice(tuple(TINTS)), Choice(NUMBERS[1:])


@dataclass(frozen=True)
class Wording:
    """The phrases that sentences may use, each sorted; the pairs are of the singular and the plural."""

    settings: _Phrases
    introductions: tuple[_Phrases, _Phrases]
    references: tuple[_Phrases, _Phrases]


def wording(words: Sequence[str], scene: Scene) -> Wording:
    """The phrases that are true of a scene and those of a text."""
    settings = {setting(scene)} | {p for p in PHRASES.values() if any(tuple(words[k : k + len(p)]) == p for k in range(len(words)))}
    introductions = {noun_phrase(g, sized, one) for g in scene.groups for sized in (False, True) for one in (False, True)}
    references = {("the", noun_form(g.noun, g.count)) for g in scene.groups}
    present = {group.noun for group in scene.groups}
    for mention in read_mentions(words):
        phrase = tuple(words[mention.start : mention.at + 1])
        if mention.introduces and _well_formed(phrase):
            introductions.add(phrase)
            references.add(("the", phrase[-1]))
        elif mention.noun not in present:
            references.add(("the", phrase[-1]))
    return Wording(tuple(sorted(settings)), _by_number(introductions), _by_number(references))


def _well_formed(words: Sequence[str]) -> bool:
    """Whether a noun phrase with an article or a number is one of the grammar, whatever it states."""
    opening, rest = words[0], list(words[1:])
    for values in (SIZES, tuple(TINTS)):
        if rest and rest[0] in values:
            rest = rest[1:]
    if len(rest) != 1 or rest[0] not in NOUN_OF:
        return False
    if opening in ("a", "an"):
        return opening == article(words[1]) and rest[0] in PLURALS
    return opening in COUNTS and rest[0] == noun_form(NOUN_OF[rest[0]], COUNTS[opening])


def _by_number(phrases: Iterable[tuple[str, ...]]) -> tuple[_Phrases, _Phrases]:
    ordered = sorted(phrases)
    return tuple(p for p in ordered if p[-1] in PLURALS), tuple(p for p in ordered if p[-1] not in PLURALS)


@lru_cache(maxsize=256)
def sentence_language(phrases: Wording) -> Lattice:
    """Every sentence with these phrases."""
    place = Choice(phrases.settings)
    introductions = Choice(phrases.introductions[False] + phrases.introductions[True])
    known = _known(phrases.references[False]), _known(phrases.references[True])
    references = Choice(known)
    agreeing = tuple(
        sentence
        for many in (False, True)
        for sentence in _agreeing(many, place, Choice(phrases.introductions[many]), known[many], introductions, references)
    )
    general: tuple[Expr, ...] = (
        (introductions, "and", introductions, "are", place, "."),
        ("both", "kinds", "are", Choice((_SIZE, place)), "."),
        ("they", "are", Choice(((), "all")), place, "."),
        ("all", "of", "them", "are", place, "."),
        ("there", "are", _NUMBER, "objects", "in", "all", "."),
        ("in", "all", "there", "are", _NUMBER, "objects", "."),
        (_NUMBER, "objects", "in", "all", "."),
    )
    return compile_language(Choice(agreeing + general))


def _known(references: _Phrases) -> Expr:
    """Each "the NOUN", with a size or without."""
    return Choice(tuple((opening, Choice(((), _SIZE)), noun) for opening, noun in references))


def _agreeing(many: bool, place: Expr, new: Expr, known: Expr, introductions: Expr, references: Expr) -> tuple[Expr, ...]:
    """The sentences whose verb has the number of its subject: `new` introduced, or `known`."""
    be = "are" if many else "is"
    verb = Choice((be, "sit" if many else "sits"))
    pronoun = "they" if many else "it"
    return (
        (place, ",", new, verb, _WHERE, introductions, "."),
        (new, verb, _WHERE, Choice((introductions, references)), "."),
        (known, verb, _WHERE, references, "."),
        (_WHERE, references, Choice((be, ("there", be))), new, "."),
        ("there", be, new, Choice((place, (_WHERE, references))), "."),
        (place, "there", be, new, "."),
        (new, be, place, "."),
        ("there", be, "also", new, "."),
        (new, be, "there", "too", "."),
        (Choice((known, pronoun)), be, _SIZE, Choice(((), ("and", _TINT))), "."),
    )


def word_ids(words: Iterable[str]) -> list[int]:
    """Ids of the words; one outside the vocabulary is <unk>."""
    return [WORD_IDS.get(word, UNK_ID) for word in words]


def split_sentences(words: Sequence[str]) -> list[range]:
    """The positions of each sentence, its full stop included; the last one may lack it."""
    ends = [k + 1 for k, word in enumerate(words) if word == "."]
    if words and (not ends or ends[-1] < len(words)):
        ends.append(len(words))
    return [range(first, last) for first, last in zip([0, *ends], ends, strict=False)]


def sound_sentences(words: Sequence[str], language: Lattice) -> list[bool]:
    """Whether each sentence, as `split_sentences` has them, is one of the language."""
    return [language.accepts(word_ids(words[place.start : place.stop])) for place in split_sentences(words)]
