"""dLLM-Cache: between full passes, recompute only the answer positions whose values moved most, and reuse the rest.

An approximation, never the default. Knows tensors and the trunk: no sampler.
Shapes: one row of a batch; L positions (P of the prompt, then G of the answer), H width, M positions recomputed.
Source: the dllm_cache hook of ML-GSAI/LLaDA-V 22527697 (`register_cache_LLaDA_V`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from rediff_viz.nets.llada import Layer, Rotary, Trunk, rotary_of


@dataclass(frozen=True)
class RefreshIntervals:
    """How often each part is recomputed; the published defaults."""

    prompt_every: int = 25  # passes between two full computations of the prompt
    answer_every: int = 7  # passes between two full computations of the answer
    share: float = 0.25  # of the answer's positions recomputed in the passes between; 0: none


@dataclass
class LayerCache:
    """What one layer keeps between passes, each (1, L, ...): keys (not rotated) and values, attention output, feed-forward output."""

    keys: Tensor
    values: Tensor
    attention: Tensor
    forward: Tensor


@dataclass
class DllmCache:
    """The cache of one answer being written. A new answer needs a new one."""

    intervals: RefreshIntervals
    prompt: int  # P
    passes: int = 0
    layers: list[LayerCache | None] = field(default_factory=list)

    def run(self, trunk: Trunk, x: Tensor) -> Tensor:
        """x (1, L, H) embeddings -> normed hidden states (1, L, H), partly taken from the cache. One pass."""
        prompt = self.passes % self.intervals.prompt_every == 0
        answer = self.passes % self.intervals.answer_every == 0
        self.passes += 1
        self.layers = self.layers or [None] * len(trunk.layers)
        rotary = rotary_of(x.shape[1], trunk.config.head_width, trunk.config.theta, x.device)
        for index, layer in enumerate(trunk.layers):
            assert isinstance(layer, Layer)
            x, self.layers[index] = self.layer(layer, x, rotary, prompt, answer, self.layers[index])
        hidden: Tensor = trunk.norm(x)
        return hidden

    def layer(
        self, layer: Layer, x: Tensor, rotary: Rotary, prompt: bool, answer: bool, old: LayerCache | None
    ) -> tuple[Tensor, LayerCache]:
        attention, normed = layer.self_attn, layer.input_layernorm(x)
        if old is None:
            old = LayerCache(attention.k_proj(normed), attention.v_proj(normed), torch.zeros_like(x), torch.zeros_like(x))
            prompt = answer = True
        parts = self.recomputed(attention.v_proj(normed[:, self.prompt :]), old, prompt, answer)
        queries = []
        for part in parts:
            some = normed[:, part]
            old.keys[:, part], old.values[:, part] = attention.k_proj(some), attention.v_proj(some)
            queries.append(attention.q_proj(some))
        if not parts:
            return x + old.attention + old.forward, old
        at = torch.cat(parts)
        rotated = attention.rotated(torch.cat(queries, dim=1), (rotary[0][at], rotary[1][at]))
        old.attention[:, at] = attention.attend(rotated, attention.rotated(old.keys, rotary), attention.split(old.values))
        x = x + old.attention
        old.forward[:, at] = layer.mlp(layer.post_attention_layernorm(x[:, at]))
        return x + old.forward, old

    def recomputed(self, fresh: Tensor, old: LayerCache, prompt: bool, answer: bool) -> list[Tensor]:
        """Positions to recompute, (M,) each; fresh (1, G, C * D) are the answer's values as they would be now.

        Prompt and answer are projected apart and the chosen stay in the order they were chosen in, as published: unchanged
        positions are equally alike but for rounding, and rounding depends on the shape of a product.
        """
        rows = torch.arange(old.keys.shape[1], device=fresh.device)
        if prompt and answer:
            return [rows]
        parts = [rows[: self.prompt]] if prompt else []
        if answer:
            parts.append(rows[self.prompt :])
        elif 0 < self.intervals.share <= 1 and (few := int(fresh.shape[1] * self.intervals.share)):
            alike = functional.cosine_similarity(fresh, old.values[:, self.prompt :], dim=-1)
            parts.append(self.prompt + torch.topk(alike, few, largest=False).indices[0])
        return parts
