"""How many claims about the scene are wrong after each pass, all lanes over each other, and how many are right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rediff_viz.stored_analysis import Lane
from rediff_viz.trace import Trace
from rediff_viz.truth import judgements
from rediff_viz.views import colours, layout
from rediff_viz.views.progress import DASHES, SHAPES
from rediff_viz.world.claims import RIGHT, WRONG

PANEL, GAP = 170.0, 52.0  # px
READ = (
    "The text after each forward pass, judged as it could be read then: how many of its claims about the scene are wrong, and below how "
    "many are right. A wrong claim that stays level was never mended; one that rises late came from words that no later pass could mend."
)


def wrong_claims(traces: Sequence[Trace], lanes: Sequence[Lane]) -> go.Figure:
    """Two panels: wrong claims, right claims. Raises ValueError where no lane can be judged."""
    judged = [(i, trace, found) for i, trace in enumerate(traces) if (found := judgements(trace))]
    if not judged:
        raise ValueError("the truth of the picture is not known, so no claim can be judged")
    panels = 2 * PANEL + GAP
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=GAP / panels, subplot_titles=["<b>claims wrong</b>", "<b>claims right</b>"]
    )
    for row, verdict in enumerate((WRONG, RIGHT), 1):
        for i, trace, found in judged:
            count = [sum(claim.verdict == verdict for claim in one.claims) for one in found]
            line = go.Scatter(
                x=np.arange(1, len(count) + 1), y=count, mode="lines+markers", cliponaxis=False, name=layout.lane_name(trace, i),
                legendgroup=str(i), showlegend=row == 1, line={"color": colours.lane(i), "dash": DASHES[i % 4], "width": 2},
                marker={"symbol": SHAPES[i % 4], "size": 7},
                hovertemplate=f"after pass %{{x}}: %{{y}} {verdict}<extra>%{{fullData.name}}</extra>",
            )  # fmt: skip
            figure.add_trace(line, row=row, col=1)
        most = max((max(line.y, default=0) for line in figure.data[-len(judged) :]), default=0)
        figure.update_yaxes(range=[0, max(most, 3) * 1.08], dtick=max(1, -(-most // 5)), row=row, col=1)
    layout.passes_axis(figure, max(len(trace) for _, trace, _ in judged), 2)
    return layout.finish(figure, panels, read=READ, hovermode="closest")
