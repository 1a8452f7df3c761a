"""The embedded captioners of the picture world: an eye and a small writer, float32, on a CPU in milliseconds.

Shapes: N answer positions, V vocabulary, K candidates, B asks, 49 grid cells, C concept probabilities a cell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image, ImageOps
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer

from ..cards import Card
from ..nets.eye import Eye
from ..nets.writer import Memory, Writer, stack
from ..trace import Prediction
from .noise import uniform

if TYPE_CHECKING:
    from . import Ask, Request

SIDE = 112  # px
CANDIDATES = 5


@dataclass(frozen=True, eq=False)
class WorldSession:
    """One picture, seen once."""

    backend: WorldBackend
    request: Request
    grid: np.ndarray | None  # (49, C) what the eye saw; None without a picture
    memory: Memory  # of one picture
    rows: int = 1


def fit(picture: Image.Image) -> Image.Image:
    """Any picture as the eye takes it: 112 x 112 px RGB, cut to its central square."""
    if picture.size == (SIDE, SIDE):
        return picture.convert("RGB")
    return ImageOps.fit(picture.convert("RGB"), (SIDE, SIDE), Image.Resampling.BICUBIC)


class WorldBackend:
    """A checkpoint trained by `python -m rediff_viz train`."""

    device, dtype, joiner, batch = "cpu", "float32", " ", 128
    gives = ("argmax",)

    def __init__(self, card: Card) -> None:
        if card.folder is None:
            raise ValueError(f"the card of {card.name} lies in no folder")
        self.card, self.mask_id, self.eot_id = card, card.mask_id, card.eot_id
        try:
            with safe_open(card.folder / "model.safetensors", "pt") as file:
                sizes = {part: json.loads(said) for part, said in file.metadata().items() if part in ("eye", "writer")}
                weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - no mapping
            self.tokenizer = Tokenizer.from_file(str(card.folder / "tokenizer.json"))
            self.eye, self.writer = Eye(sizes["eye"]), Writer(**sizes["writer"])
            self.eye.load_state_dict(_part(weights, "eye."))
            self.writer.load_state_dict(_part(weights, "writer."), strict=False)  # `where` served training only
        except (OSError, SafetensorError, KeyError, RuntimeError, AttributeError, ValueError) as error:
            raise ValueError(f"the checkpoint in {card.folder.name}/ cannot be loaded: {str(error).splitlines()[0]}") from error
        self.eye.eval()
        self.writer.eval()
        self.vocabulary_size = self.tokenizer.get_vocab_size()
        self.length = sizes["writer"]["length"]
        self._stacked: tuple[list[Any], Memory] | None = None  # the last batch's sessions and their memory

    @torch.no_grad()
    def open(self, request: Request) -> WorldSession:
        """Look at the picture once. Raises ValueError for an answer longer than the model can write."""
        if request.length > self.length:
            raise ValueError(f"{self.card.name} writes at most {self.length} positions, not {request.length}")
        if request.picture is None:
            blank = torch.zeros(1, 49, self.writer.sizes["cell_width"])
            return WorldSession(self, request, None, self.writer.remember(blank, torch.tensor([False])))
        pixels = torch.from_numpy(np.array(fit(request.picture))).permute(2, 0, 1)[None].float() / 255
        return self.imagine(request, self.eye.see(pixels)[0].numpy())

    @torch.no_grad()
    def imagine(self, request: Request, grid: np.ndarray) -> WorldSession:
        """A session on a concept grid (49, C), whoever saw it: another eye, or a hand that changed a cell."""
        return WorldSession(self, request, grid, self.writer.remember(torch.from_numpy(grid)[None]))

    def saw(self, session: WorldSession) -> dict[str, np.ndarray]:
        """What the eye saw: {concept: (7, 7, values) probabilities}, in the order the card's [options.concepts] names them."""
        if session.grid is None:
            return {}
        edges = np.cumsum(list(self.eye.concepts.values()))[:-1]
        parts = np.split(session.grid, edges, axis=1)
        return {name: part.reshape(7, 7, -1) for name, part in zip(self.eye.concepts, parts, strict=True)}

    @torch.no_grad()
    def predict(self, asks: Sequence[Ask]) -> list[Prediction]:
        """One forward pass over all asks."""
        ids = torch.from_numpy(np.stack([ask.read for ask in asks]).astype(np.int64))
        logits = self.writer(ids, self._memory(asks))  # (B, N, V)
        logits[..., list(self.card.forbidden)] = -torch.inf
        for i, ask in enumerate(asks):
            if ask.forbid:
                logits[i][:, list(ask.forbid)] = -torch.inf
        return reduce(logits, ids, asks)

    def _memory(self, asks: Sequence[Ask]) -> Memory:
        """Of the batch; kept while the same sessions ask again. Two runs at once each hold on to their own."""
        sessions: list[Any] = [ask.session for ask in asks]
        last = self._stacked
        if last is None or len(last[0]) != len(sessions) or any(a is not b for a, b in zip(last[0], sessions, strict=True)):
            last = self._stacked = sessions, stack([session.memory for session in sessions])
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


def _part(weights: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def reduce(logits: torch.Tensor, ids: torch.Tensor, asks: Sequence[Ask]) -> list[Prediction]:
    """Logits (B, N, V) and what was read (B, N) to one Prediction an ask; argmax goes to the lower id among equals."""
    logs = logits.log_softmax(-1)
    prob = logs.exp()
    entropy = -torch.where(prob > 0, prob * logs, 0.0).sum(-1).numpy()
    top_prob, top_ids = (part.numpy() for part in prob.topk(CANDIDATES, dim=-1))
    kept = prob.gather(-1, ids[..., None])[..., 0].numpy()
    best = logits.argmax(-1).numpy()
    said = []
    for i, ask in enumerate(asks):
        chosen = best[i]
        if ask.temperature > 0 and ask.key is not None:
            noise = torch.from_numpy(uniform(ask.key, tuple(logits.shape[1:]))).clamp_min(1e-300)
            chosen = (logits[i].double() - ask.temperature * (-noise.log()).log()).argmax(-1).numpy()
        sure = np.take_along_axis(prob[i].numpy(), chosen[:, None], 1)[:, 0]
        extra = {"argmax": best[i]} if "argmax" in ask.wants else {}
        said.append(Prediction(chosen, sure, kept[i], entropy[i], top_ids[i], top_prob[i], extra))
    return said
