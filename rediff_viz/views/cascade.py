"""What caused what: an arrow from a word to each later word that would be another one without it. One panel a lane, time runs down.

Drawn from a stored cascade (stored_analysis). An arrow that a chain of other arrows makes up is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rediff_viz.events import changes
from rediff_viz.stored_analysis import Lane
from rediff_viz.trace import Trace
from rediff_viz.truth import wrong_words
from rediff_viz.views import colours, layout
from rediff_viz.views.arrows import Arrow, Arrows, Event, arrows_of

GAP = 104.0  # px between two panels
BEND = 12  # points of an arrow
READ = (
    "A dot is a word as a pass wrote it, larger the more later words hang on it. An arrow leads to a later word that would be another one "
    "if the first had been replaced by its runner-up, orange where that later word is wrong; what runs through a word in between is drawn "
    "as its arrows only. Ends of the text, and probabilities that moved beyond the noise, can be chosen in the legend."
)


@dataclass(frozen=True)
class Kind:
    """A kind of arrow."""

    name: str
    ink: str
    width: float
    drawn: bool  # or only when it is chosen in the legend


KINDS = (
    Kind("to another word", colours.ARROW, 1.7, True),
    Kind("to another word, which is wrong", colours.WRONG, 1.9, True),
    Kind("from or to an end of the text", colours.QUIET, 1.2, False),
    Kind("a probability moved", colours.LANES[3], 0.9, False),
)


def cascade(traces: Sequence[Trace], lanes: Sequence[Lane]) -> go.Figure:
    """One panel for each trace whose lane has a cascade. Raises ValueError where none has."""
    drawn = [(i, trace, lane["cascade"]) for i, (trace, lane) in enumerate(zip(traces, lanes, strict=True)) if "cascade" in lane]
    if not drawn:
        raise ValueError("no cascade of these lanes is known")
    heights = [float(np.clip(460 / len(trace), 26, 54)) * max(2, len(trace)) for _, trace, _ in drawn]
    total = sum(heights) + GAP * (len(drawn) - 1)
    chosen = [arrows_of(trace, found) for _, trace, found in drawn]
    titles = [layout.lane_title(trace, i) + _more(found, arrows) for (i, trace, found), arrows in zip(drawn, chosen, strict=True)]
    figure = make_subplots(
        rows=len(drawn), cols=1, row_heights=[h / sum(heights) for h in heights], subplot_titles=titles,
        vertical_spacing=GAP / total if len(drawn) > 1 else 0,
    )  # fmt: skip
    last = max(_last(trace, arrows.words) for (_, trace, _), arrows in zip(drawn, chosen, strict=True))
    for row, ((_, trace, found), arrows) in enumerate(zip(drawn, chosen, strict=True)):
        _panel(figure, trace, found, arrows, row, last)
    _legend(figure)
    return layout.finish(figure, total, read=READ, foot=78, hovermode="closest")


def _more(found: Any, arrows: Arrows) -> str:
    hidden = f" · {arrows.hidden} more arrow{'' if arrows.hidden == 1 else 's'} not shown" if arrows.hidden else ""
    return hidden + ("" if found["measured"] else " · its control differs, so no arrow is called an effect")


def _last(trace: Trace, arrows: Sequence[Arrow]) -> int:
    """The last position worth showing, from 1."""
    written = np.flatnonzero(trace.final != trace.head.eot_id)
    ends = [position for arrow in arrows for _, position in (arrow.cause, arrow.effect)]
    return max([int(written.max(initial=0)), *ends], default=0) + 1


def _panel(figure: go.Figure, trace: Trace, found: Any, arrows: Arrows, row: int, last: int) -> None:
    wrong = wrong_words(trace)
    is_wrong = np.zeros(trace.canvas.shape, dtype=bool) if wrong is None else wrong
    to_wrong = [arrow for arrow in arrows.words if _ends_wrong(arrow, is_wrong)]
    to_other = [arrow for arrow in arrows.words if not _ends_wrong(arrow, is_wrong)]
    for kind, some in zip(KINDS, (to_other, to_wrong, arrows.ends, arrows.moved), strict=True):
        if some:
            figure.add_trace(_curves(trace, some, kind, found["measured"]), row=row + 1, col=1)
    _dots(figure, trace, found, is_wrong, row)
    layout.words_axis(figure, trace, row, None if wrong is None else is_wrong[-1], last)
    ticks = np.arange(1, len(trace) + 1, max(1, len(trace) // 12))
    names = [f"pass {t}" if t == 1 else str(t) for t in ticks]
    figure.update_yaxes(range=[len(trace) + 0.5, 0.4], tickvals=ticks, ticktext=names, showgrid=True, row=row + 1, col=1)


def _ends_wrong(arrow: Arrow, wrong: np.ndarray) -> bool:
    at, position = arrow.effect
    return at < len(wrong) and bool(wrong[at, position])


def _curves(trace: Trace, arrows: Sequence[Arrow], kind: Kind, measured: bool) -> go.Scatter:
    """All arrows of a kind as one line, a gap between two of them; the last point of each carries its head."""
    t = np.linspace(0, 1, BEND)
    xs, ys, sizes, texts = [], [], [], []
    for arrow in arrows:
        (y0, x0), (y1, x1) = ((at + 1, position + 1) for at, position in (arrow.cause, arrow.effect))
        bend = x1, y0 + 0.4 * (y1 - y0)
        x = (1 - t) ** 2 * x0 + 2 * t * (1 - t) * bend[0] + t**2 * x1
        y = (1 - t) ** 2 * (y0 + 0.1) + 2 * t * (1 - t) * bend[1] + t**2 * (y1 - 0.14)
        xs += [*x, None]
        ys += [*y, None]
        sizes += [*[0] * (BEND - 1), 9, 0]
        texts += [_words(trace, arrow)] * (BEND + 1)
    dash = "solid" if measured else "dot"
    return go.Scatter(
        x=xs, y=ys, mode="lines+markers", line={"color": kind.ink, "width": kind.width, "dash": dash}, opacity=0.85,
        marker={"symbol": "arrow", "angleref": "previous", "size": sizes, "color": kind.ink, "opacity": 1, "line": {"width": 0}},
        text=texts, hovertemplate="%{text}<extra></extra>", legendgroup=kind.name, showlegend=False,
        visible=True if kind.drawn else "legendonly",
    )  # fmt: skip


def _words(trace: Trace, arrow: Arrow) -> str:
    (at, position), (later, other) = arrow.cause, arrow.effect
    names = [_word(trace, *event) for event in (arrow.cause, arrow.effect)]
    times = f"<br>e^{arrow.delta:.1f} times as probable with it" if arrow.delta else ""
    return f"<b>{names[0]}</b> (position {position + 1}, pass {at + 1}) → <b>{names[1]}</b> (position {other + 1}, pass {later + 1}){times}"


def _word(trace: Trace, at: int, position: int) -> str:
    return layout.token_texts(trace, trace.canvas[min(at, len(trace) - 1), position : position + 1])[0]


def _dots(figure: go.Figure, trace: Trace, found: Any, wrong: np.ndarray, row: int) -> None:
    """Every word that the sampler wrote."""
    made = changes(trace)
    own = np.flatnonzero((made.kind < 2) & ~made.by_hand)
    at, position = made.at[own], made.position[own]
    reach: dict[Event, set[int]] = {}
    for cp, ca, ep, _, _, word, above in found["effects"]:
        if word and above:
            reach.setdefault((ca, cp), set()).add(ep)
    many = np.array([len(reach.get((int(t), int(p)), ())) for t, p in zip(at, position, strict=True)])
    ended = made.new[own] == trace.head.eot_id
    bad = wrong[at, position]
    words = layout.token_texts(trace, made.new[own])
    says = [f"<b>{w}</b>{' (wrong)' if b else ''}<br>{n} later word{'' if n == 1 else 's'} would be other words without it"
            for w, b, n in zip(words, bad, many, strict=True)]  # fmt: skip
    points = go.Scatter(
        x=position + 1, y=at + 1, mode="markers", text=says, showlegend=False,
        hovertemplate="position %{x}, pass %{y}: %{text}<extra></extra>",
        marker={
            "size": 6 + 3.2 * np.sqrt(many), "color": np.where(bad, colours.WRONG, colours.COMMIT),
            "opacity": np.where(ended & (many == 0), 0.25, 1.0), "symbol": np.where(bad, "diamond", "circle"),
            "line": {"width": 1.2, "color": colours.OUTLINE},
        },
    )  # fmt: skip
    figure.add_trace(points, row=row + 1, col=1)


def _legend(figure: go.Figure) -> None:
    edge = {"width": 1, "color": colours.OUTLINE}
    for name, marker in (
        ("word", {"size": 8, "color": colours.COMMIT}),
        ("wrong", {"symbol": "diamond", "size": 9, "color": colours.WRONG}),
    ):
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", marker={**marker, "line": edge}, name=name))
    for kind in KINDS:
        line = {"color": kind.ink, "width": kind.width}
        key = go.Scatter(x=[None], y=[None], mode="lines", line=line, name=kind.name, legendgroup=kind.name)
        figure.add_trace(key.update(visible=True if kind.drawn else "legendonly"))
