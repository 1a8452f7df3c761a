"""The language model of LLaDA, LLaDA-V, ReDiff and ProSeCo: a bidirectional transformer, nothing more.

It knows tensors: no picture, no tokenizer, no sampler, no file. Module names are the ones of the LLaDA-V checkpoints,
so that a state dict loads as it stands; `nets.names` translates the other naming.
Shapes: B rows of a batch, L positions, H width, A heads, C keys-and-values heads, D width of a head, V vocabulary.
Source: ML-GSAI/LLaDA-V 22527697 (modeling_llada.py) and the hub's text model as copied in ZHZisZZ/dllm ca17675.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Rotary = tuple[Tensor, Tensor]  # cos and sin of the rotary positions, each (L, D), float32
KVCache = tuple[Tensor, Tensor]  # keys and values of one layer, each (B, C, L, D), keys already rotated


@dataclass(frozen=True)
class ModelConfig:
    """The sizes of a language model, as its config.json says them."""

    width: int
    layers: int
    heads: int
    kv_heads: int
    inner: int
    vocabulary: int
    eps: float
    theta: float
    rotary_in_float32: bool = False  # the hub's text model rotates queries and keys in float32, LLaDA-V in its own precision
    tied: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ModelConfig:
        """Read either of the two spellings of config.json. Raises ValueError naming the field that is missing."""
        try:
            return cls._hub(config) if "d_model" in config else cls._plain(config)
        except KeyError as missing:
            raise ValueError(f"config.json lacks {missing.args[0]!r}, which a LLaDA model needs") from None

    @classmethod
    def _plain(cls, config: Mapping[str, Any]) -> ModelConfig:
        if config.get("rope_scaling"):
            raise ValueError(f"rope_scaling is {config['rope_scaling']!r}; LLaDA checkpoints have none, and no other is known here")
        if config.get("attention_bias"):
            raise ValueError("attention_bias is true; LLaDA checkpoints have no biases")
        heads = int(config["num_attention_heads"])
        return cls(
            width=int(config["hidden_size"]),
            layers=int(config["num_hidden_layers"]),
            heads=heads,
            kv_heads=int(config.get("num_key_value_heads") or heads),
            inner=int(config["intermediate_size"]),
            vocabulary=int(config["vocab_size"]),
            eps=float(config["rms_norm_eps"]),
            theta=float(config["rope_theta"]),
            tied=bool(config.get("tie_word_embeddings", False)),
        )

    @classmethod
    def _hub(cls, config: Mapping[str, Any]) -> ModelConfig:
        if config.get("include_bias") or config.get("include_qkv_bias"):
            raise ValueError("include_bias is true; LLaDA checkpoints have no biases")
        if config.get("block_type", "llama") != "llama":
            raise ValueError(f"block_type is {config['block_type']!r}; LLaDA checkpoints are of block_type 'llama'")
        width, heads = int(config["d_model"]), int(config["n_heads"])
        kv_heads = 1 if config.get("multi_query_attention") else int(config.get("n_kv_heads") or heads)
        return cls(
            width=width,
            layers=int(config["n_layers"]),
            heads=heads,
            kv_heads=kv_heads,
            inner=int(config.get("mlp_hidden_size") or config["mlp_ratio"] * width),
            vocabulary=int(config.get("embedding_size") or config["vocab_size"]),
            eps=float(config["rms_norm_eps"]),
            theta=float(config["rope_theta"]),
            rotary_in_float32=bool(config.get("rope_full_precision", True)),
            tied=bool(config.get("weight_tying", False)),
        )

    @property
    def head_width(self) -> int:
        return self.width // self.heads


class RMSNorm(nn.Module):
    """Root-mean-square norm in float32; the weight is applied after the cast back, as the published model does."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * wide.to(x.dtype)


def rotary_of(length: int, head_width: int, theta: float, device: torch.device | str) -> Rotary:
    """Rotary cos and sin for positions 0..length-1, each (length, head_width), float32."""
    frequency = 1.0 / (theta ** (torch.arange(0, head_width, 2, dtype=torch.int64, device=device).float() / head_width))
    angle = torch.outer(torch.arange(length, dtype=torch.float32, device=device), frequency)
    angle = torch.cat((angle, angle), dim=-1)
    return angle.cos(), angle.sin()


def apply_rotary(x: Tensor, rotary: Rotary, in_float32: bool) -> Tensor:
    """Rotate (B, heads, L, D) by its positions' angles (half-split rotation); the angles are (L, D) or (B, 1, L, D)."""
    kind = torch.float32 if in_float32 else x.dtype
    wide, cos, sin = x.to(kind), rotary[0].to(kind), rotary[1].to(kind)
    first, second = wide.chunk(2, dim=-1)
    return (wide * cos + torch.cat((-second, first), dim=-1) * sin).to(x.dtype)


