"""What a lane is called and what its name means: "rediff@world-rediff:settle=4,max_revisions=3". Runs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..cards import NAME, Card
from ..samplers import SAMPLERS, Setting
from .reading import READING


@dataclass(frozen=True)
class LaneSpec:
    """A sampler on a checkpoint, with the settings that were named."""

    sampler: str
    checkpoint: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    text: str = field(default="", compare=False)  # as it was written, where it was

    def __str__(self) -> str:
        if self.text:
            return self.text
        named = ",".join(f"{name}={_text(value)}" for name, value in self.settings.items())
        return f"{self.sampler}@{self.checkpoint}" + (f":{named}" if named else "")


def _text(value: Any) -> str:
    return {True: "true", False: "false", None: "none"}[value] if value is None or isinstance(value, bool) else f"{value}"


def parse_lane(text: str) -> LaneSpec:
    """SAMPLER@CHECKPOINT[:key=value,...]. Raises ValueError, in one sentence, listing what there is."""
    head, _, tail = text.strip().partition(":")
    sampler, at, checkpoint = head.partition("@")
    if not at or not checkpoint:
        raise ValueError(f"lane {text[:80]!r} is not written sampler@checkpoint, e.g. rediff@world-rediff:settle=4")
    if sampler not in SAMPLERS:
        raise ValueError(f"no sampler {sampler[:80]!r}; the samplers are {', '.join(SAMPLERS)}")
    base = checkpoint.partition("+")[0]
    if not NAME.fullmatch(base) and "/" not in base:
        raise ValueError(f"{checkpoint[:80]!r} is no name of a checkpoint, expected letters, digits, - and _, or a folder's path with a /")
    named: dict[str, Any] = {}
    for part in filter(None, tail.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"setting {part[:80]!r} is not written key=value")
        setting = find_setting(sampler, key)
        if setting.name in named:
            raise ValueError(f"setting {key[:80]!r} is given twice")
        named[setting.name] = _read(setting, value)
    return LaneSpec(sampler, checkpoint, named, text.strip())


def find_setting(sampler: str, key: str) -> Setting:
    """A setting of a sampler's lanes by its name or an earlier name. Raises ValueError listing the settings it has."""
    known = SAMPLERS[sampler].settings() | READING
    for setting in known.values():
        if key == setting.name or key in setting.aliases:
            return setting
    raise ValueError(f"{sampler} has no setting {key[:80]!r}; its settings are {', '.join(known)}")


def _read(setting: Setting, text: str) -> Any:
    """A setting's value from a lane's words."""
    word = text.strip().lower()
    if setting.optional and word == "none":
        return None
    if setting.kind is bool:
        truth = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}
        return setting.check(truth.get(word, word))
    if setting.kind is int and re.fullmatch(r"-?[0-9]{1,9}", word):
        return setting.check(int(word))
    if setting.kind is float and re.fullmatch(r"-?([0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})(e[+-]?[0-9]{1,3})?", word):
        return setting.check(float(word))
    return setting.check(word)


def resolve(lane: LaneSpec, card: Card) -> dict[str, Any]:
    """Every setting of the lane, those of READING included: the default, over it the card's, over it the lane's own; all checked."""
    resolved = {s.name: s.default for s in (*SAMPLERS[lane.sampler].settings().values(), *READING.values())}
    for given in (card.samplers.get(lane.sampler, {}), lane.settings):
        for key, value in given.items():
            setting = find_setting(lane.sampler, key)
            resolved[setting.name] = setting.check(None if setting.optional and value == "none" else value)
    return resolved


def budget(length: int, block_length: int | None, steps: int | None, tokens_per_pass: float | None, default: int) -> int:
    """The number of planned passes from steps or from tokens per pass.

    tokens_per_pass K plans ceil(block / K) passes a block. Raises ValueError when both are given, or a plan has more
    passes than the answer has positions.
    """
    if steps is not None and tokens_per_pass is not None:
        raise ValueError("give steps or tokens per pass, not both")
    if tokens_per_pass is not None:
        if not 0 < tokens_per_pass <= length:
            raise ValueError(f"{tokens_per_pass:g} tokens per pass is not between 0 and the answer's {length} positions")
        size = block_length or length
        passes = size if tokens_per_pass <= 1 else -int(-size // tokens_per_pass)  # of a block; a pass fills at least one position
        steps = max(1, passes) * max(1, length // size)
    steps = default if steps is None else steps
    if steps > length:
        raise ValueError(f"{steps} steps are more than the answer's {length} positions")
    return steps
