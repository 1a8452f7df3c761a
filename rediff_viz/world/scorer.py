"""How well a caption describes its scene.

fluent              it parses (:func:`rediff_viz.world.parser.parse`)
exact               it parses, everything it states is true, and every group is named exactly once
object_f1           F1 between the set of nouns it mentions and the scene's
attribute_accuracy  over the scene's nouns that it introduces (first noun phrase of each): share of
                    right attributes among count, tint (none stated = natural) and, if stated, size;
                    a noun phrase without a number or article has its count wrong.
                    None where none of the scene's nouns is introduced
relation_accuracy   1 where the first relation clause that can be read is true, else 0 (also where
                    it names something not in the scene); None where none can be read
duplicated          some noun is introduced twice ("a cat is left of a cat")
chair_i             share of the introduced nouns that are not in the scene (CHAIR, Rohrbach et al.
                    2018, over noun phrases); None where nothing is introduced
chair_s             at least one of the introduced nouns is not in the scene
claims_right        share of right claims (:mod:`rediff_viz.world.claims`) among all claims and what is left unsaid: a setting never
                    stated, a group never named. A claim about nothing that can be read is not right; a relation that the
                    world itself calls ambiguous does not count
sentences_fluent    share of the sentences that are one of the grammar by themselves (:mod:`rediff_viz.world.sentences`); an
                    unended one is not, and an empty text has 0

A long caption ("in detail") is fluent where all its sentences are, and exact where it is one of the scene's language.

A text that does not parse is read loosely: every known noun, singular or plural, with the words
directly before it that can belong to its noun phrase. "the NOUN" after that noun was introduced
refers back and introduces nothing. On a text that parses the loose reading finds the same groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from rediff_viz.world.grammar import language
from rediff_viz.world.judgement import claims_right, sentences_fluent
from rediff_viz.world.parser import CaptionGraph, parse
from rediff_viz.world.scenes import Group, Scene, relation
from rediff_viz.world.sentences import word_ids
from rediff_viz.world.things import PLURALS, SIZES, TINTS
from rediff_viz.world.vocabulary import BRIEFLY, NUMBERS, SYNONYMS, before_eot

_NOUN_OF = {form: noun for noun, plural in PLURALS.items() for form in (noun, plural)}
_COUNTS = {"a": 1, "an": 1} | {word: k for k, word in enumerate(NUMBERS) if k}
_VERBS = ("is", "are", "sits", "sit")
_PHRASES = sorted(((p, how) for how, pair in SYNONYMS.items() for p in pair), key=lambda item: -len(item[0]))


@dataclass(frozen=True)
class CaptionScore:
    """The scores of one caption; each is defined in the module docstring."""

    fluent: bool
    exact: bool
    object_f1: float
    attribute_accuracy: float | None
    relation_accuracy: float | None
    duplicated: bool
    chair_i: float | None
    chair_s: bool
    claims_right: float
    sentences_fluent: float


@dataclass(frozen=True)
class Mention:
    """A noun phrase found by the loose reading."""

    noun: str
    count: int | None  # None: neither article nor number
    size: str | None
    tint: str | None


def score_caption(words: Iterable[str], scene: Scene, prompt: str = BRIEFLY) -> CaptionScore:
    """CaptionScore a caption; words after the first <eot> are ignored. ValueError for a prompt outside the closed language."""
    text = before_eot(words)
    sound = sentences_fluent(text, scene)
    if prompt == BRIEFLY:
        graph = parse(text)
        fluent, exact = graph is not None, graph is not None and is_exact(graph, scene)
    else:
        fluent, exact = sound == 1, language(scene, prompt).accepts(word_ids(text))
    present = {group.noun: group for group in scene.groups}
    introduced = mentions(text)
    nouns = [mention.noun for mention in introduced]
    absent = sum(noun not in present for noun in nouns)
    named = len(set(nouns) & set(present))
    return CaptionScore(
        fluent=fluent,
        exact=exact,
        object_f1=2 * named / (len(set(nouns)) + len(present)),
        attribute_accuracy=_attributes(introduced, present),
        relation_accuracy=_relation(text, present),
        duplicated=len(set(nouns)) < len(nouns),
        chair_i=absent / len(nouns) if nouns else None,
        chair_s=absent > 0,
        claims_right=claims_right(text, scene),
        sentences_fluent=sound,
    )


def mean_scores(scores: Sequence[CaptionScore]) -> dict[str, float | None]:
    """The mean of every field over the scores that have it; None where no score has."""
    rows = [asdict(one) for one in scores]
    result: dict[str, float | None] = {}
    for name in CaptionScore.__dataclass_fields__:
        values = [float(row[name]) for row in rows if row[name] is not None]
        result[name] = sum(values) / len(values) if values else None
    return result


def is_exact(graph: CaptionGraph, scene: Scene) -> bool:
    """Whether everything the caption states is true and every group is named exactly once."""
    present = {group.noun: group for group in scene.groups}
    if graph.setting != scene.setting or sorted(g.noun for g in graph.groups) != sorted(present):
        return False
    for phrase in graph.groups:
        group = present[phrase.noun]
        if (phrase.count, phrase.tint) != (group.count, group.tint) or phrase.size not in (None, group.size):
            return False
    i, how, j = graph.relation
    return relation(present[graph.groups[i].noun], present[graph.groups[j].noun]) == how


def mentions(text: tuple[str, ...]) -> list[Mention]:
    """The noun phrases that introduce something, in order."""
    result: list[Mention] = []
    for at, word in enumerate(text):
        if word not in _NOUN_OF:
            continue
        start = _phrase_start(text, at)
        noun, before = _NOUN_OF[word], text[start:at]
        if before[:1] == ("the",) and any(mention.noun == noun for mention in result):
            continue
        count = next((_COUNTS[w] for w in before if w in _COUNTS), None)
        size = next((w for w in before if w in SIZES), None)
        tint = next((w for w in before if w in TINTS), None)
        result.append(Mention(noun, count, size, tint))
    return result


def _phrase_start(text: tuple[str, ...], at: int) -> int:
    """Where the noun phrase that ends with the noun at `at` begins."""
    start = at
    while start and (text[start - 1] in SIZES or text[start - 1] in TINTS):
        start -= 1
    if start and (text[start - 1] in _COUNTS or text[start - 1] == "the"):
        start -= 1
    return start


def _attributes(introduced: list[Mention], present: dict[str, Group]) -> float | None:
    right: list[bool] = []
    judged: set[str] = set()
    for mention in introduced:
        group = present.get(mention.noun)
        if group is None or mention.noun in judged:
            continue
        judged.add(mention.noun)
        right += [mention.count == group.count, mention.tint == group.tint]
        right += [mention.size == group.size] if mention.size else []
    return sum(right) / len(right) if right else None


def _relation(text: tuple[str, ...], present: dict[str, Group]) -> float | None:
    """Find NOUN [verb] RELATION noun phrase, and judge the first such clause."""
    for at in range(1, len(text)):
        for words, how in _PHRASES:
            if text[at : at + len(words)] != words:
                continue
            before = text[at - 1] if text[at - 1] not in _VERBS or at < 2 else text[at - 2]
            after = next((k for k in range(at + len(words), len(text)) if text[k] in _NOUN_OF), None)
            if before not in _NOUN_OF or after is None or _phrase_start(text, after) != at + len(words):
                continue
            first, second = present.get(_NOUN_OF[before]), present.get(_NOUN_OF[text[after]])
            return float(first is not None and second is not None and relation(first, second) == how)
    return None
