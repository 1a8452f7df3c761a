"""A language as an acyclic graph of words: every path from the first node to the end is one caption.

Written as an expression (words, sequences, choices), compiled to arrays, and searched by dynamic programming, so that a
language need never be listed. Knows words and ids, and nothing of scenes.
Shapes: K nodes, E edges, B canvases, N positions of a canvas, n words of a text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, Union

import numpy as np

from rediff_viz.world.vocabulary import EOT_ID, VOCABULARY, WORD_IDS

Expr: TypeAlias = Union[str, tuple["Expr", ...], "Choice"]
_FAR = np.int16(10_000)  # more than any caption can differ


@dataclass(frozen=True)
class Choice:
    """One of several expressions."""

    options: tuple[Expr, ...]


def draw(expr: Expr, rng: np.random.Generator) -> tuple[str, ...]:
    """One caption of the language, every choice uniform over its options."""
    if isinstance(expr, str):
        return (expr,)
    if isinstance(expr, Choice):
        return draw(expr.options[int(rng.integers(len(expr.options)))], rng)
    return tuple(word for part in expr for word in draw(part, rng))


@dataclass(frozen=True, eq=False)
class Lattice:
    """The compiled language. Node 0 is the first; edges lead to nodes of a higher number; the end is node K."""

    first: np.ndarray  # (K + 1,) int64: the edges of node k are first[k] to first[k + 1]
    word: np.ndarray  # (E,) int64 word ids; <eot> ends the caption
    target: np.ndarray  # (E,) int64 nodes
    levels: np.ndarray  # (L + 1,) int64: nodes levels[l] to levels[l + 1] lead only to nodes of later levels

    def edges(self, node: int) -> range:
        """The edges of a node, in their fixed order."""
        return range(int(self.first[node]), int(self.first[node + 1]))

    def paths(self) -> Iterator[tuple[str, ...]]:
        """Every caption, in the order of the edges, which is the order that breaks ties."""
        stack: list[tuple[int, tuple[str, ...]]] = [(0, ())]
        while stack:
            node, words = stack.pop()
            for edge in reversed(self.edges(node)):
                if self.word[edge] == EOT_ID:
                    stack.append((-1, words))
                else:
                    stack.append((int(self.target[edge]), (*words, VOCABULARY[self.word[edge]])))
            while stack and stack[-1][0] < 0:
                yield stack.pop()[1]

    def accepts(self, ids: Sequence[int] | np.ndarray) -> bool:
        """Whether the words of a canvas, up to its first <eot>, are a caption of the language."""
        nodes = {0}
        for word in [*(int(i) for i in ids), EOT_ID]:
            nodes = {int(self.target[edge]) for node in nodes for edge in self.edges(node) if self.word[edge] == word}
            if word == EOT_ID:
                break
        return bool(nodes)

    def nearest(self, canvases: np.ndarray) -> np.ndarray:
        """(B, N) canvases -> (B, N) int64 the caption nearest to each, padded with <eot>.

        Nearest is fewest positions that differ, <eot> after the caption's end included; ties go to the first in the order
        of `paths`. Captions longer than the canvas are left out; ValueError if none fits.
        """
        canvases = np.asarray(canvases, dtype=np.int64)
        if canvases.ndim != 2:
            raise ValueError(f"canvases of shape {canvases.shape}, expected (B, N) token ids")
        costs, rest = self._costs(canvases)
        if len(canvases) and costs[0, 0].min() >= _FAR:
            raise ValueError(f"a canvas of {canvases.shape[1]} tokens, expected room for the shortest caption")
        return np.stack([self._walk(canvas, costs[:, :, b], rest[b]) for b, canvas in enumerate(canvases)])

    def _costs(self, canvases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N + 1, K + 1, B) mismatches of the best caption from each node at each position, and (B, N + 1) of ending there."""
        batch, length = canvases.shape
        rest = np.zeros((batch, length + 1), dtype=np.int16)
        rest[:, :length] = np.cumsum((canvases != EOT_ID)[:, ::-1], axis=1)[:, ::-1]
        costs = np.full((length + 1, len(self.first), batch), _FAR, dtype=np.int16)
        ends = self._ends
        for at in range(length, -1, -1):
            through = np.full((len(self.word), batch), _FAR, dtype=np.int16)
            if at < length:
                through = costs[at + 1, self.target] + (self.word[:, None] != canvases[None, :, at])
            through[ends] = rest[:, at]
            costs[at, :-1] = np.minimum.reduceat(through, self.first[:-1], axis=0)
            np.minimum(costs[at], _FAR, out=costs[at])
        return costs, rest

    @cached_property
    def _ends(self) -> np.ndarray:
        """The edges that end a caption."""
        return np.flatnonzero(self.word == EOT_ID)

    def _walk(self, canvas: np.ndarray, costs: np.ndarray, rest: np.ndarray) -> np.ndarray:
        """The best caption as ids (N,), from its costs (N + 1, K + 1)."""
        out = np.full(len(canvas), EOT_ID, dtype=np.int64)
        node, at = 0, 0
        while True:
            for edge in self.edges(node):
                word = int(self.word[edge])
                if word == EOT_ID:
                    if rest[at] == costs[at, node]:
                        return out
                elif at < len(canvas) and costs[at + 1, self.target[edge]] + (word != canvas[at]) == costs[at, node]:
                    break
            out[at], node, at = word, int(self.target[edge]), at + 1

    def align(
        self,
        ids: Sequence[int] | np.ndarray,
        weights: Sequence[int] | None = None,
        repeat: bool = False,
        sound: Sequence[range] = (),
    ) -> list[tuple[int | None, int | None]]:
        """The caption with the smallest edit distance to a text of n ids, word by word beside it.

        Pairs (index into the text, word id of the caption), in order: None on the left is a word left out of the text, None
        on the right a word too many. `weights` (n,): what it costs to replace or remove each word, 1 without them; a word
        left out costs 1. Ties: equal words first, then a replaced word, a word too many, a word left out. With `repeat` the
        text is aligned with the nearest sequence of captions, none included; `sound` are stretches of the text that are known to be
        captions, which changes nothing but the time it takes.
        """
        text = np.asarray(ids, dtype=np.int64)
        worth = np.ones(len(text), dtype=np.int16) if weights is None else np.asarray(weights, dtype=np.int16)
        rest = np.append(np.cumsum(worth[::-1], dtype=np.int16)[::-1], np.int16(0))  # (n + 1,) what removing the words from each on costs
        costs = self._edit_costs(text, worth, rest, _at_most(worth, sound) if repeat else rest)
        while repeat and (begun := np.minimum(rest, costs[0])).tolist() != costs[-1].tolist():
            costs = self._edit_costs(text, worth, rest, begun)
        end = len(self.first) - 1
        pairs: list[tuple[int | None, int | None]] = []
        node, at = end if repeat else 0, 0
        while node != end or at < len(text):
            if node == end and costs[end, at] != rest[at]:
                node = 0
            pair, node, at = self._edit_step(text, worth, costs, node, at)
            if pair != (None, EOT_ID):
                pairs.append(pair)
        return pairs

    def _edit_costs(self, text: np.ndarray, worth: np.ndarray, rest: np.ndarray, end: np.ndarray) -> np.ndarray:
        """(K + 1, n + 1) what the edits cost between the text from each word on and the best caption from each node on.

        `rest` (n + 1,): what removing the text from each word on costs; `end` (n + 1,): what it costs past the caption's end.
        """
        costs = np.full((len(self.first), len(text) + 1), _FAR, dtype=np.int16)
        costs[-1] = end
        for low, high in zip(self.levels[-2::-1], self.levels[:0:-1], strict=True):
            edges = slice(int(self.first[low]), int(self.first[high]))
            after = costs[self.target[edges]]  # (edges, n + 1)
            ending = self.word[edges] == EOT_ID
            through = after + np.where(ending, 0, 1).astype(np.int16)[:, None]  # the caption's word is left out of the text
            replaced = after[:, 1:] + worth * (self.word[edges, None] != text[None])
            through[:, :-1] = np.where(ending[:, None], through[:, :-1], np.minimum(through[:, :-1], replaced))
            best = np.minimum.reduceat(through, self.first[low:high] - self.first[low], axis=0)
            # words too many: from i to any later j
            costs[low:high] = np.minimum.accumulate((best - rest)[:, ::-1], axis=1)[:, ::-1] + rest
        return costs

    def _edit_step(
        self, text: np.ndarray, worth: np.ndarray, costs: np.ndarray, node: int, at: int
    ) -> tuple[tuple[int | None, int | None], int, int]:
        """The next pair of the best alignment from a node and a word on, and where it leads."""
        if node == len(self.first) - 1:
            return (at, None), node, at + 1
        here = int(costs[node, at])
        options = [(int(self.word[e]), int(self.target[e])) for e in self.edges(node)]
        if at < len(text):
            for equal in (True, False):
                for word, target in options:
                    cost = 0 if equal else int(worth[at])
                    if word != EOT_ID and bool(word == text[at]) is equal and costs[target, at + 1] + cost == here:
                        return (at, word), target, at + 1
            if costs[node, at + 1] + worth[at] == here:
                return (at, None), node, at + 1
        word, target = next((w, t) for w, t in options if costs[t, at] + (w != EOT_ID) == here)
        return (None, word), target, at


