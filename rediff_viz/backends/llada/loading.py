"""From a checkpoint's files to a model on its device: whether it fits, and how it is spread or rounded.

Knows files and devices: no sampler, no page. Every complaint is a CheckpointError (a ValueError) of one sentence.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

import psutil
import torch
from torch import nn

from ...cards import Card
from ...nets import weights
from ...nets.llada import LLaDA
from ...nets.weights import CheckpointError, Report
from ..progress import report_progress
from ..variants import Variant
from ..zerogpu import on_zerogpu

GB = 1e9
WORK = 1.0 * GB  # activations and logits of an 8B pass
OUT_OF_MEMORY = ("can't allocate memory", "out of memory", "CUBLAS_STATUS_ALLOC_FAILED")
WIDE = 4.0 * GB  # on a CPU, checkpoints up to this size in float32 are run in float32


def device_of() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def free_bytes(device: str) -> float:
    """Memory that is free now: of all GPUs together, or the computer's."""
    if device == "cuda":
        return float(sum(torch.cuda.mem_get_info(i)[0] for i in range(torch.cuda.device_count())))
    return float(psutil.virtual_memory().available)


def weight_bytes(model: nn.Module, bits: int, dtype: torch.dtype) -> float:
    """What the weights take: the layers' matrices in `bits`, everything else in `dtype`."""
    wide = dtype.itemsize
    packed = sum(one.numel() for name, one in model.named_parameters() if quantised(name, one))
    rest = sum(one.numel() for name, one in model.named_parameters() if not quantised(name, one))
    per = wide if bits == 16 else bits / 8 * (1.07 if bits == 4 else 1.0)
    return packed * per + rest * wide


def quantised(name: str, weight: nn.Parameter) -> bool:
    return ".layers." in name and "vision" not in name and weight.dim() == 2


def dtype_of(variant: Variant, model: nn.Module, device: str) -> torch.dtype:
    if variant.dtype:
        return {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}[variant.dtype]
    small = sum(one.numel() for one in model.parameters()) * 4 <= WIDE
    return torch.float32 if device == "cpu" and small else torch.bfloat16


def reachable_bytes(variant: Variant, device: str) -> float:
    """Bytes free for the weights wherever the variant may put them."""
    return free_bytes(device) + (free_bytes("cpu") if variant.offload and device == "cuda" else 0)


def check_memory(card: Card, model: nn.Module, variant: Variant, dtype: torch.dtype, device: str) -> None:
    """Raise CheckpointError, before anything is loaded, when the weights and one pass will not fit."""
    need = weight_bytes(model, variant.bits, dtype)
    need += min(WORK, need)
    kind = f"{variant.bits}-bit" if variant.bits < 16 else {torch.bfloat16: "bf16", torch.float16: "fp16"}.get(dtype, "float32")
    refuse_if_short(f"{card.title} in {kind}", need, variant, dtype == torch.float32, device)


def check_before_download(card: Card, variant: Variant) -> None:
    """The same by the card's own figure, before anything is downloaded. Silent where a GPU is attached by the call."""
    if on_zerogpu():
        return
    device, wide = device_of(), variant.dtype == "float32"
    share = {4: 0.4, 8: 0.65}.get(variant.bits, 2.0 if wide else 1.0)
    refuse_if_short(card.title, card.memory_gb * share * GB, variant, wide, device)


def refuse_if_short(what: str, need: float, variant: Variant, wide: bool, device: str) -> None:
    """Raise CheckpointError, with what could be tried, when so many bytes are not free, not even without what nobody uses."""
    free = reachable_bytes(variant, device)
    if need > free and release():
        free = reachable_bytes(variant, device)
    if need <= free:
        return
    where = "this GPU has" if device == "cuda" else "this computer has"
    tries = [] if variant.bits == 4 or device == "cpu" else ["4-bit (+4bit)"]
    tries += ["bf16 (+bfloat16)"] if wide else []
    tries += ["+offload, which is slow"] if device == "cuda" and not variant.offload else []
    tries += ["one checkpoint in all lanes"] if _loaded else []
    advice = ", ".join([*tries, "or the embedded model"])
    raise CheckpointError(f"{what} needs {need / GB:.0f} GB, {where} {free / GB:.0f} free: try {advice}")


