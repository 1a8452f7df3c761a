"""What revising is worth: what each revision and remask did to the claim it met, and how well change falls on what is wrong.

By the claims about the scene (`truth`); words that carry no claim, or one that cannot be judged, do not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..events import previous_canvas
from ..trace import Trace
from ..truth import earlier, judged_events, verdicts
from ..world.claims import RIGHT, WRONG

OUTCOMES = ("wrong to right", "right to wrong", "wrong to wrong", "right to right")


class ReadWords(NamedTuple):
    """Words that a pass read, W of them: one entry a word and pass."""

    wrong: np.ndarray  # (W,) bool
    changed: np.ndarray  # (W,) bool, by that pass
    doubt: np.ndarray  # (W,) 1 - its probability in that pass


@dataclass(frozen=True)
class Detection:
    """Whether a pass changes the words that are wrong: every word that a pass read is asked about once."""

    words: int
    wrong: int
    precision: float | None  # of the changed words, the share that was wrong; None where none was changed
    recall: float | None  # of the wrong words, the share that was changed; None where none was wrong
    auroc: float | None  # chance that a wrong word was less probable than a right one in the pass that read it; None without both


def credit(trace: Trace) -> dict[str, int]:
    """Count of the sampler's revisions by outcome, and of remasks as "wrong removed" and "right removed"; all 0 without a known scene."""
    table = judged_events(trace)
    own = table[(table["by"] == "sampler") & table["old_verdict"].isin([RIGHT, WRONG])]
    revised = own[(own["event"] == "revise") & own["verdict"].isin([RIGHT, WRONG])]
    counts = Counter(f"{old} to {new}" for old, new in zip(revised["old_verdict"], revised["verdict"], strict=True))
    removed = Counter(own[own["event"] == "remask"]["old_verdict"])
    return {name: counts[name] for name in OUTCOMES} | {f"{verdict} removed": removed[verdict] for verdict in (WRONG, RIGHT)}


def detection(traces: Iterable[Trace]) -> Detection:
    """Over all words with a judged claim that a pass of these runs read."""
    return detected([read_words(trace) for trace in traces])


def detected(parts: Sequence[ReadWords]) -> Detection:
    """`detection` of runs whose words were gathered one by one."""
    wrong, changed, doubt = (np.concatenate([part[k] for part in parts]) if parts else np.zeros(0, bool) for k in range(3))
    hits, some = int((wrong & changed).sum()), int(wrong.sum())
    return Detection(
        len(wrong), some, hits / int(changed.sum()) if changed.any() else None, hits / some if some else None, auroc(wrong, doubt)
    )


def read_words(trace: Trace) -> ReadWords:
    """The words with a judged claim that each pass of a run read."""
    verdict = earlier(verdicts(trace))
    read = (trace.read == previous_canvas(trace)) & np.isin(verdict, [RIGHT, WRONG])
    return ReadWords(verdict[read] == WRONG, trace.canvas[read] != trace.read[read], 1.0 - trace.input_prob[read].astype(np.float64))


def auroc(positive: np.ndarray, score: np.ndarray) -> float | None:
    """Chance that a positive (W,) bool scores above a negative, ties counting half; None without both."""
    some, rest = int(positive.sum()), int((~positive.astype(bool)).sum())
    if not some or not rest:
        return None
    ranks = pd.Series(score).rank().to_numpy()
    return float((ranks[positive.astype(bool)].sum() - some * (some + 1) / 2) / (some * rest))
