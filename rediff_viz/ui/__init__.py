"""The page. Gradio lives here and nowhere else; nothing here computes: that is done in `service`, `run`, `score` and `views`."""

from typing import Any

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}  # of an event of the page's own
MODEL: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 2}  # of an event that runs a model
