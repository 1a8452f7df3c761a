"""How much of what a text says of its scene is right, where the scene is known."""

from __future__ import annotations

import numpy as np

from rediff_viz.trace import Trace
from rediff_viz.truth import judgements, scene_of
from rediff_viz.world.judgement import share_right


def claims_right(trace: Trace) -> np.ndarray:
    """(S,): share of right claims among the judged ones and what the text of the pass leaves unsaid; NaN where no truth is known.

    Left unsaid are a setting never stated and each thing never named, so that a text of few words does not score high.
    """
    passes, scene = judgements(trace), scene_of(trace)
    if passes is None or scene is None:
        return np.full(len(trace), np.nan)
    return np.array([share_right(judgement.claims, scene) for judgement in passes], dtype=float)
