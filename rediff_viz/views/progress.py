"""Masks left, and what happened in each pass: the price of a lane and where it was spent.

The upper panel lays the lanes over each other; below it, one panel a lane: commits grow upward, revisions and
remasks, which undo something, downward.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rediff_viz.metrics import METRICS
from rediff_viz.trace import Trace
from rediff_viz.views import colours, frame

DASHES = ("solid", "dash", "dot", "dashdot")
SHAPES = ("circle", "square", "triangle-up", "diamond")
_HATCH = {"commits": "", "revisions": "/", "remasks": "x"}
_INKS = {"commits": colours.COMMIT, "revisions": colours.REVISE, "remasks": colours.REMASK}


def progress(traces: Sequence[Trace], at: int | None = None) -> go.Figure:
    """Masks left of all lanes, then events per pass of each; `at` draws the cursor at a pass."""
    lanes = frame.asked(traces)
    figure = make_subplots(
        rows=1 + len(lanes),
        cols=1,
        shared_xaxes=True,
        row_heights=[1.3] + [1.0] * len(lanes),
        vertical_spacing=0.24 / (1 + len(lanes)),
        subplot_titles=["<b>masks left</b>", *(f"{frame.lane_title(trace)}: events per pass" for trace in lanes)],
    )
    for lane, trace in enumerate(lanes):
        _masks(figure, trace, lane)
        _bars(figure, trace, lane)
        pointed = frame.cursor(trace, at)
        if pointed is not None:
            figure.add_vline(x=pointed, line={"color": colours.CURSOR, "width": 2}, row=lane + 2, col=1)
    if at is not None:
        pointed = max(frame.cursor(trace, at) or 0 for trace in lanes)
        figure.add_vline(x=pointed, line={"color": colours.CURSOR, "width": 2}, row=1, col=1)
    figure.update_xaxes(title={"text": "forward pass"}, row=1 + len(lanes), col=1)
    figure.update_xaxes(range=[-0.6, max(len(trace) for trace in lanes) + 0.6], showgrid=False)
    return frame.settle(figure, 250 + 150 * len(lanes), barmode="relative", bargap=0.25, hovermode="closest")


def _masks(figure: go.Figure, trace: Trace, lane: int) -> None:
    left = np.concatenate([[int((trace.start == trace.head.mask_id).sum())], METRICS["masks_left"](trace)])
    line = go.Scatter(
        x=np.arange(len(left)),
        y=left,
        mode="lines+markers",
        cliponaxis=False,
        name=trace.head.lane,
        legendrank=lane,
        line={"color": colours.lane(lane), "dash": DASHES[lane % 4], "width": 2},
        marker={"symbol": SHAPES[lane % 4], "size": 6},
        hovertemplate="after pass %{x}: %{y} masks left<extra>%{fullData.name}</extra>",
    )
    figure.add_trace(line, row=1, col=1)
    figure.update_yaxes(rangemode="tozero", row=1, col=1)


def _bars(figure: go.Figure, trace: Trace, lane: int) -> None:
    for name, sign in (("commits", 1), ("revisions", -1), ("remasks", -1)):
        count = METRICS[name](trace)
        bars = go.Bar(
            x=np.arange(1, len(trace) + 1),
            y=sign * count,
            name=name,
            legendgroup=name,
            showlegend=lane == 0,
            legendrank=100,
            marker={"color": _INKS[name], "pattern": {"shape": _HATCH[name], "size": 5, "solidity": 0.35}, "line": {"width": 0}},
            customdata=count,
            hovertemplate=f"pass %{{x}}: %{{customdata}} {name}<extra></extra>",
        )
        figure.add_trace(bars, row=lane + 2, col=1)
    figure.update_yaxes(zeroline=True, zerolinecolor=colours.QUIET, zerolinewidth=1, row=lane + 2, col=1)
