"""Writes training states as the files that are shipped: bfloat16 safetensors and a word-level tokenizer."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from rediff_viz.backends.world_weights import HEAD, WEIGHTS
from rediff_viz.nets.correction_head import CorrectionHead
from rediff_viz.nets.eye import Eye
from rediff_viz.training.data import Pool
from rediff_viz.training.stages import new_eye, new_writer
from rediff_viz.world.vocabulary import VOCABULARY


def load_eye(folder: Path, device: torch.device) -> Eye:
    eye = new_eye()
    eye.load_state_dict(torch.load(folder / "eye.pt", map_location="cpu", weights_only=True))
    return eye.eval().to(device)


def save_pool(pool: Pool, folder: Path) -> None:
    parts = {name: getattr(pool, name) for name in ("grids", "captions", "nouns", "centres")}
    torch.save(parts | {"first": pool.seeds.start, "last": pool.seeds.stop}, folder / "pool.pt")


def load_pool(folder: Path) -> Pool:
    parts = torch.load(folder / "pool.pt", weights_only=True, mmap=True)
    return Pool(range(parts.pop("first"), parts.pop("last")), **parts)


def start(source: Path, folder: Path, name: str) -> None:
    """Training states eye.pt and NAME.pt out of a checkpoint's weights; what these did not have begins anew."""
    with safe_open(source / WEIGHTS, "pt") as file:
        weights = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118 - no mapping
    torch.save({key.removeprefix("eye."): value for key, value in weights.items() if key.startswith("eye.")}, folder / "eye.pt")
    state = new_writer().state_dict()
    for key, value in weights.items():
        if key.startswith("writer."):
            state[key.removeprefix("writer.")][tuple(slice(n) for n in value.shape)] = value
    torch.save(state, folder / f"{name}.pt")


def tokenizer() -> Tokenizer:
    words = {word: index for index, word in enumerate(VOCABULARY)}
    result = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    result.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    result.add_special_tokens(["<eot>", "<mask>", "<unk>"])
    return result


def checkpoint(folder: Path, variant: str, out: Path) -> None:
    """Writes out/model.safetensors (eye.* and writer.*, bfloat16, their sizes as metadata) and out/tokenizer.json"""
    eye, writer = load_eye(folder, torch.device("cpu")), new_writer()
    writer.load_state_dict(torch.load(folder / f"{variant}.pt", map_location="cpu", weights_only=True))
    weights = {f"eye.{name}": value for name, value in eye.state_dict().items()}
    weights |= {f"writer.{name}": value for name, value in writer.state_dict().items() if not name.startswith("where.")}
    small = {name: (v.bfloat16() if v.is_floating_point() else v).contiguous() for name, v in weights.items()}
    out.mkdir(parents=True, exist_ok=True)
    save_file(small, out / WEIGHTS, {"eye": json.dumps(eye.concepts), "writer": json.dumps(writer.sizes)})
    tokenizer().save(str(out / "tokenizer.json"))
    write_sha256(out)


def correction_head(head: CorrectionHead, base_sha256: str, out: Path) -> None:
    """Writes a head, float32, and the sum of the weights it belongs to."""
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.cpu().contiguous() for name, value in head.state_dict().items()}, out, {"base_sha256": base_sha256})
    if out.name == HEAD:
        write_sha256(out.parent, HEAD)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_sha256(out: Path, file: str = WEIGHTS) -> None:
    """Say in out/card.toml, where there is one, which weights it is written for."""
    if not (out / "card.toml").is_file():
        return
    line = f'sha256 = "{sha256(out / file)}"\n'
    card = out / "card.toml"
    text, found = re.subn(r"^sha256 = .*\n", line, card.read_text("utf-8"), flags=re.MULTILINE)
    if not found:  # before the first table
        head, table, rest = text.partition("\n[")
        text = f"{head.rstrip()}\n{line}{table}{rest}"
    card.write_text(text, encoding="utf-8")
