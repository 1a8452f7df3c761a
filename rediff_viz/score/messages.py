"""From traces to what the Score in the browser plays: one opening message, one small message a tick, one at the end.

A message is plain JSON types. Token ids are run-local (0 the mask, 1 end-of-text), with one table of texts for all
lanes, so that lanes of different tokenizers can be compared word by word. Probabilities travel as whole per mille.
The format is in docs/page.md. Knows no page and no model. Shapes: N answer positions, K candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..events import KINDS, never_checked
from ..images import data_url
from ..samplers import SAMPLERS
from ..saved_run import SavedRun
from ..stored_analysis import Lane, shown
from ..trace import PassRecord, Trace
from ..trace.visible import visible_text
from ..truth import scene_words
from .caution import caution_of
from .judged import judged

FORMAT = 3
MASK, EOT = 0, 1  # run-local ids
FAINT = 0.004  # candidates below this probability are not sent
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


class MessageEncoder:
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
        self._sent = 0  # of the texts
        self._last = [np.asarray(lane.start) for lane in lanes]

    def opening(self, source: str, title: str = "", picture: str | None = None, **about: Any) -> Message:
        """The message that begins a run. `about`: about, intro, found, caution, scene_words. picture: a data: or same-origin URL."""
        heads = [self._head(i, lane) for i, lane in enumerate(self.lanes)]
        return {
            "kind": "run", "format": FORMAT, "run": self.run, "seq": 0, "source": source, "title": title, "picture": picture,
            "length": self.length, "mask": MASK, "eot": EOT, "lanes": heads, "vocab": self._fresh(), **about,
        }  # fmt: skip

    def played(self, opening: Message, lane: int, records: Iterable[PassRecord], trace: Trace | None = None) -> None:
        """Put the passes that a lane has made into the run's opening message, and its end where its trace is given."""
        shown = opening["lanes"][lane]
        shown["passes"] = [self.encode_pass(lane, record) for record in records]
        if trace is not None:
            shown["end"] = self.end(trace)
        opening["vocab"] += self._fresh()

    def tick(self, records: Mapping[int, PassRecord]) -> Message:
        """The message of one tick: the passes of the lanes, by lane index."""
        self.seq += 1
        passes = [[i, self.encode_pass(i, record)] for i, record in records.items()]
        return {"kind": "passes", "run": self.run, "seq": self.seq, "passes": passes, "vocab": self._fresh()}

    def ending(self, traces: Sequence[Trace], stopped: str = "") -> Message:
        """The message that ends a run: texts, and where the truth of the picture is known, what is wrong."""
        self.seq += 1
        ends = [self.end(trace) for trace in traces]
        return {"kind": "end", "run": self.run, "seq": self.seq, "lanes": ends, "stopped": stopped, "vocab": self._fresh()}

    def analysed(self, analysis: Sequence[Lane]) -> Message:
        """The message that brings, after the end, what an analysis of each lane found."""
        self.seq += 1
        return {"kind": "analysis", "run": self.run, "seq": self.seq, "lanes": [shown(lane) for lane in analysis]}

    def encode_pass(self, lane: int, record: PassRecord) -> Message:
        """One forward pass, as changes against the canvas before it."""
        before, prediction = np.asarray(record.before), record.prediction
        changed = np.flatnonzero(record.canvas != before)
        written = [[int(p), self._id(lane, record.canvas[p]), _written_prob(record, int(p))] for p in changed]
        message: Message = {
            "phase": record.phase, "canvas": written, "prob": _mille(prediction.prob), "input_prob": _mille(prediction.input_prob)
        }  # fmt: skip
        message["top"] = [self._top(lane, prediction.top_ids[p], prediction.top_prob[p]) for p in range(len(before))]
        if early := self._changes(lane, self._last[lane], before):
            message["before"] = early
        if drafted := self._changes(lane, before, record.read):
            message["read"] = drafted
        self._last[lane] = np.asarray(record.canvas)
        return message

    def end(self, trace: Trace) -> Message:
        """How a lane ended."""
        unread = np.flatnonzero(never_checked(trace)).tolist()
        return {"text": trace.text, "stopped": trace.head.stopped, "never_checked": unread, "trace": trace.fingerprint, **judged(trace)}

    def _head(self, i: int, lane: LaneHead) -> Message:
        method = SAMPLERS.get(lane.sampler)  # None: a trace of a sampler that this version lacks
        checkpoint = lane.lane.partition("@")[2].replace(":", " · ").replace(",", ", ")
        return {
            "name": lane.lane, "title": method.title if method else lane.sampler, "sampler": lane.sampler,
            "checkpoint": checkpoint, "planned": lane.planned,
            "method": f"{method.line} {method.unchecked}" if method else "", "rules": list(method.rules if method else KINDS),
            "paper": bool(method and method.paper),
            "label": lane.label, "notes": list(lane.notes), "start": [self._id(i, t) for t in lane.start],
        }  # fmt: skip

    def _id(self, lane: int, token: Any) -> int:
        local = self._local[lane]
        token = int(token)
        if token not in local:
            text = visible_text(self.lanes[lane].texts([token])[0])
            if text not in self._ids:
                self._ids[text] = len(self._words)
                self._words.append(text)
            local[token] = self._ids[text]
        return local[token]

    def _fresh(self) -> list[str]:
        """Texts not yet sent."""
        fresh, self._sent = self._words[self._sent :], len(self._words)
        return fresh

    def _changes(self, lane: int, old: np.ndarray, new: np.ndarray) -> list[list[int]]:
        return [[int(p), self._id(lane, new[p])] for p in np.flatnonzero(np.asarray(old) != np.asarray(new))]

    def _top(self, lane: int, ids: np.ndarray, prob: np.ndarray) -> list[int]:
        """[id, per mille, id, per mille, ...] of the candidates worth showing; at least one."""
        keep = max(1, int((prob >= FAINT).sum()))
        return [v for i, p in zip(ids[:keep], prob[:keep], strict=True) for v in (self._id(lane, i), round(float(p) * 1000))]


