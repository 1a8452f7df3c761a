"""The README is correct: its Python runs, its commands parse, its links lead to files, it names everything registered."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from rediff_viz.cards import list_cards
from rediff_viz.cli import SUBPROGRAMS, parser
from rediff_viz.metrics import METRICS
from rediff_viz.samplers import SAMPLERS
from rediff_viz.views import VIEWS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
FRONT, TEXT = README.split("---\n", 2)[1:]
COMMANDS = re.findall(r"^    python -m rediff_viz (.+)$", README, re.MULTILINE)


def test_its_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert "rediff@world-rediff" in (tmp_path / "timeline.html").read_text("utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_parse(command: str) -> None:
    words = shlex.split(command)
    if words[0] not in SUBPROGRAMS:
        parser().parse_args(words)


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_its_links_lead_to_files(link: str) -> None:
    assert (ROOT / link).is_file()


def test_its_samplers_are_there() -> None:
    """The other way round is the page's and the command line's business: a new sampler needs no line here."""
    table = TEXT.partition("| sampler | what it does | writes |")[2].partition("\n\n")[0]
    names = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert len(names) >= 3
    assert set(names) <= SAMPLERS.keys()


def test_it_names_every_checkpoint_and_view() -> None:
    names = [*VIEWS, *(card.name for card in list_cards(ROOT / "models"))]
    assert [name for name in names if f"`{name}`" not in TEXT] == []
    assert METRICS


def test_the_spaces_front_matter_agrees_with_the_pins() -> None:
    pins = dict(re.findall(r"^([\w-]+)==(.+)$", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE))
    front = dict(re.findall(r'^(\w+): "?([^"\n]+)"?$', FRONT, re.MULTILINE))
    assert front["sdk"] == "gradio"
    assert front["sdk_version"] == pins["gradio"]
    assert (ROOT / front["app_file"]).is_file()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert front["license"] == project["license"].lower()
    assert project["requires-python"] == f">={front['python_version']}"
