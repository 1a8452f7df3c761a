"""Node, for the tests of the browser's code."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def node(*arguments: str, text: str | None = None) -> str:
    """What node prints, run in the repository's root with `text` as its input. Fails with what it printed when it ends with an error."""
    path = shutil.which("node")
    assert path, "These tests need node 18 or newer; install it (on Debian: apt-get install nodejs, or make node as root)."
    done = subprocess.run([path, *arguments], input=text, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-8000:]
    return done.stdout
