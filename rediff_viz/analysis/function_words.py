"""Words that say little of a picture: they follow from the words around them, whatever it shows. Of them no grounding is judged."""

from __future__ import annotations

FUNCTION_WORDS = frozenset(
    "a an the and or but nor so as is are was were be been being am has have had do does did sit sits there here they them their it its "
    "he him his she her i we you this that these those which who whose what where when while than then also too both each either other "
    "another any some all in on at of to with without for from by into onto about can may will would not no very".split()
)


def is_judged(text: str) -> bool:
    """Whether a token is more than a sign, white space or a function word."""
    word = text.strip().lower()
    return any(c.isalnum() for c in word) and word not in FUNCTION_WORDS
