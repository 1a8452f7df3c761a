"""The other candidates of the model at one position, pass by pass."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from rediff_viz.trace import Trace
from rediff_viz.views import colours, layout

MAX_LINES = 3
_BESIDE = ("middle right", "bottom center", "top left")  # where the name of each is written
MIN_PROBABILITY = 0.15  # a token that never had more than this is not shown


def lines(figure: go.Figure, trace: Trace, lane: int, position: int) -> None:
    """A thin line for each alternative, its name where it was most probable."""
    prob = candidate_probs(trace, position)
    for index, token in enumerate(alternatives(trace, position, prob)):
        p = prob[token]
        name, peak = layout.token_texts(trace, np.array([token]))[0], int(np.nanargmax(p))
        line = go.Scatter(
            x=np.arange(1, len(trace) + 1),
            y=p,
            mode="lines+markers+text",
            line={"color": colours.QUIET, "width": 1.2},
            marker={"size": 4, "color": colours.QUIET},
            text=[name if t == peak else "" for t in range(len(trace))],
            textposition=_BESIDE[index],
            textfont={"size": 11, "color": colours.SUBDUED},
            hovertemplate=f"pass %{{x}}: <b>{name}</b>, p = %{{y:.2f}}<extra></extra>",
            cliponaxis=False,
            showlegend=False,
        )
        figure.add_trace(line, row=lane + 1, col=1)


def candidate_probs(trace: Trace, position: int) -> dict[int, np.ndarray]:
    """token -> (S,): its probability at the position in each pass, NaN where it was not among the recorded candidates."""
    ids, prob = trace.top_ids[:, position], trace.top_prob[:, position]
    by_token: dict[int, np.ndarray] = {}
    for token in np.unique(ids):
        among = ids == token
        by_token[int(token)] = np.where(among.any(axis=1), np.where(among, prob, 0).sum(axis=1), np.nan)
    return by_token


def alternatives(trace: Trace, position: int, probs: dict[int, np.ndarray]) -> list[int]:
    """Tokens, other than the final one, that were probable in some pass; the most probable first."""
    peak = {token: float(np.nanmax(p)) for token, p in probs.items() if token not in (trace.final[position], trace.head.mask_id)}
    return sorted((token for token, p in peak.items() if p > MIN_PROBABILITY), key=lambda token: (-peak[token], token))[:MAX_LINES]
