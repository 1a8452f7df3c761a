"""The embedded captioners of the picture world: an eye and a small writer, float32, on a CPU in milliseconds.

Shapes: N answer positions, V vocabulary, K candidates, B items, 49 grid cells, C concept probabilities a cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps

from ..cards import Card, read_card
from ..nets.correction_head import error_prob
from ..nets.writer import PictureCache, stack
from ..trace import Prediction
from ..world.grammar import SHORTEST
from ..world.vocabulary import BRIEFLY
from .base import Backend, BatchItem, Request, Session
from .eye_edits import changed
from .noise import gumbel_argmax
from .reduce import NEVER, contrasted, pack, reduce, unpack
from .world_weights import load_correction_head, load_weights, open_tokenizer

SIDE = 112  # px
CANDIDATES = 5
LEAVE_ONE_OUT = "leave_one_out"  # column: p(the word read | everything but its own position)
ERROR_PROB = "error_prob"  # column: p(the word read is wrong), by a correction head


@dataclass(frozen=True, eq=False)
class WorldSession:
    """One picture, seen once."""

    backend: WorldBackend
    request: Request
    grid: np.ndarray | None  # (49, C) what the eye saw; None without a picture
    picture_cache: PictureCache  # of one picture
    network_rows: int = 1

    @cached_property
    def without(self) -> PictureCache:
        """In place of the picture's: of no picture. Made when a lane first contrasts with it."""
        return self.backend.encode_blank(self.request)


def fit(picture: Image.Image) -> Image.Image:
    """Any picture as the eye takes it: 112 x 112 px RGB, cut to its central square."""
    if picture.size == (SIDE, SIDE):
        return picture.convert("RGB")
    return ImageOps.fit(picture if picture.mode == "RGB" else picture.convert("RGB"), (SIDE, SIDE), Image.Resampling.BICUBIC)


