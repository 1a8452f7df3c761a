"""What this machine has for the 8B checkpoints, told without torch: GPU memory, 4-bit library, folders given by their paths."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import lru_cache
from importlib.util import find_spec

from ..cards import Card
from . import find_card

OWN = "REDIFF_VIZ_CHECKPOINTS"  # folders, separated as in PATH


@lru_cache(maxsize=1)
def gpu_gb() -> float:
    """Memory of all GPUs together, in GB of 10^9 bytes, in use or not; 0 without one."""
    if os.environ.get("SPACES_ZERO_GPU"):
        return 70.0  # lent by the call
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return 0.0
    try:
        asked = [tool, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
        told = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True).stdout
        return sum(float(line) for line in told.split()) * 2**20 / 1e9
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0.0


def ways(card: Card) -> list[Card]:
    """A hub checkpoint as it can be run here: exact, with reuse between passes, in 4 bits; other cards as they are."""
    if card.backend not in ("llada", "llada-v") or not card.repo:
        return [card]
    found = [card, find_card(f"{card.name}+prefix=8"), find_card(f"{card.name}+dllm")] if gpu_gb() >= card.memory_gb else []
    return found + ([find_card(f"{card.name}+4bit")] if find_spec("bitsandbytes") and gpu_gb() >= small_gb(card) else [])


def small_gb(card: Card) -> float:
    """What a checkpoint needs in 4 bits, roughly: the layers shrink to less than a third, the rest stays."""
    return card.memory_gb * 0.4


def given() -> list[Card]:
    """The cards of the folders named in $REDIFF_VIZ_CHECKPOINTS. Raises ValueError for one that is no checkpoint."""
    return [find_card(f"{path.rstrip('/')}/") for path in os.environ.get(OWN, "").split(os.pathsep) if path]
