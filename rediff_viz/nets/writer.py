"""The writer: a bidirectional transformer that fills masks in a caption while it reads a concept grid.

It never sees a pixel: whatever eye gives a grid of the same concepts can be plugged in.
Shapes: B canvases, N canvas positions, V vocabulary, P pictures, 49 cells, C probabilities a cell.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rediff_viz.nets.eye import CELLS, Block

Memory = list[tuple[Tensor, Tensor]]  # per block: keys and values of the picture, (P, heads, 49, width / heads)


class Writer(nn.Module):
    """Every block of the text attends to [the picture's keys and values ; the text]; the picture does not see the text."""

    def __init__(self, vocabulary: int, cell_width: int, length: int = 40, width: int = 192, heads: int = 6, blocks: int = 6) -> None:
        super().__init__()
        self.sizes = {"vocabulary": vocabulary, "cell_width": cell_width, "length": length}
        self.sizes |= {"width": width, "heads": heads, "blocks": blocks}
        self.cell = nn.Linear(cell_width, width)
        self.cell_place = nn.Parameter(torch.randn(CELLS, width) * 0.02)
        self.no_picture = nn.Parameter(torch.randn(width) * 0.02)
        self.picture_blocks = nn.ModuleList(Block(width, heads) for _ in range(2))
        self.picture_norm = nn.RMSNorm(width)
        self.word = nn.Embedding(vocabulary, width)
        self.place = nn.Parameter(torch.randn(length, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(blocks))
        self.norm = nn.RMSNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.where = nn.Linear(width, 2)  # training only: the (x, y) of the group a noun speaks of
        nn.init.normal_(self.word.weight, std=0.02)

    def remember(self, grid: Tensor, present: Tensor | None = None) -> Memory:
        """grid (P, 49, C), present (P,) bool (False: the learned "no picture") -> keys and values, once per picture."""
        x = self.cell(grid)
        if present is not None:
            x = torch.where(present[:, None, None], x, self.no_picture.to(x.dtype))
        x = x + self.cell_place
        for block in self.picture_blocks:
            x = block(x)
        x = self.picture_norm(x)
        projected = [block.project(x) for block in self.blocks if isinstance(block, Block)]
        return [(keys, values) for _, keys, values in projected]

    def hidden(self, ids: Tensor, memory: Memory) -> Tensor:
        """ids (B, N) with memory of B pictures -> (B, N, width) after the last norm."""
        x = self.word(ids) + self.place[: ids.shape[1]]
        for block, remembered in zip(self.blocks, memory, strict=True):
            x = block(x, remembered)
        return self.norm(x)

    def forward(self, ids: Tensor, memory: Memory) -> Tensor:
        """ids (B, N) int64 -> logits (B, N, V)"""
        return self.head(self.hidden(ids, memory))


def repeat(memory: Memory, times: int) -> Memory:
    """One picture's memory for `times` canvases each: (P, ...) -> (P * times, ...), canvases of a picture adjacent."""
    return [(k.repeat_interleave(times, 0), v.repeat_interleave(times, 0)) for k, v in memory]


def stack(memories: list[Memory]) -> Memory:
    """Memories of single pictures, one a canvas, as one batch; the same picture throughout is not copied."""
    if all(memory is memories[0] for memory in memories):
        return [(k.expand(len(memories), -1, -1, -1), v.expand(len(memories), -1, -1, -1)) for k, v in memories[0]]
    return [(torch.cat([k for k, _ in block]), torch.cat([v for _, v in block])) for block in zip(*memories, strict=True)]
