"""Cases without a loop: pixels, token counts, prompts, tower features, spliced embeddings, logits, tensor names.

Every function takes a folder and a case and raises DiffersError at the first thing that is not as recorded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..nets import anyres, names, prompts, weights
from ..nets.llada_v import LLaDAV
from ..trace.stored import read_json
from .embeds import encoder, prompt_rows
from .folder import Case, Folder, close, same

GRID = "(1x1),...,(6x6)"


def sha(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def pixels(folder: Folder, case: Case) -> None:
    side, expected = int(case["tile"]), case["expected"]
    with Image.open(folder.path / case["image"]) as opened:
        opened.load()
        picture = opened.convert("RGB") if "RGB first" in case.get("note", "") else opened
    allowed = anyres.pinpoints(case.get("grid") or GRID, side)
    raw = anyres.prepare(picture, case["aspect"], allowed, side)
    if "best_resolution" in expected:
        canvas = anyres.best_resolution(picture.size, allowed)
        same("best_resolution", list(expected["best_resolution"]), list(canvas))
        if "padded_canvas_sha256" in expected:
            same("padded_canvas_sha256", expected["padded_canvas_sha256"], sha(np.asarray(anyres.letterbox(picture, canvas))))
    raw = raw if len(expected["shape"]) == 4 else raw[0]
    floats = anyres.normalise(raw)
    same("shape", list(expected["shape"]), list(raw.shape))
    if "tiles" in expected:
        same("tiles", expected["tiles"], len(raw))
    same("sha256_u8_per_tile", expected.get("sha256_u8_per_tile", []), [sha(t) for t in raw] if "sha256_u8_per_tile" in expected else [])
    same("sha256_u8", expected["sha256_u8"], sha(raw))
    same("sha256_f32", expected.get("sha256_f32"), sha(floats) if "sha256_f32" in expected else None)
    pixel_arrays(folder, case, raw, floats)


def pixel_arrays(folder: Folder, case: Case, raw: np.ndarray, floats: np.ndarray) -> None:
    arrays = folder.arrays(case)
    if "pixels_u8" in arrays:
        same("pixels_u8", arrays["pixels_u8"], raw)
    if "pixels_tile0_f32" in arrays:
        close("pixels_tile0_f32", arrays["pixels_tile0_f32"], floats[0], 1e-6)
    if "tile_mean" in arrays:
        wide = floats.astype(np.float64)
        close("tile_mean", arrays["tile_mean"], wide.mean((1, 2, 3)), 1e-6)
        close("tile_std", arrays["tile_std"], wide.std((1, 2, 3), ddof=1), 1e-6)
    if "pixel_slice" in arrays:
        apart = raw.shape[-1] // arrays["pixel_slice"].shape[-1]
        close("pixel_slice", arrays["pixel_slice"], floats[:, :, ::apart, ::apart], 1e-6)


def token_counts(folder: Folder, case: Case) -> None:
    for name, rows in read_json((folder.path / case["file"]).read_text()).items():
        if not name.startswith("tile"):
            continue
        side = int(name.removeprefix("tile"))
        grid = side // 14
        for row in rows:
            size = (int(row["size"][0]), int(row["size"][1]))
            canvas = anyres.best_resolution(size, anyres.pinpoints(GRID, side))
            tiles = 1 + (canvas[0] // side) * (canvas[1] // side)
            merged = anyres.merge(torch.zeros(tiles, grid * grid, 1), size, canvas, side, torch.zeros(1), "anyres_max_4")
            got = {"size": list(size), "best_resolution": list(canvas), "tiles": tiles, "image_tokens": len(merged)}
            same(f"{name} {size[0]}x{size[1]}", {key: row[key] for key in got}, got)


def prompt_cases(folder: Folder, case: Case) -> None:
    recorded, tokenizer = read_json((folder.path / case["file"]).read_text()), folder.tokenizer()

    def encode(text: str) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False).ids

    for row in recorded.get("llava_llada", []):
        turns = [turn for turn in row.get("turns", [row.get("question")]) if turn is not None]
        text = prompts.chat(turns, prompts.SYSTEM)
        same(f"prompt of {turns}", row["prompt"], text)
        mark = int(folder.ids.get("image_token_index", -200))
        same(f"input_ids of {turns}", row["input_ids"], prompts.picture_ids(text, encode, int(folder.ids["bos"]), mark))
    for row in recorded.get("text_only_chat", []):
        turns = [turn for turn in row.get("turns", [row.get("question")]) if turn is not None]
        text = prompts.chat(turns)
        same(f"text-only prompt of {turns}", row["prompt"], text)
        same(f"text-only input_ids of {turns}", row["input_ids"], encode(text))
    for text, ids in recorded.get("stop_ids", {}).items():
        same(f"stop ids of {text!r}", ids, encode(text))


def sizes_of(shapes: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """The config.json fields that the shapes themselves tell, heads of 128 as in all published models."""
    stored = {names.parameter_name(key): tuple(shape) for key, shape in shapes.items()}
    vocabulary, width = stored["model.embed_tokens.weight"]
    return {
        "model_type": "llava_llada" if "model.image_newline" in stored else "llada",
        "hidden_size": width,
        "num_hidden_layers": 1 + max(int(key.split(".")[2]) for key in stored if key.startswith("model.layers.")),
        "num_attention_heads": width // 128,
        "num_key_value_heads": stored["model.layers.0.self_attn.k_proj.weight"][0] // 128,
        "intermediate_size": stored["model.layers.0.mlp.gate_proj.weight"][0],
        "vocab_size": vocabulary,
        "rms_norm_eps": 1e-5,
        "rope_theta": 5e5,
        "image_aspect_ratio": "anyres_max_4",
    }


def real_shapes(folder: Folder, case: Case) -> None:
    for name, shapes in read_json((folder.path / case["file"]).read_text()).items():
        if not isinstance(shapes, dict):
            continue
        model = weights.blueprint(sizes_of(shapes), {key: tuple(shape) for key, shape in shapes.items()})
        match = names.compare(shapes, weights.wanted_shapes(model))
        same(f"keys of {name}", "every tensor fits", match.sentence())
        same(f"number of keys of {name}", len(shapes), len(weights.wanted_shapes(model)))


@torch.inference_mode()
def forward(folder: Folder, case: Case) -> None:
    arrays, model = folder.arrays(case), folder.model(case)
    outputs: dict[str, Tensor] = {}
    ids = torch.from_numpy(arrays["input_ids"].astype(np.int64))
    visible = torch.from_numpy(arrays["attention_mask"].astype(bool)) if "attention_mask" in arrays else None
    hook = model.model.layers[0].register_forward_hook(lambda _module, _inputs, output: outputs.__setitem__("first", output[0]))
    hidden = model.model(model.model.embed_tokens(ids), key_mask=visible)[0]
    hook.remove()
    logits = model.lm_head(hidden)
    here = np.ones(ids.shape, bool) if visible is None else visible.numpy()
    close("logits", arrays["logits"][here], logits.numpy()[here], folder.tolerance("logits_abs"))
    if "hidden_layer1" in arrays:
        close("hidden_layer1", arrays["hidden_layer1"][here], outputs["first"].numpy()[here], folder.tolerance("logits_abs"))
    if "hidden_last" in arrays:
        close("hidden_last", arrays["hidden_last"][here], hidden.numpy()[here], folder.tolerance("logits_abs"))


@torch.inference_mode()
def forward_image(folder: Folder, case: Case) -> None:
    arrays, expected, model = folder.arrays(case), case["expected"], folder.model(case)
    assert isinstance(model, LLaDAV)
    ids, rows = prompt_rows(folder, case, model, encoder(folder, case))
    same("input_ids", arrays["input_ids"].tolist(), ids)
    with Image.open(folder.path / case["image"]) as picture:
        tower_features(folder, case, model, picture)
        visible = model.encode_picture(picture)
    close("image_embeds", arrays["image_embeds"], visible.numpy(), folder.tolerance("image_embeds_abs"))
    mark = ids.index(int(folder.ids.get("image_token_index", -200)))
    same("image_tokens", expected["image_tokens"], len(visible))
    same("image_at", expected["image_at"], mark)
    same("prompt_tokens", expected["prompt_tokens"], len(ids) - 1)
    masks = torch.full((int(expected["seq"]) - len(rows),), int(folder.ids["mask"]))
    logits = model.lm_head(model.model(torch.cat((rows, model.model.embed_tokens(masks)))[None])[0])[0]
    tail, tolerance = arrays["logits_tail"], folder.tolerance("logits_abs")
    close("logits_tail", tail, logits[-len(tail) :].numpy(), tolerance)
    close("logits_row_sum", arrays["logits_row_sum"], logits.sum(-1).numpy(), tolerance * logits.shape[1] ** 0.5)


def tower_features(folder: Folder, case: Case, model: LLaDAV, picture: Image.Image) -> None:
    """The recording keeps the first few tiles."""
    arrays, sight = folder.arrays(case), model.vision_config
    tiles = torch.from_numpy(anyres.normalise(anyres.prepare(picture, sight.aspect, sight.allowed, sight.side)))
    features: Tensor = model.model.vision_tower(tiles)
    for name, got in (("tower_features", features), ("projected", model.model.mm_projector(features))):
        if name in arrays:
            wanted = arrays[name]
            close(name, wanted, got[: len(wanted)].numpy(), folder.tolerance("tower_features_abs"))


@torch.inference_mode()
def embeds_image(folder: Folder, case: Case) -> None:
    arrays, model, encode = folder.arrays(case), folder.model(case), encoder(folder, case)
    assert isinstance(model, LLaDAV)
    mark = int(folder.ids.get("image_token_index", -200))
    ids = prompts.picture_ids(case["prompt"], encode, int(folder.ids["bos"]), mark)
    same("input_ids", arrays["input_ids"].tolist(), ids)
    visible = []
    for name in case["images"]:
        with Image.open(folder.path / name) as picture:
            visible.append(model.encode_picture(picture))
    close("inputs_embeds", arrays["inputs_embeds"], model.splice(ids, visible).numpy(), folder.tolerance("image_embeds_abs"))
