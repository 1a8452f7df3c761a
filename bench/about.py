"""The machine, the day and the commit of a measurement."""

from __future__ import annotations

import platform
import subprocess
from datetime import date
from pathlib import Path


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
