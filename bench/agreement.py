"""Words of a caption that must agree, and words of the same kinds that need not: what a cascade should find, and what it should not.

A pair is (type, i, j), positions with i < j. Of every type, the independent pairs are matched to the agreeing ones: words of the
same two kinds, as far apart as can be, that no agreement links.
"""

from __future__ import annotations

from collections.abc import Sequence

from rediff_viz.world.claims import COUNTS, VERBS, read_mentions
from rediff_viz.world.things import SIZES, TINTS

TYPES = ("article and noun", "noun and verb", "noun and its repetition", "count and total")
Pair = tuple[str, int, int]


def agreeing(words: Sequence[str]) -> list[Pair]:
    """The pairs of a sound caption that must agree."""
    mentions = read_mentions(words)
    found: list[Pair] = []
    introduced: dict[str, int] = {}
    for mention in mentions:
        if mention.introduces:
            found.append(("article and noun", mention.start, mention.at))
        if mention.at + 1 < len(words) and words[mention.at + 1] in VERBS:
            found.append(("noun and verb", mention.at, mention.at + 1))
        if mention.noun in introduced:
            found.append(("noun and its repetition", introduced[mention.noun], mention.at))
        introduced.setdefault(mention.noun, mention.at)
    totals = [at for at in range(len(words) - 1) if words[at + 1] == "objects" and words[at] in COUNTS]
    counts = [mention.start for mention in mentions if mention.introduces]
    return found + [("count and total", at, total) for total in totals for at in counts if at < total]


def independent(words: Sequence[str], agree: Sequence[Pair]) -> list[Pair]:
    """For each agreeing pair one of the same kinds of words, as far apart as can be, that no agreement links; none where none is."""
    linked = {pair[1:] for pair in agree}
    spots = {"noun": {m.at for m in read_mentions(words)}, "opening": {m.start for m in read_mentions(words) if m.introduces}}
    spots |= {
        "verb": {k for k, word in enumerate(words) if word in VERBS},
        "detail": {k for k, w in enumerate(words) if w in {*SIZES, *TINTS}},
    }
    kinds = {"article and noun": ("opening", "noun"), "noun and verb": ("noun", "verb"), "noun and its repetition": ("noun", "noun")}
    found: list[Pair] = []
    for name, i, j in agree:
        firsts, seconds = (spots["detail"], {j}) if name == "count and total" else tuple(spots[kind] for kind in kinds[name])
        options = [(a, b) for a in firsts for b in seconds if a < b and (a, b) not in linked and (name, a, b) not in found]
        options = [(a, b) for a, b in options if name != "noun and its repetition" or words[a] != words[b]]
        if options:
            a, b = min(options, key=lambda pair: (abs(pair[1] - pair[0] - (j - i)), pair))
            found.append((name, a, b))
    return found
