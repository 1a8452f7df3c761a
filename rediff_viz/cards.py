"""What models/ says: one folder per checkpoint, its card.toml read into a frozen Card. Knows no torch.

A card answers "which checkpoints can I pick, and what are they?"; how one is run is its backend's question.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from . import paths
from .trace.stored import expected, has_type, stored_types

LOG = logging.getLogger(__name__)
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*")


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
    prompts: Mapping[str, int] = field(default_factory=dict, compare=False)  # a closed list of prompts, each with its canvas; {}: any text
    licence: str = ""
    paper: str = ""
    line: str = ""  # one sentence for the page
    memory_gb: float = 0.0
    sha256: str = ""  # of the weights file; with a base, of the file that this folder adds to it
    base: str = ""  # the card beside it whose weights and tokenizer it uses, and whose entries stand for those it leaves out
    options: Mapping[str, Any] = field(default_factory=dict, compare=False)  # what only this card's backend reads

    @property
    def weights(self) -> Path:
        """The folder of weights and tokenizer: its own, or its base's. Raises ValueError for a card out of no folder."""
        if self.folder is None:
            raise ValueError(f"the card of {self.name} lies in no folder")
        return self.folder.parent / self.base if self.base else self.folder

    def prompt_of(self, asked: str) -> str:
        """The prompt that a request means: no prompt is the first of a closed list. Raises ValueError outside the list."""
        if not self.prompts or asked in self.prompts:
            return asked
        if asked.strip():
            raise ValueError(f"{self.name} takes the prompts {' and '.join(map(repr, self.prompts))}, not {asked[:40]!r}")
        return next(iter(self.prompts))

    def canvas(self, asked: str) -> int:
        """Answer positions by default for a prompt."""
        return self.prompts[self.prompt_of(asked)] if self.prompts else self.length

    def note(self, sampler: str) -> str | None:
        """The warning that belongs beside this checkpoint under a sampler, or None."""
        if not self.trained_for or sampler in self.trained_for:
            return None
        return f"{self.name} was not trained for {sampler}"


_KINDS = {name: kinds for name, kinds in stored_types(Card).items() if name not in ("name", "folder")}
_OWN = ("title", "line", "sha256", "trained_for", "samplers", "paper")  # what a card does not take from its base
_REQUIRED = [f.name for f in fields(Card) if f.name in _KINDS and f.default is MISSING and f.default_factory is MISSING]


def models_folder(models: Path | None = None) -> Path:
    """Where the checkpoints lie: the argument, else $REDIFF_VIZ_MODELS, else the models/ that come with the package."""
    return paths.models_folder() if models is None else Path(models)


def list_cards(models: Path | None = None) -> list[Card]:
    """Every readable card, by name; of each other one a warning is logged, and the rest stays usable."""
    folder = models_folder(models)
    cards = []
    for name in sorted(p.parent.name for p in folder.glob("*/card.toml") if NAME.fullmatch(p.parent.name)):
        try:
            cards.append(read_card(folder / name))
        except ValueError as error:
            LOG.warning("%s is left out: %s", name, error)
    return cards


def card(name: str, models: Path | None = None) -> Card:
    """The card of one checkpoint by its name. Never leaves the models folder. Raises ValueError listing the names."""
    folder = models_folder(models)
    if len(name) > 64 or not NAME.fullmatch(name) or not (folder / name / "card.toml").is_file():
        known = ", ".join(c.name for c in list_cards(models)) or "none here"
        raise ValueError(f"no checkpoint {name[:80]!r}; the checkpoints are {known}")
    return read_card(folder / name)


def read_card(folder: Path) -> Card:
    """The card in a folder. Raises ValueError, in one sentence, when it or its base is missing, damaged or says something unknown."""
    path = Path(folder) / "card.toml"
    stored = _stored(path)
    if name := stored.get("base"):
        if not NAME.fullmatch(name):
            raise ValueError(f"{path} says base = {name[:80]!r}, expected the name of a checkpoint beside it")
        base = _stored(path.resolve().parent.parent / name / "card.toml")
        if "base" in base:
            raise ValueError(f"{path} builds on {name}, which builds on {base['base']!r} itself; expected a card with weights of its own")
        stored = {key: value for key, value in base.items() if key not in _OWN} | stored
    for key in _REQUIRED:
        if key not in stored:
            raise ValueError(f"{path} does not say {key}")
    frozen: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()}
    return Card(name=path.resolve().parent.name, folder=path.resolve().parent, **frozen)


def _stored(path: Path) -> dict[str, Any]:
    """The entries of a card file, each known and of its type."""
    try:
        stored = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, RecursionError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path} cannot be read as a card: {error}") from error
    for key, value in stored.items():
        if key not in _KINDS:
            raise ValueError(f"{path} says {key!r}, which no card has; cards say {', '.join(_KINDS)}")
        if not has_type(value, _KINDS[key]):
            raise ValueError(f"{path} says {key} = {value!r}, expected {expected(_KINDS[key])}")
    return stored
