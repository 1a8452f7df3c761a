"""What revising was worth: how many revisions of each lane went from wrong to right, from right to wrong, and so on, by claims."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from rediff_viz.stored_analysis import Lane
from rediff_viz.trace import Trace
from rediff_viz.views import colours, layout

OUTCOMES = {  # as analysis.credit names them -> in the figure
    "wrong to right": "wrong → right",
    "right to wrong": "right → wrong",
    "wrong to wrong": "wrong → wrong",
    "right to right": "right → right",
    "wrong removed": "wrong → open",
    "right removed": "right → open",
}
HATCHES = ("", "/", "x", ".")
BAR = 20.0  # px
READ = (
    "How many words each lane replaced, by the claims about the scene that the old word and the new one carry: a repair goes from wrong to "
    "right, a harm from right to wrong; open is a word taken back behind a mask. Words that carry no claim do not count here."
)


def credit(traces: Sequence[Trace], lanes: Sequence[Lane]) -> go.Figure:
    """Bars by outcome, a lane beside the other. Raises ValueError, in one sentence, where there is nothing to count."""
    if not any(lane.get("credit") for lane in lanes):
        raise ValueError("the truth of the picture is not known, so nobody can say what revising was worth")
    if not any(any(lane.get("credit", {}).values()) for lane in lanes):
        raise ValueError("no lane replaced a word that carries a claim about the picture")
    names = [name for name in OUTCOMES if "removed" not in name or any(lane.get("credit", {}).get(name) for lane in lanes)]
    panels = len(names) * (BAR * len(traces) + 18)
    figure = go.Figure()
    for i, (trace, lane) in enumerate(zip(traces, lanes, strict=True)):
        counts = [int(lane.get("credit", {}).get(name, 0)) for name in names]
        figure.add_trace(
            go.Bar(
                y=[OUTCOMES[name] for name in names], x=counts, orientation="h", name=layout.lane_name(trace, i), legendrank=i,
                text=[str(count) for count in counts], textposition="outside", cliponaxis=False, textfont={"color": colours.INK},
                marker={"color": colours.lane(i), "line": {"width": 0}, "pattern": _hatch(i)},
                hovertemplate="%{y}: %{x}<extra>%{fullData.name}</extra>",
            )
        )  # fmt: skip
    most = max((max(bar.x) for bar in figure.data), default=0)
    figure.update_xaxes(range=[0, max(most, 4) * 1.08], dtick=max(1, -(-most // 8)), title={"text": "revisions", "standoff": 8})
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return layout.finish(figure, panels, read=READ, left=118, barmode="group", bargap=0.28, bargroupgap=0.06, hovermode="closest")


def _hatch(lane: int) -> dict[str, object]:
    return {"shape": HATCHES[lane % 4], "size": 6, "solidity": 0.22, "fillmode": "overlay", "fgcolor": colours.PAPER}
