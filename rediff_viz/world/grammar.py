"""Captions of a scene: one at random, all of them in a fixed order, and the one nearest to a canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rediff_viz.world import brief, detail
from rediff_viz.world.lattice import Expr, Lattice, compile_language, draw
from rediff_viz.world.scenes import Scene
from rediff_viz.world.vocabulary import BRIEFLY, IN_DETAIL


@dataclass(frozen=True)
class _Language:
    of: Callable[[Scene], Expr]
    least: int  # words


LANGUAGES: dict[str, _Language] = {BRIEFLY: _Language(brief.brief, brief.SHORTEST), IN_DETAIL: _Language(detail.detail, 0)}
SHORTEST: dict[str, int] = {BRIEFLY: brief.SHORTEST, IN_DETAIL: detail.SHORTEST}  # words of the shortest caption of any scene


def prompt_of(scene: Scene, asked: str = "") -> str:
    """The prompt that a scene's description answers: short unless long was asked for, or the scene has no short one."""
    return IN_DETAIL if asked == IN_DETAIL or len(scene.groups) > 3 else BRIEFLY


@lru_cache(maxsize=256)
def language(scene: Scene, prompt: str = BRIEFLY) -> Lattice:
    """Every true caption of the scene that a prompt asks for. Raises ValueError for a prompt outside LANGUAGES."""
    chosen = _language(prompt)
    return compile_language(_expression(scene, prompt), chosen.least)


def caption(scene: Scene, rng: np.random.Generator, prompt: str = BRIEFLY) -> tuple[str, ...]:
    """A true caption, every choice uniform over its options."""
    chosen, expression = _language(prompt), _expression(scene, prompt)
    while len(words := draw(expression, rng)) < chosen.least:
        pass
    return words


def captions(scene: Scene, prompt: str = BRIEFLY) -> Iterator[tuple[str, ...]]:
    """Every true caption of the scene, each once, in the fixed order that breaks ties."""
    return language(scene, prompt).paths()


@lru_cache(maxsize=16)
def _expression(scene: Scene, prompt: str) -> Expr:
    return _language(prompt).of(scene)


def _language(prompt: str) -> _Language:
    if prompt not in LANGUAGES:
        raise ValueError(f"prompt {prompt[:40]!r}, expected {' or '.join(map(repr, LANGUAGES))}")
    return LANGUAGES[prompt]
