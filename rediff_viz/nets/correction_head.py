"""The correction head: how likely each word that a frozen writer reads is wrong. It knows hidden states and no words.

Shapes: B canvases, N canvas positions, width as the writer's.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CorrectionHead(nn.Module):
    """Norm, one hidden layer of the same width, one logit a position, as in PRISM (arXiv:2510.01384)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, N, width) the writer's last hidden states -> (B, N) logits that the word read there is wrong"""
        logits: Tensor = self.layers(hidden)[..., 0]
        return logits


def error_prob(head: CorrectionHead, hidden: Tensor, visible: Tensor) -> Tensor:
    """hidden (B, N, width), visible (B, N) bool -> (B, N) the probability that the word read is wrong; a mask is no word: 0."""
    return torch.where(visible, head(hidden).sigmoid(), 0.0)
