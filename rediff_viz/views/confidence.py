"""How sure the model was of chosen positions, pass by pass: of the token standing there, and before that of its proposal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rediff_viz.events import KINDS, changes
from rediff_viz.metrics import standing
from rediff_viz.trace import Trace
from rediff_viz.views import colours, frame
from rediff_viz.views.progress import DASHES

MOST = 4  # lines that still can be told apart


def confidence(traces: Sequence[Trace], at: int | None = None, positions: Sequence[int] | None = None) -> go.Figure:
    """One panel a lane, one line a position. positions None: the ones that `telling` finds. `at` draws the cursor.

    Raises ValueError for a position outside the answer.
    """
    lanes = frame.asked(traces)
    length = min(len(trace.start) for trace in lanes)
    chosen = telling(lanes) if positions is None else [int(position) for position in positions]
    for position in chosen:
        if not 0 <= position < length:
            raise ValueError(f"position {position} is not between 0 and {length - 1}")
    figure = make_subplots(
        rows=len(lanes),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.22 / len(lanes),
        subplot_titles=[frame.lane_title(trace) for trace in lanes],
    )
    for lane, trace in enumerate(lanes):
        for index, position in enumerate(chosen):
            _line(figure, trace, lane, position, index)
        pointed = frame.cursor(trace, at)
        if pointed is not None:
            figure.add_vline(x=pointed, line={"color": colours.CURSOR, "width": 2}, row=lane + 1, col=1)
    figure.update_yaxes(title={"text": "probability"}, range=[-0.04, 1.12], tickvals=[0, 0.5, 1])
    figure.update_xaxes(range=[0.5, max(len(trace) for trace in lanes) + 0.9], showgrid=False)
    figure.update_xaxes(title={"text": "forward pass"}, row=len(lanes), col=1)
    return frame.settle(figure, 120 + 210 * len(lanes), hovermode="closest")


def telling(traces: Sequence[Trace], most: int = MOST) -> list[int]:
    """Positions worth a line: those revised or remasked most often, then those least sure of their final word."""
    length = min(len(trace.start) for trace in traces)
    undone, doubt = np.zeros(length), np.zeros(length)
    for trace in traces:
        happened = changes(trace)
        where = happened.position[(happened.kind > 0) & (happened.position < length)]
        undone += np.bincount(where, minlength=length)
        if len(trace):
            final = standing(trace)[-1, :length]
            ended = trace.final[:length] == trace.head.eot_id
            doubt = np.maximum(doubt, np.where(np.isnan(final) | ended, 0, 1 - np.nan_to_num(final)))
    order = np.lexsort((np.arange(length), -doubt, -undone))
    return sorted(int(position) for position in order[:most])


def _line(figure: go.Figure, trace: Trace, lane: int, position: int, index: int) -> None:
    """Dotted while the position is open (what the model would put there), drawn through once a token stands."""
    colour, x = colours.lane(index), np.arange(1, len(trace) + 1)
    stands = standing(trace)[:, position]
    still_open = np.isnan(stands)
    edge = still_open | np.concatenate([[False], still_open[:-1]])[: len(trace)]  # so that the two lines meet
    proposed = np.where(edge, np.where(still_open, trace.prob[:, position], stands), np.nan)
    now = frame.words(trace, np.where(still_open, trace.ids[:, position], trace.canvas[:, position]))
    label = f"{position}: {frame.words(trace, trace.final[position : position + 1])[0]}"
    shared = {"x": x, "text": now, "legendgroup": f"{lane}.{position}"}
    dotted = go.Scatter(
        y=proposed,
        mode="lines",
        line={"color": colour, "width": 1.2, "dash": "dot"},
        hovertemplate=f"position {position}, pass %{{x}}<br>would be <b>%{{text}}</b>, p = %{{y:.2f}}<extra></extra>",
        showlegend=False,
        **shared,
    )
    solid = go.Scatter(
        y=stands,
        mode="lines",
        line={"color": colour, "width": 2.2, "dash": DASHES[index % 4]},
        name=label,
        hovertemplate=f"position {position}, pass %{{x}}<br><b>%{{text}}</b> stands, p = %{{y:.2f}}<extra></extra>",
        showlegend=lane == 0,
        **shared,
    )
    figure.add_traces([dotted, solid], rows=[lane + 1] * 2, cols=[1, 1])
    _moments(figure, trace, lane, position, stands, colour)


def _moments(figure: go.Figure, trace: Trace, lane: int, position: int, stands: np.ndarray, colour: str) -> None:
    """The events of the position as shapes on its line, with the word that came."""
    happened = changes(trace)
    these = np.flatnonzero(happened.position == position)
    when = happened.at[these]
    if not these.size:
        return
    height = np.where(np.isnan(stands[when]), trace.prob[when, position], stands[when])
    old, new = frame.words(trace, happened.old[these]), frame.words(trace, happened.new[these])
    kinds = [KINDS[kind] for kind in happened.kind[these]]
    points = go.Scatter(
        x=when + 1,
        y=height,
        mode="markers+text",
        marker={"symbol": [colours.EVENTS[kind][0] for kind in kinds], "size": 10, "color": colour},
        text=frame.words(trace, happened.new[these], short=True),
        textposition="top center",
        textfont={"size": 11, "color": colours.INK},
        hovertext=[f"pass {t + 1}, {kind}: {a} → <b>{b}</b>" for t, kind, a, b in zip(when, kinds, old, new, strict=True)],
        hoverinfo="text",
        showlegend=False,
    )
    figure.add_trace(points, row=lane + 1, col=1)
