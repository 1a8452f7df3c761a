"""LLaDA, LLaDA-V, ReDiff and ProSeCo: the 8B checkpoints and all of their kind, run natively. Torch comes in when one is opened."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from ...cards import Card
from ..base import Family, lazily
from ..hardware import gpu_gb
from ..variants import parse_variant
from .detect import card_of

__all__ = ["TEXT", "VISION", "card_of"]

FOUR_BITS = 0.4  # share of a checkpoint's memory it needs in 4 bits, roughly: the layers shrink to less than a third, the rest stays


def variants_here(card: Card) -> Sequence[str]:
    """A hub checkpoint as this machine can run it: exact, with reuse between passes, in 4 bits; a folder of one's own: exact."""
    if not card.repo:
        return [""]
    exact = ["", "prefix=8", "dllm"] if gpu_gb() >= card.memory_gb else []
    return exact + (["4bit"] if find_spec("bitsandbytes") and gpu_gb() >= card.memory_gb * FOUR_BITS else [])


TEXT = Family(lazily("rediff_viz.backends.llada.backend", "LladaBackend"), parse_variant, variants_here)
VISION = Family(lazily("rediff_viz.backends.llada.vision", "LladaVBackend"), parse_variant, variants_here)
