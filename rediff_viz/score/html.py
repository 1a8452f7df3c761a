"""The Score of a run as one HTML file that plays from a disk, without a server or a network."""

from __future__ import annotations

import html
import json

from ..paths import ASSETS
from ..saved_run import SavedRun
from .bundle import bundle
from .messages import Message, payload_of


def script() -> str:
    """The Score's script: the modules of assets/score as one classic script that defines `RediffScore`."""
    return bundle(ASSETS / "score" / "score.js", "RediffScore")


def page(run: SavedRun | Message, title: str | None = None, autoplay: bool = False) -> str:
    """The Score of a run as one HTML document: no server, no network, nothing to install."""
    payload = payload_of(run) if isinstance(run, SavedRun) else run
    name = html.escape(title or payload.get("title") or "A run")
    style = (ASSETS / "score.css").read_text("utf-8")
    options = json.dumps({"autoplay": autoplay})
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<style>
body {{ margin: 0; padding: clamp(0px, 2vw, 28px); background: #f4f2ec; }}
main {{ max-width: 1240px; margin: 0 auto; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #0e1013; }} }}
@media print {{ body {{ background: none; padding: 0; }} }}
{style}</style>
</head>
<body class="rv-auto">
<main id="score"></main>
<script type="application/json" id="run">{_inside_script(payload)}</script>
<script>
{script()}</script>
<script>RediffScore.mount(document.getElementById("score"), document.getElementById("run").textContent, {options});</script>
</body>
</html>
"""


def _inside_script(payload: Message) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").replace("\u2028", "\\u2028")
