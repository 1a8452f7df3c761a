"""What a writer reads in a step: captions of the pool for every prompt, and the model's own drafts corrected by the expert."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from rediff_viz.nets.writer import PictureCache, Writer, repeat
from rediff_viz.training import drafts, losses
from rediff_viz.training.data import Pool
from rediff_viz.training.losses import Batch
from rediff_viz.training.stages import Losses, Schedule, autocast
from rediff_viz.world.vocabulary import LENGTHS, MASK_ID

PROMPTS = {prompt: number for number, prompt in enumerate(LENGTHS)}
CANVASES = 2, 2  # captions of a picture, and canvases of a caption
DECODINGS = (  # words a pass, revised by the paper's rule, temperature
    (2, True, 0.0), (4, True, 0.0), (8, True, 0.0), (8, True, 0.7), (16, True, 0.0), (8, False, 0.0),
)  # fmt: skip
FINAL_PASSES = 3  # that only revise, at the end of a draft


def summed(parts: Losses) -> Tensor:
    """The losses of one prompt as one."""
    return torch.stack(list(parts.values())).sum()


class PoolBatches:
    """Draws batches of a pool for one writer: `batch` pictures a prompt, 2 captions and 2 canvases of each."""

    def __init__(self, writer: Writer, pool: Pool, schedule: Schedule) -> None:
        self.writer, self.pool, self.schedule = writer, pool, schedule
        self.device = writer.place.device
        self.weights = losses.word_weights(self.device)

    def memory(self, pick: Tensor, generator: torch.Generator, prompt: str) -> PictureCache:
        """The picture cache of the picked pictures; one in ten is hidden from the writer."""
        grid = self.pool.grids[pick].to(self.device).float()
        present = torch.rand(len(pick), generator=generator, device=self.device) >= 0.1
        return self.writer.encode_picture(grid, present, PROMPTS[prompt])

    def cpu(self, *key: int) -> torch.Generator:
        """A generator on the CPU for a step; the same key draws the same."""
        seed = self.schedule.seed
        for part in key:
            seed = (seed * 1_000_003 + part + 1) % 2**62
        return torch.Generator().manual_seed(seed)

    def batch(self, step: int, generator: torch.Generator, prompt: str) -> Batch:
        cpu = self.cpu(step, PROMPTS[prompt])
        pick = self.pool.pick(prompt, self.schedule.batch, cpu)
        captions, canvases = CANVASES
        pool = self.pool.captions[prompt]
        which = torch.randint(pool.shape[1], (len(pick), captions), generator=cpu)
        y = pool[pick[:, None], which].repeat_interleave(canvases, 1).flatten(0, 1).to(self.device).long()
        nouns = self.pool.nouns[pick].repeat_interleave(captions * canvases, 0).to(self.device).long()
        centres = self.pool.centres[pick].repeat_interleave(captions * canvases, 0).to(self.device)
        return Batch(y, nouns, centres, repeat(self.memory(pick, generator, prompt), captions * canvases))

    def by_prompt(self, loss: Callable[..., Losses], step: int, generator: torch.Generator) -> Losses:
        """A loss on a batch of every prompt."""
        return {prompt: summed(loss(self.writer, self.batch(step, generator, prompt), generator, self.weights)) for prompt in LENGTHS}

    def plain(self, step: int, generator: torch.Generator) -> Losses:
        """Masked denoising."""
        return self.by_prompt(losses.plain, step, generator)

    def restore(self, step: int, generator: torch.Generator) -> Losses:
        """ReDiff stage 1: masked denoising with spoiled words among the visible."""
        return self.by_prompt(losses.restore, step, generator)


Drafts = tuple[Tensor, Tensor, Tensor]  # pictures (P,), canvases (P, n, N), corrections (P, n, N)


class CorrectionBatches(PoolBatches):
    """Adds the model's own canvases, corrected by the expert, to the batches of the pool."""

    decodings: tuple[tuple[int, bool, float], ...] = DECODINGS
    final_passes = FINAL_PASSES

    def __init__(self, writer: Writer, pool: Pool, schedule: Schedule, expert: drafts.Expert, complete: bool, every: int = 32) -> None:
        super().__init__(writer, pool, schedule)
        self.expert, self.complete, self.every = expert, complete, every  # complete: ProSeCo's drafts have no masks
        self.buffer: dict[str, Drafts] = {}
        self.prompts = {prompt: n for prompt, n in LENGTHS.items() if n <= writer.sizes["length"]}

    def refresh(self, step: int) -> None:
        """New drafts every so many steps, and where there are none."""
        if not self.buffer or step % self.every == 0:
            self.refill(step - step % self.every)

    def refill(self, step: int) -> None:
        """New drafts for every prompt: pictures decoded in every way of DECODINGS, four canvases of each run."""
        self.writer.eval()
        with torch.no_grad(), autocast(self.device):
            self.buffer = {prompt: self.drafts(step, prompt) for prompt in self.prompts}
        self.writer.train()

    def drafts(self, step: int, prompt: str) -> Drafts:
        generator = torch.Generator(self.device).manual_seed(step + 11)
        number = PROMPTS[prompt]
        pictures, before, after = [], [], []
        for kind, (k, revises, temperature) in enumerate(self.decodings):
            cpu = self.cpu(step, 10 + kind, number)
            pick = self.pool.pick(prompt, max(4, self.schedule.batch * 4 // 3), cpu)
            memory = self.writer.encode_picture(self.pool.grids[pick].to(self.device).float(), None, number)
            revise, final = (False, 0) if self.complete else (revises, self.final_passes)
            states = drafts.decode_states(self.writer, memory, len(pick), LENGTHS[prompt], k, revise, final, temperature, generator)
            path = list(states)
            late = sorted(torch.randint(len(path), (4,), generator=cpu).tolist())
            chosen = torch.stack([self.completed(path[i], memory, twice=i % 2) for i in late], 1)
            pictures.append(pick)
            before.append(chosen)
            after.append(self.expert([self.pool.seeds[int(i)] for i in pick], prompt, chosen))
        return torch.cat(pictures), torch.cat(before), torch.cat(after)

    def completed(self, x: Tensor, memory: PictureCache, twice: int) -> Tensor:
        """ProSeCo: masks filled by the model's argmax and, for some, the corrector's own next draft. ReDiff: x as it is."""
        if not self.complete:
            return x
        x = torch.where(x == MASK_ID, losses.likeliest(self.writer, x, memory), x)
        return losses.likeliest(self.writer, x, memory) if twice else x

    def drawn(self, step: int, prompt: str) -> Drafts:
        """Pictures (P,) of the buffer for a step, two of their canvases (P, 2, N) and these corrected."""
        pictures, before, after = self.buffer[prompt]
        cpu = self.cpu(step, 5, PROMPTS[prompt])
        row = torch.randint(len(pictures), (self.schedule.batch, 1), generator=cpu)
        which = torch.randint(before.shape[1], (self.schedule.batch, 2), generator=cpu)
        chosen = pictures[row[:, 0]]
        row, which = row.to(self.device), which.to(self.device)
        return chosen, before[row, which], after[row, which]

    def corrections(self, step: int, generator: torch.Generator) -> Losses:
        """The expert's corrections of drafts, for every prompt."""
        self.refresh(step)
        return {f"{prompt}_own": self.correction(step, generator, prompt) for prompt in self.prompts}

    def correction(self, step: int, generator: torch.Generator, prompt: str) -> Tensor:
        pictures, before, after = self.drawn(step, prompt)
        memory = repeat(self.memory(pictures, generator, prompt), 2)
        return losses.correct(self.writer, before.flatten(0, 1), after.flatten(0, 1), memory)

    def rediff(self, step: int, generator: torch.Generator) -> Losses:
        """ReDiff: stage 1 for the first 20 % of the steps of the first cycle, then stage 2 with stage 1 replayed beside it."""
        restored = self.restore(step, generator)
        return restored if step < 0.2 * self.schedule.steps / self.schedule.cycles else restored | self.corrections(step, generator)

    def proseco(self, step: int, generator: torch.Generator) -> Losses:
        """ProSeCo: the masked loss, and the corrector's loss on completed drafts of the model's own decoding."""
        return self.plain(step, generator) | self.corrections(step, generator)
