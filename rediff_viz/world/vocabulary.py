"""The words of the world and their ids. Knows nothing of how captions are built."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rediff_viz.world.things import NOUNS, PHRASES, PLURALS, SIZES, TINTS

EOT, MASK, UNK = "<eot>", "<mask>", "<unk>"
EOT_ID, MASK_ID, UNK_ID = 0, 1, 2
BRIEFLY, IN_DETAIL = "briefly", "in detail"  # the prompts
LENGTHS: dict[str, int] = {BRIEFLY: 40, IN_DETAIL: 64}  # prompt -> the canvas a caption is written on, in tokens
LENGTH = LENGTHS[BRIEFLY]

NUMBERS: tuple[str, ...] = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NUMBERS += ("ten", "eleven", "twelve")  # four groups of three
# Relation -> its phrases, always two.
SYNONYMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "left": (("left", "of"), ("to", "the", "left", "of")),
    "right": (("right", "of"), ("to", "the", "right", "of")),
    "above": (("above",), ("over",)),
    "below": (("below",), ("under",)),
}
_FRAME = [".", ",", "a", "an", "the", "and", "is", "are", "sits", "sit", "there", "they", "also", "too", "objects", "in", "all"]
_WORDS = (
    set(_FRAME)
    | set(NUMBERS[1:10])
    | set(NOUNS)
    | set(PLURALS.values())
    | set(TINTS)
    | set(SIZES)
    | {word for phrase in PHRASES.values() for word in phrase}
    | {word for pair in SYNONYMS.values() for phrase in pair for word in phrase}
)
_SECOND_EDITION = ("it", "them", "both", "kinds", *NUMBERS[10:])  # after all others, so that older ids and weights keep their meaning
VOCABULARY: tuple[str, ...] = (EOT, MASK, UNK, *sorted(_WORDS), *_SECOND_EDITION)
WORD_IDS: dict[str, int] = {word: k for k, word in enumerate(VOCABULARY)}


def before_eot(words: Iterable[str]) -> tuple[str, ...]:
    """The words before the first <eot>."""
    if isinstance(words, str):
        raise ValueError("one string, expected its words: text.split()")
    text = tuple(words)
    return text[: text.index(EOT)] if EOT in text else text


def encode(words: Iterable[str], length: int = LENGTH) -> np.ndarray:
    """Token ids (length,) int64, padded with <eot>; a word outside the vocabulary is <unk>."""
    ids = [WORD_IDS.get(word, UNK_ID) for word in words]
    if len(ids) > length:
        raise ValueError(f"{len(ids)} words, expected at most the canvas length {length}")
    return np.array(ids + [EOT_ID] * (length - len(ids)), dtype=np.int64)


def words_of(ids: Sequence[int] | np.ndarray) -> tuple[str, ...]:
    """The words before the first <eot>."""
    words = []
    for k in np.asarray(ids).tolist():
        if not 0 <= k < len(VOCABULARY):
            raise ValueError(f"token id {k}, expected 0 to {len(VOCABULARY) - 1}")
        if k == EOT_ID:
            break
        words.append(VOCABULARY[k])
    return tuple(words)


def decode(ids: Sequence[int] | np.ndarray) -> str:
    """The words before the first <eot>, joined by spaces; <mask> is included."""
    return " ".join(words_of(ids))
