"""What the law tests draw from: toys, plans, lanes. Not a test."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st
from PIL import Image

from rediff_viz.backends import BACKENDS, Request
from rediff_viz.backends.toy import EOT, SCRIPTS, TOYS, WORDS
from rediff_viz.run import job
from rediff_viz.run.job import Job
from rediff_viz.run.lane import LaneSpec
from rediff_viz.samplers import SAMPLERS, Setting


@dataclass(frozen=True)
class Case:
    """One drawn plan on one toy."""

    toy: str
    prompt: str
    length: int
    block: int | None
    steps: int
    temperature: float
    seed: int
    draft: tuple[int, ...]
    stop: tuple[str, ...]
    family: str = "toy"  # out of BACKENDS: one that counts its `calls` and `widths` as the toy does
    contrast: float = 0.0  # against no picture; above 0, there is one

    def backend(self) -> Any:
        return BACKENDS[self.family].open(TOYS[self.toy])

    def job(self, sampler: str, settings: dict[str, Any] | None = None, backend: Any = None, **changed: Any) -> Job:
        picture = Image.new("RGB", (2, 2), (200, 30, 30)) if self.contrast else None
        session = (backend or self.backend()).open(Request(picture, self.prompt, self.length))
        plan: dict[str, Any] = {"steps": self.steps, "block": self.block, "temperature": self.temperature, "seed": self.seed}
        plan |= {"draft": self.draft, "stop": self.stop} | changed
        reading = {"contrast": self.contrast} if self.contrast else {}
        return job(LaneSpec(sampler, self.toy, (settings or {}) | reading), session, **plan)


@st.composite
def cases(
    draw: st.DrawFn, toys: tuple[str, ...] = tuple(SCRIPTS), drafts: bool = True, stops: bool = True, warm: bool = True, family: str = "toy"
) -> Case:
    """A plan that can be: whole blocks, a whole number of steps a block."""
    size = draw(st.integers(1, 10))
    blocks = draw(st.integers(1, 3))
    length = size * blocks
    token = st.integers(0, len(WORDS) - 1)
    return Case(
        toy=draw(st.sampled_from(toys)),
        prompt=draw(st.sampled_from(["", "what is there", "look"])),
        length=length,
        block=draw(st.sampled_from([size, None])) if blocks > 1 else None,
        steps=draw(st.integers(1, size)) * blocks,
        temperature=draw(st.sampled_from([0.0, 0.7])) if warm else 0.0,
        seed=draw(st.integers(0, 2**63 - 1)),
        draft=tuple(draw(st.lists(token, max_size=length))) if drafts else (),
        stop=draw(st.sampled_from([(), (WORDS[EOT],), ("owl", "the"), ("two owls",)])) if stops else (),
        family=family,
        contrast=draw(st.sampled_from([0.0, 0.0, 1.5])) if family == "toy" else 0.0,
    )


def settings_of(sampler: str) -> st.SearchStrategy[dict[str, Any]]:
    """Any settings a sampler may have, by its own signature; small numbers, so that runs stay short."""
    return _settings_of(tuple(SAMPLERS[sampler].settings().values()))


@cache
def _settings_of(known: tuple[Setting, ...]) -> st.SearchStrategy[dict[str, Any]]:
    drawn: dict[str, st.SearchStrategy[Any]] = {}
    for s in known:
        if s.choices:
            values: st.SearchStrategy[Any] = st.sampled_from(s.choices)
        elif s.kind is bool:
            values = st.booleans()
        elif s.kind is int:
            values = st.integers(int(s.low or 0), min(int(s.high or 5), 5))
        else:
            values = st.floats(s.low or 0.0, s.high or 1.0)
        drawn[s.name] = st.none() | values if s.optional else values
    return st.fixed_dictionaries({}, optional=drawn)
