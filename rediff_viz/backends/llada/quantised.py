"""Weights in 8 or 4 bits through bitsandbytes, where it is installed. Not tested on a GPU yet.

The matrices of the language model's layers are rounded; embedding, head, norms, tower and projector stay as they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...nets import weights
from ...nets.llada import Layer, LLaDA
from ...nets.weights import CheckpointError, Report


def fill_quantised(model: LLaDA, folder: Path, bits: int, dtype: torch.dtype, report: Report) -> None:
    """Replace the layers' linear modules and read the weights. Raises CheckpointError without bitsandbytes or a GPU."""
    try:
        import bitsandbytes
    except ImportError:
        raise CheckpointError(f"{bits}-bit weights need bitsandbytes, which is not installed (pip install bitsandbytes)") from None
    if not torch.cuda.is_available():
        raise CheckpointError(f"{bits}-bit weights need a CUDA GPU, and there is none here")
    weights.fill(model, folder, dtype, lambda name: "cpu" if ".layers." in name and "vision" not in name else "cuda", report)
    for layer in model.model.layers:
        assert isinstance(layer, Layer)
        for parent in (layer.self_attn, layer.mlp):
            for name, child in list(parent.named_children()):
                if isinstance(child, nn.Linear):
                    setattr(parent, name, rounded(bitsandbytes, child, bits, dtype))
    model.to("cuda")


def rounded(bitsandbytes: Any, linear: nn.Linear, bits: int, dtype: torch.dtype) -> nn.Module:
    """One linear module without bias, its weight rounded when it moves to the GPU."""
    if bits == 8:
        new = bitsandbytes.nn.Linear8bitLt(linear.in_features, linear.out_features, bias=False, has_fp16_weights=False)
        new.weight = bitsandbytes.nn.Int8Params(linear.weight.data, requires_grad=False, has_fp16_weights=False)
    else:
        new = bitsandbytes.nn.Linear4bit(linear.in_features, linear.out_features, bias=False, compute_dtype=dtype, quant_type="nf4")
        new.weight = bitsandbytes.nn.Params4bit(linear.weight.data, requires_grad=False, quant_type="nf4")
    rounded: nn.Module = new.to("cuda")
    return rounded
