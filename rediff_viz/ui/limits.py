"""How often one address may send, and how many of its runs may wait or be under way. Knows no path and no body."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

PER_PAGE = 3  # runs waiting or under way, of one page
PER_CALLER = 4  # of one address, of calls that belong to no page
PER_ADDRESS = 48  # of one address in all: a class sits behind one
IN_ALL = 96
PER_SECOND, AT_ONCE = 60.0, 600.0  # requests of one address: in the long run, and in a burst


class LimitError(Exception):
    """What is too often or too much, as one sentence."""


class Rates:
    """Token buckets, one an address; those that are full again are forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # address -> (tokens left, at what time)

    def take(self, whose: str, cost: float = 1) -> None:
        """Take `cost` tokens. Raises LimitError when they are not there."""
        now = self._clock()
        while self._buckets and now - next(iter(self._buckets.values()))[1] > AT_ONCE / PER_SECOND:
            self._buckets.popitem(last=False)
        left, at = self._buckets.get(whose, (AT_ONCE, now))
        left = min(AT_ONCE, left + (now - at) * PER_SECOND)
        self._buckets[whose] = (left - cost if left >= cost else left, now)
        self._buckets.move_to_end(whose)
        if left < cost:
            raise LimitError("Too many requests come from your address; wait a few seconds.")


def check_room(scope: Mapping[str, Any], session: object, events: Iterable[Any]) -> None:
    """Raises LimitError when the runs that wait or are under way leave no room for another; `session` is None of a bare call.

    events: gradio's own, each with `session_hash`, which is its own id for a bare call, and the `request` it came with.
    """
    whose, going = address(scope), list(events)
    here = [event for event in going if address(event.request.scope) == whose]
    if session is not None and sum(event.session_hash == session for event in here) >= PER_PAGE:
        raise LimitError(f"{PER_PAGE} runs of this page are waiting or under way; wait until one has ended.")
    if session is None and sum(event.session_hash == event._id for event in here) >= PER_CALLER:
        raise LimitError(f"{PER_CALLER} calls from your address are waiting or under way; wait until one has ended.")
    if len(here) >= PER_ADDRESS:
        raise LimitError(f"{PER_ADDRESS} runs from your address are waiting or under way; try again in a minute.")
    if len(going) >= IN_ALL:
        raise LimitError(f"The queue is full: {IN_ALL} runs are waiting or under way; try again in a minute.")


def address(scope: Mapping[str, Any]) -> str:
    """Whose request it is: the peer's address; on a Space, behind its proxies, the last public one that they name.

    Whoever calls can write earlier entries of the header, not the last ones. Of IPv6 the network counts (64 bits).
    """
    peer = scope["client"][0] if scope.get("client") else ""
    if os.environ.get("SPACE_ID"):
        named = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
        peer = next((host for host in map(str.strip, reversed(named.split(","))) if _is_public(host)), peer)
    try:
        ip = ip_address(peer)
    except ValueError:
        return peer
    return str(ip_network((ip, 64), strict=False)) if isinstance(ip, IPv6Address) else str(ip)


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return False
