"""A visit to the page: a browser page, what it fetched and what broke, and how the browser tests wait for the Score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import ElementHandle, Page

SCORE = ".rv-score"
PATIENCE = 90_000  # ms: waiting ends as soon as what is waited for is there; a crowded machine may take long


@dataclass
class Visit:
    """A browser page, what it asked for from elsewhere and what went wrong in it."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def wait(self, attributes: str) -> ElementHandle | None:
        """Wait until the Score carries the attributes, e.g. '[data-state="done"]'."""
        return self.page.wait_for_selector(f"{SCORE}{attributes}", timeout=PATIENCE)

    def score(self, name: str) -> str:
        """The Score's attribute data-`name`, which it must carry."""
        value = self.page.get_attribute(SCORE, f"data-{name}")
        assert value is not None, f"the Score carries no data-{name}"
        return value

    def chips(self, lane: int) -> list[str]:
        chips: list[str] = self.page.eval_on_selector_all(
            f'.rv-text[data-lane="{lane}"] .rv-chip:not([hidden])', "chips => chips.map(c => c.textContent)"
        )
        return chips


Opener = Callable[..., Visit]  # visit(url, **context): the keywords of a browser context
