"""Every case of a folder, one line per failure, and a last line of counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from . import embeds, llada, proseco, still
from .folder import Case, DiffersError, Folder, short

KINDS: dict[str, Callable[[Folder, Case], None]] = {
    "forward": still.forward,
    "forward_image": still.forward_image,
    "embeds_image": still.embeds_image,
    "process_images": still.pixels,
    "token_counts": still.token_counts,
    "prompts": still.prompt_cases,
    "state_dict_shapes_8b": still.real_shapes,
    "generate_with_embeds[lladav]": embeds.run,
    "generate_with_embeds[rediff]": embeds.run,
    "llada.generate": llada.run,
    "proseco.generate": proseco.run,
}


@dataclass(frozen=True)
class Result:
    """How one case came out."""

    id: str
    kind: str
    outcome: Literal["passed", "failed", "skipped"]
    step: int | None = None
    what: str = ""
    expected: str = ""
    got: str = ""

    def line(self) -> str:
        where = "" if self.step is None else f"step {self.step}: "
        details = f": expected {self.expected}, got {self.got}" if self.expected or self.got else ""
        return f"{self.outcome} {self.id}: {where}{self.what}{details}"


def judge(folder: Folder, case: Case) -> Result:
    """Run one case; whatever goes wrong inside it is its failure."""
    name, kind = str(case.get("id", "case without id")), str(case.get("kind", ""))
    if kind not in KINDS:
        return Result(name, kind, "skipped", what=f"kind {kind!r} is not known here; known are {', '.join(KINDS)}")
    try:
        KINDS[kind](folder, case)
    except DiffersError as differs:
        return Result(name, kind, "failed", differs.step, differs.what, short(differs.expected), short(differs.got))
    except KeyError as missing:
        return Result(name, kind, "failed", what=f"the recording lacks {missing.args[0]!r}")
    except Exception as error:  # a broken case is a failed case, and the others still run
        return Result(name, kind, "failed", what=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}")
    return Result(name, kind, "passed")


def wanted(case: Case, kinds: Sequence[str]) -> bool:
    return not kinds or any(str(case.get(key, "")).startswith(kind) for kind in kinds for key in ("kind", "id"))


def results(path: Path, kinds: Sequence[str] = (), each: Callable[[Result], None] | None = None) -> list[Result]:
    """Every wanted case of a folder, in its order. Raises ValueError for a folder without a manifest."""
    folder, done = Folder(path), []
    for case in folder.cases:
        if wanted(case, kinds):
            done.append(judge(folder, case))
            if each is not None:
                each(done[-1])
    return done


def counts(done: Sequence[Result]) -> str:
    return ", ".join(f"{sum(r.outcome == outcome for r in done)} {outcome}" for outcome in ("passed", "failed", "skipped"))


def report(path: Path, kinds: Sequence[str], as_json: bool) -> int:
    """Print the failures and the counts. 1 when something failed or nothing was run, else 0."""

    def print_failure(result: Result) -> None:
        if result.outcome != "passed" and not as_json:
            print(result.line(), flush=True)

    done = results(path, kinds, print_failure)
    if as_json:
        tallies = {outcome: sum(r.outcome == outcome for r in done) for outcome in ("passed", "failed", "skipped")}
        print(json.dumps({**tallies, "cases": [asdict(result) for result in done]}, indent=1))
    else:
        print(counts(done))
    return 1 if not done or any(result.outcome == "failed" for result in done) else 0
