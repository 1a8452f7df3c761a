"""Quality tables on scenes of the picture world: how good a lane's captions are, and what they cost.

Scene i of an evaluation is the world's scene of seed + i. Seeds from 10,000,000 on are what the embedded
checkpoints were trained on, so an evaluation stays below them. Many scenes share one forward pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from .backends import Backend, Request, Session, open_checkpoint
from .events import summary
from .run import collect, job
from .run.lane import LaneSpec, parse_lane
from .trace import Trace
from .world.render import render
from .world.sampling import scene_from_seed
from .world.scenes import Scene, to_dict
from .world.scorer import Score, mean, score
from .world.things import STYLES

TRAINED_FROM = 10_000_000  # scene seeds from here on belong to training
TOGETHER = 64  # scenes run side by side
QUALITY = ("exact", "fluent", "object_f1", "attribute_accuracy", "relation_accuracy", "chair_i", "chair_s")


@dataclass(frozen=True)
class _Cell:
    """One row of the table under way: a lane at a budget."""

    lane: LaneSpec
    budget: dict[str, Any]  # {"tokens_per_pass": K} or {"steps": S}
    scores: list[Score]
    totals: list[dict[str, Any]]
    seconds: list[float]


def evaluate(
    lanes: Sequence[str | LaneSpec],
    tokens_per_pass: Sequence[float] = (8,),
    scenes: int = 500,
    seed: int = 0,
    style: str = "google",
    against_priors: bool = False,
    *,
    grain: float = 0.0,
    steps: Sequence[int] = (),
    length: int | None = None,
    temperature: float | None = None,
    models: Path | None = None,
    progress: bool = False,
) -> list[dict[str, Any]]:
    """One row a lane and budget: means over the scenes of quality and cost.

    Budgets are tokens per pass, or, when `steps` names any, planned passes. `nfe`, `commits`, `revisions`, `remasks`
    are means a caption; `seconds` is wall time a caption with TOGETHER scenes in a batch, the eye's share left out.
    `attribute_accuracy`, `relation_accuracy` and `chair_i` are means over the captions that state such a thing, None
    where none does. `progress` draws a bar on stderr. Raises ValueError, in one sentence, for what cannot be.
    """
    _check(scenes, seed, style)
    budgets: list[dict[str, Any]] = [{"steps": s} for s in steps] or [{"tokens_per_pass": k} for k in tokens_per_pass]
    specs = [parse_lane(lane) if isinstance(lane, str) else lane for lane in lanes]
    if not specs or not budgets:
        raise ValueError("an evaluation needs at least one lane and one budget")
    cells = [_Cell(spec, budget, [], [], []) for spec in specs for budget in budgets]
    backends = {spec.checkpoint: open_checkpoint(spec.checkpoint, models) for spec in specs}
    plan = {"temperature": temperature}
    with _bar(scenes * len(cells), progress) as bar:
        for first in range(0, scenes, TOGETHER):
            seeds = range(seed + first, seed + min(first + TOGETHER, scenes))
            batch = [scene_from_seed(s, style, against_priors, grain) for s in seeds]
            for name, backend in backends.items():
                sessions = _open(backend, batch, length)
                for cell in (cell for cell in cells if cell.lane.checkpoint == name):
                    _run(cell, batch, seeds, sessions, plan)
                    bar.update(len(batch))
    about = {"scenes": scenes, "seed": seed, "style": style, "against_priors": against_priors, "grain": grain}
    return [_row(cell) | about for cell in cells]


def _check(scenes: int, seed: int, style: str) -> None:
    if scenes < 1:
        raise ValueError(f"{scenes} scenes are too few, expected at least 1")
    if style not in STYLES:
        raise ValueError(f"no style {style!r}; the styles are {', '.join(STYLES)}")
    if seed < 0 or seed + scenes > TRAINED_FROM:
        raise ValueError(
            f"scenes {seed} to {seed + scenes - 1} leave 0 to {TRAINED_FROM - 1}; from {TRAINED_FROM} on, scenes were trained on"
        )


def _bar(total: int, shown: bool) -> Any:
    from tqdm import tqdm

    return tqdm(total=total, unit="caption", disable=not shown, smoothing=0.1)


def _open(backend: Backend, scenes: Sequence[Scene], length: int | None) -> list[Session]:
    size = length or backend.card.length
    return [backend.open(Request(render(scene), backend.card.prompt, size, to_dict(scene))) for scene in scenes]


def _run(cell: _Cell, scenes: Sequence[Scene], seeds: Sequence[int], sessions: Sequence[Session], plan: dict[str, Any]) -> None:
    """Run a lane on a batch of scenes and note what came of it; the noise of a scene is its own."""
    jobs = [job(cell.lane, session, seed=s, **cell.budget, **plan) for session, s in zip(sessions, seeds, strict=True)]
    began = perf_counter()
    traces = collect(jobs)
    cell.seconds.append(perf_counter() - began)
    cell.totals.extend(summary(trace) for trace in traces)
    cell.scores.extend(score(spoken_words(trace), scene) for trace, scene in zip(traces, scenes, strict=True))


def spoken_words(trace: Trace) -> tuple[str, ...]:
    """The caption as the scorer reads it: a mask left open is a word nobody understands, not a gap to be skipped."""
    if trace.head.joiner != " ":
        return tuple(trace.text.lower().split())
    return tuple(_until_end(trace))


def _until_end(trace: Trace) -> Iterator[str]:
    final = trace.final if trace.head.stop_at is None else trace.final[: trace.head.stop_at]
    for token, text in zip(final, trace.tokens(final), strict=True):
        if token == trace.head.eot_id:
            return
        yield text


def _row(cell: _Cell) -> dict[str, Any]:
    count = len(cell.totals)
    cost = {name: sum(total[name] for total in cell.totals) / count for name in ("nfe", "commits", "revisions", "remasks")}
    quality = mean(cell.scores)
    return {
        "lane": str(cell.lane),
        "tokens_per_pass": cell.budget.get("tokens_per_pass"),
        **({"steps": cell.budget["steps"]} if "steps" in cell.budget else {}),
        "nfe": cost.pop("nfe"),
        "seconds": sum(cell.seconds) / count,
        **cost,
        **{name: quality[name] for name in QUALITY},
    }
