"""Traces -> Plotly figures: pure functions (traces, at=None) of a recorded run. Knows no model and no page.

Adding one: a function in a file of this package, and a line in VIEWS. It ends in `layout.finish`, which gives a figure its style,
its height and the text that explains it (layout.meta["read"]); the page prints that text below the figure.
"""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go

from rediff_viz.views.confidence import confidence
from rediff_viz.views.progress import progress
from rediff_viz.views.timeline import timeline

VIEWS: dict[str, Callable[..., go.Figure]] = {"timeline": timeline, "progress": progress, "confidence": confidence}

__all__ = ["VIEWS", "confidence", "progress", "timeline"]
