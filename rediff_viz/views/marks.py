"""The marks on a timeline: events as shapes, a corrector's drafts as ticks, verdicts, and their legend. Its axes count from 1."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from rediff_viz.events import KINDS, changes, probability, unread
from rediff_viz.trace import PHASES, Trace
from rediff_viz.views import colours, layout

MAX_COMMIT_DOTS = layout.CROWDED  # above so many positions the dots of ordinary commits would hide the rest


def phases(trace: Trace) -> list[str]:
    """The phase of each pass, in words."""
    return [PHASES[int(code)] for code in trace.phase]


def drafts(figure: go.Figure, trace: Trace, lane: int, row: float) -> None:
    """Small ticks where a corrector's pass read a draft and proposed another token; `row` as in `events`."""
    draft = np.array([phase == "draft" for phase in phases(trace)], dtype=bool)
    when, where = np.nonzero(draft[:, None] & (trace.ids != trace.read))
    if not when.size:
        return
    old, new = layout.token_texts(trace, trace.read[when, where]), layout.token_texts(trace, trace.ids[when, where])
    points = go.Scatter(
        x=where + 1,
        y=when + 1,
        mode="markers",
        marker={"symbol": "line-ns", "size": min(row * 0.28, 7), "line": {"width": 1.5, "color": colours.QUIET}},
        text=[f"draft: {a}, corrector: <b>{b}</b>" for a, b in zip(old, new, strict=True)],
        hovertemplate="position %{x}, pass %{y}<br>%{text}<extra></extra>",
        showlegend=False,
    )
    figure.add_trace(points, row=lane + 1, col=1)


def events(figure: go.Figure, trace: Trace, lane: int, row: float) -> None:
    """One shape a kind of event, with old and new word; `row` is the height of a pass in pixels."""
    found = changes(trace)
    sure = probability(trace, found.at, found.position, found.new)
    for index, kind in enumerate(KINDS):
        these = np.flatnonzero(found.kind == index)
        if not these.size or (kind == "commit" and trace.canvas.shape[1] > MAX_COMMIT_DOTS):
            continue
        plain = kind == "commit"
        size = min(row * 0.3, 7) if plain else min(row * 0.62, 13)
        old, new = layout.token_texts(trace, found.old[these]), layout.token_texts(trace, found.new[these])
        points = go.Scatter(
            x=found.position[these] + 1,
            y=found.at[these] + 1,
            mode="markers",
            marker={**colours.marker(kind, size), "opacity": np.where(plain & (found.new[these] == trace.head.eot_id), 0.3, 1.0)},
            text=[_hover_text(kind, *values) for values in zip(old, new, sure[these], found.by_hand[these], strict=True)],
            hovertemplate="position %{x}, pass %{y}<br>%{text}<extra></extra>",
            showlegend=False,
        )
        figure.add_trace(points, row=lane + 1, col=1)


def _hover_text(kind: str, old: str, new: str, sure: float, by_hand: bool) -> str:
    text = f"{kind}: {old} → <b>{new}</b>"
    return f"{text}, written by hand" if by_hand else text if np.isnan(sure) else f"{text}, p = {sure:.2f}"


def unchecked(figure: go.Figure, trace: Trace, lane: int, below: float) -> None:
    """A question mark below every token that no pass has read since it was placed; `below` in passes under the last row."""
    where = np.flatnonzero(unread(trace)[-1:].any(axis=0))
    points = go.Scatter(
        x=where + 1,
        y=np.full(where.size, len(trace) + 0.5 + below / 2),
        mode="text",
        text=["<b>?</b>"] * where.size,
        textfont={"size": 12, "color": colours.INK},
        hovertext=[f"{word} was not read by any pass after it was placed" for word in layout.token_texts(trace, trace.final[where])],
        hoverinfo="text",
        showlegend=False,
    )
    figure.add_trace(points, row=lane + 1, col=1)


def verdicts(figure: go.Figure, verdict: np.ndarray, lane: int) -> None:
    """An underline, as under a misspelling, below every word that is wrong at that pass; `verdict` is (S, N) bool."""
    when, where = np.nonzero(verdict)
    gap = np.full(when.size, np.nan)
    line = go.Scatter(
        x=np.stack([where + 0.6, where + 1.4, gap], axis=1).ravel(),
        y=np.stack([when + 1.4, when + 1.4, gap], axis=1).ravel(),
        mode="lines",
        line={"color": colours.WRONG, "width": 3},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_trace(line, row=lane + 1, col=1)


def legend(figure: go.Figure, dotted: bool, judged: bool, drafted: bool) -> None:
    """A legend that does not depend on the run: without a remask it still explains the ring."""
    keys = [(name, colours.marker(name, 8 if name == "commit" else 10)) for name in colours.EVENTS if dotted or name != "commit"]
    if drafted:
        keys.append(("a corrector's other word", {"symbol": "line-ns", "size": 8, "line": {"width": 1.5, "color": colours.QUIET}}))
    if judged:
        keys.append(("wrong word", {"symbol": "line-ew", "size": 9, "line": {"width": 3, "color": colours.WRONG}}))
    keys.append(("<b>?</b> never checked", {"color": colours.CLEAR}))
    for name, marker in keys:
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=name))
