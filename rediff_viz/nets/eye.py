"""The eye: a picture becomes a 7 x 7 grid of concept probabilities. It knows no words of a caption and no masks.

Shapes: B pictures, 49 cells (row-major), C = CELL_WIDTH probabilities a cell.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

GRID = 7  # cells a side; a cell is 16 x 16 px of a 112 x 112 px picture
CELLS = GRID * GRID


class TransformerBlock(nn.Module):
    """Pre-norm transformer block, every token seeing every token, and keys and values of other tokens beside them."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.RMSNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.norm_mlp = nn.RMSNorm(width)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, T, width) -> queries, keys, values, each (B, heads, T, width / heads)"""
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1))
        return unit(q), unit(k), v

    def forward(self, x: Tensor, cached: tuple[Tensor, Tensor] | None = None, hidden: Tensor | None = None) -> Tensor:
        """x (B, T, width); cached: keys and values (B, heads, M, width / heads) of M more tokens to look at

        hidden (T, M + T) bool: which tokens a token does not see.
        """
        q, k, v = self.project(self.norm_attention(x))
        if cached is not None:
            k, v = torch.cat([cached[0], k], 2), torch.cat([cached[1], v], 2)
        x = x + self.out(attend(q, k, v, hidden).transpose(1, 2).flatten(2))
        mixed: Tensor = x + self.down(F.gelu(self.up(self.norm_mlp(x))))
        return mixed


def unit(x: Tensor) -> Tensor:
    """Queries and keys at root-mean-square 1 in each head: attention logits stay bounded."""
    return F.rms_norm(x, x.shape[-1:])


def attend(q: Tensor, k: Tensor, v: Tensor, hidden: Tensor | None = None) -> Tensor:
    """(B, heads, T, d) each -> (B, heads, T, d). Written out: over so few tokens it is trained twice as fast on a CPU as
    the fused kernel, whose backward pass alone took half of a step."""
    scores: Tensor = q * q.shape[-1] ** -0.5 @ k.transpose(-1, -2)
    weights: Tensor = (scores if hidden is None else scores.masked_fill(hidden, -torch.inf)).softmax(-1)
    return weights.to(v.dtype) @ v


class Eye(nn.Module):
    """Six convolutions (stride 16), two transformer blocks, one head per concept.

    `concepts` maps a name to its number of values, e.g. {"noun": 49, "tint": 8, "size": 3, "count": 4, "setting": 8};
    value 0 of every per-cell concept means "nothing here". `setting` belongs to the whole picture: its logits are
    averaged over the cells.
    """

    def __init__(self, concepts: dict[str, int], width: int = 192, heads: int = 6, blocks: int = 2) -> None:
        super().__init__()
        self.concepts = dict(concepts)
        steps = [(3, 32, 2), (32, 64, 2), (64, 96, 1), (96, 128, 2), (128, 160, 1), (160, width, 2)]
        layers: list[nn.Module] = []
        for inward, outward, stride in steps:
            layers += [nn.Conv2d(inward, outward, 3, stride, 1, bias=False), nn.BatchNorm2d(outward), nn.GELU()]
        self.convolutions = nn.Sequential(*layers)
        self.place = nn.Parameter(torch.randn(CELLS, width) * 0.02)
        self.blocks = nn.ModuleList(TransformerBlock(width, heads) for _ in range(blocks))
        self.norm = nn.RMSNorm(width)
        self.heads = nn.ModuleDict({name: nn.Linear(width, n) for name, n in concepts.items()})

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """pixels (B, 3, 112, 112) float in 0..1 -> logits {concept: (B, 49, values)}"""
        x = self.convolutions((pixels - 0.5) / 0.25).flatten(2).transpose(1, 2) + self.place
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        logits = {name: head(x).float() for name, head in self.heads.items()}
        if "setting" in logits:
            logits["setting"] = logits["setting"].mean(1, keepdim=True).expand(-1, CELLS, -1)
        return logits

    def see(self, pixels: Tensor) -> Tensor:
        """pixels (B, 3, 112, 112) -> concept grid (B, 49, C): the probabilities of every concept side by side."""
        return torch.cat([part.softmax(-1) for part in self.forward(pixels).values()], dim=-1)
