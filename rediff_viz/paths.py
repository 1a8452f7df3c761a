"""Where the files that come with the package lie: assets/ and models/. The only module that knows.

In the repository they stand beside rediff_viz/; an installed wheel carries them inside it.
"""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_HOME = _PACKAGE if (_PACKAGE / "assets").is_dir() else _PACKAGE.parent

ASSETS = _HOME / "assets"  # style sheets, the Score's scripts, sprites, recorded runs


def models_folder() -> Path:
    """The folder of the checkpoints, one folder each: $REDIFF_VIZ_MODELS, else models/."""
    return Path(os.environ.get("REDIFF_VIZ_MODELS") or _HOME / "models")


def runs_folder() -> Path:
    """The folder of the recorded runs that the page plays on arrival: $REDIFF_VIZ_RUNS, else assets/runs/."""
    return Path(os.environ.get("REDIFF_VIZ_RUNS") or ASSETS / "runs")
