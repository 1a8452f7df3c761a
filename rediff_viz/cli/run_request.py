"""What a run was asked for, as request.json keeps it, so that `run --resume` can go on. Read with suspicion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ..backends import find_card
from ..run import parse_lane
from ..run.recording import picture_facts
from ..saved_run import trace_name
from ..trace import Trace
from ..trace.file import replace_file
from ..trace.stored import expected, has_type, read_json, stored_types
from ..world import CANVAS, from_dict, render, to_dict

NAME = "request.json"
LIMIT = 1 << 20  # bytes of request.json
_PLAN = {"steps": "steps", "tokens_per_pass": "tokens_per_pass", "length": "length", "block": "block_length", "temperature": "temperature"}


@dataclass(frozen=True)
class RunRequest:
    """Everything that decides what a run computes, but for the picture's pixels. None: as the checkpoint's card says."""

    lanes: tuple[str, ...]
    prompt: str = ""
    steps: int | None = None
    tokens_per_pass: float | None = None
    length: int | None = None
    block: int | None = None
    temperature: float | None = None
    seed: int = 0
    picture: Mapping[str, Any] | None = None  # {"sha256", "width", "height"}
    scene: Mapping[str, Any] | None = None
    title: str = ""

    def __post_init__(self) -> None:
        if not self.lanes:
            raise ValueError("a run needs at least one lane: --lane SAMPLER@CHECKPOINT")
        if self.length is not None and self.length < 1:
            raise ValueError(f"an answer of {self.length} positions, expected at least 1")

    @property
    def names(self) -> list[str]:
        """The file of each lane's trace."""
        specs = [parse_lane(lane) for lane in self.lanes]
        return [trace_name(i, spec.sampler, spec.checkpoint) for i, spec in enumerate(specs)]

    def plan(self) -> dict[str, Any]:
        """The keywords of `run.jobs` beside lanes and picture."""
        names = ("prompt", "steps", "tokens_per_pass", "length", "block", "temperature", "seed", "scene")
        return {name: getattr(self, name) for name in names}

    def save(self, folder: Path) -> None:
        """Write request.json."""
        replace_file(folder / NAME, (json.dumps({"version": 1, **asdict(self)}, ensure_ascii=False, indent=1) + "\n").encode())

    def check_given(self, given: Mapping[str, Any]) -> None:
        """Raises ValueError for an option, by field, that was given and is not what this run was begun with."""
        for name, value in given.items():
            held = getattr(self, name)
            alike = [parse_lane(lane) for lane in value] == [parse_lane(lane) for lane in held] if name == "lanes" else value == held
            if not alike:
                option = {"lanes": "--lane", "picture": "the picture"}.get(name, f"--{name.replace('_', '-')}")
                begun = "without it" if held is None else f"with {_short(held)}"
                raise ValueError(f"{option} is {_short(value)}, but the run was begun {begun}; leave it out to go on with that run")

    def check_trace(self, lane: int, trace: Trace) -> None:
        """Raises ValueError, naming the file, for a trace that is not of this lane of this run."""
        head, spec = trace.head, parse_lane(self.lanes[lane])
        wanted: dict[str, Any] = {name: getattr(self, name) for name in ("prompt", "seed", "picture", "scene")}
        wanted |= {"lane": self.lanes[lane], "sampler": spec.sampler, "checkpoint": spec.checkpoint}
        if sha256 := find_card(spec.checkpoint).sha256:
            wanted["checkpoint_sha256"] = sha256
        held = {name: getattr(head, name) for name in wanted}
        for name, column in _PLAN.items():
            if (value := getattr(self, name)) is not None:
                wanted[name], held[name] = value, head.plan[column]
        for name, value in wanted.items():
            if held[name] != value:
                where = f"{self.names[lane]} is not of this run: its {name} is {_short(held[name])}, expected {_short(value)}"
                raise ValueError(f"{where}; remove the file to run that lane again")

    def check_picture(self, picture: Any) -> None:
        """Raises ValueError when picture.png is not the picture the run was begun with, or the scene not its scene."""
        if self.picture != picture_facts(picture):
            raise ValueError("picture.png is not the picture that the run was begun with")
        if self.scene is not None and self.scene != scene_of(self.scene, picture):
            raise ValueError(f"the scene in {NAME} does not draw picture.png")


def scene_of(stored: Any, picture: Any) -> dict[str, Any] | None:
    """A scene read from JSON, if drawing it gives exactly this picture; None otherwise."""
    try:
        scene = from_dict(stored)
    except ValueError:
        return None
    if picture is None:
        return None
    drawn = render(scene, min(8, max(1, picture.width // CANVAS)))
    return to_dict(scene) if drawn.size == picture.size and drawn.tobytes() == picture.tobytes() else None


def _short(value: Any) -> str:
    if isinstance(value, Mapping):  # a picture or a scene
        return f"another one ({value['width']} x {value['height']})" if {"width", "height"} <= set(value) else "another one"
    return (" ".join(value) if isinstance(value, list | tuple) else f"{value!r}")[:80]


def load_request(folder: Path) -> RunRequest:
    """Read request.json. Raises ValueError, in one sentence, for anything that is none."""
    where = f"{folder.name}/{NAME}"
    kinds = stored_types(RunRequest)
    try:
        with (folder / NAME).open("rb") as file:
            content = file.read(LIMIT + 1)
        if len(content) > LIMIT:
            raise ValueError(f"it has more than {LIMIT >> 20} MiB")
        stored = read_json(content.decode("utf-8"), parse_constant=_no_constant)
        if not isinstance(stored, dict) or stored.pop("version", None) != 1:
            raise ValueError("it does not say version 1")
        for field in fields(RunRequest):
            value = stored.get(field.name)
            if not has_type(value, kinds[field.name]):
                raise ValueError(f"{field.name} is {str(value)[:40]!r}, expected {expected(kinds[field.name])}")
        if not all(isinstance(lane, str) for lane in stored["lanes"]):
            raise ValueError("a lane is no text")
        known = {field.name: stored[field.name] for field in fields(RunRequest)}
        request = RunRequest(**known | {"lanes": tuple(str(parse_lane(lane)) for lane in stored["lanes"])})
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ValueError(f"{where} cannot be read as what a run was asked for: {reason}") from error
    return request


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
