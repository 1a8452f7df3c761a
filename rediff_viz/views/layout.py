"""What every figure shares: fonts, background, axes, space for the legend, lane titles and token texts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rediff_viz.trace import Trace
from rediff_viz.trace.visible import visible_text
from rediff_viz.views import colours

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"
MIN_WIDTH = 720  # px: the width a figure is laid out for; a narrower window scrolls
LEFT, RIGHT = 74, 18
TITLE, LINE = 30, 22  # px: above a panel, of a line of the legend
SLANTED, CROWDED = 44, 64  # up to so many positions words below a panel are slanted; above it vertical, and smaller
_LETTERS = "ABCDEFGH"


def finish(figure: go.Figure, panels: float, *, read: str, foot: int = 60, above: int = 0, left: int = LEFT, **layout: Any) -> go.Figure:
    """Give the figure the common style, its height and margins.

    `panels`: height of all panels with the gaps between them, in pixels; `foot` below, `above` over the legend and `left` likewise.
    `read`: how to read it, one or two sentences, stored in the figure as layout.meta["read"].
    """
    top = TITLE + legend_height(figure) + above + 12
    figure.update_layout(
        template="none",
        height=round(top + panels + foot),
        meta={"read": read},
        font={"family": FONT, "size": 12, "color": colours.INK},
        paper_bgcolor=colours.PAPER,
        plot_bgcolor=colours.CLEAR,
        margin={"l": left, "r": RIGHT, "t": top, "b": foot},
        hoverlabel={"bgcolor": colours.INK, "font": {"family": FONT, "size": 13, "color": colours.PAPER}, "align": "left"},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1 + TITLE / panels, "yanchor": "bottom", "bgcolor": colours.CLEAR},
        modebar={"bgcolor": colours.CLEAR, "color": colours.SUBDUED, "activecolor": colours.INK},
        **layout,
    )
    figure.update_xaxes(gridcolor=colours.FAINT, linecolor=colours.FAINT, zeroline=False, ticks="")
    figure.update_yaxes(gridcolor=colours.FAINT, linecolor=colours.FAINT, zeroline=False, ticks="")
    figure.update_annotations(x=0, xanchor="left", yshift=4, font={"family": FONT, "size": 13, "color": colours.INK})
    return figure


def legend_height(figure: go.Figure) -> int:
    """Pixels the legend takes in a figure of the minimum width: its entries, line by line."""
    lines, used = 1, 0.0
    for entry in figure.data:
        if entry.name and entry.showlegend is not False:
            wide = 46 + 7.2 * len(entry.name.replace("<b>", "").replace("</b>", ""))
            lines, used = (lines + 1, wide) if used and used + wide > MIN_WIDTH - LEFT - RIGHT else (lines, used + wide)
    return LINE * lines


def passes_axis(figure: go.Figure, last: int, rows: int, first: int = 1) -> None:
    """Whole passes along the bottom of a column of `rows` panels."""
    figure.update_xaxes(dtick=max(1, -(-last // 20)), tick0=0, range=[first - 0.6, max(last, first) + 0.6], showgrid=False)
    figure.update_xaxes(title={"text": "forward pass", "standoff": 8}, row=rows, col=1)


def words_axis(figure: go.Figure, trace: Trace, lane: int, wrong: np.ndarray | None, last: int | None = None) -> None:
    """The lane's final words below its panel, one a position; `wrong` (N,) bool marks some, `last` is the last position shown, from 1."""
    positions = trace.canvas.shape[1]
    word = token_texts(trace, trace.final, short=True)
    if wrong is not None:
        style = f'<span style="color:{colours.WRONG_INK}"><b>%s</b></span>'
        word = [style % w if bad else w for w, bad in zip(word, wrong, strict=True)]
    figure.update_xaxes(
        tickvals=np.arange(1, positions + 1),
        ticktext=word,
        tickangle=-55 if positions <= SLANTED else -90,
        tickfont={"size": 12 if positions <= SLANTED else 10 if positions <= CROWDED else 9},
        range=[0.4, (last or positions) + 0.6],
        matches="x" if lane else None,
        showgrid=False,
        row=lane + 1,
        col=1,
    )


def trace_list(traces: Sequence[Trace]) -> list[Trace]:
    """The traces as a list; ValueError when there is nothing to draw."""
    if not traces:
        raise ValueError("a view draws one trace or more, and none was given")
    return list(traces)


def lane_name(trace: Trace, index: int) -> str:
    """The lane's letter, as the Score has it, and its name."""
    name = trace.head.lane
    return f"{_LETTERS[index % len(_LETTERS)]}  {clean(name if len(name) <= 72 else f'{name[:34]}…{name[-34:]}')}"


def lane_title(trace: Trace, index: int) -> str:
    """The lane and its number of forward passes."""
    passes = len(trace)
    return f"<b>{lane_name(trace, index)}</b> · {passes} forward pass{'' if passes == 1 else 'es'}"


def cursor(trace: Trace, at: int | None) -> int | None:
    """The pass a shared cursor points at in this lane: 0 before the first, never past the last."""
    return None if at is None else int(np.clip(at, 0, len(trace)))


def token_texts(trace: Trace, ids: np.ndarray, short: bool = False) -> list[str]:
    """The text of each id, for hover texts; `short`, for an axis: a mask is a dot, end-of-text is empty."""
    head = trace.head
    special = {head.mask_id: "·" if short else "mask"}
    if head.eot_id is not None:
        special[head.eot_id] = "" if short else "end of text"
    return [special.get(int(i), clean(text)) for i, text in zip(ids, trace.tokens(ids), strict=True)]


def clean(text: str) -> str:
    """A token's text as Plotly may print it: markup escaped, invisible characters made visible."""
    return escape(visible_text(text), quote=False)
