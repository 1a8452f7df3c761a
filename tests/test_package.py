"""What is installed: ranges, pins and the version are each written once, and the package finds its files wherever it lies."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import rediff_viz
from tools import licences

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
LIBRARIES = {"PIL": "pillow"}  # imported as -> installed as
ELSEWHERE = {"spaces"}  # a ZeroGPU Space brings it


def requirements(lines: list[str]) -> dict[str, Requirement]:
    """Requirements by canonical name; comments are left out."""
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def listed(name: str) -> dict[str, Requirement]:
    return requirements((ROOT / name).read_text("utf-8").splitlines())


DECLARED = requirements([*PROJECT["project"]["dependencies"], *EXTRAS["models"], *EXTRAS["page"]])
PINS = {name: next(iter(pin.specifier)).version for name, pin in listed("constraints.txt").items()}


def test_a_space_installs_what_the_package_declares() -> None:
    assert listed("requirements.txt") == DECLARED


@pytest.mark.parametrize("requirement", [*DECLARED.values(), *listed("requirements-dev.txt").values()], ids=lambda r: r.name)
def test_what_is_asked_for_is_pinned_within_its_range(requirement: Requirement) -> None:
    assert PINS[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_pins_are_exact_and_bring_no_cuda() -> None:
    assert [str(pin) for pin in listed("constraints.txt").values() if not re.fullmatch(r"[\w.-]+==[\d.]+", str(pin))] == []
    assert [name for name in PINS if name.startswith(("nvidia", "cuda", "triton"))] == []


@pytest.mark.parametrize("torch", ["2.8.0", "2.9.1", "2.10.0", "2.11.0"])
def test_the_torch_builds_of_a_zerogpu_space_are_let_in(torch: str) -> None:
    assert torch in DECLARED["torch"].specifier


def test_every_library_the_package_imports_is_declared() -> None:
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "rediff_viz").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    foreign = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"rediff_viz"}
    declared = DECLARED | requirements(EXTRAS["quantised"])
    assert {canonicalize_name(LIBRARIES.get(name, name)) for name in foreign - ELSEWHERE} == set(declared)


def test_the_version_is_written_in_the_package_alone() -> None:
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "rediff_viz/__init__.py"
    assert "version" in PROJECT["project"]["dynamic"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", rediff_viz.__version__)


def test_an_installed_package_finds_its_files(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rediff_viz", tmp_path / "site/rediff_viz", ignore=shutil.ignore_patterns("__pycache__"))
    for source, target in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"].items():
        shutil.copytree(ROOT / source, tmp_path / "site" / target, ignore=shutil.ignore_patterns("*.safetensors"))
    code = (
        "from rediff_viz import cards, paths; from rediff_viz.world import render, scene_from_seed; render(scene_from_seed(7));"
        "print(paths.ASSETS, paths.runs_folder(), cards.models_folder(), *sorted(c.name for c in cards.list_cards()), sep='\\n')"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REDIFF_VIZ_")}
    environment |= {"PYTHONPATH": str(tmp_path / "site")}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    home = tmp_path / "site/rediff_viz"
    cards = sorted(path.parent.name for path in ROOT.glob("models/*/card.toml"))
    assert ran.stdout.split() == [str(home / "assets"), str(home / "assets/runs"), str(home / "models"), *cards]


def test_the_folders_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from rediff_viz import paths

    monkeypatch.delenv("REDIFF_VIZ_MODELS", raising=False)
    monkeypatch.delenv("REDIFF_VIZ_RUNS", raising=False)
    assert (paths.models_folder(), paths.runs_folder()) == (ROOT / "models", ROOT / "assets/runs")
    monkeypatch.setenv("REDIFF_VIZ_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("REDIFF_VIZ_RUNS", str(tmp_path / "runs"))
    assert (paths.models_folder(), paths.runs_folder()) == (tmp_path / "models", tmp_path / "runs")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_the_make_targets_that_are_named_exist(page: str) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([\w-]+)", (ROOT / page).read_text("utf-8"), re.MULTILINE))
    assert named
    assert named <= targets


def test_the_page_of_licences_lists_what_the_app_installs_at_the_versions_that_are_pinned() -> None:
    rows = re.findall(r"^\| ([\w.-]+) \| ([\d.]+) \| (.+) \|$", (ROOT / "docs/licences.md").read_text("utf-8"), re.MULTILINE)
    assert {name: PINS[name] for name, _, _ in rows} == {name: version for name, version, _ in rows}
    assert {name for name, _, _ in rows} == set(licences.reached(licences.asked_for()))
    assert [name for name, _, licence in rows if licence == "it does not say"] == []
