"""What models/ says: one folder per checkpoint, its card.toml read into a frozen Card. Knows no torch.

A card answers "which checkpoints can I pick, and what are they?"; how one is run is its backend's question.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import paths

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*")
_KINDS: dict[str, tuple[type, ...]] = {
    "title": (str,),
    "backend": (str,),
    "mask_id": (int,),
    "eot_id": (int,),
    "repo": (str,),
    "revision": (str,),
    "forbidden": (list,),
    "takes_prompt": (bool,),
    "takes_picture": (bool,),
    "length": (int,),
    "steps": (int,),
    "block_length": (int,),
    "temperature": (int, float),
    "samplers": (dict,),
    "trained_for": (list,),
    "stop": (list,),
    "prompt": (str,),
    "licence": (str,),
    "paper": (str,),
    "line": (str,),
    "memory_gb": (int, float),
    "sha256": (str,),
    "options": (dict,),
}


@dataclass(frozen=True)
class Card:
    """One checkpoint. Hashable by name and folder."""

    name: str
    title: str
    backend: str
    mask_id: int
    folder: Path | None = None
    eot_id: int | None = None
    repo: str = ""  # where the weights come from: a hub repository, or "" when they lie in the folder
    revision: str = ""  # its pinned revision
    forbidden: tuple[int, ...] = ()  # ids the model may never propose
    takes_prompt: bool = True
    takes_picture: bool = True
    length: int = 128  # answer positions by default
    steps: int = 128  # passes by default
    block_length: int | None = None
    temperature: float = 0.0
    samplers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)  # sampler -> settings that suit this checkpoint
    trained_for: tuple[str, ...] = ()  # samplers the weights were trained for
    stop: tuple[str, ...] = ()  # texts that end an answer
    prompt: str = ""  # default prompt
    licence: str = ""
    paper: str = ""
    line: str = ""  # one sentence for the page
    memory_gb: float = 0.0
    sha256: str = ""  # of the weights file
    options: Mapping[str, Any] = field(default_factory=dict, compare=False)  # what only this card's backend reads

    def note(self, sampler: str) -> str | None:
        """The warning that belongs beside this checkpoint under a sampler, or None."""
        if not self.trained_for or sampler in self.trained_for:
            return None
        return f"{self.name} was not trained for {sampler}"


def models_folder(models: Path | None = None) -> Path:
    """Where the checkpoints lie: the argument, else $REDIFF_VIZ_MODELS, else the models/ that come with the package."""
    return paths.models_folder() if models is None else Path(models)


def list_cards(models: Path | None = None) -> list[Card]:
    """Every readable card, by name."""
    folder = models_folder(models)
    names = sorted(p.parent.name for p in folder.glob("*/card.toml") if NAME.fullmatch(p.parent.name))
    return [read_card(folder / name) for name in names]


def card(name: str, models: Path | None = None) -> Card:
    """The card of one checkpoint by its name. Never leaves the models folder. Raises ValueError listing the names."""
    folder = models_folder(models)
    if len(name) > 64 or not NAME.fullmatch(name) or not (folder / name / "card.toml").is_file():
        known = ", ".join(c.name for c in list_cards(models)) or "none here"
        raise ValueError(f"no checkpoint {name[:80]!r}; the checkpoints are {known}")
    return read_card(folder / name)


def read_card(folder: Path) -> Card:
    """The card in a folder. Raises ValueError, in one sentence, when it is missing, damaged or says something unknown."""
    path = Path(folder) / "card.toml"
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path} cannot be read as a card: {error}") from error
    for key, value in said.items():
        if key not in _KINDS:
            raise ValueError(f"{path} says {key!r}, which no card has; cards say {', '.join(_KINDS)}")
        if not isinstance(value, _KINDS[key]) or (isinstance(value, bool) and bool not in _KINDS[key]):
            raise ValueError(f"{path} says {key} = {value!r}, expected {' or '.join(k.__name__ for k in _KINDS[key])}")
    for key in ("title", "backend", "mask_id"):
        if key not in said:
            raise ValueError(f"{path} does not say {key}")
    frozen: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    return Card(name=path.resolve().parent.name, folder=path.resolve().parent, **frozen)
