"""What the recorded runs show: for each, its lanes and the rule that its traces must satisfy.

A rule speaks of claims (:mod:`rediff_viz.world.claims`) and of whose rule rewrote a word, so that a title says no more than
its rule requires. Arrays are (S, N): pass and position.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rediff_viz.metrics import event_tables
from rediff_viz.trace import PHASES, Trace
from rediff_viz.truth import absent, judgements, wrong_words
from rediff_viz.world import FAVOURED, PARTNERS, PLURALS, from_dict
from rediff_viz.world.claims import RIGHT, WRONG
from rediff_viz.world.grammar import language, prompt_of
from rediff_viz.world.vocabulary import BRIEFLY, IN_DETAIL


@dataclass(frozen=True)
class Search:
    """A recording to search for; `kind` says in words what `fits` requires of the traces of its lanes."""

    name: str
    title: str
    kind: str
    lanes: tuple[str, ...]
    fits: Callable[[Sequence[Trace]], bool]
    tokens_per_pass: int = 8
    prompt: str = BRIEFLY
    scenes: int = 2000  # searched
    against_priors: bool = False
    grain: float = 0.0


def wrong(trace: Trace) -> np.ndarray:
    """(S, N) bool: the words marked wrong in each pass. Raises ValueError where the scene is not known."""
    marked = wrong_words(trace)
    if marked is None:
        raise ValueError(f"{trace.head.lane} has no scene to be judged by")
    return marked


def faults(trace: Trace) -> int:
    """Words marked wrong at the end."""
    return int(wrong(trace)[-1].sum())


def exact(trace: Trace) -> bool:
    """Whether the final text is a true caption of its scene, word for word."""
    scene = from_dict(trace.head.scene)
    return language(scene, prompt_of(scene, trace.head.prompt)).accepts(trace.final)


def revised(trace: Trace) -> np.ndarray:
    """(S, N) bool: a word replaced by another word."""
    return event_tables(trace).revise


def in_final_pass(trace: Trace) -> np.ndarray:
    """(S, 1) bool: passes that only revise, after the canvas is full (ours)."""
    return np.asarray(trace.phase == PHASES.index("settle"))[:, None]


def repairs(trace: Trace) -> np.ndarray:
    """(S, N) bool: the method's own rule replaced a word marked wrong by one that is not marked, in this pass or later."""
    marked = wrong(trace)
    was_wrong = np.vstack([np.zeros_like(marked[:1]), marked[:-1]])
    return np.asarray(revised(trace) & ~in_final_pass(trace) & was_wrong & ~marked & ~marked[-1])


def same_word_mended(traces: Sequence[Trace]) -> bool:
    """Control and method on the same weights: the wrong word that stays in one stood in the other too, and its rule mended it."""
    control, mending = traces
    stays = wrong(control)[-1] & (mending.before == control.final)
    apart = int((control.final != mending.final).sum())
    few = 1 <= faults(control) <= 4 and apart <= 5 and int(revised(mending).sum()) <= 4
    return few and exact(mending) and not (revised(mending) & in_final_pass(mending)).any() and bool((repairs(mending) & stays).any())


def names_absent_thing(trace: Trace) -> np.ndarray:
    """(S, N) bool: the words that name a thing which is not in the picture."""
    return np.isin(trace.canvas, list(absent(trace)))


def invention_mended(traces: Sequence[Trace]) -> bool:
    """An invented thing stays in the control; the method wrote it too, and removed it. Both on the same weights."""
    control, mending = traces
    same = names_absent_thing(control)[-1] & (mending.before == control.final) & revised(mending) & ~names_absent_thing(mending)
    return bool(same.any()) and exact(mending) and faults(control) <= 8


def right_again(traces: Sequence[Trace]) -> bool:
    """At least four words wrong in the first lane, none in the others."""
    return faults(traces[0]) >= 4 and all(exact(trace) for trace in traces[1:])


def harmed(traces: Sequence[Trace]) -> bool:
    """The control ends exact; the method's own rule replaced a word of a right claim, and its claim is wrong at the end."""
    control, mending = traces
    if not exact(control) or not faults(mending):
        return False
    passes = judgements(mending) or []
    right, bad = (np.zeros(mending.canvas.shape, dtype=bool) for _ in range(2))
    for verdict, table in ((RIGHT, right), (WRONG, bad)):
        for row, judgement in zip(table, passes, strict=True):
            row[[p for claim in judgement.claims if claim.verdict == verdict for p in claim.positions]] = True
    was_right = np.vstack([np.zeros_like(right[:1]), right[:-1]])
    return bool((was_right & revised(mending) & ~in_final_pass(mending) & bad & bad[-1]).any())


def goes_round(traces: Sequence[Trace]) -> bool:
    """The final passes came back to a text that they had before."""
    return "circle" in traces[-1].head.stopped


def follows_priors(traces: Sequence[Trace]) -> bool:
    """Every lane names an absent thing that the setting favours, or that is the partner of a thing in the picture."""
    for trace in traces:
        scene = from_dict(trace.head.scene)
        shown = {group.noun for group in scene.groups}
        usual = {*FAVOURED[scene.setting], *(PARTNERS[noun] for noun in shown)} - shown
        if not {form for noun in usual for form in (noun, PLURALS[noun])} & set(trace.text.split()) or faults(trace) > 6:
            return False
    return True


PLAIN, REDIFF, PROSECO, CONTROL = "denoise@world-plain", "rediff@world-rediff", "proseco@world-proseco", "denoise@world-rediff"
SEARCHES = (
    Search("1-mended", "One wrong word, kept and mended",
           "on the same weights, the wrong word that stays in plain denoising stands in ReDiff too, where the paper's rule mends it; "
           "few words differ, no final pass revises, and the mended caption is exact",
           (CONTROL, REDIFF), same_word_mended),
    Search("2-invented", "A thing that is not there, and its removal",
           "on the same weights, both lanes write a thing that is not in the picture; in plain denoising it stays, ReDiff removes it "
           "and ends exact",
           (CONTROL, REDIFF), invention_mended, scenes=20_000),
    Search("3-cascade", "A long caption falls apart, and another holds",
           "plain denoising ends with at least four wrong words, ReDiff exact",
           (PLAIN, REDIFF), right_again, prompt=IN_DETAIL),
    Search("4-three", "Three ways side by side",
           "plain denoising ends with at least four wrong words, ReDiff and ProSeCo exact",
           (PLAIN, REDIFF, PROSECO), right_again),
    Search("5-harm", "A revision that harms",
           "plain denoising on the same weights ends exact, and the paper's rule makes a right claim wrong for good",
           (CONTROL, REDIFF), harmed, tokens_per_pass=4),
    Search("6-circle", "Round in a circle", "the final passes come back to an earlier text",
           (CONTROL, REDIFF), goes_round, prompt=IN_DETAIL),
    Search("7-habit", "In the dark it names what is usual",
           "in a dark picture against the habits of its world, every lane names an absent thing that would be usual there",
           (PLAIN, REDIFF), follows_priors, tokens_per_pass=4, against_priors=True, grain=0.2),
)  # fmt: skip
