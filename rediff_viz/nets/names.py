"""The two namings of LLaDA's tensors: the hub's text checkpoints, and LLaDA-V's, which the modules here bear.

Knows strings: no tensor, no file.
Source: ML-GSAI/LLaDA-V 22527697, train/llada_v_prepare/rename_checkpoint.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WHOLE = {
    "model.transformer.wte.weight": "model.embed_tokens.weight",
    "model.transformer.ln_f.weight": "model.norm.weight",
    "model.transformer.ff_out.weight": "lm_head.weight",
}
OF_A_LAYER = {
    "attn_norm": "input_layernorm",
    "ff_norm": "post_attention_layernorm",
    "q_proj": "self_attn.q_proj",
    "k_proj": "self_attn.k_proj",
    "v_proj": "self_attn.v_proj",
    "attn_out": "self_attn.o_proj",
    "ff_proj": "mlp.gate_proj",
    "up_proj": "mlp.up_proj",
    "ff_out": "mlp.down_proj",
}
LAYER = re.compile(r"model\.transformer\.blocks\.(\d+)\.(\w+)\.weight")
BY_VOCABULARY = ("model.embed_tokens.weight", "lm_head.weight")  # tensors whose first axis is the vocabulary


def parameter_name(key: str) -> str:
    """A stored key -> the name of the parameter it fills; a key of no known naming is returned as it is."""
    if key in WHOLE:
        return WHOLE[key]
    found = LAYER.fullmatch(key)
    if found and found.group(2) in OF_A_LAYER:
        return f"model.layers.{found.group(1)}.{OF_A_LAYER[found.group(2)]}.weight"
    return key


@dataclass(frozen=True)
class ShapeMatch:
    """How stored tensors and a model's parameters agree, by the parameters' names."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    wrong: tuple[str, ...]  # "name: stored (a, b), expected (c, d)"

    def __bool__(self) -> bool:
        return not (self.missing or self.unexpected or self.wrong)

    def sentence(self) -> str:
        """One sentence that names the first few of each kind."""
        kinds = [(self.missing, "missing"), (self.unexpected, "unexpected"), (self.wrong, "wrongly shaped")]
        parts = [f"{len(keys)} {word} ({few(keys)})" for keys, word in kinds if keys]
        return "the tensors do not fit this model: " + ", ".join(parts) if parts else "every tensor fits"


def few(keys: Sequence[str], most: int = 4) -> str:
    return "; ".join(keys[:most]) + (f"; and {len(keys) - most} more" if len(keys) > most else "")


def compare(stored: Mapping[str, Sequence[int]], wanted: Mapping[str, Sequence[int]], optional: Iterable[str] = ()) -> ShapeMatch:
    """Compare stored key -> shape with parameter name -> shape. Tensors over the vocabulary may have more rows than wanted."""
    have = {parameter_name(key): tuple(shape) for key, shape in stored.items()}
    lenient = set(optional)
    wrong = []
    for name, shape in have.items():
        expected = tuple(wanted.get(name, shape))
        longer = name in BY_VOCABULARY and shape[1:] == expected[1:] and shape[0] >= expected[0]
        if shape != expected and not longer:
            wrong.append(f"{name}: stored {shape}, expected {expected}")
    missing = sorted(set(wanted) - set(have) - lenient)
    return ShapeMatch(tuple(missing), tuple(sorted(set(have) - set(wanted))), tuple(sorted(wrong)))
