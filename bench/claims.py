"""Measure how texts are judged: no mark on exact captions, marks on planted faults, what stays unjudged, milliseconds a caption.

python -m bench.claims [--exact 10000] [--planted 2000] [--decoded 1000]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import mean

import numpy as np

from bench.planted import PLANTS, Words, planted, true_captions
from rediff_viz.backends import Request, open_checkpoint
from rediff_viz.evaluate import SCENES_PER_BATCH, caption_words
from rediff_viz.run import collect, job
from rediff_viz.run.lane import parse_lane
from rediff_viz.world import Scene, judge, render, scene_from_seed, to_dict

SEED = 600_000  # scenes from here on
LANE = "denoise@world-plain"


def decoded(amount: int, tokens_per_pass: int, seed: int) -> Iterator[tuple[Scene, Words]]:
    """Scenes from a number on, each with the caption that a checkpoint writes of it."""
    lane = parse_lane(LANE)
    backend = open_checkpoint(lane.checkpoint, None)
    for first in range(seed, seed + amount, SCENES_PER_BATCH):
        scenes = [scene_from_seed(n) for n in range(first, min(first + SCENES_PER_BATCH, seed + amount))]
        sessions = [backend.open(Request(render(s), backend.card.prompt, backend.card.length, to_dict(s))) for s in scenes]
        traces = collect([job(lane, session, tokens_per_pass=tokens_per_pass) for session in sessions])
        yield from ((scene, caption_words(trace)) for scene, trace in zip(scenes, traces, strict=True))


def false_marks(amount: int) -> dict[str, float]:
    """Exact captions with a mark or a claim that is not right, and the CPU time each takes."""
    marked, milliseconds = 0, []
    for scene, words in islice(true_captions(SEED), amount):
        began = time.process_time()
        judgement = judge(words, scene)
        milliseconds.append(1000 * (time.process_time() - began))
        marked += bool(judgement.marked) or any(claim.verdict != "right" for claim in judgement.claims)
    return {"exact": amount, "exact_marked": marked} | spread("exact", milliseconds)


def found_faults(amount: int) -> dict[str, float]:
    """Share of planted faults whose words are marked, and how many other words are marked, by kind and in all."""
    found_in_all = others_in_all = count = 0
    milliseconds = []
    print(f"{'planted':10} {'captions':>8} {'found':>6} {'other words':>11}")
    for k, plant in enumerate(PLANTS):
        share = amount // len(PLANTS) + (k < amount % len(PLANTS))
        found = others = 0
        for scene, text in planted(plant, share, SEED):
            began = time.process_time()
            marked = set(judge(text.words, scene).marked)
            milliseconds.append(1000 * (time.process_time() - began))
            found += bool(text.fault & marked) if text.any_of else text.fault <= marked
            others += len(marked - text.fault)
        print(f"{plant.__name__:10} {share:8} {found / share:6.3f} {others / share:11.3f}")
        found_in_all, others_in_all, count = found_in_all + found, others_in_all + others, count + share
    figures = {"planted": count, "planted_found": found_in_all / count, "planted_others": others_in_all / count}
    return figures | spread("planted", milliseconds)


def spread(name: str, milliseconds: Sequence[float]) -> dict[str, float]:
    """Mean, 99.9th percentile and most of the CPU time a caption."""
    return {
        f"{name}_ms": mean(milliseconds),
        f"{name}_ms_999": float(np.percentile(milliseconds, 99.9)),
        f"{name}_ms_most": max(milliseconds),
    }


def unjudged(amount: int) -> dict[str, float]:
    """Share of unjudged claims among those of decoded captions, half of them at 8 tokens a pass and half at one."""
    claims = open_ = 0
    figures: dict[str, float] = {"decoded": amount}
    for tokens_per_pass, share in ((8, amount - amount // 2), (1, amount // 2)):
        verdicts = [claim.verdict for scene, words in decoded(share, tokens_per_pass, SEED) for claim in judge(words, scene).claims]
        figures[f"unjudged_{tokens_per_pass}"] = verdicts.count("unjudged") / max(1, len(verdicts))
        claims, open_ = claims + len(verdicts), open_ + verdicts.count("unjudged")
    return figures | {"decoded_claims": claims, "unjudged": open_ / max(1, claims)}


def main() -> None:
    """Print a table and one line of JSON."""
    parser = argparse.ArgumentParser(description="Measure how texts are judged.")
    parser.add_argument("--exact", type=int, default=10_000, metavar="N", help="exact captions (default 10000)")
    parser.add_argument("--planted", type=int, default=2_000, metavar="N", help="captions with one planted fault (default 2000)")
    parser.add_argument("--decoded", type=int, default=1_000, metavar="N", help=f"captions of {LANE} (default 1000)")
    args = parser.parse_args()
    figures = found_faults(args.planted) | false_marks(args.exact) | unjudged(args.decoded)
    rounded = {name: round(value, 4) for name, value in figures.items()}
    for name, value in rounded.items():
        print(f"{name:16} {value}")
    print(json.dumps(rounded))


if __name__ == "__main__":
    main()
