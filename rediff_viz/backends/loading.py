"""From a card to a model on its device: where the weights lie, whether they fit, and how they are spread or rounded.

Knows files, the hub and devices: no sampler, no page. Every complaint is a CheckpointError (a ValueError) of one sentence.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import nn

from ..cards import Card
from ..nets import weights
from ..nets.llada import LLaDA
from ..nets.weights import CheckpointError, Report
from .variants import Variant

GB = 1e9
WORK = 1.0 * GB  # activations and logits of an 8B pass
WIDE = 4.0 * GB  # on a CPU, checkpoints up to this size in float32 are run in float32
FILES = ["*.safetensors", "*.json"]
_reports: list[Report] = []


@contextmanager
def progress(report: Report) -> Iterator[None]:
    """While open, every load tells (bytes done, bytes in all, what) to `report`."""
    _reports.append(report)
    try:
        yield
    finally:
        _reports.remove(report)


def tell(done: int, total: int, what: str) -> None:
    for report in _reports:
        report(done, total, what)


def find(card: Card) -> tuple[Path, str]:
    """The folder with the weights, and the revision it is: the card's own folder, the hub's cache, else a download."""
    if card.options.get("path"):
        return Path(card.options["path"]), ""
    if card.folder is not None and (card.folder / "config.json").is_file():
        return card.folder, ""
    if not card.repo:
        raise CheckpointError(f"{card.name} has neither weights in {card.folder} nor a repository to take them from")
    return download(card)


def download(card: Card) -> tuple[Path, str]:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    asked: dict[str, Any] = {"repo_id": card.repo, "revision": card.revision or None, "allow_patterns": FILES}
    try:
        found = Path(snapshot_download(**asked, local_files_only=True))
        complete = any(found.glob("*.safetensors"))
    except (LocalEntryNotFoundError, OSError, ValueError):
        complete = False
    if not complete:
        tell(0, 1, f"downloading {card.repo}")
        try:
            found = Path(snapshot_download(**asked))
        except (LocalEntryNotFoundError, HfHubHTTPError, OSError, ValueError) as error:
            why = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
            raise CheckpointError(
                f"{card.repo} is neither in the cache nor to be had from the hub ({why}); the embedded models still work"
            ) from None
    return found, found.name


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


def check_room(card: Card, model: nn.Module, variant: Variant, dtype: torch.dtype, device: str) -> None:
    """Raise CheckpointError, before anything is loaded, when the weights and one pass will not fit."""
    need = weight_bytes(model, variant.bits, dtype)
    need += min(WORK, need)
    free = free_bytes(device)
    if variant.offload and device == "cuda":
        free += free_bytes("cpu")
    if need <= free:
        return
    kind = f"{variant.bits}-bit" if variant.bits < 16 else {torch.bfloat16: "bf16", torch.float16: "fp16"}.get(dtype, "float32")
    where = "this GPU has" if device == "cuda" else "this computer has"
    tries = [] if variant.bits == 4 or device == "cpu" else ["4-bit (+4bit)"]
    tries += ["bf16 (+bfloat16)"] if dtype == torch.float32 else []
    tries += ["+offload, which is slow"] if device == "cuda" and not variant.offload else []
    ways = ", ".join([*tries, "or the embedded model"])
    raise CheckpointError(f"{card.title} in {kind} needs {need / GB:.0f} GB, {where} {free / GB:.0f} free: try {ways}")


@dataclass
class Held:
    """A model in memory, and the sessions that still need it."""

    model: LLaDA
    device: str
    dtype: torch.dtype
    users: weakref.WeakSet[Any] = field(default_factory=weakref.WeakSet)


_held: dict[tuple[str, int, str, bool], Held] = {}


def hold(card: Card, folder: Path, variant: Variant, vocabulary: int) -> Held:
    """The model of a checkpoint, loaded once however many variants use it. Makes room by dropping models nobody uses."""
    key = (str(folder), variant.bits, variant.dtype, variant.offload)
    if key not in _held:
        device = device_of()
        model = weights.plan(folder, vocabulary)
        dtype = dtype_of(variant, model, device)
        try:
            check_room(card, model, variant, dtype, device)
        except CheckpointError:
            if not release():
                raise
            check_room(card, model, variant, dtype, device)
        fill(model, folder, variant, dtype, device)
        _held[key] = Held(model, device, dtype)
    return _held[key]


def release() -> int:
    """Drop the models that no session needs any more; returns how many."""
    idle = [key for key, held in _held.items() if not held.users]
    for key in idle:
        del _held[key]
    if idle and torch.cuda.is_available():
        torch.cuda.empty_cache()
    return len(idle)


def fill(model: LLaDA, folder: Path, variant: Variant, dtype: torch.dtype, device: str) -> None:
    """Read the weights onto their devices: one, or as accelerate's device map spreads them."""
    if variant.bits < 16:
        from .quantised import fill_quantised

        fill_quantised(model, folder, variant.bits, dtype, tell)
        return
    if device == "cuda" and (torch.cuda.device_count() > 1 or variant.offload):
        from accelerate import dispatch_model, infer_auto_device_map

        spread = infer_auto_device_map(model, no_split_module_classes=["Layer", "Tower", "SiglipEncoderLayer"], dtype=dtype)
        weights.fill(model, folder, dtype, lambda name: place(spread, name), tell)
        dispatch_model(model, device_map=spread)
        return
    weights.fill(model, folder, dtype, lambda _: device, tell)


def place(spread: dict[str, Any], name: str) -> Any:
    """The device of a parameter: that of the longest module name in the map which it begins with."""
    fits = [key for key in spread if key == "" or name == key or name.startswith(f"{key}.")]
    return spread[max(fits, key=len)]
