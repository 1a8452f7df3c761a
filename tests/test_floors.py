"""The house's floors, read off its imports: a room knows rooms below it and never one above; heavy libraries stay where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "rediff_viz"
FLOORS: dict[int, set[str]] = {
    0: {"trace", "tracefile", "tracecheck"},
    1: {"events", "cards", "picture", "samplers", "metrics", "world", "nets", "backends"},
    2: {"lane", "drive", "keep", "run", "watch", "analysis", "views", "score", "score_bundle"},
    3: {"evaluate", "training", "conformance", "export", "ui", "cli", "__main__"},
}
FLOOR = {room: floor for floor, rooms in FLOORS.items() for room in rooms}
HOMES: dict[str, set[str]] = {  # a library -> the only rooms that may import it
    "torch": {"nets", "backends", "watch", "training", "conformance"},
    "transformers": {"nets", "backends", "training", "conformance"},
    "accelerate": {"nets", "backends"},
    "safetensors": {"nets", "backends", "training", "conformance"},
    "tokenizers": {"nets", "backends", "training", "conformance", "world"},
    "gradio": {"ui"},
    "plotly": {"views", "ui", "export"},
}


def imports(path: Path) -> Iterator[tuple[str, str, bool]]:
    """(library or "rediff_viz", room within the house or "", at the top of the module) of every import in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = ("rediff_viz", *path.relative_to(HOUSE).parent.parts)
    lazy = {id(node) for scope in ast.walk(tree) if isinstance(scope, ast.FunctionDef) for node in ast.walk(scope)}
    lazy |= {
        id(node)
        for scope in ast.walk(tree)
        if isinstance(scope, ast.If) and "TYPE_CHECKING" in ast.unparse(scope.test)
        for node in ast.walk(scope)
    }
    for node in ast.walk(tree):
        targets: list[str] = []
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            targets = [f"{stem}.{alias.name}" for alias in node.names] if stem == "rediff_viz" else [stem]
        for target in targets:
            library, _, rest = target.partition(".")
            yield library, rest.partition(".")[0], id(node) not in lazy


def rooms() -> list[Path]:
    return sorted(p for p in HOUSE.rglob("*.py") if p != HOUSE / "__init__.py")


def room_of(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", rooms(), ids=lambda p: str(p.relative_to(HOUSE)))
def test_a_room_knows_no_room_above_it(path: Path) -> None:
    room = room_of(path)
    assert room in FLOOR, f"{room} is on no floor: say in this test where it belongs"
    for library, other, _top in imports(path):
        if library == "rediff_viz" and other in FLOOR:
            assert FLOOR[other] <= FLOOR[room], f"{path.name} (floor {FLOOR[room]}) imports {other} (floor {FLOOR[other]})"


@pytest.mark.parametrize("path", rooms(), ids=lambda p: str(p.relative_to(HOUSE)))
def test_heavy_libraries_stay_in_their_rooms(path: Path) -> None:
    for library, _other, _top in imports(path):
        if library in HOMES:
            assert room_of(path) in HOMES[library], f"{path.name} imports {library}"


@pytest.mark.parametrize("room", sorted(FLOORS[0]))
def test_the_ground_floor_knows_numpy_and_nothing_else(room: str) -> None:
    foreign = {library for library, _other, _top in imports(HOUSE / f"{room}.py")} - set(sys.stdlib_module_names) - {"rediff_viz"}
    assert foreign <= {"numpy"}


@pytest.mark.parametrize("path", sorted((HOUSE / "samplers").glob("*.py")), ids=lambda p: p.name)
def test_samplers_know_numpy_and_the_ground_floor_only(path: Path) -> None:
    for library, other, _top in imports(path):
        assert library in {"numpy", "rediff_viz"} or library in sys.stdlib_module_names
        assert library != "rediff_viz" or other in {"trace", "samplers", ""}


def test_importing_the_house_brings_nothing_heavy() -> None:
    code = (
        "import sys, rediff_viz, rediff_viz.run, rediff_viz.events;"
        "print(sorted({'torch', 'gradio', 'plotly', 'transformers', 'accelerate'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.strip() == "[]"
