"""How sure the model was of chosen positions, pass by pass: of the token standing there, and before that of its proposal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rediff_viz.events import KINDS, changes
from rediff_viz.metrics import current_token_prob
from rediff_viz.trace import Trace
from rediff_viz.views import alternatives, colours, frame
from rediff_viz.views.progress import DASHES

MOST = 4  # lines that still can be told apart
PANEL, GAP = 165.0, 52.0  # px
_BESIDE = ("top center", "bottom center", "middle right", "middle left")  # a place for the words of each line
READ = (
    "Dotted: how sure the model was of the word it would have put there while the place was open. Drawn through: how probable each "
    "pass found the word that stands. A dot is a commit, a diamond a revision, a ring a remask, with the word that came."
)
TELLING = "Shown are the places rewritten most often, then those least sure of their last word."
ONE = "Thin grey lines are the rivals: the other words the model thought most of at this place."


def confidence(traces: Sequence[Trace], at: int | None = None, positions: Sequence[int] | None = None) -> go.Figure:
    """One panel a lane, one line a position. positions None: the ones that `telling` finds. `at` draws the cursor.

    A single position is drawn with its rivals. Raises ValueError for a position outside the answer.
    """
    lanes = frame.asked(traces)
    length = min(len(trace.start) for trace in lanes)
    chosen = telling(lanes) if positions is None else [int(position) for position in positions]
    for position in chosen:
        if not 0 <= position < length:
            raise ValueError(f"position {position} is not between 0 and {length - 1}")
    panels = PANEL * len(lanes) + GAP * (len(lanes) - 1)
    figure = make_subplots(
        rows=len(lanes),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=GAP / panels if len(lanes) > 1 else 0,
        subplot_titles=[frame.lane_title(trace, lane) for lane, trace in enumerate(lanes)],
    )
    for lane, trace in enumerate(lanes):
        if len(chosen) == 1:
            alternatives.lines(figure, trace, lane, chosen[0])
        for index, position in enumerate(chosen):
            _line(figure, lanes, lane, position, index)
        pointed = frame.cursor(trace, at)
        if pointed is not None:
            figure.add_vline(x=pointed, line={"color": colours.CURSOR, "width": 2}, row=lane + 1, col=1)
    figure.update_yaxes(range=[-0.13, 1.2], tickvals=[0, 0.5, 1], ticktext=["p = 0", ".5", "1"])
    frame.passes_axis(figure, max(len(trace) for trace in lanes), len(lanes))
    read = f"{READ} {TELLING if positions is None else ONE if len(chosen) == 1 else ''}".strip()
    return frame.settle(figure, panels, read=read, hovermode="closest")


def telling(traces: Sequence[Trace], most: int = MOST) -> list[int]:
    """Positions worth a line: those revised or remasked most often, then those least sure of their final word."""
    length = min(len(trace.start) for trace in traces)
    undone, doubt = np.zeros(length), np.zeros(length)
    for trace in traces:
        happened = changes(trace)
        where = happened.position[(happened.kind > 0) & (happened.position < length)]
        undone += np.bincount(where, minlength=length)
        if len(trace):
            final = current_token_prob(trace)[-1, :length]
            ended = trace.final[:length] == trace.head.eot_id
            doubt = np.maximum(doubt, np.where(np.isnan(final) | ended, 0, 1 - np.nan_to_num(final)))
    order = np.lexsort((np.arange(length), -doubt, -undone))
    return sorted(int(position) for position in order[:most])


def _named(lanes: Sequence[Trace], position: int) -> str:
    """A position and what stands there at the end of each lane."""
    ends = [frame.words(trace, trace.final[position : position + 1])[0] for trace in lanes]
    return f"{position}: {' / '.join(ends if len(set(ends)) > 1 else ends[:1])}"


def _line(figure: go.Figure, lanes: Sequence[Trace], lane: int, position: int, index: int) -> None:
    """Dotted while the position is open (what the model would put there), drawn through once a token stands."""
    trace, colour = lanes[lane], colours.lane(index)
    stands = current_token_prob(trace)[:, position]
    still_open = np.isnan(stands)
    edge = still_open | np.concatenate([[False], still_open[:-1]])[: len(trace)]  # so that the two lines meet
    proposed = np.where(edge, np.where(still_open, trace.prob[:, position], stands), np.nan)
    now = frame.words(trace, np.where(still_open, trace.ids[:, position], trace.canvas[:, position]))
    shared = {"x": np.arange(1, len(trace) + 1), "text": now, "legendgroup": f"{lane}.{position}"}
    dotted = go.Scatter(
        y=proposed,
        mode="lines",
        line={"color": colour, "width": 1.4, "dash": "dot"},
        hovertemplate=f"position {position}, pass %{{x}}<br>would be <b>%{{text}}</b>, p = %{{y:.2f}}<extra></extra>",
        showlegend=False,
        **shared,
    )
    solid = go.Scatter(
        y=stands,
        mode="lines",
        line={"color": colour, "width": 2.6, "dash": DASHES[index % 4]},
        name=_named(lanes, position),
        hovertemplate=f"position {position}, pass %{{x}}<br><b>%{{text}}</b> stands, p = %{{y:.2f}}<extra></extra>",
        showlegend=lane == 0,
        **shared,
    )
    figure.add_traces([dotted, solid], rows=[lane + 1] * 2, cols=[1, 1])
    _moments(figure, trace, lane, position, stands, index)


def _moments(figure: go.Figure, trace: Trace, lane: int, position: int, stands: np.ndarray, index: int) -> None:
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
        marker={
            "symbol": [colours.EVENTS[kind][0] for kind in kinds],
            "size": 11,
            "color": colours.lane(index),
            "line": {"width": [2.4 if kind == "remask" else 1 for kind in kinds], "color": colours.lane(index)},
        },
        text=frame.words(trace, happened.new[these], short=True),
        textposition=_BESIDE[index % len(_BESIDE)],
        textfont={"size": 12, "color": colours.INK},
        hovertext=[f"pass {t + 1}, {kind}: {a} → <b>{b}</b>" for t, kind, a, b in zip(when, kinds, old, new, strict=True)],
        hoverinfo="text",
        cliponaxis=False,
        showlegend=False,
    )
    figure.add_trace(points, row=lane + 1, col=1)
