"""True captions with one planted fault of a known kind, and which words carry it.

A planted fault is (words, the positions that must be marked, and whether one of them is enough).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from rediff_viz.world import NOUNS, OPPOSITE, PHRASES, PLURALS, SIZES, TINTS, Scene, caption, scene_from_seed
from rediff_viz.world.brief import brief
from rediff_viz.world.claims import NOUN_OF
from rediff_viz.world.lattice import draw
from rediff_viz.world.phrases import noun_phrase
from rediff_viz.world.vocabulary import IN_DETAIL, NUMBERS

SWAPPED_VERB = {"is": "are", "are": "is", "sits": "sit", "sit": "sits"}
SWAPPED_RELATION = {**OPPOSITE, "over": "under", "under": "over"}
COUNTED = {"one": "two", "two": "three", "three": "two"}


class Planted(NamedTuple):
    """A text with one fault."""

    words: tuple[str, ...]
    fault: frozenset[int]
    any_of: bool = False  # whether one marked word of the fault is enough


Words = tuple[str, ...]
Plant = Callable[[Words, Scene, np.random.Generator], Planted | None]


def _swap(words: Words, rng: np.random.Generator, options: dict[int, Sequence[str]]) -> Planted | None:
    """One of the words at these positions replaced by one of its options; none if there are none."""
    possible = {at: [word for word in new if word != words[at]] for at, new in options.items()}
    places = [at for at, new in possible.items() if new]
    if not places:
        return None
    at = int(rng.choice(places))
    return Planted((*words[:at], str(rng.choice(possible[at])), *words[at + 1 :]), frozenset({at}))


def _sounding(words: Words, at: int, options: Sequence[str]) -> list[str]:
    """The options that suit an article before the word."""
    return [word for word in options if at == 0 or words[at - 1] not in ("a", "an") or (word[0] in "aeiou") is (words[at - 1] == "an")]


def noun(words: Words, scene: Scene, rng: np.random.Generator) -> Planted | None:
    """A thing that is not there in the place of one that is."""
    absent = [n for n in NOUNS if n not in {group.noun for group in scene.groups}]
    plurals = [PLURALS[n] for n in absent]
    nouns, many = set(PLURALS), set(PLURALS.values())
    return _swap(
        words, rng, {at: _sounding(words, at, absent if w in nouns else plurals) for at, w in enumerate(words) if w in nouns | many}
    )


def count(words: Words, scene: Scene, rng: np.random.Generator) -> Planted | None:
    """Another number of things; "one cat" becomes "two cat", whose count alone is wrong."""
    return _swap(words, rng, {at: [COUNTED[w]] for at, w in enumerate(words) if w in COUNTED and words[at + 1] not in ("objects", "in")})


def tint(words: Words, scene: Scene, rng: np.random.Generator) -> Planted | None:
    """Another colour; "orange" is a colour only."""
    return _swap(words, rng, {at: _sounding(words, at, tuple(TINTS)) for at, w in enumerate(words) if w in TINTS})


def size(words: Words, scene: Scene, rng: np.random.Generator) -> Planted | None:
    """The other size."""
    return _swap(words, rng, {at: SIZES for at, w in enumerate(words) if w in SIZES})


def relation(words: Words, scene: Scene, rng: np.random.Generator) -> Planted | None:
    """The opposite relation."""
    places = (at for at, w in enumerate(words) if w in SWAPPED_RELATION and words[at + 1 : at + 3] != ("the", "sea"))
    return _swap(words, rng, {at: [SWAPPED_RELATION[words[at]]] for at in places})


def total(words: Words, scene: Scene, rng: np.random.Generator) -> Planted | None:
    """Another total."""
    return _swap(words, rng, {at - 1: NUMBERS[2:] for at, w in enumerate(words) if w == "objects"})


def setting(words: Words, scene: Scene, rng: np.random.Generator) -> Planted | None:
    """Another setting, in one of its places."""
    true = PHRASES[scene.setting]
    at = int(rng.choice([k for k in range(len(words)) if words[k : k + len(true)] == true]))
    phrase = PHRASES[str(rng.choice([name for name in PHRASES if name != scene.setting]))]
    return Planted((*words[:at], *phrase, *words[at + len(true) :]), frozenset(range(at, at + len(phrase))))


def article(words: Words, scene: Scene, rng: np.random.Generator) -> Planted | None:
    """ "a" for "an" and the reverse."""
    return _swap(
        words, rng, {at: ["an" if w == "a" else "a"] for at, w in enumerate(words) if w in ("a", "an") and not _in_setting(words, at)}
    )


def _in_setting(words: Words, at: int) -> bool:
    return any(words[at - 1 : at + 2] == phrase for phrase in PHRASES.values())


def verb(words: Words, scene: Scene, rng: np.random.Generator) -> Planted | None:
    """A verb that does not agree."""
    return _swap(words, rng, {at: [SWAPPED_VERB[w]] for at, w in enumerate(words) if w in SWAPPED_VERB})


def repeated(words: Words, scene: Scene, rng: np.random.Generator) -> Planted | None:
    """A word said twice; either may be marked."""
    at = int(rng.integers(len(words)))
    return Planted((*words[: at + 1], *words[at:]), frozenset({at, at + 1}), any_of=True)


def dropped(words: Words, scene: Scene, rng: np.random.Generator) -> Planted | None:
    """A word left out that the sentence needs; the one before it or the one after it may be marked."""
    optional = {("they", "are", "all"), *(("the", noun, "there") for noun in NOUN_OF)}
    needed = [at for at, w in enumerate(words) if w not in (*SIZES, *TINTS) and words[max(0, at - 2) : at + 1] not in optional]
    at = int(rng.choice(needed))
    return Planted((*words[:at], *words[at + 1 :]), frozenset({max(0, at - 1), min(at, len(words) - 2)}), any_of=True)


def again(words: Words, scene: Scene, rng: np.random.Generator) -> Planted | None:
    """A thing introduced a second time, in a sentence of its own."""
    group = scene.groups[int(rng.integers(len(scene.groups)))]
    phrase = noun_phrase(group, sized=bool(rng.integers(2)))
    longer = (*words, "there", "is" if group.count == 1 else "are", "also", *phrase, ".")
    return Planted(longer, frozenset({len(longer) - 2}))


PLANTS: tuple[Plant, ...] = (noun, count, tint, size, relation, total, setting, article, verb, repeated, dropped, again)


def true_captions(seed: int) -> Iterator[tuple[Scene, Words]]:
    """Scenes from a number on, each with an exact caption: briefly (of any length), in detail, and so of four groups, in turn."""
    rng = np.random.default_rng(seed)
    while True:
        scene = scene_from_seed(seed, groups=4 if seed % 3 == 2 else None)
        yield scene, caption(scene, rng, IN_DETAIL) if seed % 3 else draw(brief(scene), rng)
        seed += 1


def planted(plant: Plant, amount: int, seed: int) -> Iterator[tuple[Scene, Planted]]:
    """So many true captions from a scene on that can have the fault, with it."""
    rng = np.random.default_rng(seed)
    for scene, words in true_captions(seed):
        if amount == 0:
            return
        if (fault := plant(words, scene, rng)) is not None:
            amount -= 1
            yield scene, fault
