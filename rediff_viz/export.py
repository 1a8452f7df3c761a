"""Runs that leave the page: a folder, a zip of it, an event table, and one HTML file that plays from a disk without a network.

A run's folder holds `run.json` (title and words), one `.trace` a lane in order, and `picture.png` where it may be shown.
"""

from __future__ import annotations

import base64
import html
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from .picture import open_picture
from .score import payload
from .score_bundle import bundle
from .trace import Trace

ASSETS = Path(__file__).resolve().parent.parent / "assets"
_WORDS = ("title", "about", "intro")


@dataclass(frozen=True)
class SavedRun:
    """A run as its folder keeps it."""

    name: str
    traces: tuple[Trace, ...]
    picture: Image.Image | None = None
    words: dict[str, str] = field(default_factory=dict)  # title, about, intro

    def payload(self, source: str = "recorded", **about: Any) -> dict[str, Any]:
        """The run as the Score plays it."""
        picture = None if self.picture is None else data_url(self.picture)
        return payload(self.traces, self.name, picture=picture, source=source, **{**self.words, **about})


def save_run(folder: str | Path, run: SavedRun) -> Path:
    """Write the run's folder and return its path."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for i, trace in enumerate(run.traces):
        checkpoint = trace.head.checkpoint.rstrip("/").rpartition("/")[2]  # a folder's path ends in its name
        names.append(f"{i + 1}-{trace.head.sampler}@{checkpoint}.trace")
        trace.save(folder / names[-1])
    if run.picture is not None:
        run.picture.convert("RGB").save(folder / "picture.png")
    said = {"version": 1, "traces": names, **run.words}
    (folder / "run.json").write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return folder


def load_run(folder: str | Path) -> SavedRun:
    """Read a run's folder. Raises ValueError, in one sentence, when it is none; TraceError for a damaged trace."""
    folder = Path(folder)
    try:
        said = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        version, names = said["version"], [str(name) for name in said["traces"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder.name}/run.json cannot be read as a run: {error}") from error
    if version != 1:
        raise ValueError(f"run version {version}, this code reads 1")
    if not names or any(Path(name).name != name for name in names):
        raise ValueError(f"{folder.name}/run.json must name at least one trace that lies beside it")
    traces = tuple(Trace.load(folder / name) for name in names)
    picture = folder / "picture.png"
    words = {key: str(said[key]) for key in _WORDS if key in said}
    return SavedRun(folder.name, traces, open_picture(picture) if picture.is_file() else None, words)


def zip_run(run: SavedRun, path: str | Path) -> Path:
    """The run's folder as one zip file; returns its path."""
    import tempfile

    path = Path(path)
    with tempfile.TemporaryDirectory() as room, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        folder = save_run(Path(room) / run.name, run)
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{run.name}/{file.name}")
    return path


def events_csv(traces: Sequence[Trace], path: str | Path) -> Path:
    """Every commit, revision and remask of all lanes as one CSV table; returns its path."""
    import pandas as pd

    from .events import events

    path = Path(path)
    tables = [events(trace).assign(lane=trace.head.lane) for trace in traces]
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, "lane", table.pop("lane"))
    table.to_csv(path, index=False)
    return path


def script() -> str:
    """The Score's script: the modules of assets/score as one classic script that defines `RediffScore`."""
    return bundle(ASSETS / "score" / "score.js", "RediffScore")


def page(run: SavedRun | dict[str, Any], title: str | None = None, autoplay: bool = False) -> str:
    """The Score of a run as one HTML document: no server, no network, nothing to install."""
    told = run.payload() if isinstance(run, SavedRun) else run
    name = html.escape(title or told.get("title") or "A run")
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
<script type="application/json" id="run">{_inside_script(told)}</script>
<script>
{script()}</script>
<script>RediffScore.mount(document.getElementById("score"), document.getElementById("run").textContent, {options});</script>
</body>
</html>
"""


def data_url(picture: Image.Image, side: int = 640) -> str:
    """A picture as a data: URL, PNG when small, else scaled down to `side` px and JPEG."""
    out = io.BytesIO()
    if max(picture.size) <= 256:
        picture.save(out, "PNG")
        return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    small = picture.copy()
    small.thumbnail((side, side))
    small.save(out, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


def _inside_script(told: dict[str, Any]) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").replace("\u2028", "\\u2028")
