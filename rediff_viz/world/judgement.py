"""A text judged: its claims, its faults of grammar, and the words to be marked.

Faults are found beside the nearest sequence of sentences by edit distance (:mod:`rediff_viz.world.sentences`), in which the text's
own statements, true or false, stand as it makes them. A word that carries a right claim, or one that cannot be judged because the
scene is ambiguous there, is no fault except in its form: "cat" for "cats", "is" for "are". An article is judged by the word after
it, unless that one is wrong itself. Up to three words said twice in a row are a fault at their second place and
read once. A word left out has no position: the word after the gap is marked, or the one
before it where that one is sound and the other is not, and neither where a word beside the gap is marked anyway. A <mask> is
never marked and nothing next to one is called missing; <eot> ends the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rediff_viz.world.claims import NOUN_OF, RIGHT, UNJUDGED, VERBS, WRONG, Claim, read_claims, read_mentions
from rediff_viz.world.lattice import Lattice
from rediff_viz.world.phrases import article
from rediff_viz.world.scenes import Scene
from rediff_viz.world.sentences import sentence_language, sound_sentences, split_sentences, word_ids, wording
from rediff_viz.world.things import SIZES, TINTS
from rediff_viz.world.vocabulary import EOT_ID, MASK, VOCABULARY, before_eot

LONGEST = 200  # words that a text may have
ARTICLE, AGREEMENT, PHRASE = "article", "agreement", "phrase"  # the kinds of faults


@dataclass(frozen=True)
class Fault:
    """A fault of grammar."""

    kind: str  # ARTICLE, AGREEMENT or PHRASE
    positions: tuple[int, ...]  # from 0


@dataclass(frozen=True)
class Judgement:
    """What a text says, how it says it, and the words that are wrong for either reason."""

    claims: tuple[Claim, ...]
    grammar: tuple[Fault, ...]
    marked: tuple[int, ...]  # sorted positions, from 0


def judge(words: Iterable[str], scene: Scene) -> Judgement:
    """Judge a text of either prompt; words from the first <eot> on are not read. ValueError for more than LONGEST words."""
    text = before_eot(words)
    if len(text) > LONGEST:
        raise ValueError(f"a text of {len(text)} words, expected at most {LONGEST}: no caption has more than 60")
    places = _without_repeats(text)
    once = tuple(text[k] for k in places)
    claims = read_claims(once, scene)
    wrong = {k for claim in claims if claim.verdict == WRONG for k in claim.positions}
    articles = [k for k in range(len(once) - 1) if once[k + 1] in _AFTER_ARTICLE and once[k] == _misfit(once[k + 1]) and k + 1 not in wrong]
    spelled = tuple(article(once[k + 1]) if k in articles else word for k, word in enumerate(once))
    found = [(ARTICLE, places[at]) for at in articles] + [(kind, places[at]) for kind, at in _faults(spelled, scene, claims)]
    found += [(PHRASE, k) for k in set(range(len(text))) - set(places)]
    marked = {places[k] for k in wrong} | {at for _, at in found}
    return Judgement(_moved(claims, places), _joined(sorted(found, key=lambda one: one[1])), tuple(sorted(marked)))


def claims_right(words: Iterable[str], scene: Scene) -> float:
    """Share of right claims among all claims and what is left unsaid: the setting, each group never named.

    A claim about nothing that can be read is not right; one that is ambiguous by the world's own rule does not count.
    """
    text = before_eot(words)
    return share_right(read_claims([text[k] for k in _without_repeats(text)], scene), scene)


def share_right(claims: Sequence[Claim], scene: Scene) -> float:
    """`claims_right` of a text whose claims are these."""
    counted = [claim for claim in claims if claim.verdict != UNJUDGED or not claim.groups]
    return sum(claim.verdict == RIGHT for claim in counted) / (len(counted) + _omissions(claims, scene) or 1)


def _omissions(claims: Sequence[Claim], scene: Scene) -> int:
    """How much the claims leave unsaid: 1 for a setting never stated, 1 for each group never named."""
    named = {claim.groups for claim in claims if claim.kind == "thing"}
    return all(claim.kind != "setting" for claim in claims) + sum((k,) not in named for k in range(len(scene.groups)))


def sentences_fluent(words: Iterable[str], scene: Scene) -> float:
    """Share of the sentences that are one of the grammar by themselves; 0 for an empty text."""
    text = before_eot(words)
    sound = sound_sentences(text, sentence_language(wording(text, scene)))
    return sum(sound) / (len(sound) or 1)


def _moved(claims: Sequence[Claim], places: Sequence[int]) -> tuple[Claim, ...]:
    """The claims with their positions looked up among these."""
    return tuple(replace(claim, positions=tuple(places[k] for k in claim.positions)) for claim in claims)


def _without_repeats(text: Sequence[str]) -> list[int]:
    """The positions of a text without the words, up to three together, that repeat the ones just before them."""
    places: list[int] = []
    for at in range(len(text)):
        places.append(at)
        for size in (1, 2, 3):
            last = [text[k] for k in places[-2 * size :]]
            if len(last) == 2 * size and last[:size] == last[size:] and MASK not in last:
                del places[-size:]
                break
    return places


_AFTER_ARTICLE = {*NOUN_OF, *SIZES, *TINTS}


def _misfit(word: str) -> str:
    """The article that does not fit a word."""
    return "a" if article(word) == "an" else "an"


def _joined(found: Sequence[tuple[str, int]]) -> tuple[Fault, ...]:
    """Neighbours of one kind as one fault."""
    faults: list[Fault] = []
    for kind, at in found:
        if faults and faults[-1].kind == kind and faults[-1].positions[-1] == at - 1:
            faults[-1] = Fault(kind, (*faults[-1].positions, at))
        else:
            faults.append(Fault(kind, (at,)))
    return tuple(faults)


_Pair = tuple[int | None, int | None]


def _faults(words: Sequence[str], scene: Scene, claims: Sequence[Claim]) -> list[tuple[str, int]]:
    """(kind, position) of each faulty word of a text in which no word stands twice in a row."""
    language = sentence_language(wording(words, scene))
    sentences = list(zip(split_sentences(words), sound_sentences(words, language), strict=True))
    clear = {at for place, sound in sentences if sound for at in place} | {at for at, word in enumerate(words) if word == MASK}
    if len(clear) == len(words):
        return []
    present = {group.noun for group in scene.groups}
    wrong = {at for claim in claims if claim.verdict == WRONG for at in claim.positions}
    wrong |= {at for m in read_mentions(words) if m.noun not in present for at in range(m.start, m.at)}  # its noun is enough
    read = [claim for claim in claims if claim.verdict == RIGHT or (claim.verdict == UNJUDGED and claim.groups)]
    true = {at for claim in read for at in claim.positions}
    marks = _Marks(frozenset(clear), frozenset(wrong), frozenset(true))
    found = _unlike(language, words, range(len(words)), marks, [place for place, sound in sentences if sound])
    for place, sound in sentences:  # a broken one whose words the alignment gave to its neighbours
        if not sound and not any(at in found or at in wrong or words[at] == MASK for at in place):
            found |= _unlike(language, words, place, marks)
    return sorted(((kind, at) for at, kind in found.items()), key=lambda one: one[1])


@dataclass(frozen=True)
class _Marks:
    """Positions that are judged already."""

    clear: frozenset[int]  # of sound sentences, and masks
    wrong: frozenset[int]  # of wrong claims
    true: frozenset[int]  # of claims that are right or cannot be judged


def _unlike(language: Lattice, words: Sequence[str], place: range, marks: _Marks, sound: Sequence[range] = ()) -> dict[int, str]:
    """Position -> kind of fault, of the words of a stretch of text that the nearest sequence of sentences has otherwise.

    `sound`: those of its sentences that are in order, where it is the whole text.
    """
    ids = word_ids(words[place.start : place.stop])
    weights = [0 if words[at] == MASK else 2 if at in marks.true else 1 for at in place]
    pairs = [(None if k is None else place[k], target) for k, target in language.align(ids, weights, True, sound)]
    found: dict[int, str] = {}
    for at, target in pairs:
        if at is None or at in marks.clear or at in marks.wrong or target == ids[at - place.start]:
            continue
        kind = _kind(words[at], "" if target is None else VOCABULARY[target])
        if kind != PHRASE or at not in marks.true:
            found[at] = kind
    for before, after, kind in _gaps(pairs, place):
        beside = [at for at in (after, before) if at is not None]
        if not any(at in found or at in marks.wrong or words[at] == MASK for at in beside) and not all(at in marks.clear for at in beside):
            choice = [at for at in beside if at not in marks.true and words[at] != "."] or [at for at in beside if at not in marks.clear]
            found.setdefault(choice[0], kind)
    return found


def _kind(word: str, expected: str) -> str:
    """The kind of a fault from the word that stands there and the one expected, "" for none."""
    if {word, expected} <= {"a", "an", ""}:
        return ARTICLE
    same_noun = word in NOUN_OF and NOUN_OF[word] == NOUN_OF.get(expected)
    return AGREEMENT if same_noun or (word in VERBS and expected in VERBS) else PHRASE


def _gaps(pairs: Sequence[_Pair], place: range) -> list[tuple[int | None, int | None, str]]:
    """Each gap of words left out: the position before it, the one after it (None at the stretch's ends), and the kind of fault."""
    gaps = []
    at = place.start
    missing: list[int] = []
    for here, target in [*pairs, (place.stop, EOT_ID)]:
        if here is None:
            assert target is not None
            missing.append(target)
            continue
        if missing:
            kind = ARTICLE if [VOCABULARY[k] for k in missing] in (["a"], ["an"]) else PHRASE
            gaps.append((at - 1 if at > place.start else None, at if at < place.stop else None, kind))
        missing, at = [], here + 1
    return gaps
