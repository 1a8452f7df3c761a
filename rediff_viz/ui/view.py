"""The Score as a Gradio component: the value is one message (a JSON string), everything else happens in the browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from ..paths import ASSETS
from ..score.html import script

Answer = Callable[[Any], dict[str, Any]]

_ON_LOAD = """
const node = element.querySelector('.rv-mount');
const resync = (asked) => server.resync(asked), remedy = props.branches ? (asked) => server.remedy(asked) : null;
const look = props.branches ? (asked) => server.look(asked) : null;
const score = RediffScore.mount(node, null, { resync, remedy, look });
score.message(props.value);
watch('value', () => {
  const shown = () => element.querySelector('.rv-score').dataset.run, before = shown();
  score.message(props.value);
  const message = JSON.parse(props.value);
  if (shown() === before || message.source !== 'live' || message.branch) return;
  element.scrollIntoView({ block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
});
element.addEventListener('rv-story', (event) => trigger('story', event.detail));
element.addEventListener('rv-branch', (event) => trigger('branch', event.detail));
element.addEventListener('rv-ground', (event) => trigger('ground', event.detail));
element.addEventListener('rv-halt', (event) => trigger('halt', event.detail));
element.addEventListener('rv-back', (event) => trigger('back', event.detail));
"""


class ScoreView(gr.HTML):
    """Shows a run. `resync` gets {"run", "after"} from the browser and returns {"messages": [...]}; `remedy` gets a word and
    returns {"word"}, the one that is true there; `look` gets a word and returns what can be asked of its picture (service/look.py);
    None where no model is here. What the browser sends may be anything.

    Event `story`: a word's story opened; its data are {"run", "lane", "position", "pass"}. Event `branch`: a change is to be tried
    (service/whatif.py). Event `ground`: a lane's picture is asked (service/grounding.py); `halt`: that is stopped. Event `back`: a
    branch was left for the run {"run"}.
    """

    def __init__(
        self, value: str = "", *, resync: Answer, remedy: Answer | None = None, look: Answer | None = None, **keywords: Any
    ) -> None:
        def catch_up(asked: Any) -> dict[str, Any]:
            return resync(asked)

        def put_right(asked: Any) -> dict[str, Any]:
            return remedy(asked) if remedy else {"word": ""}

        def look_up(asked: Any) -> dict[str, Any]:
            return look(asked) if look else {}

        catch_up.__name__, put_right.__name__, look_up.__name__ = "resync", "remedy", "look"
        super().__init__(
            value,
            html_template='<div class="rv-mount"></div>',
            js_on_load=_ON_LOAD,
            apply_default_css=False,
            server_functions=[catch_up, put_right, look_up],
            branches=remedy is not None,
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
