"""One forward pass of several lanes: rows laid out, trunk, output head on answer rows only, reduction, one copy to the host.

Shapes: N answer positions, P prompt positions, H width, V vocabulary (the tokenizer's length), R answer rows at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...nets.llada import LLaDA
from ...trace import Key, Prediction
from ..base import BatchItem
from ..reduce import AT_ONCE, Host, Reduced, contrasted, draw, forbid, pack, reduce, unpack
from ..variants import Variant
from .cached_trunk import CachedTrunk, NetworkRow
from .lane_cache import LaneCache, RowKind
from .session import LladaSession

NO_IMAGE = ("no_image", "no_image_input_prob", "no_image_ids")  # extra columns of the prediction without the picture
Hidden = Mapping[RowKind, Tensor]  # of one item, each (N, H)


@dataclass(frozen=True)
class Layout:
    """The items of a pass as network rows."""

    sessions: Sequence[LladaSession]
    rows: Sequence[NetworkRow]
    row_of: Sequence[Mapping[RowKind, int]]  # of every item, its rows

    @property
    def model(self) -> LLaDA:
        return self.sessions[0].ready.loaded.model


class ForwardPass:
    """Items in, predictions out, for one checkpoint run as one variant."""

    def __init__(self, variant: Variant, forbidden: Sequence[int], vocabulary_size: int, batch: int) -> None:
        self.variant, self.forbidden, self.vocabulary_size = variant, tuple(forbidden), vocabulary_size
        self.trunk = CachedTrunk(variant, batch)
        self._host = Host()
        self._columns: dict[tuple[tuple[int, ...], torch.device], Tensor] = {}

    @torch.inference_mode()
    def run(self, items: Sequence[BatchItem]) -> list[Prediction]:
        """One prediction an item, in order; their caches are brought forward by one pass."""
        layout, length = self.layout(items), len(items[0].read)
        model, predicted = layout.model, [layout.rows[rows["predict"]] for rows in layout.row_of]
        hidden = self.trunk.run(model.model, layout.rows, length)
        measured = [i for i, item in enumerate(items) if self.counted(cache_of(item))]
        exact = self.trunk.run(model.model, [predicted[i] for i in measured], length, "exact") if measured else []
        exact_of, names, tables = dict(zip(measured, exact, strict=True)), self.extra_names(items), []
        for i, item in enumerate(items):
            own = {kind: hidden[row] for kind, row in layout.row_of[i].items()}
            tables.append(self.table(model, item, predicted[i].ids[:length], own, exact_of.get(i), names))
        fetched = self._host.fetch(torch.cat(tables))
        return [unpack(part, item.wants, names) for part, item in zip(np.split(fetched, len(items)), items, strict=True)]

    @torch.inference_mode()
    def replay(self, items: Sequence[BatchItem]) -> list[None]:
        """Leave the items' caches as `run` would have, without the output head."""
        layout = self.layout(items)
        self.trunk.replay(layout.model.model, layout.rows, len(items[0].read))
        for item in items:
            self.counted(cache_of(item))
        return [None for _ in items]

    def layout(self, items: Sequence[BatchItem]) -> Layout:
        """All network rows of a pass. What they read goes to the device in one piece."""
        rows: list[NetworkRow] = []
        row_of: list[dict[RowKind, int]] = []
        sessions = [item.session for item in items if isinstance(item.session, LladaSession)]
        read = [np.concatenate((item.read, session.suffix)) for item, session in zip(items, sessions, strict=True)]
        sent = torch.split(self._host.send(np.concatenate(read), sessions[0].ready.prompt.device), [len(one) for one in read])
        for item, session, ids in zip(items, sessions, sent, strict=True):
            row_of.append({})
            for kind, prompt in self.prompts(item, session).items():
                row_of[-1][kind] = len(rows)
                rows.append(NetworkRow(prompt, ids, cache_of(item).row(kind), item.block))
        return Layout(sessions, rows, row_of)

    def prompts(self, item: BatchItem, session: LladaSession) -> dict[RowKind, Tensor]:
        """The prompts (P, H) an item is read with: the plain one, with guidance a masked one, on request one without its picture."""
        ready = session.ready
        found: dict[RowKind, Tensor] = {"predict": ready.prompt}
        if self.variant.guidance:
            found["unconditional"] = ready.mask.expand(len(ready.prompt), -1)
        if set(NO_IMAGE) & set(item.wants) or item.contrast is not None:
            found["no_image"] = ready.prompt * ~ready.pictures[:, None]
        return found

    def counted(self, cache: LaneCache) -> bool:
        """Count this pass of a cached lane; whether it is one to be measured against the exact prediction."""
        if self.variant.cache == "exact" or not self.variant.check:
            return False
        cache.passes += 1
        return cache.passes % self.variant.check == 0

    def extra_names(self, items: Sequence[BatchItem]) -> list[str]:
        drift = ["drift"] if self.variant.cache != "exact" and self.variant.check else []
        wanted = {name for item in items for name in item.wants}
        return drift + [name for name in NO_IMAGE if name in wanted]

    def table(self, model: LLaDA, item: BatchItem, read: Tensor, hidden: Hidden, exact: Tensor | None, names: Sequence[str]) -> Tensor:
        """One item's packed table (N, columns), its rows worked on so many at a time; read (N,) is its canvas on the device."""
        device = hidden["predict"].device
        read = read.to(device) if item.asked is None else self._host.send(item.asked, device)
        generator = generator_of(item.key, read.device) if item.temperature > 0 and item.key else None
        columns = self.columns((*self.forbidden, *item.forbid), read.device)
        step = max(1, min(len(read), AT_ONCE // self.vocabulary_size))
        parts: list[Reduced] = []
        extra: dict[str, list[Tensor]] = {name: [] for name in names}
        for first in range(0, len(read), step):
            rows = slice(first, first + step)
            plain = forbid(self.guided(model, {kind: one[rows] for kind, one in hidden.items()}), columns)
            without = forbid(head(model, hidden["no_image"][rows]), columns) if "no_image" in hidden else None
            logits = plain if without is None or item.contrast is None else contrasted(plain, without, item.contrast)
            proposal = draw(logits, item.temperature, generator) if generator is not None else None
            parts.append(reduce(logits, read[rows], proposal=proposal))
            found = {"drift": drift(plain, forbid(head(model, exact[rows]), columns))} if exact is not None else {}
            if without is not None:
                found |= no_image(reduce(without, read[rows], proposal=parts[-1].ids))
            for name in names:
                extra[name].append(found[name] if name in found else torch.full_like(parts[-1].prob, torch.nan))
        return pack(parts, [torch.cat(extra[name]) for name in names])

    def guided(self, model: LLaDA, hidden: Hidden) -> Tensor:
        """(R, H) of each kind -> (R, V) float32 logits, guided where the variant asks for it."""
        logits = head(model, hidden["predict"])
        if "unconditional" not in hidden:
            return logits
        unconditional = head(model, hidden["unconditional"])
        return unconditional + (self.variant.guidance + 1) * (logits - unconditional)

    def columns(self, ids: tuple[int, ...], device: torch.device) -> Tensor:
        """(F,) the distinct ids, on the device; made once."""
        if (ids, device) not in self._columns:
            self._columns[ids, device] = torch.tensor(sorted(set(ids)), dtype=torch.long, device=device)
        return self._columns[ids, device]


def head(model: LLaDA, hidden: Tensor) -> Tensor:
    """(R, H) -> (R, V) float32, storage of its own: it is written to."""
    logits: Tensor = model.lm_head(hidden)
    return logits.float()


def drift(logits: Tensor, exact: Tensor) -> Tensor:
    """(R,) float64, the total variation between two predictions (R, V)."""
    return (exact.softmax(-1) - logits.softmax(-1)).abs().sum(-1).double() / 2


def no_image(reduced: Reduced) -> dict[str, Tensor]:
    """The extra columns (R,) of a prediction made without the picture."""
    return dict(zip(NO_IMAGE, (reduced.prob, reduced.input_prob, reduced.argmax), strict=True))


def cache_of(item: BatchItem) -> LaneCache:
    """The lane's cache an item carries; the backend gives items without one a new one."""
    assert isinstance(item.cache, LaneCache)
    return item.cache


def generator_of(key: Key, device: torch.device) -> torch.Generator:
    """The numbers that belong to a key, made on the device: the same key gives the same draw on the same kind of device."""
    digest = hashlib.blake2b(repr(tuple(key)).encode(), digest_size=7).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest, "big"))