class WorldBackend(Backend):
    """A checkpoint trained by `python -m rediff_viz train`."""

    device, dtype, joiner, batch, contrasts = "cpu", "float32", " ", 128, True

    def __init__(self, card: Card) -> None:
        self.card, self.mask_id, self.eot_id = card, card.mask_id, card.eot_id
        self.tokenizer = open_tokenizer(card)
        self.vocabulary_size = self.tokenizer.get_vocab_size()
        if outside := [i for i in (card.mask_id, card.eot_id, *card.forbidden) if i is not None and not 0 <= i < self.vocabulary_size]:
            raise ValueError(f"the card of {card.name} names token {outside[0]}, outside its vocabulary of {self.vocabulary_size}")
        self.eye, self.writer = load_weights(card.weights, (read_card(card.weights) if card.base else card).sha256)
        self.correction_head = load_correction_head(card, self.writer) if card.base else None
        self.gives: tuple[str, ...] = ("argmax", LEAVE_ONE_OUT, *([ERROR_PROB] if card.base else []))
        if len(card.prompts) > max(1, self.writer.sizes["prompts"]):
            raise ValueError(f"the card of {card.name} lists {len(card.prompts)} prompts, its weights know {self.writer.sizes['prompts']}")
        self.length = self.writer.sizes["length"]
        self._batch_cache: tuple[list[PictureCache], PictureCache] | None = None  # the last batch's pictures, one by one and together

    @torch.no_grad()
    def open(self, request: Request) -> WorldSession:
        """Look at the picture once. Raises ValueError for an answer longer than the model can write, or shorter than any caption."""
        if request.length > self.length:
            raise ValueError(f"{self.card.name} writes at most {self.length} positions, not {request.length}")
        if request.length < (shortest := SHORTEST.get(self.card.prompt_of(request.prompt), SHORTEST[BRIEFLY])):
            raise ValueError(f"the shortest caption of {self.card.name} has {shortest} words, so {request.length} positions are too few")
        if request.picture is None:
            return WorldSession(self, request, None, self.encode_blank(request))
        pixels = torch.from_numpy(np.array(fit(request.picture))).permute(2, 0, 1)[None].float() / 255
        seen = self.eye.see(pixels)[0].numpy()
        if request.eye_edits:
            seen = changed(seen, request.eye_edits, self.eye.concepts, self.card.options.get("concepts", {}))
        return self.open_grid(request, seen)

    @torch.no_grad()
    def open_grid(self, request: Request, grid: np.ndarray) -> WorldSession:
        """A session on a concept grid (49, C), however it was made: by another eye, or with a cell changed by hand."""
        return WorldSession(self, request, grid, self.writer.encode_picture(torch.from_numpy(grid)[None], None, self._prompt(request)))

    @torch.no_grad()
    def encode_blank(self, request: Request) -> PictureCache:
        """What the writer reads where there is no picture."""
        blank = torch.zeros(1, 49, self.writer.sizes["cell_width"])
        return self.writer.encode_picture(blank, torch.tensor([False]), self._prompt(request))

    def _prompt(self, request: Request) -> int:
        """The number of the request's prompt. Raises ValueError for a prompt outside the card's closed list."""
        prompts = list(self.card.prompts)
        return prompts.index(self.card.prompt_of(request.prompt)) if prompts else 0

    def concepts(self, session: Session) -> dict[str, np.ndarray]:
        """What the eye saw: {concept: (7, 7, values) probabilities}, in the order the card's [options.concepts] names them."""
        if not isinstance(session, WorldSession) or session.grid is None:
            return {}
        edges = np.cumsum(list(self.eye.concepts.values()))[:-1]
        parts = np.split(session.grid, edges, axis=1)
        return {name: part.reshape(7, 7, -1) for name, part in zip(self.eye.concepts, parts, strict=True)}

    @torch.no_grad()
    def predict(self, items: Sequence[BatchItem]) -> list[Prediction]:
        """One forward pass over all items."""
        twice = [i for i, item in enumerate(items) if item.contrast is not None]  # read with the picture and without it
        ids = torch.from_numpy(np.stack([item.read for item in [*items, *(items[i] for i in twice)]]).astype(np.int64))
        cache = self._picture_cache(items, twice)
        shadowed, doubted = ([name in item.wants for item in items] for name in (LEAVE_ONE_OUT, ERROR_PROB))
        extra: dict[str, torch.Tensor] = {}  # column -> (B, N), NaN for items that do not want it
        if any(shadowed):
            hidden, shadows = self.writer.hidden_with_shadows(ids, cache, self.mask_id)
            alone = self._decided(self.writer.head(shadows), items, twice).softmax(-1).gather(-1, ids[: len(items), :, None])
            extra[LEAVE_ONE_OUT] = torch.where(torch.tensor(shadowed)[:, None], alone[..., 0], torch.nan)
        else:
            hidden = self.writer.hidden(ids, cache)  # (B + contrasted, N, width)
        if self.correction_head is not None and any(doubted):
            extra[ERROR_PROB] = torch.full(ids[: len(items)].shape, torch.nan)
            rows = torch.tensor(doubted).nonzero()[:, 0]
            extra[ERROR_PROB][rows] = error_prob(self.correction_head, hidden[rows], ids[rows] != self.mask_id)
        logits = self._decided(self.writer.head(hidden), items, twice)
        rated = torch.from_numpy(np.concatenate([item.rated for item in items]).astype(np.int64))
        reduced = reduce(logits.flatten(0, 1), rated, CANDIDATES, _drawn(logits, items))
        tables = pack([reduced], [column.flatten() for column in extra.values()]).numpy().reshape(*logits.shape[:2], -1)
        return [unpack(table, item.wants, tuple(extra), np.float32) for table, item in zip(tables, items, strict=True)]

    def _decided(self, logits: torch.Tensor, items: Sequence[BatchItem], twice: Sequence[int]) -> torch.Tensor:
        """(B + contrasted, N, V) -> (B, N, V): what is forbidden made impossible, and contrasts drawn."""
        logits[..., list(self.card.forbidden)] = NEVER
        for i, item in enumerate([*items, *(items[i] for i in twice)]):
            if item.forbid:
                logits[i][:, list(item.forbid)] = NEVER
        logits, without = logits[: len(items)], logits[len(items) :]
        for i, blind in zip(twice, without, strict=True):
            if (contrast := items[i].contrast) is not None:
                logits[i] = contrasted(logits[i], blind, contrast)
        return logits

    def _picture_cache(self, items: Sequence[BatchItem], twice: Sequence[int]) -> PictureCache:
        """Of the batch, the rows without a picture last; reused while the same pictures come again."""
        sessions: list[Any] = [item.session for item in items]
        single = [*(session.picture_cache for session in sessions), *(sessions[i].without for i in twice)]
        last = self._batch_cache
        if last is None or len(last[0]) != len(single) or any(a is not b for a, b in zip(last[0], single, strict=True)):
            last = self._batch_cache = single, stack(single)
        return last[1]

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The text of each id."""
        return [self.tokenizer.id_to_token(int(i)) or "<unk>" for i in ids]

    def decode(self, ids: Sequence[int]) -> str:
        """The ids as one text, special tokens left out."""
        return " ".join(text for text in self.tokens(ids) if not text.startswith("<"))

    def encode(self, text: str) -> list[int]:
        """A text as ids. Raises ValueError for a word outside the vocabulary."""
        ids = []
        for word in text.split():
            known = self.tokenizer.token_to_id(word)
            if known is None:
                raise ValueError(f"the embedded model does not know the word {word[:40]!r}")
            ids.append(known)
        return ids


def _drawn(logits: torch.Tensor, items: Sequence[BatchItem]) -> torch.Tensor | None:
    """(B * N,) proposals where an item has a temperature, else the likeliest; None where no item has one. logits (B, N, V)."""
    if not any(item.temperature > 0 for item in items):
        return None
    ids = logits.argmax(-1)
    for i, item in enumerate(items):
        if item.temperature > 0 and item.key is not None:
            ids[i] = torch.from_numpy(gumbel_argmax(logits[i].numpy(), item.temperature, item.key))
    return ids.flatten()