@dataclass
class LoadedModel:
    """A model in memory, and the sessions that still need it."""

    model: LLaDA
    device: str
    dtype: torch.dtype
    users: weakref.WeakSet[Any] = field(default_factory=weakref.WeakSet)


_loaded: dict[tuple[str, int, str, bool], LoadedModel] = {}
_loading = RLock()  # one load at a time: two visitors who choose the same checkpoint share it


def load_cached(card: Card, folder: Path, variant: Variant, vocabulary: int) -> LoadedModel:
    """The model of a checkpoint, loaded once however many variants use it. Frees memory by dropping models nobody uses."""
    key = (str(folder), variant.bits, variant.dtype, variant.offload)
    if key not in _loaded:
        with _loading:
            if key not in _loaded:
                _loaded[key] = load(card, folder, variant, vocabulary)
    return _loaded[key]


def load(card: Card, folder: Path, variant: Variant, vocabulary: int) -> LoadedModel:
    device = device_of()
    model = weights.plan(folder, vocabulary)
    dtype = dtype_of(variant, model, device)
    check_memory(card, model, variant, dtype, device)

    def report(done: int, total: int, what: str) -> None:
        report_progress(done, total, f"loading {card.title}: {what}")

    fill(model, folder, variant, dtype, device, report)
    return LoadedModel(model, device, dtype)


def out_of_memory(failed: BaseException) -> bool:
    """Whether an error says that memory ran out, on whichever device."""
    message = str(failed)
    return isinstance(failed, (torch.OutOfMemoryError, MemoryError)) or any(word in message for word in OUT_OF_MEMORY)


def loaded_models() -> list[LoadedModel]:
    """The models in memory."""
    return list(_loaded.values())


def forget_all() -> None:
    """Forget every model, also those in use: sessions that are open keep theirs, new ones load anew."""
    _loaded.clear()


def release() -> int:
    """Drop the models that no session needs any more; returns how many."""
    idle = [key for key, one in _loaded.items() if not one.users]
    for key in idle:
        del _loaded[key]
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return len(idle)


def fill(model: LLaDA, folder: Path, variant: Variant, dtype: torch.dtype, device: str, report: Report) -> None:
    """Read the weights onto their devices: one, or as accelerate's device map spreads them."""
    if variant.bits < 16:
        from .quantised import fill_quantised

        fill_quantised(model, folder, variant.bits, dtype, report)
        return
    if device == "cuda" and (torch.cuda.device_count() > 1 or variant.offload):
        from accelerate import dispatch_model

        spread = spread_over(model, dtype, free_for_weights(variant.offload))
        weights.fill(model, folder, dtype, lambda name: place(spread, name), report)
        dispatch_model(model, device_map=spread)
        return
    weights.fill(model, folder, dtype, lambda _: device, report)


def free_for_weights(offload: bool) -> dict[int | str, int]:
    """Bytes for weights on each GPU, a pass's own memory left free, and in the computer's memory where it may be used."""
    free: dict[int | str, int] = {i: max(0, int(torch.cuda.mem_get_info(i)[0] - WORK)) for i in range(torch.cuda.device_count())}
    return free | {"cpu": int(free_bytes("cpu")) if offload else 0}


def spread_over(model: LLaDA, dtype: torch.dtype, free: dict[int | str, int]) -> dict[str, Any]:
    """Which module lies where, layers and tower whole. Raises CheckpointError when something would have to lie on a disk."""
    from accelerate import infer_auto_device_map

    spread: dict[str, Any] = infer_auto_device_map(model, max_memory=free, no_split_module_classes=["Layer", "Tower"], dtype=dtype)
    if "disk" in spread.values():
        raise CheckpointError("the layers do not fit onto the GPUs one by one, though together they would: try +offload, which is slow")
    return spread


def place(spread: dict[str, Any], name: str) -> Any:
    """The device of a parameter: that of the longest module name in the map which it begins with."""
    fits = [key for key in spread if key == "" or name == key or name.startswith(f"{key}.")]
    return spread[max(fits, key=len)]
