"""Quality tables on scenes of the picture world: how good a lane's captions are, and what they cost in forward passes.

Scene i of an evaluation is the world's scene of seed + i. The embedded checkpoints were trained on the seeds from
TRAINING_SEEDS on, so an evaluation stays below them. Many scenes share one forward pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from .analysis.credit import ReadWords, credit, detected, read_words
from .backends import Backend, Request, Session, open_checkpoint
from .events import summary
from .run import collect, job
from .run.lane import LaneSpec, parse_lane
from .trace import Trace
from .world.grammar import prompt_of
from .world.render import render
from .world.sampling import TRAINING_SEEDS, scene_from_seed
from .world.scenes import Scene, to_dict
from .world.scorer import CaptionScore, mean_scores, score_caption
from .world.things import STYLES

SCENES_PER_BATCH = 64
Z = 1.959963984540054  # the normal distribution's 97.5 % point
QUALITY = (
    "exact", "fluent", "object_f1", "attribute_accuracy", "relation_accuracy", "chair_i", "chair_s", "claims_right", "sentences_fluent",
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """A lane at a budget on every scene: one score and one total a scene, in the order of the scenes."""

    lane: LaneSpec
    budget: dict[str, Any]  # {"tokens_per_pass": K} or {"steps": S}
    scores: list[CaptionScore]
    totals: list[dict[str, Any]]  # events.summary of the trace, and why it "stopped"
    seconds: list[float]  # of each batch
    credits: list[dict[str, int]] = field(default_factory=list)  # `credit` of each trace, where it was asked for
    read: list[ReadWords] = field(default_factory=list)  # the words that each trace's passes read, where asked for


def evaluate(
    lanes: Sequence[str | LaneSpec],
    tokens_per_pass: Sequence[float] = (8,),
    scenes: int = 500,
    seed: int = 0,
    style: str = "google",
    against_priors: bool = False,
    **how: Any,
) -> list[dict[str, Any]]:
    """One row a lane and budget: means over the scenes of quality and cost; keywords and errors as in `measure`.

    `nfe`, `network_rows`, `commits`, `revisions`, `remasks` are means a caption; `seconds` is wall time a caption with SCENES_PER_BATCH
    scenes in a batch, encoding the pictures not included. `attribute_accuracy`, `relation_accuracy` and `chair_i` are means
    over the captions that state such a thing, None where none does. Each quality NAME has its 95 % interval in NAME_low
    and NAME_high. What revising did to claims stands as totals over the scenes (`wrong_to_right` and so on, of `analysis.credit`), and
    whether change falls on what is wrong as change_precision, change_recall and change_auroc over change_words words that a pass
    read, of which change_wrong were wrong.
    """
    about = {"scenes": scenes, "seed": seed, "style": style, "against_priors": against_priors}
    about |= {"grain": how.get("grain", 0.0), "groups": how.get("groups"), "prompt": how.get("prompt", "")}
    return [as_row(row) | about for row in measure(lanes, tokens_per_pass, scenes, seed, style, against_priors, credited=True, **how)]


def measure(
    lanes: Sequence[str | LaneSpec],
    tokens_per_pass: Sequence[float] = (8,),
    scenes: int = 500,
    seed: int = 0,
    style: str = "google",
    against_priors: bool = False,
    *,
    grain: float = 0.0,
    groups: int | None = None,
    prompt: str = "",
    steps: Sequence[int] = (),
    length: int | None = None,
    temperature: float | None = None,
    models: Path | None = None,
    progress: bool = False,
    credited: bool = False,
) -> list[Measured]:
    """Every lane at every budget, scene by scene.

    Budgets are tokens per pass, or, when `steps` names any, planned passes. `groups`: scenes of so many groups only.
    `progress` draws a bar on stderr. `credited` judges every pass of every lane, not its end alone. Raises ValueError with one
    sentence for arguments that cannot be evaluated.
    """
    _check(scenes, seed, style)
    budgets: list[dict[str, Any]] = [{"steps": s} for s in steps] or [{"tokens_per_pass": k} for k in tokens_per_pass]
    specs = [parse_lane(lane) if isinstance(lane, str) else lane for lane in lanes]
    if not specs or not budgets:
        raise ValueError("an evaluation needs at least one lane and one budget")
    table = [Measured(spec, budget, [], [], []) for spec in specs for budget in budgets]
    backends = {spec.checkpoint: open_checkpoint(spec.checkpoint, models) for spec in specs}
    plan = {"temperature": temperature}
    with _bar(scenes * len(table), progress) as bar:
        for first in range(0, scenes, SCENES_PER_BATCH):
            seeds = range(seed + first, seed + min(first + SCENES_PER_BATCH, scenes))
            batch = [scene_from_seed(s, style, against_priors, grain, groups) for s in seeds]
            for name, backend in backends.items():
                sessions = _open(backend, batch, prompt, length)
                for row in (row for row in table if row.lane.checkpoint == name):
                    traces = _run(row, batch, seeds, sessions, plan)
                    if credited:
                        for trace in traces:  # judged once for both, trace by trace
                            row.credits.append(credit(trace))
                            row.read.append(read_words(trace))
                    bar.update(len(batch))
    return table


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


def _open(backend: Backend, scenes: Sequence[Scene], prompt: str, length: int | None) -> list[Session]:
    asked = prompt or backend.card.prompt
    size = length or backend.card.canvas(asked)
    return [backend.open(Request(render(scene), asked, size, to_dict(scene))) for scene in scenes]


def _run(row: Measured, scenes: Sequence[Scene], seeds: Sequence[int], sessions: Sequence[Session], plan: dict[str, Any]) -> list[Trace]:
    """Run a lane on a batch of scenes and add scores and costs to its row; every scene has its own seed."""
    jobs = [job(row.lane, session, seed=s, **row.budget, **plan) for session, s in zip(sessions, seeds, strict=True)]
    began = perf_counter()
    traces = collect(jobs)
    row.seconds.append(perf_counter() - began)
    row.totals.extend({**summary(trace), "stopped": trace.head.stopped} for trace in traces)
    for trace, scene in zip(traces, scenes, strict=True):
        row.scores.append(score_caption(caption_words(trace), scene, prompt_of(scene, trace.head.prompt)))
    return traces


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


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean of values in 0..1: Wilson's where all are 0 or 1, else the normal one, cut to 0..1."""
    n, mean = len(values), sum(values) / len(values)
    if all(value in (0, 1) for value in values):
        centre, spread = mean + Z**2 / (2 * n), Z * math.sqrt(mean * (1 - mean) / n + Z**2 / (4 * n * n))
        return (centre - spread) / (1 + Z**2 / n), (centre + spread) / (1 + Z**2 / n)
    half = half_width(values)
    return max(0.0, mean - half), min(1.0, mean + half)


