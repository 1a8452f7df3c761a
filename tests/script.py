"""A sampler against a script of predictions, without a model."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rediff_viz.samplers import SAMPLERS, Plan
from rediff_viz.trace import Prediction, Query, Sampler

M, END = 99, 7


def predicted(ids: Iterable[int], prob: Iterable[float], input_prob: Iterable[float] | None = None, **extra: Iterable[float]) -> Prediction:
    ids, prob = np.array([*ids], np.int64), np.array([*prob], np.float64)
    input_prob = np.zeros(len(ids), np.float32) if input_prob is None else np.array([*input_prob], np.float32)
    return Prediction(ids, prob, input_prob, np.zeros(len(ids)), ids[:, None], prob[:, None], {k: np.array([*v]) for k, v in extra.items()})


class Played:
    """A sampler against a list of predictions; `queries` are what it yielded."""

    def __init__(self, sampler: Sampler, script: list[Prediction], edits: dict[int, np.ndarray] | None = None) -> None:
        self.queries: list[Query] = [next(sampler)]
        for t, prediction in enumerate(script):
            query = self.queries[-1]
            if query.phase == "final":
                break
            canvas = query.canvas if query.phase == "draft" or query.read is None else query.read
            self.queries.append(sampler.send(((edits or {}).get(t, canvas), prediction)))

    @property
    def canvases(self) -> list[list[int]]:
        return [query.canvas.tolist() for query in self.queries]

    @property
    def end(self) -> Query:
        assert self.queries[-1].phase == "final"
        return self.queries[-1]


def play(name: str, plan: Plan, script: list[Prediction], edits: dict[int, np.ndarray] | None = None, **settings: object) -> Played:
    return Played(SAMPLERS[name].run(plan, **settings), script, edits)
