"""Positions x passes: the probability of the current token at each position, and where it was committed, revised, remasked.

Columns are answer positions, counted from 1, the same in every lane; time runs down, one row a forward pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rediff_viz.metrics import current_token_prob
from rediff_viz.trace import Trace
from rediff_viz.truth import why_wrong, wrong_words
from rediff_viz.views import colours, layout, marks

_Reasons = Sequence[Mapping[int, str]]  # of each pass: position -> why its word is wrong
UNCHECKED = 15.0  # px below the last pass, for question marks
GAP = 100.0  # px between two panels: the words of one, the title of the next
READ = (
    "A column is a position of the answer, a row a forward pass, downward; a cell is tinted once its position is settled, "
    "more strongly where that pass gave the token a higher probability. The words below are those at the end, a dot where a place is "
    "still open; hover for a cell's word, and why it is wrong. A final pass, ours, comes after the canvas is full."
)


def timeline(traces: Sequence[Trace], at: int | None = None, wrong: Sequence[np.ndarray | None] | None = None) -> go.Figure:
    """One panel a lane. `at` draws the cursor at a pass.

    `wrong[lane]` is (S, N) bool, the wrong words of each pass, or None to mark none; without `wrong`, the scene stored in a
    trace decides. Raises ValueError for arrays of another shape.
    """
    lanes = layout.trace_list(traces)
    verdicts = [wrong_words(trace) for trace in lanes] if wrong is None else list(wrong)
    reasons = [why_wrong(trace) if wrong is None else None for trace in lanes]
    _check(lanes, verdicts)
    row = float(np.clip(440 / max(1, *(len(trace) for trace in lanes)), 8, 24))
    heights = [row * max(3, len(trace)) + UNCHECKED for trace in lanes]
    total = sum(heights) + GAP * (len(lanes) - 1)
    figure = make_subplots(
        rows=len(lanes),
        cols=1,
        row_heights=[height / sum(heights) for height in heights],
        vertical_spacing=GAP / total if len(lanes) > 1 else 0,
        subplot_titles=[layout.lane_title(trace, lane) for lane, trace in enumerate(lanes)],
    )
    for lane, (trace, verdict) in enumerate(zip(lanes, verdicts, strict=True)):
        _cells(figure, trace, lane, verdict, reasons[lane])
        if verdict is not None:
            marks.verdicts(figure, verdict, lane)
        marks.drafts(figure, trace, lane, row)
        marks.events(figure, trace, lane, row)
        marks.unchecked(figure, trace, lane, UNCHECKED / row)
        _axes(figure, trace, lane, at, verdict, UNCHECKED / row)
    judged = any(verdict is not None for verdict in verdicts)
    dotted = any(trace.canvas.shape[1] <= marks.MAX_COMMIT_DOTS for trace in lanes)
    marks.legend(figure, dotted, judged, drafted=any("draft" in marks.phases(trace) for trace in lanes))
    _scale(figure, total)
    return layout.finish(figure, total, read=READ, foot=74, above=56, hovermode="closest")


def _check(lanes: Sequence[Trace], verdicts: Sequence[np.ndarray | None]) -> None:
    if len(verdicts) != len(lanes):
        raise ValueError(f"{len(verdicts)} verdict arrays for {len(lanes)} lanes: one (or None) a lane is expected")
    for trace, verdict in zip(lanes, verdicts, strict=True):
        if verdict is not None and verdict.shape != trace.canvas.shape:
            raise ValueError(f"the verdicts of {trace.head.lane} have shape {verdict.shape}, and {trace.canvas.shape} was expected")


def _cells(figure: go.Figure, trace: Trace, lane: int, verdict: np.ndarray | None, reasons: _Reasons | None) -> None:
    value = current_token_prob(trace)
    judged = np.zeros(value.shape, bool) if verdict is None else verdict
    word = np.array(layout.token_texts(trace, trace.canvas.ravel()), dtype=object).reshape(value.shape)
    still_open = trace.canvas == trace.head.mask_id
    table = [
        [_hover_text(word[t, p], value[t, p], still_open[t, p], judged[t, p], why.get(p, "")) for p in range(value.shape[1])]
        for t, why in enumerate(reasons or [{}] * len(trace))
    ]
    shared = {
        "x": np.arange(1, value.shape[1] + 1),
        "y": np.arange(1, len(trace) + 1),
        "text": table,
        "zmin": 0,
        "zmax": 1,
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "hovertemplate": "position %{x}, pass %{y}<br>%{text}<extra></extra>",
    }
    ended = trace.canvas == trace.head.eot_id
    layers = [
        (colours.CONFIDENCE, ~ended & ~judged, lane == 0),
        (colours.WRONG_CELLS, judged, False),
        (colours.ENDED, ended & ~judged, False),
    ]
    for scale, where, shown in layers:
        if shown or where.any():
            cells = go.Heatmap(z=np.where(where, value, np.nan), colorscale=scale, showscale=shown, **shared)
            figure.add_trace(cells, row=lane + 1, col=1)


def _scale(figure: go.Figure, panels: float) -> None:
    """The colour bar of the tint, in a line of its own above the legend of the marks."""
    bar = {
        "title": {"text": "probability of the word at the position, in that pass", "side": "top", "font": {"size": 12}},
        "orientation": "h",
        "thickness": 9,
        "len": 300,
        "lenmode": "pixels",
        "x": 0,
        "xanchor": "left",
        "xpad": 4,
        "y": 1 + (layout.TITLE + layout.legend_height(figure) + 6) / panels,
        "yanchor": "bottom",
        "ypad": 4,
        "tickvals": [0, 0.5, 1],
        "outlinewidth": 0,
    }
    figure.update_traces(colorbar=bar, selector={"type": "heatmap", "showscale": True})


def _hover_text(word: str, probability: float, is_open: bool, wrong: bool, why: str) -> str:
    if is_open:
        return "open"
    known = "" if np.isnan(probability) else f", p = {probability:.2f}"
    sentence = f"<br>{layout.clean(why)}" if why else ""
    return f"<b>{word}</b>{known}{f': wrong{sentence}' if wrong else ''}"


def _axes(figure: go.Figure, trace: Trace, lane: int, at: int | None, verdict: np.ndarray | None, below: float) -> None:
    passes = len(trace)
    layout.words_axis(figure, trace, lane, None if verdict is None or not passes else verdict[-1])
    shown = sorted({1, passes, *range(5, passes + 1, 5)}) if passes > 16 else list(range(1, passes + 1))
    figure.update_yaxes(
        range=[max(3, passes) + 0.5 + below, 0.5],
        tickvals=shown,
        ticktext=[_pass_label(trace, t) for t in shown],
        showline=False,
        showgrid=False,
        row=lane + 1,
        col=1,
    )
    pointed = layout.cursor(trace, at)
    if pointed is not None:
        figure.add_hline(y=pointed + 0.5, line={"color": colours.CURSOR, "width": 2}, row=lane + 1, col=1)


def _pass_label(trace: Trace, t: int) -> str:
    """The number of a pass; the first one, and any that is not a plain prediction, with its kind."""
    phase = marks.phases(trace)[t - 1] if t <= len(trace) else "predict"
    named = "pass" if phase == "predict" and t == 1 else {"predict": "", "settle": "final"}.get(phase, phase)
    return f"{named} {t}".strip()
