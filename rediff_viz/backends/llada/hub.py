"""Where a checkpoint's files lie: the card's own folder, the hub's cache, or a download of what the visitor chose.

Knows files and the hub: no model. Every complaint is a CheckpointError (a ValueError) of one sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...cards import Card
from ...nets import weights
from ...nets.weights import CheckpointError
from ..progress import report_progress

FILES = ["*.safetensors", "*.json"]


def find(card: Card, before_download: Callable[[], None]) -> tuple[Path, str]:
    """The folder with the weights, and the revision it is: "" for a folder of one's own. `before_download` may refuse."""
    if card.options.get("path"):
        return Path(card.options["path"]), ""
    if card.folder is not None and (card.folder / "config.json").is_file():
        return card.folder, ""
    if not card.repo:
        raise CheckpointError(f"{card.name} has neither weights in {card.folder} nor a repository to take them from")
    found = cached(card)
    if found is None:
        before_download()
        found = download(card)
    return found, found.name


def request_of(card: Card) -> dict[str, Any]:
    return {"repo_id": card.repo, "revision": card.revision or None, "allow_patterns": FILES}


def cached(card: Card) -> Path | None:
    """The cache's folder, when everything is in it: a download that broke off is gone on with, not taken for whole."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        found = Path(snapshot_download(**request_of(card), local_files_only=True))
        weights.shards(found)
    except (LocalEntryNotFoundError, OSError, ValueError):
        return None
    return found if (found / "config.json").is_file() and (found / "tokenizer.json").is_file() else None


def download(card: Card) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    report_progress(0, 0, f"downloading {card.repo}")
    try:
        return Path(snapshot_download(**request_of(card), tqdm_class=bar(f"downloading {card.repo}")))
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError, ValueError) as error:
        why = str(error).strip().splitlines()[0].split(". ")[0][:200] if str(error).strip() else type(error).__name__
        message = f"{card.repo} is neither in the cache nor to be had from the hub ({why}); the embedded models still work"
        raise CheckpointError(message) from None


def bar(what: str) -> type[Any]:
    """In place of the hub's progress bar: draws nothing, tells the bytes that are on the disk."""
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):  # type: ignore[misc,type-arg,unused-ignore]
        def __init__(self, *given: Any, **named: Any) -> None:
            self.bytes = named.get("unit") == "B" and not str(named.get("name")).endswith(".transfer")
            self.done = int(named.get("initial") or 0)
            super().__init__(*given, **{**named, "disable": True})  # type: ignore[no-untyped-call,unused-ignore]

        def update(self, n: float | None = 1) -> bool | None:
            if self.bytes:
                self.done += int(n or 0)
                report_progress(self.done, int(self.total or 0), what)
            drawn: bool | None = super().update(n)
            return drawn

    return Bar
