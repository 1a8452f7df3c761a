"""The embedded checkpoints in miniature: an untrained writer of one block, and correction heads trained on it for a moment. Not a test."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from rediff_viz.backends.world_weights import WEIGHTS
from rediff_viz.nets.writer import Writer
from rediff_viz.paths import models_folder
from rediff_viz.training import RECIPES, Trainer, save
from rediff_viz.training.data import CONCEPTS
from rediff_viz.training.stages import new_eye
from rediff_viz.world.vocabulary import LENGTHS, VOCABULARY


def plain(out: Path, seed: int = 0) -> None:
    """An untrained writer of one block, and an eye, as the checkpoint world-plain."""
    eye = new_eye()
    torch.manual_seed(seed)
    tiny = {"length": max(LENGTHS.values()), "width": 24, "heads": 2, "blocks": 1, "prompts": len(LENGTHS)}
    writer = Writer(len(VOCABULARY), sum(CONCEPTS.values()), **tiny)
    weights = {f"eye.{name}": value.contiguous() for name, value in eye.state_dict().items()}
    weights |= {f"writer.{name}": value.contiguous() for name, value in writer.state_dict().items()}
    out.mkdir(parents=True, exist_ok=True)
    save_file(weights, out / WEIGHTS, {"eye": json.dumps(eye.concepts), "writer": json.dumps(writer.sizes)})
    save.tokenizer().save(str(out / "tokenizer.json"))
    shutil.copy(models_folder() / "world-plain" / "card.toml", out)
    save.write_sha256(out)


def with_heads(folder: Path) -> Path:
    """A folder of models: a tiny world-plain, and the heads that the smoke recipe's stage trains on it, with and without FCA."""
    plain(folder / "models" / "world-plain")
    (folder / "work").mkdir()
    (folder / "models" / "world-dsc").mkdir()
    shutil.copy(models_folder() / "world-dsc" / "card.toml", folder / "models" / "world-dsc")
    for without_fca in (False, True):
        Trainer(RECIPES["smoke"], folder / "work", folder / "models", 1, False, without_fca, torch.device("cpu")).run("dsc")
    return folder / "models"
