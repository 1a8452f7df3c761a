"""How a checkpoint is run, written behind its name: "rediff+4bit", "llada-v+prefix=8+check=4", "/path/to/checkpoint+float32".

So it is in the label of every lane, trace and table, and two ways of running one checkpoint can stand side by side.
Knows strings: no torch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

CacheKind = Literal["exact", "prefix", "dllm"]
DTYPES = ("bfloat16", "float16", "float32")
WORDS = (
    "prefix[=passes], block, refresh=pass-pass-..., dllm, check=passes, 4bit, 8bit, offload, guidance=number, bfloat16, float16 or float32"
)


@dataclass(frozen=True)
class Variant:
    """The default is exact: every row computed in every pass, nothing reused, nothing rounded further."""

    cache: CacheKind = "exact"
    every: int = 8  # prefix: passes between two computations of image and prompt; 0: once per block
    refresh: tuple[int, ...] = ()  # prefix: the passes (counted from 1) that compute them, instead of `every`
    check: int = 0  # measure the difference to the exact prediction in every so many passes; 0: never
    bits: int = 16  # 8 and 4: quantised by bitsandbytes
    offload: bool = False  # what does not fit on the GPU stays in the computer's memory
    guidance: float = 0.0
    dtype: str = ""  # "": bfloat16 on a GPU, float32 on a CPU where there is room

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be shown beside a result of this variant."""
        notes = []
        if self.cache == "prefix":
            often = "once per block" if self.every == 0 else f"every {self.every} passes"
            often = f"in passes {', '.join(map(str, self.refresh))}" if self.refresh else often
            notes.append(f"approximate: keys and values of image and prompt are computed {often} and reused in between (prefix-cached)")
        if self.cache == "dllm":
            notes.append("approximate: dLLM-Cache recomputes the prompt every 25 passes, the answer every 7 and a quarter of it in between")
        if self.bits < 16:
            notes.append(f"weights rounded to {self.bits} bits")
        if self.guidance:
            notes.append(f"guidance {self.guidance:g}: two network rows a pass")
        return tuple(notes)


def parse_variant(text: str) -> Variant:
    """How a checkpoint is to be run, from the words behind its name: "4bit+check=4". Raises ValueError, in one sentence."""
    given: dict[str, object] = {}
    for word in text.split("+"):
        name, _, value = word.partition("=")
        for key, read in read_word(name, value, word).items():
            if key in given:
                raise ValueError(f"+{text[:80]} gives {key} twice")
            given[key] = read
    return Variant(**given)  # type: ignore[arg-type]


def read_word(name: str, value: str, word: str) -> dict[str, object]:
    whole = int(value) if re.fullmatch(r"[0-9]{1,4}", value) else None
    if name == "prefix" and (whole or not value):
        return {"cache": "prefix", "every": whole or 8}
    if name == "refresh" and re.fullmatch(r"[0-9]{1,4}(-[0-9]{1,4})*", value):
        passes = tuple(sorted({1, *(int(one) for one in value.split("-"))} - {0}))
        return {"cache": "prefix", "refresh": passes}
    if name == "check" and whole:
        return {"check": whole}
    if name == "guidance" and re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,4})?", value):
        return {"guidance": float(value)}
    plain: dict[str, dict[str, object]] = {
        "block": {"cache": "prefix", "every": 0},
        "dllm": {"cache": "dllm"},
        "4bit": {"bits": 4},
        "8bit": {"bits": 8},
        "offload": {"offload": True},
        **{name: {"dtype": name} for name in DTYPES},
    }
    if name in plain and not value:
        return plain[name]
    raise ValueError(f"+{word[:40]} is no way to run a checkpoint, expected {WORDS}")
