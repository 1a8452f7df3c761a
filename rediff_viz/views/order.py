"""In what order the final words came to be: each position and the pass that wrote its final word, time running down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rediff_viz.events import settled_at
from rediff_viz.stored_analysis import Lane
from rediff_viz.trace import Trace
from rediff_viz.truth import wrong_words
from rediff_viz.views import colours, layout

GAP = 104.0  # px between two panels
READ = (
    "A dot is a position of the answer, at the pass that wrote its final word; a diamond is wrong at the end. Kendall's tau is 1 where the "
    "words were settled from left to right, -1 from right to left, and near 0 where the order has nothing to do with the place."
)


def order(traces: Sequence[Trace], lanes: Sequence[Lane]) -> go.Figure:
    """One panel a lane."""
    shown = layout.trace_list(traces)
    heights = [float(np.clip(240 / max(1, len(trace)), 12, 30)) * max(3, len(trace)) for trace in shown]
    total = sum(heights) + GAP * (len(shown) - 1)
    figure = make_subplots(
        rows=len(shown), cols=1, row_heights=[h / sum(heights) for h in heights],
        vertical_spacing=GAP / total if len(shown) > 1 else 0,
        subplot_titles=[layout.lane_title(trace, i) + _tau(lane) for i, (trace, lane) in enumerate(zip(shown, lanes, strict=True))],
    )  # fmt: skip
    last = max(int(np.flatnonzero(trace.final != trace.head.eot_id).max(initial=0)) for trace in shown) + 1
    for lane, trace in enumerate(shown):
        _panel(figure, trace, lane, last)
    for name, symbol, ink in (("settled word", "circle", colours.LANES[0]), ("wrong at the end", "diamond", colours.WRONG)):
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", marker={"symbol": symbol, "size": 9, "color": ink}, name=name))
    return layout.finish(figure, total, read=READ, foot=78, hovermode="closest")


def _tau(lane: Lane) -> str:
    tau = lane.get("numbers", {}).get("kendall_tau")
    return "" if tau is None else f" · Kendall's tau {tau:+.2f}".replace("-", "−")


def _panel(figure: go.Figure, trace: Trace, lane: int, last: int) -> None:
    when, wrong = settled_at(trace), wrong_words(trace, slice(-1, None))
    bad = np.zeros(len(trace.final), bool) if wrong is None or not len(wrong) else wrong[-1]
    here = np.flatnonzero((trace.final != trace.head.mask_id) & (np.arange(len(trace.final)) < last))
    points = go.Scatter(
        x=here + 1, y=when[here], mode="lines+markers", showlegend=False, line={"color": colours.FAINT, "width": 1.5},
        text=layout.token_texts(trace, trace.final[here]),
        hovertemplate="position %{x}: <b>%{text}</b>, settled in pass %{y}<extra></extra>",
        marker={
            "size": 9, "symbol": np.where(bad[here], "diamond", "circle"), "color": np.where(bad[here], colours.WRONG, colours.LANES[0]),
            "line": {"width": 1, "color": colours.OUTLINE},
        },
    )  # fmt: skip
    figure.add_trace(points, row=lane + 1, col=1)
    layout.words_axis(figure, trace, lane, None if wrong is None else bad, last)
    passes = max(1, len(trace))
    ticks = np.arange(1, passes + 1, max(1, passes // 8))
    low = 0.4 if here.size == 0 or when[here].min() > 0 else -0.6
    figure.update_yaxes(
        range=[passes + 0.6, low], tickvals=ticks, ticktext=[f"pass {t}" if t == 1 else str(t) for t in ticks], row=lane + 1, col=1
    )
