"""What can be chosen on the page: samplers, checkpoints that can run here, presets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from ..backends import own_checkpoints, variants_here
from ..backends.hardware import gpu_gb
from ..cards import Card, list_cards
from ..run.lane import budget
from ..samplers import SAMPLERS, Plan
from ..samplers.method import Group

MAX_LANES = 4


@dataclass(frozen=True)
class Preset:
    """Lanes that are worth seeing side by side."""

    title: str
    lanes: tuple[str, ...]
    gpu_gb: float = 0.0  # memory the checkpoints need together


_PRESETS = (
    Preset("Plain against ReDiff", ("denoise@world-plain", "rediff@world-rediff")),
    Preset("Plain, ReDiff, ProSeCo", ("denoise@world-plain", "rediff@world-rediff", "proseco@world-proseco")),
    Preset("Clean control: the same weights, revising off and on", ("denoise@world-rediff", "rediff@world-rediff")),
    Preset("8B: LLaDA-V against ReDiff", ("denoise@llada-v", "rediff@rediff"), 36.0),
    Preset("8B, clean control: ReDiff with revising off and on", ("denoise@rediff", "rediff@rediff"), 18.0),
    Preset("8B in 4 bits: LLaDA-V against ReDiff", ("denoise@llada-v+4bit", "rediff@rediff+4bit"), 15.0),
)
OWN = "My own lanes"


def samplers() -> list[tuple[str, str]]:
    """(group and title, name) of every sampler, group by group."""
    groups = get_args(Group)
    named = sorted(SAMPLERS.items(), key=lambda item: groups.index(item[1].group))
    return [(f"{method.group}: {method.title}", name) for name, method in named]


def sampler_line(name: str) -> str:
    """What a sampler does, in one line, and where its rules come from."""
    method = SAMPLERS.get(name)
    return f"{method.line} ({method.origin})" if method else ""


def runnable() -> list[Card]:
    """The checkpoints that can run on this machine, in the ways they can run, and the folders given at the start."""
    return [variant for card in list_cards() if is_here(card) for variant in variants_here(card)] + own_checkpoints()


def elsewhere() -> list[Card]:
    """The checkpoints that would need a GPU and a download."""
    return [card for card in list_cards() if card.repo and not is_here(card)]


def is_here(card: Card) -> bool:
    """Whether a checkpoint's weights lie in its folder, or can be fetched and there is a GPU to run them."""
    if card.folder is not None and any(card.folder.glob("*.safetensors")):
        return True
    return bool(card.repo) and gpu_gb() > 0


def checkpoint_of(lane: str) -> str:
    """The checkpoint a lane names, whatever is made of its settings."""
    return lane.partition("@")[2].partition(":")[0]


def presets(cards: Sequence[Card]) -> list[Preset]:
    """The presets whose checkpoints are all here."""
    names = {card.name for card in cards}
    known = [preset for preset in _PRESETS if preset.gpu_gb <= gpu_gb()]
    return [preset for preset in known if all(checkpoint_of(lane) in names for lane in preset.lanes)]


def first_choice(cards: Sequence[Card]) -> list[Card]:
    """The first preset's checkpoints, or the first checkpoint where no preset can run."""
    first = next(iter(presets(cards)), None)
    names = {checkpoint_of(lane) for lane in first.lanes} if first else {cards[0].name}
    return [card for card in cards if card.name in names]


def places(cards: Sequence[Card]) -> int:
    """How many places the checkpoints of `first_choice` fill."""
    return min(card.canvas("") for card in first_choice(cards))


def prompts(cards: Sequence[Card]) -> list[str]:
    """The prompts that every one of the checkpoints with a closed list of prompts takes; [] where none has one."""
    lists = [card.prompts for card in cards if card.prompts]
    return [prompt for prompt in (lists[0] if lists else ()) if all(prompt in others for others in lists)]


def plan_in_words(length: int, tokens_per_pass: float, block: int | None = None) -> str:
    """What a plan means, in one line; or why there is no such plan."""
    try:
        steps = budget(length, block, None, tokens_per_pass, length)
        Plan(length, steps, mask_id=0, block_length=block)
    except ValueError as error:
        return sentence(error)
    within = f" in blocks of {block}" if block else ""
    passes = f"{steps} pass{'' if steps == 1 else 'es'}"
    return f"{length} places{within}, {tokens_per_pass:g} filled in a pass: {passes} of filling. What a method adds to mend is counted too."


def sentence(error: Exception) -> str:
    """An error's words as a sentence on the page."""
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
