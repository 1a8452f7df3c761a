"""A folder of recordings: its manifest, its arrays, its tiny checkpoints. Runs nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from tokenizers import Tokenizer

from ..nets import weights
from ..nets.llada import LLaDA
from ..trace.stored import read_json

Case = Mapping[str, Any]


class DiffersError(Exception):
    """A case that does not come out as recorded."""

    def __init__(self, what: str, expected: object, got: object, step: int | None = None) -> None:
        super().__init__(what)
        self.what, self.expected, self.got, self.step = what, expected, got, step

    def __str__(self) -> str:
        where = "" if self.step is None else f"step {self.step}: "
        return f"{where}{self.what}: expected {short(self.expected)}, got {short(self.got)}"


def short(value: object) -> str:
    """A value in one line."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    text = json.dumps(value, default=str) if isinstance(value, (list, dict, tuple)) else str(value)
    return text if len(text) <= 240 else f"{text[:240]} ..."


class Folder:
    """Raises ValueError, in one sentence, when there is no manifest to read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.manifest = read_json((path / "MANIFEST.json").read_text(encoding="utf-8"))
            self.cases: list[Case] = self.manifest["cases"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} holds no readable MANIFEST.json with cases ({type(error).__name__}: {error})") from None
        if not isinstance(self.cases, list) or not all(isinstance(case, dict) for case in self.cases):
            raise ValueError(f"{path}/MANIFEST.json: cases is to be a list of objects")
        self._arrays: dict[str, Mapping[str, np.ndarray]] = {}

    @cached_property
    def ids(self) -> Mapping[str, Any]:
        """The special ids by their roles: bos, eos_pad, mask, eot, blocked, image_token_index."""
        ids: Mapping[str, Any] = self.manifest["special_ids"]
        return ids

    @cached_property
    def tolerances(self) -> Mapping[str, Any]:
        tolerances: Mapping[str, Any] = self.manifest.get("tolerances", {})
        return tolerances

    def tolerance(self, name: str) -> float:
        return float(self.tolerances.get(name, 1e-4))

    def arrays(self, case: Case) -> Arrays:
        name = case["file"]
        if name not in self._arrays:
            try:
                with np.load(self.path / name, allow_pickle=False) as stored:
                    self._arrays[name] = {key: stored[key] for key in stored.files}
            except (OSError, ValueError, BadZipFile) as broken:
                raise ValueError(f"{name} is no readable npz file ({str(broken).splitlines()[0]})") from None
        return Arrays(self._arrays[name], case["id"])

    def tokenizer(self, checkpoint: str | None = None) -> Tokenizer:
        """The tokenizer of a checkpoint; without a name, of the first one there is."""
        folder = self.path / checkpoint if checkpoint else next(self.checkpoints()).parent
        if not (folder / "tokenizer.json").is_file():
            raise ValueError(f"{folder} holds no tokenizer.json")
        return Tokenizer.from_file(str(folder / "tokenizer.json"))

    def checkpoints(self) -> Iterator[Path]:
        found = sorted((self.path / "checkpoints").glob("*/tokenizer.json"))
        if not found:
            raise ValueError(f"{self.path} holds no checkpoint with a tokenizer.json")
        return iter(found)

    @torch.inference_mode()
    def model(self, case: Case) -> LLaDA:
        """The case's checkpoint, float32 on the CPU, with the head as the case says it was edited."""
        model = weights.load(self.path / case["checkpoint"], vocabulary=case.get("resize_vocab"))
        head = model.lm_head.weight
        for row, factor in (case.get("lm_head_row_scale") or {}).items():
            head[int(row)] *= factor
        for to, source, factor in case.get("lm_head_row_copy") or []:
            head[to] = head[source] * factor
        return model


class Arrays:
    """The arrays of one case."""

    def __init__(self, stored: Mapping[str, np.ndarray], case: str) -> None:
        self.stored, self.case = stored, case

    def __contains__(self, name: str) -> bool:
        return f"{self.case}/{name}" in self.stored

    def __getitem__(self, name: str) -> np.ndarray:
        try:
            return self.stored[f"{self.case}/{name}"]
        except KeyError:
            raise ValueError(f"the recording has no array {self.case}/{name}") from None


def same(what: str, expected: Any, got: Any, step: int | None = None) -> None:
    """Exactly equal, in value and shape. Raises DiffersError."""
    if isinstance(expected, np.ndarray) or isinstance(got, np.ndarray):
        if not np.array_equal(np.asarray(expected), np.asarray(got)):
            raise DiffersError(what, expected, got, step)
    elif expected != got:
        raise DiffersError(what, expected, got, step)


def close(what: str, expected: np.ndarray, got: Any, tolerance: float, step: int | None = None) -> None:
    """Equal within an absolute tolerance, infinities included. Raises DiffersError with the largest difference."""
    expected, got = np.asarray(expected, np.float64), np.asarray(got, np.float64)
    same(f"shape of {what}", list(expected.shape), list(got.shape), step)
    if np.allclose(got, expected, rtol=0, atol=tolerance, equal_nan=True):
        return
    with np.errstate(invalid="ignore"):
        away = np.nan_to_num(np.abs(got - expected), nan=np.inf)
        away[got == expected] = 0
    at = np.unravel_index(int(np.argmax(away)), away.shape)
    place = [int(i) for i in at]
    raise DiffersError(f"{what} at {place} (tolerance {tolerance:g})", float(expected[at]), float(got[at]), step)