def _at_most(worth: np.ndarray, sound: Sequence[range]) -> np.ndarray:
    """(n + 1,) what the edits from each word on cost at most: nothing in a caption, and elsewhere what removing the words costs."""
    costs = np.zeros(len(worth) + 1, dtype=np.int16)
    ends = {place.start: place.stop for place in sound}
    for at in range(len(worth) - 1, -1, -1):
        costs[at] = costs[ends[at]] if at in ends else costs[at + 1] + worth[at]
    return costs


def compile_language(expr: Expr, least: int = 0) -> Lattice:
    """The lattice of all captions of an expression that have at least `least` words."""
    return _Compiler(least).lattice(expr)


_Cell = tuple[int, int]  # what is still to be spelled (0: nothing), and how many words stand before it, counted up to `least`


class _Compiler:
    """Expands an expression node by node; equal rests of a caption are one node."""

    def __init__(self, least: int) -> None:
        self.least = least
        self.rests: list[tuple[Expr, int]] = [((), 0)]  # rest -> its first part and the rest after that
        self.numbers: dict[tuple[Expr, int], int] = {}
        self.steps: dict[int, tuple[tuple[str, int], ...]] = {0: (("", 0),)}

    def rest(self, part: Expr, after: int) -> int:
        key = part, after
        if key not in self.numbers:
            self.numbers[key] = len(self.rests)
            self.rests.append(key)
        return self.numbers[key]

    def first_words(self, rest: int) -> tuple[tuple[str, int], ...]:
        """The words that a rest may begin with and what then remains; "" where it may be empty."""
        if rest not in self.steps:
            part, after = self.rests[rest]
            if isinstance(part, str):
                found: tuple[tuple[str, int], ...] = ((part, after),)
            elif isinstance(part, Choice):
                found = tuple(step for option in part.options for step in self.first_words(self.rest(option, after)))
            else:
                for item in reversed(part):
                    after = self.rest(item, after)
                found = self.first_words(after)
            self.steps[rest] = tuple(dict.fromkeys(found))
        return self.steps[rest]

    def lattice(self, expr: Expr) -> Lattice:
        """Depth first, then numbered by level so that edges only lead on."""
        edges: dict[_Cell, list[tuple[int, _Cell | None]]] = {}
        height: dict[_Cell, int] = {}

        def visit(cell: _Cell) -> int:
            """Words from the cell to the farthest end, or -1 where no caption is long enough."""
            if cell in height:
                return height[cell]
            rest, count = cell
            found: list[tuple[int, _Cell | None]] = []
            longest = -1
            for word, after in self.first_words(rest):
                if not word:
                    if count >= self.least:
                        found.append((EOT_ID, None))
                        longest = max(longest, 0)
                    continue
                onward = after, min(count + 1, self.least)
                if (more := visit(onward)) >= 0:
                    found.append((WORD_IDS[word], onward))
                    longest = max(longest, more + 1)
            edges[cell], height[cell] = found, longest
            return longest

        root = self.rest(expr, 0), 0
        if visit(root) < 0:
            raise ValueError(f"no caption of the language has {self.least} words")
        cells = sorted((cell for cell in edges if height[cell] >= 0), key=lambda cell: -height[cell])
        number = {cell: k for k, cell in enumerate(cells)}
        flat = [(word, len(cells) if target is None else number[target]) for cell in cells for word, target in edges[cell]]
        counts = np.cumsum([0, *(len(edges[cell]) for cell in cells)])
        heights = np.array([height[cell] for cell in cells])
        levels = np.concatenate([[0], np.flatnonzero(np.diff(heights)) + 1, [len(cells)]])
        words, targets = (np.array(column, dtype=np.int64) for column in zip(*flat, strict=True))
        return Lattice(counts.astype(np.int64), words, targets, levels.astype(np.int64))
