"""A photograph as tiles, and the tiles' features as one row of image tokens ("anyres" of LLaVA-NeXT, as LLaDA-V uses it).

Knows Pillow, numpy and torch tensors: no model, no file. Sizes of pictures are (width, height) in pixels, as Pillow says them.
Shapes: T tiles (the whole picture first), F feature rows of a tile (G x G of them), C channels.
Source: ML-GSAI/LLaDA-V 22527697 and jiyt17/ReDiff 52604ca, llava/mm_utils.py and llava/model/llava_arch.py.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

Size = tuple[int, int]  # (width, height)
GREY = 127  # int(0.5 * 255), what the "pad" aspect fills with


def pinpoints(stored: Any, tile: int) -> list[Size]:
    """The allowed canvas sizes: a list as the checkpoints store it, or the "(1x1),...,(6x6)" of the command line."""
    if isinstance(stored, str) and "x" in stored:
        counts = [(int(a), int(b)) for a, b in re.findall(r"\((\d+)x(\d+)\)", stored)]
        if len(counts) < 2 or "..." not in stored:
            return [(a * tile, b * tile) for a, b in counts]
        (first_w, first_h), (last_w, last_h) = counts[0], counts[-1]
        return [(i * tile, j * tile) for i in range(first_w, last_w + 1) for j in range(first_h, last_h + 1)]
    if isinstance(stored, str):
        stored = ast.literal_eval(stored)
    return [(int(w), int(h)) for w, h in stored]


def best_resolution(size: Size, allowed: Iterable[Size]) -> Size:
    """The canvas that keeps most of the picture's pixels; among equals the one that wastes least; then the first."""
    width, height = size
    best, most, least = (0, 0), -1, math.inf
    for wide, high in allowed:
        scale = min(wide / width, high / height)
        pixels_kept = min(int(width * scale) * int(height * scale), width * height)
        wasted = wide * high - pixels_kept
        if pixels_kept > most or (pixels_kept == most and wasted < least):
            best, most, least = (wide, high), pixels_kept, wasted
    return best


def letterbox(picture: Image.Image, canvas: Size) -> Image.Image:
    """Resize into the canvas keeping the aspect, centred on black RGB. Alpha is dropped after the resize, as published."""
    (width, height), (wide, high) = picture.size, canvas
    if wide / width < high / height:
        new = (wide, min(math.ceil(height * (wide / width)), high))
    else:
        new = (min(math.ceil(width * (high / height)), wide), high)
    whole = Image.new("RGB", canvas, (0, 0, 0))
    whole.paste(picture.resize(new), ((wide - new[0]) // 2, (high - new[1]) // 2))
    return whole


def square(picture: Image.Image) -> Image.Image:
    """Pad to a square with grey, centred: what the "pad" aspect does."""
    width, height = picture.size
    if width == height:
        return picture
    side = max(width, height)
    whole = Image.new(picture.mode, (side, side), (GREY, GREY, GREY))
    whole.paste(picture, ((side - width) // 2, (side - height) // 2))
    return whole


def pixels(tile: Image.Image, side: int) -> np.ndarray:
    """One tile as uint8 (3, side, side)."""
    tile = tile.convert("RGB")
    if tile.size != (side, side):
        tile = tile.resize((side, side), resample=Image.Resampling.BICUBIC)
    return np.ascontiguousarray(np.asarray(tile, dtype=np.uint8).transpose(2, 0, 1))


def normalise(raw: np.ndarray) -> np.ndarray:
    """uint8 -> float32 in -1..1, with the roundings of SigLIP's image processor."""
    half = np.float32(0.5)
    return ((raw.astype(np.float64) * (1 / 255)).astype(np.float32) - half) / half


def tiles(picture: Image.Image, allowed: Sequence[Size], side: int) -> np.ndarray:
    """uint8 (T, 3, side, side): the whole picture squeezed into one tile, then the canvas cut row by row."""
    canvas = letterbox(picture, best_resolution(picture.size, allowed))
    boxes = [(x, y, x + side, y + side) for y in range(0, canvas.height, side) for x in range(0, canvas.width, side)]
    parts = [picture.resize((side, side)), *(canvas.crop(box) for box in boxes)]
    return np.stack([pixels(part, side) for part in parts])


def prepare(picture: Image.Image, aspect: str, allowed: Sequence[Size], side: int) -> np.ndarray:
    """uint8 tiles (T, 3, side, side) under the checkpoint's `image_aspect_ratio`."""
    if aspect == "anyres" or aspect.startswith("anyres_max"):
        return tiles(picture, allowed, side)
    return pixels(square(picture.convert("RGB")) if aspect == "pad" else picture, side)[None]


def unpad(features: Tensor, size: Size) -> Tensor:
    """(C, H, W) features of the padded canvas -> those of the picture itself; an odd remainder keeps one row or column more."""
    width, height = size
    rows, columns = features.shape[1:]
    if width / height > columns / rows:
        pad = (rows - int(height * (columns / width))) // 2
        return features[:, pad : rows - pad, :]
    pad = (columns - int(width * (rows / height))) // 2
    return features[:, :, pad : columns - pad]


def most_tiles(aspect: str) -> int | None:
    """The limit in "anyres_max_4", None where there is none."""
    found = re.fullmatch(r"anyres_max_(\d+)", aspect)
    return int(found.group(1)) if found else None


def merge(features: Tensor, size: Size, canvas: Size, side: int, newline: Tensor, aspect: str) -> Tensor:
    """(T, F, C) projected tile features -> (image tokens, C): the base tile, then the canvas with a newline after every row.

    Above `anyres_max_k` times the base's area (with a tenth of slack) the canvas is shrunk bilinearly to it.
    """
    base, rest = features[0], features[1:]
    if not len(rest):
        return torch.cat((base, newline[None].to(base.dtype)))
    grid = math.isqrt(base.shape[0])
    across, down = canvas[0] // side, canvas[1] // side
    whole = rest.view(down, across, grid, grid, -1).permute(4, 0, 2, 1, 3).flatten(1, 2).flatten(2, 3)
    whole = unpad(whole, size)
    limit = most_tiles(aspect)
    if limit is not None:
        rows, columns = whole.shape[1:]
        times = math.sqrt(rows * columns / (limit * grid**2))
        if times > 1.1:
            target = [int(rows // times), int(columns // times)]
            whole = functional.interpolate(whole[None], target, mode="bilinear")[0]
    edge = newline[:, None, None].expand(-1, whole.shape[1], 1).to(whole.dtype)
    return torch.cat((base, torch.cat((whole, edge), dim=-1).flatten(1, 2).transpose(0, 1)))
