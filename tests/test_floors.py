"""The floors of the house, read off its imports: rooms know lower floors only, files form no circle, libraries stay in their rooms.

A room is a folder or a single module directly under rediff_viz/. Imports inside functions count, imports for type checkers count,
and so does a module that is named by a string (`lazily("rediff_viz.backends.world", ...)`).
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "rediff_viz"
FLOORS: tuple[set[str], ...] = (  # from the ground up; rooms of one floor do not know each other
    {"trace", "nets", "paths", "budget", "picture_parts", "csv_cells"},
    {"__init__", "cards", "events", "images", "samplers", "stored_analysis", "verdicts", "world"},
    {"truth", "backends"},
    {"saved_run", "metrics"},
    {"run", "views", "score"},
    {"analysis"},
    {"evaluate", "training", "conformance", "service"},
    {"ui"},
    {"cli"},
    {"__main__"},
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
HOMES: dict[str, set[str]] = {  # a library -> the rooms that import it; numpy is everybody's
    "torch": {"nets", "backends", "training", "conformance"},
    "transformers": {"nets"},
    "accelerate": {"nets", "backends"},
    "safetensors": {"nets", "backends", "training"},
    "tokenizers": {"backends", "training", "conformance"},
    "huggingface_hub": {"backends"},
    "bitsandbytes": {"backends"},
    "psutil": {"backends"},
    "spaces": {"backends"},
    "gradio": {"ui"},
    "starlette": {"ui"},
    "plotly": {"views"},
    "pandas": {"events", "truth", "saved_run", "analysis", "cli"},
    "tqdm": {"evaluate", "training", "cli"},
    "PIL": {"images", "nets", "world", "saved_run", "backends", "conformance", "service", "ui"},
}


class Import(NamedTuple):
    """One import: the module as far as the house has it ("rediff_viz.trace.file"), or the library ("numpy")."""

    importer: str
    target: str
    line: int

    @property
    def inside(self) -> bool:
        """Whether it is an import of the house's own."""
        return self.target.partition(".")[0] == "rediff_viz"


def dotted(path: Path) -> str:
    """rediff_viz/trace/file.py -> rediff_viz.trace.file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES: dict[str, Path] = {dotted(path): path for path in sorted(HOUSE.rglob("*.py"))}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def read_imports(module: str, source: str, package: bool = False) -> Iterator[Import]:
    """Every import in a module's source, wherever it stands in the file."""
    parents = module.split(".") if package else module.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = parents[: len(parents) - node.level + 1] if node.level else []
            stem = ".".join([*start, *filter(None, [node.module])])
            names = [f"{stem}.{alias.name}" if f"{stem}.{alias.name}" in MODULES else stem for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"rediff_viz(\.[a-z_]\w*)+", node.value):
            names = [node.value]
        for name in names:
            yield Import(module, name if name.startswith("rediff_viz") else name.partition(".")[0], getattr(node, "lineno", 0))


IMPORTS: dict[str, list[Import]] = {
    module: [*read_imports(module, path.read_text(encoding="utf-8"), path.name == "__init__.py")] for module, path in MODULES.items()
}
ALL = [one for imports in IMPORTS.values() for one in imports]
INSIDE = [one for one in ALL if one.inside]
LIBRARIES = [one for one in ALL if not one.inside and one.target not in sys.stdlib_module_names]


def circle(arrows: Mapping[str, set[str]]) -> list[str]:
    """The modules of one circle, or []."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_every_room_is_on_one_floor_and_every_floor_names_rooms_that_are_there() -> None:
    assert sum(len(rooms) for rooms in FLOORS) == len(FLOOR), "a room is on two floors"
    assert {room_of(module) for module in MODULES} == FLOOR.keys()


@pytest.mark.parametrize("module", MODULES)
def test_a_room_knows_rooms_on_lower_floors_only(module: str) -> None:
    room = room_of(module)
    for one in (one for one in IMPORTS[module] if one.inside):
        other = room_of(one.target)
        assert other == room or FLOOR[other] < FLOOR[room], (
            f"{module}:{one.line} (floor {FLOOR[room]}) imports {other} (floor {FLOOR[other]})"
        )


def test_every_import_of_the_house_names_a_module_that_is_there() -> None:
    assert {f"{one.importer}:{one.line} imports {one.target}" for one in INSIDE if one.target not in MODULES} == set()


def test_no_files_import_each_other_in_a_circle() -> None:
    arrows = {m: {one.target for one in IMPORTS[m] if one.inside} for m in MODULES}
    assert circle(arrows) == []


@pytest.mark.parametrize(
    "source",
    ["import rediff_viz.ui", "from .. import ui", "from ..ui import page", "from rediff_viz.ui import page", "x = 'rediff_viz.ui.page'",
     "def f():\n  from ..ui import page", "if TYPE_CHECKING:\n  from ..ui import page", "async def f():\n  import rediff_viz.ui.page"],
)  # fmt: skip
def test_an_import_upward_is_seen_wherever_it_stands(source: str) -> None:
    assert {room_of(one.target) for one in read_imports("rediff_viz.trace.file", source)} == {"ui"}


def test_a_circle_is_found() -> None:
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}
    assert circle({"a": {"b", "c"}, "b": {"c"}}) == []


def test_libraries_stay_in_their_rooms() -> None:
    found: dict[str, set[str]] = {}
    for one in LIBRARIES:
        found.setdefault(one.target, set()).add(room_of(one.importer))
    assert found.pop("numpy")
    assert found == HOMES


def test_the_ground_floor_of_traces_knows_numpy_and_nothing_else() -> None:
    known = {one.target for one in LIBRARIES + INSIDE if room_of(one.importer) == "trace" and room_of(one.target) != "trace"}
    assert known == {"numpy"}


def test_samplers_know_numpy_and_traces_and_nothing_else() -> None:
    assert {one.target for one in LIBRARIES if room_of(one.importer) == "samplers"} == {"numpy"}
    assert {room_of(one.target) for one in INSIDE if room_of(one.importer) == "samplers"} == {"samplers", "trace"}


def test_the_service_of_a_page_knows_no_gradio() -> None:
    below = {room for room, floor in FLOOR.items() if floor < FLOOR["ui"]}
    assert "service" in below
    assert {one.importer for one in LIBRARIES if one.target.startswith("gradio") and room_of(one.importer) != "ui"} == set()


def test_opening_a_trace_and_drawing_it_needs_neither_torch_nor_gradio() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['torch', 'gradio', 'transformers', 'accelerate', 'tokenizers', 'safetensors']));"
        "import rediff_viz, rediff_viz.run as run; trace = rediff_viz.Trace.from_bytes(run.record('rediff@toy', length=8).to_bytes());"
        "assert 'plotly' not in sys.modules;"
        "from rediff_viz.views import VIEWS; from rediff_viz.score.messages import payload;"
        "from rediff_viz.events import events; from rediff_viz.metrics import METRICS;"
        "figures = [view([trace]) for view in VIEWS.values()]; payload([trace], 'a'); [metric(trace) for metric in METRICS.values()];"
        "print(len(figures), len(events(trace)) > 0, [m for m in sys.modules if m.startswith(('torch.', 'gradio.'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr == ""
    assert done.stdout.split()[1:] == ["True", "[]"]
    assert int(done.stdout.split()[0]) > 0
