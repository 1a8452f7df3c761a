"""The Score as a Gradio component: the value is one message (a JSON string), everything else happens in the browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from ..paths import ASSETS
from ..score.html import script

_ON_LOAD = """
const node = element.querySelector('.rv-mount');
const score = RediffScore.mount(node, null, { resync: (asked) => server.resync(asked) });
score.message(props.value);
watch('value', () => {
  const shown = () => element.querySelector('.rv-score').dataset.run, before = shown();
  score.message(props.value);
  if (shown() === before || JSON.parse(props.value).source !== 'live') return;
  element.scrollIntoView({ block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
});
element.addEventListener('rv-story', (event) => trigger('story', event.detail));
"""


class ScoreView(gr.HTML):
    """Shows a run. `resync` gets {"run", "after"} from the browser and returns {"messages": [...]}.

    Event `story`: a word's story opened; its data are {"run", "lane", "position", "pass"}, as the browser says them.
    """

    def __init__(self, value: str = "", *, resync: Callable[[Any], dict[str, Any]], **keywords: Any) -> None:
        def catch_up(asked: Any) -> dict[str, Any]:
            return resync(asked)

        catch_up.__name__ = "resync"
        super().__init__(
            value,
            html_template='<div class="rv-mount"></div>',
            js_on_load=_ON_LOAD,
            apply_default_css=False,
            server_functions=[catch_up],
            padding=False,
            **keywords,
        )


def to_value(message: dict[str, Any]) -> str:
    """A message as the component takes it."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def head() -> str:
    """What the page's <head> needs: the Score's script."""
    return f"<script>\n{script()}</script>"


def style() -> str:
    """The page's style sheets."""
    return (ASSETS / "score.css").read_text("utf-8") + (ASSETS / "page.css").read_text("utf-8")
