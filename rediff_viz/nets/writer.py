"""The writer: a bidirectional transformer that fills masks in a caption while it reads a concept grid.

It never sees a pixel: whatever eye gives a grid of the same concepts can be plugged in. A prompt is one more token beside
the picture's, out of a closed list.
Shapes: B canvases, N canvas positions, V vocabulary, P pictures, 49 cells, C probabilities a cell, M = 49 + 1 with a prompt.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rediff_viz.nets.eye import CELLS, TransformerBlock

PictureCache = list[tuple[Tensor, Tensor]]  # per block: keys and values of picture and prompt, (P, heads, M, width / heads)


class Writer(nn.Module):
    """Every block of the text attends to [the picture's keys and values ; the text]; the picture does not see the text."""

    def __init__(
        self, vocabulary: int, cell_width: int, length: int = 40, width: int = 192, heads: int = 6, blocks: int = 6, prompts: int = 0
    ) -> None:
        super().__init__()
        self.sizes = {"vocabulary": vocabulary, "cell_width": cell_width, "length": length}
        self.sizes |= {"width": width, "heads": heads, "blocks": blocks, "prompts": prompts}
        self.cell = nn.Linear(cell_width, width)
        self.cell_place = nn.Parameter(torch.randn(CELLS, width) * 0.02)
        self.no_picture = nn.Parameter(torch.randn(width) * 0.02)
        self.picture_blocks = nn.ModuleList(TransformerBlock(width, heads) for _ in range(2))
        self.picture_norm = nn.RMSNorm(width)
        self.prompt = nn.Parameter(torch.randn(prompts, width) * 0.02) if prompts else None  # without it, weights of the first edition
        self.word = nn.Embedding(vocabulary, width)
        self.place = nn.Parameter(torch.randn(length, width) * 0.02)
        self.blocks = nn.ModuleList(TransformerBlock(width, heads) for _ in range(blocks))
        self.norm = nn.RMSNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.where = nn.Linear(width, 2)  # training only: the (x, y) of the group a noun speaks of
        nn.init.normal_(self.word.weight, std=0.02)

    def encode_picture(self, grid: Tensor, present: Tensor | None = None, prompt: int = 0) -> PictureCache:
        """grid (P, 49, C), present (P,) bool (False: the learned "no picture") -> keys and values, once per picture and prompt."""
        x = self.cell(grid)
        if present is not None:
            x = torch.where(present[:, None, None], x, self.no_picture.to(x.dtype))
        x = x + self.cell_place
        if self.prompt is not None:
            x = torch.cat([x, self.prompt[prompt].to(x.dtype).expand(len(x), 1, -1)], 1)
        for block in self.picture_blocks:
            x = block(x)
        x = self.picture_norm(x)
        projected = [block.project(x) for block in self.blocks if isinstance(block, TransformerBlock)]
        return [(keys, values) for _, keys, values in projected]

    def hidden(self, ids: Tensor, cache: PictureCache) -> Tensor:
        """ids (B, N) with the caches of B pictures -> (B, N, width) after the last norm."""
        x = self.word(ids) + self.place[: ids.shape[1]]
        for block, picture in zip(self.blocks, cache, strict=True):
            x = block(x, picture)
        hidden: Tensor = self.norm(x)
        return hidden

    def hidden_with_shadows(self, ids: Tensor, cache: PictureCache, mask_id: int) -> tuple[Tensor, Tensor]:
        """ids (B, N) -> (B, N, width) of the text, as `hidden` gives it, and of N shadows, in one pass.

        A shadow is a mask that sees all but its own position. The text does not see the shadows, they see each other (arXiv:2507.18578).
        A shadow predicts its word from all others, which have seen the word: p(word | everything else) but for that.
        """
        n, m = ids.shape[1], cache[0][0].shape[2]
        twice = torch.cat([ids, torch.full_like(ids, mask_id)], 1)
        x = self.word(twice) + self.place[:n].repeat(2, 1)
        unseen = torch.zeros(2 * n, m + 2 * n, dtype=torch.bool, device=ids.device)
        unseen[:n, m + n :] = True
        unseen[n:, m : m + n] = torch.eye(n, dtype=torch.bool, device=ids.device)
        for block, picture in zip(self.blocks, cache, strict=True):
            x = block(x, picture, unseen)
        text, shadows = self.norm(x).chunk(2, 1)
        return text, shadows

    def forward(self, ids: Tensor, cache: PictureCache) -> Tensor:
        """ids (B, N) int64 -> logits (B, N, V)"""
        logits: Tensor = self.head(self.hidden(ids, cache))
        return logits


def repeat(cache: PictureCache, times: int) -> PictureCache:
    """One picture's cache for `times` canvases each: (P, ...) -> (P * times, ...), canvases of a picture adjacent."""
    return [(k.repeat_interleave(times, 0), v.repeat_interleave(times, 0)) for k, v in cache]


def stack(caches: list[PictureCache]) -> PictureCache:
    """Caches of single pictures, one a canvas, as one batch; the same picture throughout is not copied."""
    if all(cache is caches[0] for cache in caches):
        return [(k.expand(len(caches), -1, -1, -1), v.expand(len(caches), -1, -1, -1)) for k, v in caches[0]]
    return [(torch.cat([k for k, _ in block]), torch.cat([v for _, v in block])) for block in zip(*caches, strict=True)]
