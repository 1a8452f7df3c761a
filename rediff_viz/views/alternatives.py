"""The other words the model thought of at one position, pass by pass: what the word that stands was chosen against."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from rediff_viz.trace import Trace
from rediff_viz.views import colours, frame

MOST = 3
_BESIDE = ("middle right", "bottom center", "top left")  # a place for the name of each
WORTH = 0.15  # a rival the model never gave more than this is none


def lines(figure: go.Figure, trace: Trace, lane: int, position: int) -> None:
    """A thin line for each rival, its name where it was most probable."""
    likely = likelihood(trace, position)
    for index, token in enumerate(rivals(trace, position, likely)):
        p = likely[token]
        name, peak = frame.words(trace, np.array([token]))[0], int(np.nanargmax(p))
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


def likelihood(trace: Trace, position: int) -> dict[int, np.ndarray]:
    """token -> (S,): its probability at the position in each pass, NaN where it was not among the candidates kept."""
    ids, prob = trace.top_ids[:, position], trace.top_prob[:, position]
    told: dict[int, np.ndarray] = {}
    for token in np.unique(ids):
        among = ids == token
        told[int(token)] = np.where(among.any(axis=1), np.where(among, prob, 0).sum(axis=1), np.nan)
    return told


def rivals(trace: Trace, position: int, likely: dict[int, np.ndarray]) -> list[int]:
    """Tokens that had a chance and do not stand at the end, the likeliest first."""
    least = {token: float(np.nanmax(p)) for token, p in likely.items() if token not in (trace.final[position], trace.head.mask_id)}
    return sorted((token for token, p in least.items() if p > WORTH), key=lambda token: (-least[token], token))[:MOST]
