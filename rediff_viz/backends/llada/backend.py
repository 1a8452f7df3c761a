"""LLaDA-8B-Instruct, ProSeCo's fine-tuned LLaDA, and every text checkpoint of their kind.

The output head works on answer rows only; each pass is reduced on the device and copied once.
Shapes: N answer positions, P prompt positions, H width, V vocabulary (the tokenizer's length), R rows of the head at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from ...cards import Card
from ...nets import prompts, weights
from ...nets.dllm_cache import Cache
from ...nets.weights import CheckpointError
from ...trace import Key, Prediction
from ..base import Backend, BatchItem, PassError, Request
from ..reduce import AT_ONCE, Host, Reduced, draw, forbid, pack, reduce, unpack
from ..variants import Variant
from ..zerogpu import on_zerogpu
from . import hub, loading
from .forward import Passes, RowOf
from .session import LladaSession, Ready, open_tokenizer


class LladaBackend(Backend):
    """A text checkpoint. Weights are read when the first request is opened."""

    joiner, batch = "", 8
    gives: tuple[str, ...] = ("argmax", "drift")

    def __init__(self, card: Card) -> None:
        self.card = card
        self.variant: Variant = card.options.get("variant", Variant())
        self.folder, self.revision = hub.find(card, lambda: loading.check_before_download(card, self.variant))
        self.tokenizer = open_tokenizer(card, self.folder)
        self.mask_id = self.id_of(prompts.MASK)
        self.eot_id: int | None = self.id_of(prompts.END)
        self.vocabulary_size = self.tokenizer.get_vocab_size()
        self.config = weights.read_json(self.folder / "config.json")
        self.model_kind()
        self.device = loading.device_of()
        self.dtype = self.variant.dtype or ("bfloat16" if self.device == "cuda" else "float32")
        self._host = Host()
        self._busy = Lock()  # visitors share the model, its pinned memory and the device
        self._passes: Passes | None = None
        self._columns: dict[tuple[int, ...], Tensor] = {}

    def model_kind(self) -> None:
        """Raises CheckpointError when config.json says it is something else."""
        if self.config.get("model_type") not in weights.KINDS:
            raise CheckpointError(
                f"{self.folder}/config.json says model_type {self.config.get('model_type')!r}, expected llada or llava_llada"
            )

    @property
    def notes(self) -> tuple[str, ...]:
        """What belongs beside every result: which weights, and where the run is not exact."""
        weights_of = (f"weights: {self.card.repo} at revision {self.revision}",) if self.revision else ()
        return weights_of + self.variant.notes

    def id_of(self, word: str) -> int:
        found = self.tokenizer.token_to_id(word)
        assert found is not None
        return int(found)

    def hold(self) -> loading.Held:
        """The model, loaded on the first call."""
        held = loading.hold(self.card, self.folder, self.variant, self.vocabulary_size)
        self.device, self.dtype = held.device, str(held.dtype).removeprefix("torch.")
        return held

    @property
    def network_rows(self) -> int:
        """Network rows of a pass."""
        return 2 if self.variant.guidance else 1

    def lane_cache(self) -> dict[str, object]:
        return {}

    def open(self, request: Request, suffix: str = "") -> LladaSession:
        """Hold a prompt ready. Raises ValueError, in one sentence, for what it cannot take; loads the weights if need be.

        Where a GPU is on_zerogpu by the call, loading waits until it is there.
        """
        self.prompt_ids(request)
        session = LladaSession(self, request, tuple(self.encode(suffix)) if suffix else (), self.network_rows)
        if on_zerogpu():
            return session
        try:
            session.ready  # noqa: B018 - made now, so that what is wrong is said now
            return session
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as failed:
            if not loading.out_of_memory(failed):
                raise
        del session
        loading.release()
        raise CheckpointError(f"out of memory while {self.card.title} was made ready: try +4bit, +offload, or the embedded model")

    @torch.inference_mode()
    def made_ready(self, session: LladaSession) -> Ready:
        """Load the weights if need be and embed the prompt."""
        held = self.hold()
        prompt, pictures = self.embedded(held, session.request, self.prompt_ids(session.request))
        longest = self.config.get("tokenizer_model_max_length") or self.config.get("max_sequence_length")
        whole = len(prompt) + session.request.length + len(session.suffix)
        if longest and whole > int(longest):
            raise ValueError(f"prompt, picture and answer take {whole} positions, {self.card.name} was made for {longest}")
        held.users.add(session)
        return Ready(held, prompt, pictures, held.model.model.embed_tokens(torch.tensor([self.mask_id], device=prompt.device)))

    def prompt_ids(self, request: Request) -> list[int]:
        """The chat template around the request's question."""
        if request.picture is not None and not self.card.takes_picture:
            raise ValueError(f"{self.card.name} reads text only; leave the picture out, or take LLaDA-V or ReDiff")
        question = (request.prompt or self.card.prompt).strip()
        if not question:
            raise ValueError(f"{self.card.name} needs a prompt")
        return self.encode(prompts.chat([question]))

    def embedded(self, held: loading.Held, request: Request, ids: list[int]) -> tuple[Tensor, Tensor]:
        """(P, H) prompt embeddings and (P,) which of them are a picture's."""
        embed = held.model.model.embed_tokens
        rows = embed(torch.tensor(ids, device=embed.weight.device))
        return rows, torch.zeros(len(rows), dtype=torch.bool, device=rows.device)

    @torch.inference_mode()
    def predict(self, items: Sequence[BatchItem]) -> list[Prediction]:
        """One forward pass over all items. Raises PassError, the GPU left usable, when memory runs out."""
        items = [item if item.cache is not None else replace(item, cache=self.lane_cache()) for item in items]
        before = [dict(item.cache) for item in items]
        try:
            with self._busy:
                return self.passed(items)
        except CheckpointError as wrong:  # only where loading waits for the first pass
            raise PassError(str(wrong)) from None
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as failed:
            if not loading.out_of_memory(failed):
                raise
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        for item, state in zip(items, before, strict=True):  # the pass did not happen; a cache that was written in begins anew
            item.cache.clear()
            item.cache.update({name: held for name, held in state.items() if not isinstance(held, Cache)})
        if len(items) > 1:
            return [self.predict([item])[0] for item in items]
        raise PassError(f"out of memory in a pass of {self.card.name}; the passes before it are kept: try a smaller picture, or +4bit")

    def passed(self, items: Sequence[BatchItem]) -> list[Prediction]:
        """Rows through the network, head and reduction item by item, one copy."""
        rows, of_ask = self.laid_out(items)
        passes = self.passes(items)
        length = len(items[0].read)
        hidden = passes.run(rows, length)
        checked = [i for i, item in enumerate(items) if self.checks(item)]
        exact = dict(zip(checked, passes.run([rows[of_ask[i]["said"]] for i in checked], length, "exact"), strict=True)) if checked else {}
        tables, names = [], self.extra_names(items)
        for i, item in enumerate(items):
            kinds = {kind: hidden[at] for kind, at in of_ask[i].items()}
            tables.append(self.said(item, rows[of_ask[i]["said"]].ids[:length], kinds, exact.get(i), names))
        fetched = self._host.fetch(torch.cat(tables))
        return [unpack(part, item.wants, names) for part, item in zip(np.split(fetched, len(items)), items, strict=True)]

    def passes(self, items: Sequence[BatchItem]) -> Passes:
        session = items[0].session
        assert isinstance(session, LladaSession)
        trunk = session.ready.held.model.model
        if self._passes is None or self._passes.trunk is not trunk:
            self._passes = Passes(trunk, self.variant, self.batch)
        return self._passes

    def laid_out(self, items: Sequence[BatchItem]) -> tuple[list[RowOf], list[dict[str, int]]]:
        """All network rows of a pass, and for each item the row of each kind. What they read goes to the device in one piece."""
        rows: list[RowOf] = []
        of_ask: list[dict[str, int]] = []
        sessions = [item.session for item in items if isinstance(item.session, LladaSession)]
        read = [np.concatenate((item.read, session.suffix)) for item, session in zip(items, sessions, strict=True)]
        there = self._host.send(np.concatenate(read), sessions[0].ready.prompt.device).split([len(one) for one in read])
        for item, session, ids in zip(items, sessions, there, strict=True):
            mine = {}
            for kind, prompt in self.kinds(item, session).items():
                mine[kind] = len(rows)
                rows.append(RowOf(prompt, ids, kind, item.cache, item.block))
            of_ask.append(mine)
        return rows, of_ask

    def kinds(self, item: BatchItem, session: LladaSession) -> dict[str, Tensor]:
        """The prompts an item is read with: the plain one, with guidance a masked one, on request one without its picture."""
        ready = session.ready
        found = {"said": ready.prompt}
        if self.variant.guidance:
            found["unled"] = ready.mask.expand(len(ready.prompt), -1)
        if {"blind", "blind_kept", "blind_ids"} & set(item.wants):
            found["blind"] = ready.prompt * ~ready.pictures[:, None]
        return found

    def checks(self, item: BatchItem) -> bool:
        """Whether this pass of a cached run is to be measured against the exact prediction."""
        if self.variant.memory == "exact" or not self.variant.check:
            return False
        item.cache["passes"] = item.cache.get("passes", 0) + 1
        return item.cache["passes"] % self.variant.check == 0

    def extra_names(self, items: Sequence[BatchItem]) -> list[str]:
        drift = ["drift"] if self.variant.memory != "exact" and self.variant.check else []
        wanted = {name for item in items for name in item.wants}
        return drift + [name for name in ("blind", "blind_kept", "blind_ids") if name in wanted]

    def said(self, item: BatchItem, read: Tensor, kinds: dict[str, Tensor], exact: Tensor | None, names: list[str]) -> Tensor:
        """One item's packed table (N, columns), its rows worked on so many at a time; read (N,) is its canvas on the device."""
        read = read.to(kinds["said"].device)
        generator = generator_of(item.key, read.device) if item.temperature > 0 and item.key else None
        columns = self.columns((*self.card.forbidden, *item.forbid), read.device)
        step = max(1, min(len(read), AT_ONCE // self.vocabulary_size))
        parts: list[Reduced] = []
        extra: dict[str, list[Tensor]] = {name: [] for name in names}
        for first in range(0, len(read), step):
            rows = slice(first, first + step)
            logits = forbid(self.led(kinds, rows), columns)
            proposal = draw(logits, item.temperature, generator) if generator is not None else None
            parts.append(reduce(logits, read[rows], proposal=proposal))
            for name, column in self.extra(names, kinds, exact, rows, logits, parts[-1], read[rows], columns).items():
                extra[name].append(column)
        return pack(parts, [torch.cat(extra[name]) for name in names])

    def led(self, kinds: dict[str, Tensor], rows: slice) -> Tensor:
        """(R, V) float32 logits, guided where the variant says so."""
        logits = self.head(kinds["said"][rows])
        if "unled" not in kinds:
            return logits
        unled = self.head(kinds["unled"][rows])
        return unled + (self.variant.guidance + 1) * (logits - unled)

    def head(self, hidden: Tensor) -> Tensor:
        """(R, H) -> (R, V) float32, storage of its own: it is written to."""
        return self.hold().model.lm_head(hidden).float()

    def columns(self, ids: tuple[int, ...], device: torch.device) -> Tensor:
        if ids not in self._columns:
            self._columns[ids] = torch.tensor(sorted(set(ids)), dtype=torch.long, device=device)
        return self._columns[ids]

    def extra(
        self, names: list[str], kinds: dict[str, Tensor], exact: Tensor | None, rows: slice,
        logits: Tensor, said: Reduced, read: Tensor, columns: Tensor,
    ) -> dict[str, Tensor]:  # fmt: skip
        """The extra columns (R,) of some rows; NaN where a pass does not have them."""
        nothing = torch.full((len(read),), torch.nan, dtype=torch.float64, device=read.device)
        found = dict.fromkeys(names, nothing)
        if "drift" in names and exact is not None:
            truth = forbid(self.head(exact[rows]), columns).softmax(-1)
            found["drift"] = (truth - logits.softmax(-1)).abs().sum(-1).double() / 2
        if "blind" in kinds:
            unseen = reduce(forbid(self.head(kinds["blind"][rows]), columns), read, proposal=said.ids)
            columns_of = {"blind": unseen.prob, "blind_kept": unseen.input_prob, "blind_ids": unseen.argmax}
            found |= {name: column for name, column in columns_of.items() if name in names}
        return found

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The text of each id; a piece of a character reads as it can."""
        return [self.tokenizer.decode([int(i)], skip_special_tokens=False) or str(self.tokenizer.id_to_token(int(i)) or "") for i in ids]

    def decode(self, ids: Sequence[int]) -> str:
        """The ids as one text, special tokens left out."""
        return self.tokenizer.decode([int(i) for i in ids], skip_special_tokens=True).strip()

    def encode(self, text: str) -> list[int]:
        """A text as ids, nothing added; names of special tokens in it become those tokens."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)


def generator_of(key: Key, device: torch.device) -> torch.Generator:
    """The numbers that belong to a key, made on the device: the same key gives the same draw on the same kind of device."""
    digest = hashlib.blake2b(repr(tuple(key)).encode(), digest_size=7).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest, "big"))
