"""Models of any size with random weights, for measuring: the real classes and backends, no file of weights."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from rediff_viz.backends.llada.backend import LladaBackend
from rediff_viz.backends.llada.detect import card_of
from rediff_viz.backends.llada.loading import LoadedModel
from rediff_viz.backends.llada.vision import LladaVBackend
from rediff_viz.backends.variants import Variant
from rediff_viz.nets import anyres, prompts
from rediff_viz.nets.llada import LLaDA, ModelConfig
from rediff_viz.nets.llada_v import LLaDAV, VisionConfig

TEXT = {
    "model_type": "llada", "d_model": 512, "n_layers": 8, "n_heads": 8, "n_kv_heads": 8, "mlp_hidden_size": 1536,
    "embedding_size": 32_000, "rms_norm_eps": 1e-5, "rope_theta": 5e5,
}  # fmt: skip
IMAGE = {
    "model_type": "llava_llada", "hidden_size": 1024, "num_hidden_layers": 12, "num_attention_heads": 16, "num_key_value_heads": 16,
    "intermediate_size": 3072, "vocab_size": 126_464, "rms_norm_eps": 1e-5, "rope_theta": 5e5, "image_aspect_ratio": "anyres_max_4",
}  # fmt: skip
REAL = {
    **IMAGE, "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32, "intermediate_size": 12288,
}  # fmt: skip


def tokenizer(size: int) -> Tokenizer:
    """So many words without meaning, LLaDA's special tokens at the end."""
    words = {f"w{i}": i for i in range(size - len(prompts.SPECIALS))}
    made = Tokenizer(WordLevel({**words, "[UNK]": 0} if "[UNK]" in words else words, unk_token="w0"))
    made.pre_tokenizer = Whitespace()
    made.add_special_tokens(list(prompts.SPECIALS))
    return made


def vision_config(tower: dict[str, int]) -> VisionConfig:
    allowed = anyres.pinpoints("(1x1),...,(6x6)", 384)
    return VisionConfig(tower["width"], tower["layers"], tower["heads"], tower["inner"], 384, 14, "anyres_max_4", tuple(allowed))


SMALL_TOWER = {"width": 128, "layers": 2, "heads": 4, "inner": 256}
REAL_TOWER = {"width": 1152, "layers": 26, "heads": 16, "inner": 4304}


def build(config: dict[str, Any], tower: dict[str, int], dtype: torch.dtype, device: str, seed: int = 0) -> LLaDA:
    """The modules with torch's own random initialisation, made where they will stay."""
    torch.manual_seed(seed)
    sizes = ModelConfig.from_config(config)
    usual = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            model = LLaDAV(sizes, vision_config(tower)) if config["model_type"] == "llava_llada" else LLaDA(sizes)
    finally:
        torch.set_default_dtype(usual)
    return model.requires_grad_(False).eval()


def backend(config: dict[str, Any], model: LLaDA, dtype: torch.dtype, device: str, variant: Variant | None = None) -> LladaBackend:
    """The real backend around a model that is already in memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "config.json").write_text(json.dumps(config))
        tokenizer(model.config.vocabulary).save(str(path / "tokenizer.json"))
        card = replace(card_of(path, "random"), options={"path": str(path), "variant": variant or Variant()})
        return (LladaVBackend if isinstance(model, LLaDAV) else LladaBackend)(card, LoadedModel(model, device, dtype))
