"""The losses of the stages. A loss knows canvases and captions, and neither files nor schedules.

Shapes: B canvases, N positions. `y` is a true caption (B, N), `x` the canvas the model reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from rediff_viz.nets.writer import PictureCache, Writer
from rediff_viz.world.things import SIZES
from rediff_viz.world.vocabulary import MASK_ID as MASK
from rediff_viz.world.vocabulary import SYNONYMS, VOCABULARY

RELATION_WORDS = {word for phrases in SYNONYMS.values() for phrase in phrases for word in phrase} - {"to", "the", "of"}
HARD_WORDS = sorted(RELATION_WORDS | set(SIZES))
MIN_MASK_RATIO = 0.02


@dataclass(frozen=True)
class Batch:
    y: Tensor  # (B, N) int64 true captions
    nouns: Tensor  # (B, G, 2) int64, see data.Pool
    centres: Tensor  # (B, G, 2)
    memory: PictureCache  # of B pictures


def word_weights(device: torch.device) -> Tensor:
    """(V,) weight of each word in the masked loss: relations and sizes are rare and hard, and count three times"""
    weights = torch.ones(len(VOCABULARY), device=device)
    for word in HARD_WORDS:
        if word in VOCABULARY:
            weights[VOCABULARY.index(word)] = 3.0
    return weights


def mask_ratios(n: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """(n, 1) share of masked positions: uniform on 0..1, one in each n-th of it, in random order"""
    u = torch.rand(n, generator=generator, device=device)
    strata = (torch.randperm(n, generator=generator, device=device) + u) / n
    return strata.clamp_min(MIN_MASK_RATIO)[:, None]


def mask(y: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """y (B, N) -> x with masks, masked (B, N) bool, share (B, 1)"""
    t = mask_ratios(len(y), generator, y.device)
    masked = torch.rand(y.shape, generator=generator, device=y.device) < t
    return torch.where(masked, MASK, y), masked, t


def word_loss(logits: Tensor, y: Tensor) -> Tensor:
    """(B, N) nats"""
    return F.cross_entropy(logits.float().transpose(1, 2), y, reduction="none")


def denoise_loss(loss: Tensor, masked: Tensor, t: Tensor, weight: Tensor) -> Tensor:
    """LLaDA (arXiv:2502.09992): masked positions over t, mean over all positions"""
    return (loss * weight * masked / t).mean()


def location_loss(writer: Writer, hidden: Tensor, batch: Batch, t: Tensor) -> Tensor:
    """Predict each group's centre from the hidden state of its noun, which relations need. Weighted by the share of visible words."""
    match = (batch.y[:, :, None, None] == batch.nouns[:, None]).any(-1) & (batch.nouns[:, None, :, 0] > 0)  # (B, N, G)
    target = match.to(hidden.dtype) @ batch.centres.to(hidden.dtype)  # (B, N, 2)
    weight = match.any(-1) * (1 - t)
    error: Tensor = (writer.where(hidden).sigmoid().float() - target.float()).abs().sum(-1)
    return (error * weight).sum() / weight.sum().clamp_min(1)


def masked_mean(loss: Tensor, chosen: Tensor) -> Tensor:
    return (loss * chosen).sum() / chosen.sum().clamp_min(1)


def plain(writer: Writer, batch: Batch, generator: torch.Generator, weights: Tensor) -> dict[str, Tensor]:
    x, masked, t = mask(batch.y, generator)
    hidden = writer.hidden(x, batch.memory)
    loss = word_loss(writer.head(hidden), batch.y)
    return {"masked": denoise_loss(loss, masked, t, weights[batch.y]), "where": location_loss(writer, hidden, batch, t)}


def corrupt(y: Tensor, generator: torch.Generator, max_share: float = 0.3) -> tuple[Tensor, Tensor]:
    """Visible words replaced, a share of up to `max_share` per caption: half by any word, half by a word of the same caption."""
    options: dict[str, Any] = {"generator": generator, "device": y.device}
    share = torch.rand((len(y), 1), **options) * max_share
    hit = torch.rand(y.shape, **options) < share
    any_word = torch.randint(3, len(VOCABULARY), y.shape, **options)
    own_word = y.gather(1, torch.randint(0, y.shape[1], y.shape, **options))
    new = torch.where(torch.rand(y.shape, **options) < 0.5, any_word, own_word)
    return torch.where(hit, new, y), hit & (new != y)


def restore(writer: Writer, batch: Batch, generator: torch.Generator, weights: Tensor) -> dict[str, Tensor]:
    """ReDiff stage 1 (arXiv:2510.19871): masked words, and one mean over all visible ones, corrupted or not."""
    spoiled, _ = corrupt(batch.y, generator)
    x, masked, t = mask(spoiled, generator)
    hidden = writer.hidden(x, batch.memory)
    loss = word_loss(writer.head(hidden), batch.y)
    return {
        "masked": denoise_loss(loss, masked, t, weights[batch.y]),
        "visible": masked_mean(loss, ~masked),
        "where": location_loss(writer, hidden, batch, t),
    }


def correct(writer: Writer, x: Tensor, y: Tensor, memory: PictureCache) -> Tensor:
    """An expert's correction `y` of the model's own canvas `x`: one mean over all visible words, as they occur in decoding.

    A mean of its own for changed words would teach that half of what stands is wrong, and decoding would flip good words.
    """
    return 2 * masked_mean(word_loss(writer(x, memory), y), x != MASK)


@torch.no_grad()
def likeliest(writer: Writer, x: Tensor, memory: PictureCache) -> Tensor:
    """(B, N) the model's argmax at every position; never the mask"""
    logits: Tensor = writer(x, memory)
    logits[..., MASK] = -torch.inf
    return logits.argmax(-1)
