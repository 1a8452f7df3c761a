"""Masks left, and the events of each pass.

The upper panel overlays the lanes; below it, one panel a lane: commits as bars upward, revisions and remasks,
which undo something, as bars downward.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rediff_viz.metrics import METRICS
from rediff_viz.trace import Trace
from rediff_viz.views import colours, layout

DASHES = ("solid", "dash", "dot", "dashdot")
SHAPES = ("circle", "square", "triangle-up", "diamond")
GAP = 46.0  # px between two panels
READ = (
    "Above, the masks left after each forward pass, for all lanes. Below, what each pass of a lane did: bars up are words "
    "committed, bars down are words revised in place or remasked. A pass without a bar changed nothing and still counts as a forward pass."
)
_HATCH = {"commits": "", "revisions": "/", "remasks": "x"}
_INKS = {"commits": colours.COUNT, "revisions": colours.REVISE, "remasks": colours.REMASK}


def progress(traces: Sequence[Trace], at: int | None = None) -> go.Figure:
    """Masks left of all lanes, then events per pass of each; `at` draws the cursor at a pass."""
    lanes = layout.trace_list(traces)
    panels = 165 + 105 * len(lanes) + GAP * len(lanes)
    figure = make_subplots(
        rows=1 + len(lanes),
        cols=1,
        shared_xaxes=True,
        row_heights=[1.55] + [1.0] * len(lanes),
        vertical_spacing=GAP / panels,
        subplot_titles=["<b>masks left</b>", *(layout.lane_title(trace, lane) for lane, trace in enumerate(lanes))],
    )
    for lane, trace in enumerate(lanes):
        _masks(figure, trace, lane)
        _bars(figure, trace, lane)
        pointed = layout.cursor(trace, at)
        if pointed is not None:
            figure.add_vline(x=pointed, line={"color": colours.CURSOR, "width": 2}, row=lane + 2, col=1)
    if at is not None:
        pointed = max(layout.cursor(trace, at) or 0 for trace in lanes)
        figure.add_vline(x=pointed, line={"color": colours.CURSOR, "width": 2}, row=1, col=1)
    _one_scale(figure, lanes)
    layout.passes_axis(figure, max(len(trace) for trace in lanes), 1 + len(lanes), first=0)
    return layout.finish(figure, panels, read=READ, barmode="relative", bargap=0.25, hovermode="closest")


def _one_scale(figure: go.Figure, lanes: Sequence[Trace]) -> None:
    """Bars of all lanes on one scale, counted in whole words upward and downward."""
    up = max((int(METRICS["commits"](trace).max(initial=0)) for trace in lanes), default=0)
    down = max((int((METRICS["revisions"](trace) + METRICS["remasks"](trace)).max(initial=0)) for trace in lanes), default=0)
    every = max(1, -(-max(up, down) // 3))
    ticks = np.arange(-(-down // every) * -every, up + every, every)
    axis = {"range": [min(ticks[0], 0) - 0.08 * every, max(up, 1) * 1.08], "tickvals": ticks, "ticktext": [str(abs(t)) for t in ticks]}
    for row in range(2, 2 + len(lanes)):
        figure.update_yaxes(**axis, zeroline=True, zerolinecolor=colours.QUIET, zerolinewidth=1, row=row, col=1)


def _masks(figure: go.Figure, trace: Trace, lane: int) -> None:
    left = np.concatenate([[int((trace.start == trace.head.mask_id).sum())], METRICS["masks_left"](trace)])
    line = go.Scatter(
        x=np.arange(len(left)),
        y=left,
        mode="lines+markers",
        cliponaxis=False,
        name=layout.lane_name(trace, lane),
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
            marker={"color": _INKS[name], "pattern": _pattern(name), "line": {"width": 0}},
            customdata=count,
            hovertemplate=f"pass %{{x}}: %{{customdata}} {name}<extra></extra>",
        )
        figure.add_trace(bars, row=lane + 2, col=1)


def _pattern(name: str) -> dict[str, object]:
    return {"shape": _HATCH[name], "size": 6, "solidity": 0.25, "fillmode": "overlay", "fgcolor": colours.EDGE, "bgcolor": _INKS[name]}
