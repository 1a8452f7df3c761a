"""Tiny LLaDA-V checkpoints for tests: the recorded one, and random ones in the real layout."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from rediff_viz.nets import weights

GOLDEN = Path(__file__).parent / "golden"
SEEING, TEXT = GOLDEN / "checkpoints" / "llava_v_a", GOLDEN / "checkpoints" / "llada_text_a"
LANES = ("denoise", "rediff", "proseco", "rediff")
PLAN: dict[str, Any] = {"length": 16, "steps": 8, "block": 16, "stop": ()}


def random_checkpoint(folder: Path, width: int = 48, heads: int = 3, layers: int = 2) -> Path:
    """A tiny random LLaDA-V in the real layout: config.json, tokenizer, two shards and their index."""
    folder.mkdir()
    config = json.loads((SEEING / "config.json").read_text())
    config |= {"hidden_size": width, "num_attention_heads": heads, "num_key_value_heads": heads, "num_hidden_layers": layers}
    config |= {"intermediate_size": 96, "rope_theta": 1e4, "rms_norm_eps": 1e-6}
    (folder / "config.json").write_text(json.dumps(config))
    shutil.copy(SEEING / "tokenizer.json", folder)
    model = weights.blueprint(config, weights.stored_shapes(SEEING))
    drawn = torch.Generator().manual_seed(7)
    tensors = {name: torch.randn(shape, generator=drawn) * 0.3 for name, shape in weights.wanted_shapes(model).items()}
    names = sorted(tensors)
    parts = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for file, keys in parts.items():
        save_file({name: tensors[name] for name in keys}, folder / file)
    index = {"metadata": {}, "weight_map": {name: file for file, keys in parts.items() for name in keys}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder
