"""The model's probability at chosen positions, pass by pass: of the current token, and while the position is open of its proposal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rediff_viz.events import KINDS, changes
from rediff_viz.metrics import current_token_prob
from rediff_viz.trace import Trace
from rediff_viz.views import alternatives, colours, layout
from rediff_viz.views.progress import DASHES

MAX_LINES = 4  # lines that can still be distinguished
PANEL, GAP = 165.0, 52.0  # px
_BESIDE = ("top center", "bottom center", "middle right", "middle left")  # where the words of each line are written
READ = (
    "Dotted: the probability of the model's proposal while the position is open. Solid: the probability of the word at the position, "
    "in each pass. A dot is a commit, a diamond a revision, a ring a remask, with the new word beside it."
)
CHOICE = "Shown are the positions rewritten most often, then those with the least probable final word."
ONE = "Thin grey lines are the alternatives: the other words the model found most probable at this position."


def confidence(traces: Sequence[Trace], at: int | None = None, positions: Sequence[int] | None = None) -> go.Figure:
    """One panel a lane, one line a position. positions None: those that `most_revised` finds. `at` draws the cursor.

    A single position is drawn with its alternatives. Raises ValueError for a position outside the answer.
    """
    lanes = layout.trace_list(traces)
    length = min(len(trace.start) for trace in lanes)
    chosen = most_revised(lanes) if positions is None else [int(position) for position in positions]
    for position in chosen:
        if not 0 <= position < length:
            raise ValueError(f"position {position} is not between 0 and {length - 1}")
    panels = PANEL * len(lanes) + GAP * (len(lanes) - 1)
    figure = make_subplots(
        rows=len(lanes),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=GAP / panels if len(lanes) > 1 else 0,
        subplot_titles=[layout.lane_title(trace, lane) for lane, trace in enumerate(lanes)],
    )
    for lane, trace in enumerate(lanes):
        if len(chosen) == 1:
            alternatives.lines(figure, trace, lane, chosen[0])
        for index, position in enumerate(chosen):
            _trajectory(figure, lanes, lane, position, index)
        pointed = layout.cursor(trace, at)
        if pointed is not None:
            figure.add_vline(x=pointed, line={"color": colours.CURSOR, "width": 2}, row=lane + 1, col=1)
    figure.update_yaxes(range=[-0.13, 1.2], tickvals=[0, 0.5, 1], ticktext=["p = 0", ".5", "1"])
    layout.passes_axis(figure, max(len(trace) for trace in lanes), len(lanes))
    read = f"{READ} {CHOICE if positions is None else ONE if len(chosen) == 1 else ''}".strip()
    return layout.finish(figure, panels, read=read, hovermode="closest")


def most_revised(traces: Sequence[Trace], count: int = MAX_LINES) -> list[int]:
    """Positions revised or remasked most often, then those with the least probable final token."""
    length = min(len(trace.start) for trace in traces)
    undone, doubt = np.zeros(length), np.zeros(length)
    for trace in traces:
        found = changes(trace)
        where = found.position[(found.kind > 0) & (found.position < length)]
        undone += np.bincount(where, minlength=length)
        if len(trace):
            final = current_token_prob(trace)[-1, :length]
            ended = trace.final[:length] == trace.head.eot_id
            doubt = np.maximum(doubt, np.where(np.isnan(final) | ended, 0, 1 - np.nan_to_num(final)))
    order = np.lexsort((np.arange(length), -doubt, -undone))
    return sorted(int(position) for position in order[:count])


def _named(lanes: Sequence[Trace], position: int) -> str:
    """A position, counted from 1, and its final word in each lane."""
    ends = [layout.token_texts(trace, trace.final[position : position + 1])[0] for trace in lanes]
    return f"{position + 1}: {' / '.join(ends if len(set(ends)) > 1 else ends[:1])}"


def _trajectory(figure: go.Figure, lanes: Sequence[Trace], lane: int, position: int, index: int) -> None:
    """Dotted while the position is open (the model's proposal), solid once it is settled."""
    trace, colour = lanes[lane], colours.lane(index)
    current = current_token_prob(trace)[:, position]
    still_open = np.isnan(current)
    edge = still_open | np.concatenate([[False], still_open[:-1]])[: len(trace)]  # so that the two lines meet
    proposed = np.where(edge, np.where(still_open, trace.prob[:, position], current), np.nan)
    now = layout.token_texts(trace, np.where(still_open, trace.ids[:, position], trace.canvas[:, position]))
    shared = {"x": np.arange(1, len(trace) + 1), "text": now, "legendgroup": f"{lane}.{position}"}
    dotted = go.Scatter(
        y=proposed,
        mode="lines",
        line={"color": colour, "width": 1.4, "dash": "dot"},
        hovertemplate=f"position {position + 1}, pass %{{x}}<br>would be <b>%{{text}}</b>, p = %{{y:.2f}}<extra></extra>",
        showlegend=False,
        **shared,
    )
    solid = go.Scatter(
        y=current,
        mode="lines",
        line={"color": colour, "width": 2.6, "dash": DASHES[index % 4]},
        name=_named(lanes, position),
        hovertemplate=f"position {position + 1}, pass %{{x}}<br><b>%{{text}}</b>, p = %{{y:.2f}}<extra></extra>",
        showlegend=lane == 0,
        **shared,
    )
    figure.add_traces([dotted, solid], rows=[lane + 1] * 2, cols=[1, 1])
    _event_markers(figure, trace, lane, position, current, index)


def _event_markers(figure: go.Figure, trace: Trace, lane: int, position: int, current: np.ndarray, index: int) -> None:
    """The events of the position as shapes on its line, with the new word."""
    all_changes = changes(trace)
    these = np.flatnonzero(all_changes.position == position)
    when = all_changes.at[these]
    if not these.size:
        return
    height = np.where(np.isnan(current[when]), trace.prob[when, position], current[when])
    old, new = layout.token_texts(trace, all_changes.old[these]), layout.token_texts(trace, all_changes.new[these])
    kinds = [KINDS[kind] for kind in all_changes.kind[these]]
    points = go.Scatter(
        x=when + 1,
        y=height,
        mode="markers+text",
        marker={
            "symbol": [colours.EVENTS[kind][0] for kind in kinds],
            "size": 11,
            "color": colours.lane(index),
            "line": {"width": [2.4 if kind == "remask" else 1 for kind in kinds], "color": colours.lane(index)},
        },
        text=layout.token_texts(trace, all_changes.new[these], short=True),
        textposition=_BESIDE[index % len(_BESIDE)],
        textfont={"size": 12, "color": colours.INK},
        hovertext=[f"pass {t + 1}, {kind}: {a} → <b>{b}</b>" for t, kind, a, b in zip(when, kinds, old, new, strict=True)],
        hoverinfo="text",
        cliponaxis=False,
        showlegend=False,
    )
    figure.add_trace(points, row=lane + 1, col=1)
