"""What every figure shares: system fonts, clear papers, quiet axes, lane titles and the words of a position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rediff_viz.trace import Trace
from rediff_viz.views import colours

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"


def settle(figure: go.Figure, height: int, **layout: Any) -> go.Figure:
    """Give the figure the house's look; `height` in pixels."""
    figure.update_layout(
        template="none",
        height=height,
        font={"family": FONT, "size": 12, "color": colours.INK},
        paper_bgcolor=colours.CLEAR,
        plot_bgcolor=colours.CLEAR,
        margin={"l": 70, "r": 18, "t": 64, "b": 54},
        hoverlabel={"font": {"family": FONT, "size": 13}, "align": "left"},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top"},
        **layout,
    )
    figure.update_xaxes(gridcolor=colours.FAINT, linecolor=colours.FAINT, zeroline=False, ticks="")
    figure.update_yaxes(gridcolor=colours.FAINT, linecolor=colours.FAINT, zeroline=False, ticks="")
    figure.update_annotations(x=0, xanchor="left", font={"family": FONT, "size": 13, "color": colours.INK})
    return figure


def asked(traces: Sequence[Trace]) -> list[Trace]:
    """The traces as a list; ValueError when there is nothing to draw."""
    if not traces:
        raise ValueError("a view draws one trace or more, and none was given")
    return list(traces)


def lane_title(trace: Trace) -> str:
    """The lane's name and what it cost."""
    passes = len(trace)
    return f"<b>{trace.head.lane}</b> · {passes} forward pass{'' if passes == 1 else 'es'}"


def cursor(trace: Trace, at: int | None) -> int | None:
    """The pass a shared cursor points at in this lane: 0 before the first, never past the last."""
    return None if at is None else int(np.clip(at, 0, len(trace)))


def words(trace: Trace, ids: np.ndarray, short: bool = False) -> list[str]:
    """The text of each id, for hovering; `short`, for an axis: a mask is a dot, an end of text nothing."""
    head = trace.head
    special = {head.mask_id: "·" if short else "mask"}
    if head.eot_id is not None:
        special[head.eot_id] = "" if short else "end of text"
    return [special.get(int(i), clean(text)) for i, text in zip(ids, trace.tokens(ids), strict=True)]


def clean(text: str) -> str:
    """A token's text as Plotly may print it: no markup, white space visible."""
    visible = text.replace("\n", "⏎").replace("\t", "⇥").strip(" ") or "␣"
    return visible.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
