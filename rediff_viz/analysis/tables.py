"""A cascade as rows: one for each effect of each cause. Positions and passes count from 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .cascade import Cascade, Consequence
from .effects import Effect


def cascade_rows(cascade: Cascade, tokens: Callable[[Sequence[int]], list[str]]) -> list[dict[str, Any]]:
    """Every effect beside its cause; `tokens` gives the text of ids. `delta` is a change of log-probability, nats.

    `claim` is "wrong" where the cause makes the final word there wrong, "right" where it makes it right, else "".
    """
    return [_row(one, effect, tokens) for one in cascade.consequences for effect in one.effects]


def _row(one: Consequence, effect: Effect, tokens: Callable[[Sequence[int]], list[str]]) -> dict[str, Any]:
    def text(token: int | None) -> str:
        return "" if token is None else tokens([token])[0]

    cause, position = one.cause, effect.position
    return {
        "cause_pass": cause.at,
        "cause_position": cause.position,
        "cause": text(cause.token),
        "put": text(cause.put),
        "pass": effect.at,
        "position": position,
        "effect": effect.kind,
        "old": text(effect.old),
        "new": text(effect.new),
        "delta": effect.delta,
        "changed_at_end": bool(one.changed[position]),
        "claim": "wrong" if one.made_wrong[position] else "right" if one.made_right[position] else "",
    }
