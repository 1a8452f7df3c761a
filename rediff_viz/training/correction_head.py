"""The correction head's training: a frozen writer's own errors, found by the expert (after DSC, arXiv:2601.06428).

Only the paper's abstract is known; the loss follows PRISM's (arXiv:2510.01384). Shapes: B canvases, N positions.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from rediff_viz.nets.correction_head import CorrectionHead
from rediff_viz.nets.writer import Writer, repeat
from rediff_viz.training.batches import PROMPTS, CorrectionBatches
from rediff_viz.training.data import Pool
from rediff_viz.training.drafts import Expert
from rediff_viz.training.stages import Losses, Schedule
from rediff_viz.world.vocabulary import MASK_ID as MASK


def new_head(writer: Writer) -> CorrectionHead:
    torch.manual_seed(2)
    return CorrectionHead(writer.sizes["width"])


def reveal(x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    """Future-context augmentation: in half of the canvases x (B, N) a random share of the masks shows the words of y (B, N)."""
    share = torch.rand((len(x), 1), generator=generator, device=x.device) * 2 - 1
    shown = torch.rand(x.shape, generator=generator, device=x.device) < share
    return torch.where(shown & (x == MASK), y, x)


def error_loss(logits: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Of the visible words of drafts x (B, N), against their corrections y: are they wrong? Errors, though rare, weigh no more than the
    rest, so that what is learned is a probability. logits (B, N)."""
    visible = x != MASK
    loss = F.binary_cross_entropy_with_logits(logits.float(), (x != y).float(), reduction="none")
    return (loss * visible).sum() / visible.sum().clamp_min(1)


class HeadBatches(CorrectionBatches):
    """Drafts of plain denoising at several words a pass, as the frozen writer leaves them."""

    decodings = (2, False, 0.0), (4, False, 0.0), (8, False, 0.0), (8, False, 0.7), (16, False, 0.0)
    final_passes = 0

    def __init__(self, writer: Writer, head: CorrectionHead, pool: Pool, schedule: Schedule, expert: Expert, reveals: bool) -> None:
        super().__init__(writer, pool, schedule, expert, complete=False, every=64)
        self.head, self.reveals = head, reveals

    def errors(self, step: int, generator: torch.Generator) -> Losses:
        """The head's loss for every prompt; the writer learns nothing."""
        self.refresh(step)
        return {prompt: self.error(step, generator, prompt) for prompt in self.prompts}

    def error(self, step: int, generator: torch.Generator, prompt: str) -> Tensor:
        pictures, before, after = self.drawn(step, prompt)
        x, y = before.flatten(0, 1), after.flatten(0, 1)
        with torch.no_grad():
            memory = self.writer.encode_picture(self.pool.grids[pictures].to(self.device).float(), None, PROMPTS[prompt])
            hidden = self.writer.hidden(reveal(x, y, generator) if self.reveals else x, repeat(memory, 2))
        return error_loss(self.head(hidden), x, y)
