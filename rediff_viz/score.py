"""From traces to what the Score in the browser plays: one opening message, one small message per tick, one at the end.

A message is plain JSON types. Token ids are run-local (0 the mask, 1 end-of-text), with one table of texts for all
lanes, so that lanes of different tokenizers can be compared word by word. Probabilities travel as whole per mille.
The format is in docs/page.md. Knows no page and no model. Shapes: N answer positions, K candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category

import numpy as np

from .samplers import SAMPLERS
from .trace import Row, Trace

FORMAT = 2
MASK, EOT = 0, 1  # run-local ids
FAINT = 0.004  # candidates below this probability are not sent
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, bidi marks and the like, lone surrogates
_JOINERS = "\u200c\u200d"  # they shape letters and emoji
Message = dict[str, Any]


@dataclass(frozen=True)
class LaneHead:
    """What is known of a lane before its first pass."""

    lane: str  # "rediff@world-rediff:settle=4"
    start: np.ndarray  # (N,) canvas before the first pass
    planned: int  # forward passes foreseen; the lane may take fewer or, with a corrector, more
    mask_id: int
    eot_id: int | None
    texts: Callable[[Sequence[int]], Sequence[str]]  # the text of each id
    label: str = ""  # provenance
    notes: tuple[str, ...] = ()

    @property
    def sampler(self) -> str:
        """The sampler's name."""
        return self.lane.partition("@")[0]


def head_of(trace: Trace) -> LaneHead:
    """The lane head of a finished trace."""
    head = trace.head
    return LaneHead(head.lane, trace.start, len(trace), head.mask_id, head.eot_id, trace.tokens, head.provenance, tuple(head.notes))


class Scribe:
    """Writes the messages of one run, numbering them: 0 opens, then one per tick, the last one ends."""

    def __init__(self, run: str, lanes: Sequence[LaneHead]) -> None:
        lengths = {len(lane.start) for lane in lanes}
        if len(lengths) != 1:
            raise ValueError(f"lanes of {sorted(lengths)} positions, expected lanes of one length")
        self.run, self.lanes, self.length = run, tuple(lanes), lengths.pop()
        self.seq = 0
        self._words: list[str] = ["", ""]
        self._ids: dict[str, int] = {}
        self._local: list[dict[int, int]] = [{lane.mask_id: MASK} for lane in lanes]
        for lane, local in zip(lanes, self._local, strict=True):
            if lane.eot_id is not None:
                local[lane.eot_id] = EOT
        self._told = 0
        self._last = [np.asarray(lane.start) for lane in lanes]

    def opening(self, source: str, title: str = "", picture: str | None = None, **about: Any) -> Message:
        """The message that begins a run; `about` may hold about, intro, scene_words. picture: a data: or same-origin URL."""
        heads = [self._head(i, lane) for i, lane in enumerate(self.lanes)]
        return {
            "kind": "run", "format": FORMAT, "run": self.run, "seq": 0, "source": source, "title": title, "picture": picture,
            "length": self.length, "mask": MASK, "eot": EOT, "lanes": heads, "vocab": self._fresh(), **about,
        }  # fmt: skip

    def rows(self, rows: Iterable[tuple[int, Row]]) -> Message:
        """The message of one tick: (lane index, row) pairs."""
        self.seq += 1
        told = [[i, self.row(i, row)] for i, row in rows]
        return {"kind": "passes", "run": self.run, "seq": self.seq, "passes": told, "vocab": self._fresh()}

    def ending(self, traces: Sequence[Trace], stopped: str = "") -> Message:
        """The message that ends a run: texts, and where the truth of the picture is known, what is wrong."""
        self.seq += 1
        ends = [self.end(i, trace) for i, trace in enumerate(traces)]
        return {"kind": "end", "run": self.run, "seq": self.seq, "lanes": ends, "stopped": stopped, "vocab": self._fresh()}

    def row(self, lane: int, row: Row) -> Message:
        """One forward pass, as changes against the canvas before it."""
        before, said = np.asarray(row.before), row.said
        changed = np.flatnonzero(row.canvas != before)
        written = [[int(p), self._id(lane, row.canvas[p]), _prob_of(row, int(p))] for p in changed]
        told: Message = {"phase": row.phase, "canvas": written, "prob": _mille(said.prob), "input_prob": _mille(said.kept)}
        told["top"] = [self._top(lane, said.top_ids[p], said.top_prob[p]) for p in range(len(before))]
        if early := self._changes(lane, self._last[lane], before):
            told["before"] = early
        if drafted := self._changes(lane, before, row.read):
            told["read"] = drafted
        self._last[lane] = np.asarray(row.canvas)
        return told

    def end(self, lane: int, trace: Trace) -> Message:
        """How a lane ended."""
        from .events import never_checked

        unread = np.flatnonzero(never_checked(trace)).tolist()
        told: Message = {"text": trace.text, "stopped": trace.head.stopped, "never_checked": unread}
        truth = true_ids(trace)
        if truth is not None:
            from .world import VOCABULARY

            told["truth"] = [self._id(lane, i, VOCABULARY[i]) for i in truth]  # words that the lane itself may never have said
            told["why"] = {self._local[lane][i]: text for i, text in absent(trace).items() if i in self._local[lane]}
        return told

    def _head(self, i: int, lane: LaneHead) -> Message:
        method = SAMPLERS[lane.sampler]
        checkpoint = lane.lane.partition("@")[2].replace(":", " · ").replace(",", ", ")
        return {
            "name": lane.lane, "title": method.title, "sampler": lane.sampler, "checkpoint": checkpoint, "planned": lane.planned,
            "method": f"{method.line} {method.unchecked}", "rules": list(method.rules), "label": lane.label, "notes": list(lane.notes),
            "start": [self._id(i, t) for t in lane.start],
        }  # fmt: skip

    def _id(self, lane: int, token: Any, text: str | None = None) -> int:
        local = self._local[lane]
        token = int(token)
        if token not in local:
            text = _plain(self.lanes[lane].texts([token])[0] if text is None else text)
            if text not in self._ids:
                self._ids[text] = len(self._words)
                self._words.append(text)
            local[token] = self._ids[text]
        return local[token]

    def _fresh(self) -> list[str]:
        """Texts not yet told."""
        fresh, self._told = self._words[self._told :], len(self._words)
        return fresh

    def _changes(self, lane: int, old: np.ndarray, new: np.ndarray) -> list[list[int]]:
        return [[int(p), self._id(lane, new[p])] for p in np.flatnonzero(np.asarray(old) != np.asarray(new))]

    def _top(self, lane: int, ids: np.ndarray, prob: np.ndarray) -> list[int]:
        """[id, per mille, id, per mille, ...] of the candidates worth showing; at least one."""
        keep = max(1, int((prob >= FAINT).sum()))
        return [v for i, p in zip(ids[:keep], prob[:keep], strict=True) for v in (self._id(lane, i), round(float(p) * 1000))]


