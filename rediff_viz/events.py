"""Events, derived from the canvases and never stored: commit, revise, remask; and the tokens that no pass has read.

A position is open while it holds the mask. open -> settled is a commit, settled -> another token a revise,
settled -> open a remask; a mask "committed" into a mask is no event. Between the canvases of two passes lies the canvas
that the later pass began with (`before`): a change up to there is a remask before predicting, or a user's edit.
Shapes: N answer positions, S passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .trace import PHASES, Trace
from .trace.records import probability_of

KINDS = ("commit", "revise", "remask")


@dataclass(frozen=True)
class Changes:
    """Every change of every position, in order of passes; E changes."""

    at: np.ndarray  # (E,) pass, counted from 0
    position: np.ndarray  # (E,)
    kind: np.ndarray  # (E,) index into KINDS
    old: np.ndarray  # (E,) token id
    new: np.ndarray  # (E,) token id
    by_hand: np.ndarray  # (E,) bool, a user's edit, not the sampler's


def previous_canvas(trace: Trace) -> np.ndarray:
    """(S, N): the canvas as the pass before left it; row 0 is the start."""
    return np.concatenate([trace.start[None], trace.canvas])[: len(trace)]


def changes(trace: Trace) -> Changes:
    """Every change in a trace, ordered by pass, then changes before the prediction first, then position."""
    S, N = trace.canvas.shape
    olds = np.stack([previous_canvas(trace), trace.before], axis=1).reshape(2 * S, N)
    news = np.stack([trace.before, trace.canvas], axis=1).reshape(2 * S, N)
    at, position = np.nonzero(olds != news)
    old, new = olds[at, position], news[at, position]
    mask = trace.head.mask_id
    kind = np.where(old == mask, 0, np.where(new == mask, 2, 1))
    by_hand = np.zeros((2 * S, N), bool)
    for edit in trace.head.edits:
        rows = 2 * (np.array(edit["applied"], np.int64) - 1)
        by_hand[rows[(rows >= 0) & (rows < 2 * S)], edit["position"]] = True
    return Changes(at // 2, position, kind, old, new, by_hand[at, position])


def events(trace: Trace) -> pd.DataFrame:
    """One row per change. `pass` counts from 1 (the NFE); `prob` is the new token's probability in that pass, `old_prob` the
    old one's, both NaN where the pass recorded no probability for the token; `by` is "sampler" or "edit".
    """
    c = changes(trace)
    own = ~c.by_hand
    prob = np.where(own, probability(trace, c.at, c.position, c.new), np.nan)
    old_prob = np.where(own, probability(trace, c.at, c.position, c.old), np.nan)
    return pd.DataFrame(
        {
            "pass": c.at + 1,
            "phase": [PHASES[p] for p in trace.phase[c.at]],
            "block": trace.block[c.at],
            "step": trace.step[c.at],
            "position": c.position,
            "event": [KINDS[k] for k in c.kind],
            "old": c.old,
            "new": c.new,
            "old_text": trace.tokens(c.old),
            "new_text": trace.tokens(c.new),
            "prob": prob,
            "old_prob": old_prob,
            "entropy": trace.entropy[c.at, c.position],
            "by": np.where(c.by_hand, "edit", "sampler"),
        }
    )


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """A table of events as people read it: positions counted from 1, as on the page, where the arrays count from 0."""
    return table.assign(position=table["position"] + 1)


def probability(trace: Trace, at: np.ndarray, position: np.ndarray, token: np.ndarray) -> np.ndarray:
    """(E,) float64: the probability pass `at` (E,) gave `token` (E,) at `position` (E,); NaN where that is not recorded."""
    e = at, position
    return probability_of(
        token, (trace.ids[e], trace.prob[e]), (trace.read[e], trace.input_prob[e]), (trace.top_ids[e], trace.top_prob[e])
    )  # fmt: skip


def cells(trace: Trace) -> pd.DataFrame:
    """One row per pass and position: tokens before, read, proposed and after, with the model's probabilities."""
    S, N = trace.canvas.shape

    def flat(array: np.ndarray) -> np.ndarray:
        return array.reshape(-1)

    return pd.DataFrame(
        {
            "pass": np.repeat(np.arange(1, S + 1), N),
            "phase": np.repeat(np.array([PHASES[p] for p in trace.phase], object), N),
            "position": np.tile(np.arange(N), S),
            "before": flat(trace.before),
            "read": flat(trace.read),
            "canvas": flat(trace.canvas),
            "proposed": flat(trace.ids),
            "text": trace.tokens(flat(trace.canvas)),
            "proposed_text": trace.tokens(flat(trace.ids)),
            "prob": flat(trace.prob),
            "input_prob": flat(trace.input_prob),
            "entropy": flat(trace.entropy),
            "open": flat(trace.canvas == trace.head.mask_id),
        }
    )


def settled_at(trace: Trace) -> np.ndarray:
    """(N,) int64: the pass (from 1) that wrote each position's final token; 0 if it was there from the start."""
    S = len(trace)
    other = np.concatenate([trace.start[None], trace.canvas]) != trace.final  # (S + 1, N)
    return np.where(other.any(axis=0), S + 1 - other[::-1].argmax(axis=0), 0)


def unread(trace: Trace) -> np.ndarray:
    """(S, N) bool: settled positions whose token no pass up to and including this one has read since it was placed.

    A token that a pass places can be read by the next pass at the earliest. A token that a corrector's draft repeats at
    the same position counts as read.
    """
    mask = trace.head.mask_id
    previous = previous_canvas(trace)
    moment = 3 * np.arange(len(trace))[:, None]  # a pass has three: changed before it, read by it, changed by it
    changed = np.maximum(np.where(previous != trace.before, moment, -1), np.where(trace.before != trace.canvas, moment + 2, -1))
    read = np.where((trace.read == trace.before) & (trace.before != mask), moment + 1, -1)
    last_changed, last_read = np.maximum.accumulate(changed, axis=0), np.maximum.accumulate(read, axis=0)
    never_read: np.ndarray = (trace.canvas != mask) & (last_read <= last_changed)
    return never_read


def never_checked(trace: Trace) -> np.ndarray:
    """(N,) bool: tokens of the final answer that no pass has read since they were placed."""
    never_read: np.ndarray = unread(trace)[-1] if len(trace) else trace.final != trace.head.mask_id
    return never_read


def summary(trace: Trace) -> dict[str, Any]:
    """The numbers of a lane, by name; commits, revisions and remasks are the sampler's own."""
    c = changes(trace)
    own = c.kind[~c.by_hand]
    return {
        "lane": trace.head.lane,
        "nfe": trace.nfe,
        "network_rows": int(trace.network_rows.sum()),
        "commits": int((own == 0).sum()),
        "revisions": int((own == 1).sum()),
        "remasks": int((own == 2).sum()),
        "edits": int(c.by_hand.sum()),
        "masks_left": int((trace.final == trace.head.mask_id).sum()),
        "never_checked": int(never_checked(trace).sum()),
        "seconds": float(trace.seconds.sum()),
        "stopped": trace.head.stopped,
        "text": trace.text,
    }