def paired(first: Sequence[float], second: Sequence[float]) -> tuple[float, float, float]:
    """Mean of first - second over the same scenes, and its 95 % interval: (mean, low, high)."""
    differences = [a - b for a, b in zip(first, second, strict=True)]
    mean, half = sum(differences) / len(differences), half_width(differences)
    return mean, mean - half, mean + half


def half_width(values: Sequence[float]) -> float:
    """Half the width of the normal 95 % interval of a mean."""
    n, mean = len(values), sum(values) / len(values)
    return Z * math.sqrt(sum((value - mean) ** 2 for value in values) / max(1, n - 1) / n)


def as_row(row: Measured) -> dict[str, Any]:
    """Means over the scenes, each rate with its interval."""
    count = len(row.totals)
    cost = {name: sum(total[name] for total in row.totals) / count for name in ("nfe", "network_rows", "commits", "revisions", "remasks")}
    means = mean_scores(row.scores)
    quality: dict[str, float | None] = {}
    for name in QUALITY:
        values = [float(value) for score in row.scores if (value := getattr(score, name)) is not None]
        low, high = interval(values) if values else (None, None)
        quality |= {name: means[name], f"{name}_low": low, f"{name}_high": high}
    return {
        "lane": str(row.lane),
        "tokens_per_pass": row.budget.get("tokens_per_pass"),
        **({"steps": row.budget["steps"]} if "steps" in row.budget else {}),
        "nfe": cost.pop("nfe"),
        "seconds": sum(row.seconds) / count,
        **cost,
        **quality,
        **_credit(row),
    }


def _credit(row: Measured) -> dict[str, Any]:
    """Totals of what revising did, and whether change falls on what is wrong; {} where it was not asked for."""
    if not row.credits:
        return {}
    totals = {name.replace(" ", "_"): sum(one[name] for one in row.credits) for name in row.credits[0]}
    return totals | {f"change_{name}": value for name, value in asdict(detected(row.read)).items()}