class Attention(nn.Module):
    """Every position reads every position; no cause, no window."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        narrow = config.kv_heads * config.head_width
        self.q_proj = nn.Linear(config.width, config.heads * config.head_width, bias=False)
        self.k_proj = nn.Linear(config.width, narrow, bias=False)
        self.v_proj = nn.Linear(config.width, narrow, bias=False)
        self.o_proj = nn.Linear(config.heads * config.head_width, config.width, bias=False)

    def split(self, flat: Tensor) -> Tensor:
        """(B, L, heads * D) -> (B, heads, L, D)."""
        return torch.unflatten(flat, -1, (-1, self.config.head_width)).transpose(1, 2)

    def rotated(self, flat: Tensor, rotary: Rotary) -> Tensor:
        return apply_rotary(self.split(flat), rotary, self.config.rotary_in_float32)

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, key_mask: Tensor | None = None) -> Tensor:
        """queries (B, A, M, D) over keys and values (B, C, L, D) -> (B, M, H); `key_mask` (B, L) hides the keys where it is False."""
        mask = None if key_mask is None else key_mask[:, None, None, :]
        grouped = self.config.kv_heads != self.config.heads
        mixed = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, enable_gqa=grouped)
        out: Tensor = self.o_proj(mixed.transpose(1, 2).flatten(2))
        return out


class FeedForward(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.width, config.inner, bias=False)
        self.up_proj = nn.Linear(config.width, config.inner, bias=False)
        self.down_proj = nn.Linear(config.inner, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class Layer(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.self_attn = Attention(config)
        self.mlp = FeedForward(config)
        self.input_layernorm = RMSNorm(config.width, config.eps)
        self.post_attention_layernorm = RMSNorm(config.width, config.eps)

    def forward(
        self, x: Tensor, rotary: Rotary, key_mask: Tensor | None = None, positions: slice | None = None, past: KVCache | None = None
    ) -> tuple[Tensor, KVCache]:
        """x (B, L, H) -> the layer's output at `positions` (all when None) and its keys and values.

        `past` are keys and values that stand before x's own (they were computed by an earlier pass).
        """
        attention = self.self_attn
        normed = self.input_layernorm(x)
        keys, values = attention.rotated(attention.k_proj(normed), rotary), attention.split(attention.v_proj(normed))
        if past is not None:
            keys, values = torch.cat((past[0], keys), dim=2), torch.cat((past[1], values), dim=2)
        if positions is not None:
            x, normed, rotary = x[:, positions], normed[:, positions], (rotary[0][positions], rotary[1][positions])
        x = x + attention.attend(attention.rotated(attention.q_proj(normed), rotary), keys, values, key_mask)
        return x + self.mlp(self.post_attention_layernorm(x)), (keys, values)


class Trunk(nn.Module):
    """Embedding, layers, last norm: everything below the output head."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocabulary, config.width)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.width, config.eps)

    def forward(
        self,
        x: Tensor,
        rotary: Rotary | None = None,
        key_mask: Tensor | None = None,
        positions: slice | None = None,
        past: Sequence[KVCache] | None = None,
        keep: int = 0,
    ) -> tuple[Tensor, list[KVCache]]:
        """x (B, L, H) embeddings -> normed hidden states at `positions` (B, M, H), and keys and values of the first `keep` ones.

        The last layer computes nothing but `positions`: exact, since nobody reads the others. With `past` x continues
        after the cached positions, and `rotary` must start there. `keep` 0 keeps nothing.
        """
        if rotary is None:
            rotary = rotary_of(x.shape[1], self.config.head_width, self.config.theta, x.device)
        caches: list[KVCache] = []
        last = len(self.layers) - 1
        for index, layer in enumerate(self.layers):
            x, (keys, values) = layer(x, rotary, key_mask, positions if index == last else None, None if past is None else past[index])
            if keep:
                caches.append((keys[:, :, :keep].clone(), values[:, :, :keep].clone()))
        return self.norm(x), caches


class LLaDA(nn.Module):
    """The text model: the trunk and its untied output head. logits = lm_head(model(embeddings)[0])."""

    def __init__(self, config: ModelConfig, trunk: Trunk | None = None) -> None:
        super().__init__()
        self.config = config
        self.model = Trunk(config) if trunk is None else trunk
        self.lm_head = nn.Linear(config.width, config.vocabulary, bias=False)
        if config.tied:
            self.lm_head.weight = self.model.embed_tokens.weight

    def forward(self, ids: Tensor, key_mask: Tensor | None = None) -> Tensor:
        """ids (B, L) -> logits (B, L, V) at every position, as the published model does; backends need only some rows."""
        logits: Tensor = self.lm_head(self.model(self.model.embed_tokens(ids), key_mask=key_mask)[0])
        return logits
