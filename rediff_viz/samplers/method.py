"""What is known about a sampler: its origin, descriptions of one line, and its settings by signature. Page and command line read this."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ..trace import Sampler
from .plan import Plan

Origin = Literal["published code", "from the paper", "reconstruction", "ours"]
Group = Literal["plain", "revising", "remasking"]
PROVENANCE: dict[Origin, str] = {
    "published code": "rules as in the published code",
    "from the paper": "rules from the paper's text; no code was published",
    "reconstruction": "a reconstruction: known from an abstract, or from code for something else than text",
    "ours": "rules of our own, from no paper",
}


@dataclass(frozen=True)
class Setting:
    """One keyword setting of a sampler: name, type and default come from its signature, the words from beside it."""

    name: str
    kind: type  # bool, int, float or str
    default: Any
    optional: bool  # may be None ("none" in a lane)
    choices: tuple[str, ...]  # what a str may be
    low: float | None
    high: float | None
    line: str
    ours: bool  # not in the paper
    aliases: tuple[str, ...] = ()  # earlier names, still read in lanes, cards and files

    def check(self, value: Any) -> Any:
        """The value as the setting's type. Raises ValueError saying what was expected."""
        if value is None and self.optional:
            return None
        if self.kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        fits = isinstance(value, self.kind) and (self.kind is bool or not isinstance(value, bool))
        if fits and self.choices:
            fits = value in self.choices
        if fits and self.kind in (int, float):
            fits = (self.low is None or value >= self.low) and (self.high is None or value <= self.high)
        if not fits:
            raise ValueError(f"setting {self.name} is {repr(value)[:60]}, expected {self.expected()}")
        return value

    def expected(self) -> str:
        """What a value may be, in words."""
        if self.choices:
            words = " or ".join(self.choices)
        elif self.kind is bool:
            words = "true or false"
        else:
            words = "a whole number" if self.kind is int else "a number"
            words += f" from {self.low:g}" if self.low is not None else ""
            words += f" to {self.high:g}" if self.high is not None else ""
        return words + (" or none" if self.optional else "")


@dataclass(frozen=True)
class SettingHelp:
    """What a setting means and its range; beside the sampler, where its signature is."""

    line: str
    low: float | None = None
    high: float | None = None
    ours: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Method:
    """A sampler and what a reader should know about it."""

    run: Callable[..., Sampler]  # (plan, **settings) -> Sampler
    title: str
    paper: str
    origin: Origin  # where its rules come from
    code: str  # repository and commit the semantics were checked against
    line: str  # what it does, one sentence
    rules: tuple[str, ...]  # events it has a rule for, out of commit, revise, remask
    unchecked: str  # what nothing looks at again
    settings_help: Mapping[str, SettingHelp] = field(default_factory=dict)  # of every keyword setting
    needs: tuple[str, ...] = ()  # extra columns a backend must be able to give
    honours_stop: bool = False  # ends at the plan's stop sequences
    extra_passes: Callable[[Plan, Mapping[str, Any]], int] | None = None  # at most, beside the plan's own steps

    def planned_passes(self, plan: Plan, settings: Mapping[str, Any]) -> int:
        """Forward passes a run takes at most."""
        return plan.steps + (self.extra_passes(plan, settings) if self.extra_passes else 0)

    @property
    def group(self) -> Group:
        """What it does beside filling masks."""
        return "remasking" if "remask" in self.rules else "revising" if "revise" in self.rules else "plain"

    @property
    def lacks(self) -> tuple[str, ...]:
        """Events it has no rule for."""
        return tuple(event for event in ("commit", "revise", "remask") if event not in self.rules)

    def settings(self) -> dict[str, Setting]:
        """The keyword settings by signature."""
        return dict(self._settings)

    @cached_property
    def _settings(self) -> dict[str, Setting]:
        hints = get_type_hints(self.run)
        given = list(inspect.signature(self.run).parameters.values())[1:]
        return {p.name: _setting(p.name, hints[p.name], p.default, self.settings_help[p.name]) for p in given}

    def provenance(self, settings: Mapping[str, Any]) -> str:
        """One sentence: where the rules come from, and which of our own settings are on."""
        own = [f"{s.name}={settings[s.name]}" for s in self.settings().values() if s.ours and settings.get(s.name, s.default) != s.default]
        return PROVENANCE[self.origin] + (f", with settings of ours: {', '.join(own)}" if own else "")


def _setting(name: str, hint: Any, default: Any, help: SettingHelp) -> Setting:
    options = [h for h in get_args(hint) if h is not NoneType] if NoneType in get_args(hint) else [hint]
    choices = get_args(options[0]) if get_origin(options[0]) is Literal else ()
    kind = str if choices else options[0]
    return Setting(name, kind, default, NoneType in get_args(hint), choices, help.low, help.high, help.line, help.ours, help.aliases)
