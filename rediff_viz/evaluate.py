"""Quality tables on scenes of the picture world: how good a lane's captions are, and what they cost in forward passes.

Scene i of an evaluation is the world's scene of seed + i. The embedded checkpoints were trained on the seeds from
TRAINING_SEEDS on, so an evaluation stays below them. Many scenes share one forward pass.
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
from .world.sampling import TRAINING_SEEDS, scene_from_seed
from .world.scenes import Scene, to_dict
from .world.scorer import CaptionScore, mean_scores, score_caption
from .world.things import STYLES

SCENES_PER_BATCH = 64
QUALITY = (
    "exact", "fluent", "object_f1", "attribute_accuracy", "relation_accuracy", "chair_i", "chair_s", "claims_right", "sentences_fluent",
)  # fmt: skip


@dataclass(frozen=True)
class _TableRow:
    """One row of the table while it is measured: a lane at a budget."""

    lane: LaneSpec
    budget: dict[str, Any]  # {"tokens_per_pass": K} or {"steps": S}
    scores: list[CaptionScore]
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
    are means a caption; `seconds` is wall time a caption with SCENES_PER_BATCH scenes in a batch, encoding the pictures not included.
    `attribute_accuracy`, `relation_accuracy` and `chair_i` are means over the captions that state such a thing, None
    where none does. `progress` draws a bar on stderr. Raises ValueError with one sentence for arguments that cannot be evaluated.
    """
    _check(scenes, seed, style)
    budgets: list[dict[str, Any]] = [{"steps": s} for s in steps] or [{"tokens_per_pass": k} for k in tokens_per_pass]
    specs = [parse_lane(lane) if isinstance(lane, str) else lane for lane in lanes]
    if not specs or not budgets:
        raise ValueError("an evaluation needs at least one lane and one budget")
    table = [_TableRow(spec, budget, [], [], []) for spec in specs for budget in budgets]
    backends = {spec.checkpoint: open_checkpoint(spec.checkpoint, models) for spec in specs}
    plan = {"temperature": temperature}
    with _bar(scenes * len(table), progress) as bar:
        for first in range(0, scenes, SCENES_PER_BATCH):
            seeds = range(seed + first, seed + min(first + SCENES_PER_BATCH, scenes))
            batch = [scene_from_seed(s, style, against_priors, grain) for s in seeds]
            for name, backend in backends.items():
                sessions = _open(backend, batch, length)
                for row in (row for row in table if row.lane.checkpoint == name):
                    _run(row, batch, seeds, sessions, plan)
                    bar.update(len(batch))
    about = {"scenes": scenes, "seed": seed, "style": style, "against_priors": against_priors, "grain": grain}
    return [_json_row(row) | about for row in table]


def _check(scenes: int, seed: int, style: str) -> None:
    if scenes < 1:
        raise ValueError(f"{scenes} scenes are too few, expected at least 1")
    if style not in STYLES:
        raise ValueError(f"no style {style!r}; the styles are {', '.join(STYLES)}")
    if seed < 0 or seed + scenes > TRAINING_SEEDS:
        raise ValueError(
            f"scenes {seed} to {seed + scenes - 1} leave 0 to {TRAINING_SEEDS - 1}; from {TRAINING_SEEDS} on, scenes were trained on"
        )


def _bar(total: int, shown: bool) -> Any:
    from tqdm import tqdm

    return tqdm(total=total, unit="caption", disable=not shown, smoothing=0.1)


def _open(backend: Backend, scenes: Sequence[Scene], length: int | None) -> list[Session]:
    size = length or backend.card.length
    return [backend.open(Request(render(scene), backend.card.prompt, size, to_dict(scene))) for scene in scenes]


def _run(row: _TableRow, scenes: Sequence[Scene], seeds: Sequence[int], sessions: Sequence[Session], plan: dict[str, Any]) -> None:
    """Run a lane on a batch of scenes and add scores and costs to its row; every scene has its own seed."""
    jobs = [job(row.lane, session, seed=s, **row.budget, **plan) for session, s in zip(sessions, seeds, strict=True)]
    began = perf_counter()
    traces = collect(jobs)
    row.seconds.append(perf_counter() - began)
    row.totals.extend(summary(trace) for trace in traces)
    row.scores.extend(score_caption(caption_words(trace), scene) for trace, scene in zip(traces, scenes, strict=True))


def caption_words(trace: Trace) -> tuple[str, ...]:
    """The caption as the scorer reads it: a mask left open counts as an unknown word and is not skipped."""
    if trace.head.joiner != " ":
        return tuple(trace.text.lower().split())
    return tuple(_until_end(trace))


def _until_end(trace: Trace) -> Iterator[str]:
    final = trace.final if trace.head.stop_at is None else trace.final[: trace.head.stop_at]
    for token, text in zip(final, trace.tokens(final), strict=True):
        if token == trace.head.eot_id:
            return
        yield text


def _json_row(row: _TableRow) -> dict[str, Any]:
    count = len(row.totals)
    cost = {name: sum(total[name] for total in row.totals) / count for name in ("nfe", "commits", "revisions", "remasks")}
    quality = mean_scores(row.scores)
    return {
        "lane": str(row.lane),
        "tokens_per_pass": row.budget.get("tokens_per_pass"),
        **({"steps": row.budget["steps"]} if "steps" in row.budget else {}),
        "nfe": cost.pop("nfe"),
        "seconds": sum(row.seconds) / count,
        **cost,
        **{name: quality[name] for name in QUALITY},
    }
