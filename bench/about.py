"""The machine, the day and the commit of a measurement."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any


def machine() -> str:
    """The processor's name as the system reports it."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def today() -> dict[str, str]:
    """The date and the commit, as stored with results."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False).stdout.strip()
    return {"date": date.today().isoformat(), "commit": commit}


def measurement(**more: Any) -> dict[str, Any]:
    """The machine without a GPU, the date, the commit, and what more is stored with results."""
    return {"machine": f"{machine()}, {os.cpu_count()} cores, no GPU", **today(), **more}


def stamp(about: Mapping[str, Any]) -> str:
    """What stands below a table, of a `measurement`."""
    return f"{about['machine']}, {about['date']}, commit {about['commit']}."