def payload(
    traces: Sequence[Trace], run: str, title: str = "", picture: str | None = None, source: str = "recorded", **about: Any
) -> Message:
    """Finished traces as one message that `RediffScore.mount` plays by itself."""
    scribe = Scribe(run, [head_of(trace) for trace in traces])
    opening = scribe.opening(source, title, picture, **about)
    for i, trace in enumerate(traces):
        opening["lanes"][i]["passes"] = [scribe.row(i, trace.row(t)) for t in range(len(trace))]
        opening["lanes"][i]["end"] = scribe.end(i, trace)
    opening["vocab"] += scribe._fresh()
    if "scene_words" not in opening and (words := scene_words(traces[0].head.scene)):
        opening["scene_words"] = words
    return opening


def scene_words(scene: Mapping[str, Any] | None) -> str:
    """One true caption of a world scene, as a sentence; "" where no truth is known."""
    if scene is None:
        return ""
    from .world import captions, from_dict

    words = " ".join(next(iter(captions(from_dict(scene))))).replace(" ,", ",").split(" .")
    return ". ".join(part.strip().capitalize() for part in words if part.strip())


def true_ids(trace: Trace) -> np.ndarray | None:
    """(N,) the true caption nearest to the lane's final canvas, in the lane's own ids; None where no truth is known."""
    scene = trace.head.scene
    if scene is None or not _speaks_world(trace):
        return None
    from .world import from_dict, nearest

    try:
        return nearest(from_dict(scene), trace.final)
    except ValueError:  # no true caption of the scene fits so short a canvas
        return None


def wrong_words(trace: Trace) -> np.ndarray | None:
    """(S, N) bool: settled tokens that differ from the nearest true caption; None where no truth is known."""
    truth = true_ids(trace)
    if truth is None:
        return None
    return (trace.canvas != truth) & (trace.canvas != trace.head.mask_id) & (trace.canvas != trace.head.eot_id)


def _speaks_world(trace: Trace) -> bool:
    """Whether the lane's ids are the picture world's own words."""
    from .world import EOT_ID, MASK_ID, VOCABULARY

    head = trace.head
    return (head.mask_id, head.eot_id) == (MASK_ID, EOT_ID) and all(
        i < len(VOCABULARY) and VOCABULARY[i] == t for i, t in head.vocabulary.items()
    )


def absent(trace: Trace) -> dict[int, str]:
    """Ids of things that the lane named and the picture does not show, each with a plain sentence."""
    from .world import PLURALS

    scene = trace.head.scene or {}
    shown = {group["noun"] for group in scene.get("groups", ())}
    words = {noun: f"There is no {noun} in this picture." for noun in PLURALS if noun not in shown}
    words |= {many: f"There are no {many} in this picture." for noun, many in PLURALS.items() if noun not in shown}
    return {i: words[text] for i, text in trace.head.vocabulary.items() if text in words}


def _prob_of(row: Row, position: int) -> int | None:
    """Per mille that pass gave the token it wrote, None where it was not kept."""
    token, said = int(row.canvas[position]), row.said
    if int(said.ids[position]) == token:
        return round(float(said.prob[position]) * 1000)
    if int(row.read[position]) == token:
        return round(float(said.kept[position]) * 1000)
    among = np.flatnonzero(said.top_ids[position] == token)
    return round(float(said.top_prob[position][among[0]]) * 1000) if len(among) else None


def _mille(prob: np.ndarray) -> list[int]:
    return np.round(np.nan_to_num(np.asarray(prob, np.float64)) * 1000).astype(int).tolist()


def _plain(text: str) -> str:
    """A token's text as it can be shown: what cannot be seen has a sign or its number, and nothing is empty."""
    text = text.replace("\r\n", "\n").replace("\n", "⏎").replace("\t", "⇥")
    if not text.strip():
        return "␣" * len(text) or "∅"
    shown = text.strip()
    joined = len(shown) > 1  # a joiner by itself joins nothing
    return "".join(f"⟨{ord(sign):04X}⟩" if category(sign) in _UNSEEN and not (joined and sign in _JOINERS) else sign for sign in shown)
