"""LLaDA-V and ReDiff: the language model that reads pictures. Tower, projector, newline, and the splice of picture rows into text.

Knows tensors: no tokenizer, no sampler, no file. The tower is SigLIP2 through transformers' own `SiglipVisionModel`;
the feature used is the last layer's output without the closing norm.
Shapes: T tiles, F feature rows of a tile, E tower width, H width, P prompt positions.
Source: ML-GSAI/LLaDA-V 22527697, llava/model/llava_arch.py and multimodal_encoder/siglip_encoder.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import SiglipVisionConfig, SiglipVisionModel

from rediff_viz.nets import anyres
from rediff_viz.nets.llada import LLaDA, ModelConfig, Trunk

PICTURE = -200  # the id that stands where a picture's rows are to be spliced in
HEADS = {768: 12, 1024: 16, 1152: 16}  # SigLIP's attention heads by width: no file of a checkpoint says them
FEW_HEADS = 4  # towers of any other width
REAL_SIDE = 384  # pixels of a tile, where config.json lists no canvas sizes


@dataclass(frozen=True)
class VisionConfig:
    """The sizes of tower and projector, and how a picture becomes tiles."""

    width: int
    layers: int
    heads: int
    inner: int
    side: int  # pixels of a tile
    patch: int  # pixels of a patch
    aspect: str  # image_aspect_ratio
    allowed: tuple[anyres.Size, ...]  # image_grid_pinpoints

    @classmethod
    def from_files(cls, config: Mapping[str, Any], shapes: Mapping[str, Sequence[int]]) -> VisionConfig:
        """Read the tower off the stored tensors' shapes: config.json does not describe it. Raises ValueError naming what is missing."""
        stem = "model.vision_tower.vision_tower.vision_model."
        try:
            width, _, patch, _ = shapes[f"{stem}embeddings.patch_embedding.weight"]
            grid = round(shapes[f"{stem}embeddings.position_embedding.weight"][0] ** 0.5)
            inner = shapes[f"{stem}encoder.layers.0.mlp.fc1.weight"][0]
        except KeyError as missing:
            raise ValueError(f"the checkpoint lacks {missing.args[0]!r}: it has no vision tower as LLaDA-V and ReDiff have it") from None
        layers = len({key.split(".")[6] for key in shapes if key.startswith(f"{stem}encoder.layers.")})
        heads = int(config.get("mm_vision_heads") or HEADS.get(width, FEW_HEADS))
        side = tile_side(config.get("image_grid_pinpoints"), grid, patch)
        allowed = anyres.pinpoints(config.get("image_grid_pinpoints") or "(1x1),...,(6x6)", side)
        return cls(width, layers, heads, inner, side, patch, str(config.get("image_aspect_ratio") or "square"), tuple(allowed))


def tile_side(stored: Any, grid: int, patch: int) -> int:
    """Pixels of a tile: what all canvas sizes are multiples of, where that holds `grid` patches a side (a few pixels may be
    left over, as 6 of SigLIP's 384), else the patches alone."""
    whole = math.gcd(*(one for size in stored for one in size)) if isinstance(stored, list) and stored else REAL_SIDE
    return whole if whole // patch == grid else grid * patch


class Tower(nn.Module):
    """`vision_tower.vision_model` is transformers' tower; only the names above it are the checkpoint's."""

    def __init__(self, vision: VisionConfig) -> None:
        super().__init__()
        settings = SiglipVisionConfig(
            hidden_size=vision.width,
            intermediate_size=vision.inner,
            num_hidden_layers=vision.layers,
            num_attention_heads=vision.heads,
            image_size=vision.side,
            patch_size=vision.patch,
            hidden_act="gelu_pytorch_tanh",
            layer_norm_eps=1e-6,
            vision_use_head=False,
        )
        self.vision_tower = nn.ModuleDict({"vision_model": SiglipVisionModel(settings)})

    def forward(self, tiles: Tensor) -> Tensor:
        """(T, 3, side, side) in -1..1 -> (T, F, E)."""
        features: Tensor = self.vision_tower["vision_model"](tiles, output_hidden_states=True).hidden_states[-1]
        return features


class VisionTrunk(Trunk):
    """The trunk with a tower, a projector (exact GELU) and the learned row end."""

    def __init__(self, config: ModelConfig, vision: VisionConfig) -> None:
        super().__init__(config)
        self.vision_tower = Tower(vision)
        self.mm_projector = nn.Sequential(nn.Linear(vision.width, config.width), nn.GELU(), nn.Linear(config.width, config.width))
        self.image_newline = nn.Parameter(torch.zeros(config.width))

    def project(self, tiles: Tensor) -> Tensor:
        """(T, 3, side, side) in -1..1 -> (T, F, H)."""
        projected: Tensor = self.mm_projector(self.vision_tower(tiles))
        return projected


class LLaDAV(LLaDA):
    """LLaDA that reads pictures."""

    model: VisionTrunk

    def __init__(self, config: ModelConfig, vision: VisionConfig) -> None:
        super().__init__(config, VisionTrunk(config, vision))
        self.vision_config = vision

    def encode_picture(self, picture: Any) -> Tensor:
        """A Pillow picture of any mode and size -> (image tokens, H)."""
        vision = self.vision_config
        raw = anyres.normalise(anyres.prepare(picture, vision.aspect, vision.allowed, vision.side))
        newline = self.model.image_newline
        features = self.model.project(torch.from_numpy(raw).to(newline.device, newline.dtype))
        canvas = anyres.best_resolution(picture.size, vision.allowed)
        return anyres.merge(features, picture.size, canvas, vision.side, newline.to(features.device), vision.aspect)

    def splice(self, ids: Sequence[int], pictures: Sequence[Tensor]) -> Tensor:
        """Prompt ids with PICTURE marks and the pictures' rows -> prompt embeddings (P, H)."""
        marks = [at for at, one in enumerate(ids) if one == PICTURE]
        if len(marks) != len(pictures):
            raise ValueError(f"the prompt has {len(marks)} places for a picture and {len(pictures)} were given")
        device = self.model.embed_tokens.weight.device
        parts, start = [], 0
        for mark, rows in zip([*marks, len(ids)], [*pictures, None], strict=True):
            text = torch.tensor(list(ids[start:mark]), dtype=torch.long, device=device)
            parts.append(self.model.embed_tokens(text))
            if rows is not None:
                parts.append(rows.to(device))
            start = mark + 1
        return torch.cat(parts)
