"""Traces -> Plotly figures: pure functions (traces, at=None) of a recorded run. Knows no model and no page.

Adding one: a function in a file of this package, and a line in VIEWS. It ends in `layout.finish`, which gives a figure its style,
its height and the text that explains it (layout.meta["read"]); the page prints that text below the figure. STUDIES are figures of what
an analysis found: (traces, what is stored of the analysis of each) -> Figure, ValueError where there is nothing to draw.
"""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go

from rediff_viz.views.cascade import cascade
from rediff_viz.views.confidence import confidence
from rediff_viz.views.credit import credit
from rediff_viz.views.order import order
from rediff_viz.views.progress import progress
from rediff_viz.views.timeline import timeline
from rediff_viz.views.wrong_claims import wrong_claims

VIEWS: dict[str, Callable[..., go.Figure]] = {"timeline": timeline, "progress": progress, "confidence": confidence}
STUDIES: dict[str, Callable[..., go.Figure]] = {"what caused what": cascade, "wrong claims": wrong_claims, "credit": credit, "order": order}

__all__ = ["STUDIES", "VIEWS", "cascade", "confidence", "credit", "order", "progress", "timeline", "wrong_claims"]
