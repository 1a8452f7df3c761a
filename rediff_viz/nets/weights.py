"""A checkpoint folder as a model: config.json, one or many safetensors files, either naming.

Knows files and modules: no sampler, no page. Nothing is run from the folder. Every complaint is a CheckpointError of one sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from accelerate.utils import set_module_tensor_to_device
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from rediff_viz.nets import names
from rediff_viz.nets.llada import LLaDA, ModelConfig
from rediff_viz.nets.llada_v import LLaDAV, VisionConfig

Report = Callable[[int, int, str], None]  # (bytes done, bytes in all, what)
Shapes = dict[str, tuple[int, ...]]
INDEX, SINGLE = "model.safetensors.index.json", "model.safetensors"
MODEL_TYPES = {"llava_llada": LLaDAV, "llada": LLaDA}


class CheckpointError(ValueError):
    """What is wrong with a checkpoint folder, in one sentence."""


def read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{path.parent} is no checkpoint: it has no {path.name}") from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise CheckpointError(f"{path} is not readable JSON ({broken})") from None
    if not isinstance(found, dict):
        raise CheckpointError(f"{path} holds a {type(found).__name__}, expected an object")
    return found


def shards(folder: Path) -> list[Path]:
    """The weight files, by the index where there is one. Raises CheckpointError when one is not there."""
    if (folder / INDEX).is_file():
        listed = read_json(folder / INDEX).get("weight_map", {})
        files = [folder / name for name in sorted(set(listed.values()))]
    else:
        files = [folder / SINGLE]
    absent = [file.name for file in files if not file.is_file()]
    if absent or not files:
        raise CheckpointError(f"{folder} lacks the weight file {names.few(absent) or SINGLE}")
    return files


def stored_shapes(folder: Path) -> Shapes:
    """Every stored key and its shape, read from the files' headers alone."""
    found: Shapes = {}
    for file in shards(folder):
        try:
            with safe_open(file, framework="pt") as weights:
                found |= {key: tuple(weights.get_slice(key).get_shape()) for key in weights.keys()}  # noqa: SIM118
        except SafetensorError as broken:
            raise CheckpointError(f"{file} is truncated or no safetensors file ({broken})") from None
    return found


def blueprint(config: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]], vocabulary: int | None = None) -> LLaDA:
    """The modules on the meta device, no memory taken. `vocabulary` cuts embedding and head to so many rows."""
    kind = MODEL_TYPES.get(str(config.get("model_type")))
    if kind is None:
        raise CheckpointError(f"model_type is {config.get('model_type')!r}, expected one of {', '.join(MODEL_TYPES)}")
    try:
        sizes = ModelConfig.from_config(config)
        if vocabulary is not None:
            sizes = replace(sizes, vocabulary=min(vocabulary, sizes.vocabulary))
        with init_empty_weights():
            return LLaDAV(sizes, VisionConfig.from_files(config, shapes)) if kind is LLaDAV else LLaDA(sizes)
    except CheckpointError:
        raise
    except (ValueError, TypeError) as wrong:
        raise CheckpointError(f"config.json does not describe a LLaDA model: {wrong}") from None


def wanted_shapes(model: nn.Module) -> Shapes:
    return {name: tuple(one.shape) for name, one in model.state_dict().items()}


def plan(folder: Path, vocabulary: int | None = None) -> LLaDA:
    """Config and headers read and compared; no weight read. Raises CheckpointError naming the keys that do not fit."""
    if not folder.is_dir():
        raise CheckpointError(f"{folder} is no folder, so no checkpoint")
    config = read_json(folder / "config.json")
    stored = stored_shapes(folder)
    model = blueprint(config, stored, vocabulary)
    match = names.compare(stored, wanted_shapes(model), optional=("lm_head.weight",) if model.config.tied else ())
    if not match:
        raise CheckpointError(f"{folder}: {match.sentence()}")
    return model


def fill(model: LLaDA, folder: Path, dtype: torch.dtype, place: Callable[[str], Any], report: Report | None = None) -> None:
    """Read the weights shard by shard into `model` (on the meta device), each onto `place(parameter name)`."""
    files = shards(folder)
    total, before = sum(file.stat().st_size for file in files), 0
    for number, file in enumerate(files, 1):
        done = before
        try:
            with safe_open(file, framework="pt") as weights:
                for key in weights.keys():  # noqa: SIM118
                    value = weights.get_tensor(key)
                    put(model, names.parameter_name(key), value, dtype, place)
                    done += value.nbytes
                    if report is not None:
                        report(done, total, f"shard {number} of {len(files)}")
        except (SafetensorError, OSError) as broken:
            raise CheckpointError(f"{file} could not be read ({broken})") from None
        before += file.stat().st_size
    if model.config.tied:
        model.lm_head.weight = model.model.embed_tokens.weight
    model.requires_grad_(False).eval()


def put(model: nn.Module, name: str, value: Tensor, dtype: torch.dtype, place: Callable[[str], Any]) -> None:
    wanted = model.get_parameter(name).shape if name not in dict(model.named_buffers()) else value.shape
    if name in names.BY_VOCABULARY:
        value = value[: wanted[0]]
    set_module_tensor_to_device(model, name, place(name), value=value, dtype=dtype if value.is_floating_point() else None)


def load(
    folder: Path, dtype: torch.dtype = torch.float32, device: str = "cpu", vocabulary: int | None = None, report: Report | None = None
) -> LLaDA:
    """The whole model on one device. Spreading over several and quantising is `backends.loading`."""
    model = plan(folder, vocabulary)
    fill(model, folder, dtype, lambda _: device, report)
    return model