def payload(
    traces: Sequence[Trace], run: str, title: str = "", picture: str | None = None, source: str = "recorded",
    analysis: Sequence[Lane] = (), **about: Any,
) -> Message:  # fmt: skip
    """Finished traces, with the analysis of each where one is known, as one message that `RediffScore.mount` plays by itself."""
    encoder = MessageEncoder(run, [head_of(trace) for trace in traces])
    opening = encoder.opening(source, title, picture, **about)
    for i, trace in enumerate(traces):
        encoder.played(opening, i, map(trace.pass_record, range(len(trace))), trace)
    for lane, known in zip(opening["lanes"], analysis, strict=False):
        if found := shown(known):
            lane["analysis"] = found
    if "scene_words" not in opening and (words := scene_words(traces[0].head.scene)):
        opening["scene_words"] = words
    opening.setdefault("caution", caution_of(traces))
    return opening


def _written_prob(record: PassRecord, position: int) -> int | None:
    """Per mille that the pass gave the token it wrote, None where that is not recorded."""
    prob = record.prediction.probability(record.read, np.array([position]), np.array([record.canvas[position]]))[0]
    return None if np.isnan(prob) else round(float(prob) * 1000)


def _mille(prob: np.ndarray) -> list[int]:
    per_mille: list[int] = np.round(np.nan_to_num(np.asarray(prob, np.float64)) * 1000).astype(int).tolist()
    return per_mille


def payload_of(run: SavedRun, source: str = "recorded", **about: Any) -> Message:
    """A run's folder as one message that `RediffScore.mount` plays by itself."""
    picture = None if run.picture is None else data_url(run.picture)
    return payload(run.traces, run.name, picture=picture, source=source, analysis=run.analysis, **{**run.words, **about})
