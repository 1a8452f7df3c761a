"""One file and one line: a sampler and a family of models from a module that the house has never seen are met everywhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lanes import Case, cases
from test_laws import LAWS, Law

from rediff_viz import Trace, cli
from rediff_viz.backends import BACKENDS, open_checkpoint
from rediff_viz.run import parse_lane, record, replay
from rediff_viz.samplers import SAMPLERS
from rediff_viz.samplers.method import PROVENANCE
from rediff_viz.score.messages import payload
from rediff_viz.service import choices
from rediff_viz.ui import controls

SAMPLER = '''
"""By place: fill the leftmost masks first."""
import numpy as np

from rediff_viz.samplers import Method, Plan, SettingHelp
from rediff_viz.samplers.decide import spread, surest


def by_place(plan: Plan, backwards: bool = False):
    """The quota of plain denoising, by position instead of confidence."""
    x, stop = plan.canvas(), None
    for block in plan.blocks():
        for i, k in enumerate(spread(plan.masks(x, block.inside), block.steps)):
            if plan.done(x, block, stop):
                break
            x, prediction = yield plan.query(block, i, x)
            masked, place = x == plan.mask_id, np.arange(len(x))
            unmask = surest(place if backwards else -place, masked & block.reach(stop), k)
            x = np.where(unmask & masked, prediction.ids, x)
            stop = plan.scan(x, stop)
        if stop is not None and stop <= block.end:
            break
    yield plan.final(x, stop)


METHOD = Method(
    run=by_place,
    title="By place",
    paper="arXiv:0000.00000",
    origin="reconstruction",
    code="none",
    line="Each pass fills the leftmost masks.",
    rules=("commit",),
    unchecked="No word is ever reconsidered.",
    honours_stop=True,
    settings_help={"backwards": SettingHelp("fill from the right", ours=True)},
)
'''
FAMILY = '''
"""A family of models: every position wants one word, and the word that stands there already a little more."""
import numpy as np

from rediff_viz.backends import Family
from rediff_viz.backends.toy import MASK, UNKNOWN, WORDS, ToyBackend


class ParrotBackend(ToyBackend):
    """Answers from the number of masks it reads."""

    def __init__(self, card):
        super().__init__()
        self.card = card

    def logits(self, read: np.ndarray, salt: int = 0) -> np.ndarray:
        N, V = len(read), len(WORDS)
        z = np.cos(np.arange(N)[:, None] * 1.7 + np.arange(V) * 0.9 + (read == MASK).sum() + salt % 97) * 3
        z[:, [MASK, UNKNOWN]] = -12
        z[np.arange(N), read] += np.where(read == MASK, 0, 1)
        return z


FAMILY = Family(ParrotBackend)
'''
NAME, FAMILY_NAME = "by_place", "parrot"
SENTENCE = PROVENANCE["reconstruction"]


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The newcomer's two modules, on the path and in the registries."""
    folder = tmp_path_factory.mktemp("newcomer")
    (folder / "trial_sampler.py").write_text(SAMPLER)
    (folder / "trial_family.py").write_text(FAMILY)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.setitem(SAMPLERS, NAME, import_module("trial_sampler").METHOD)
        patch.setitem(BACKENDS, FAMILY_NAME, import_module("trial_family").FAMILY)
        yield
    del sys.modules["trial_sampler"], sys.modules["trial_family"]


pytestmark = pytest.mark.usefixtures("modules")


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A checkpoint of the new family, which needs a card and nothing else."""
    folder = tmp_path / "models" / "polly"
    folder.mkdir(parents=True)
    card = 'title = "Polly"\nmask_id = 1\neot_id = 0\ntakes_picture = false\nlength = 8\nsteps = 4\n'
    (folder / "card.toml").write_text(f'backend = "{FAMILY_NAME}"\n{card}')
    monkeypatch.setenv("REDIFF_VIZ_MODELS", str(folder.parent))
    return "polly"


@pytest.mark.parametrize(("law", "about"), LAWS, ids=[law.__name__ for law, _ in LAWS])
def test_a_new_sampler_and_a_new_family_keep_the_laws(law: Law, about: dict[str, Any]) -> None:
    @settings(max_examples=10, deadline=None)
    @given(data=st.data(), case=cases(**about, family=FAMILY_NAME))
    def check(data: st.DataObject, case: Case) -> None:
        law(NAME, data, case)

    check()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_runs_on_a_new_family(sampler: str, checkpoint: str) -> None:
    trace = record(f"{sampler}@{checkpoint}")
    assert len(trace) > 0
    assert trace.head.stopped == "complete"
    assert replay(trace).same(trace)


def test_a_new_family_is_opened_by_its_card(checkpoint: str) -> None:
    assert type(open_checkpoint(checkpoint)).__name__ == "ParrotBackend"


def test_a_new_sampler_is_read_in_lanes_with_its_settings() -> None:
    assert parse_lane(f"{NAME}@toy:backwards=on").settings == {"backwards": True}
    with pytest.raises(ValueError, match="setting backwards is 'perhaps', expected true or false"):
        parse_lane(f"{NAME}@toy:backwards=perhaps")
    with pytest.raises(ValueError, match=f"the samplers are {', '.join(SAMPLERS)}"):
        parse_lane("nothing@toy")


def test_a_new_sampler_says_where_its_rules_come_from() -> None:
    assert record(f"{NAME}@toy", length=4, steps=2).head.provenance == SENTENCE
    own = record(f"{NAME}@toy:backwards=on", length=4, steps=2)
    assert own.head.provenance == f"{SENTENCE}, with settings of ours: backwards=True"
    (lane,) = payload([own], "run")["lanes"]
    assert (lane["title"], lane["label"], lane["rules"]) == ("By place", own.head.provenance, ["commit"])


def test_a_new_sampler_is_in_the_command_lines_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.run(["run", "--help"])
    help_text = " ".join(capsys.readouterr().out.split())
    for name, method in SAMPLERS.items():
        assert f"{name} ({method.provenance({})})" in help_text
    assert f"{NAME} ({SENTENCE})" in help_text


def test_a_new_sampler_runs_on_a_new_checkpoint_from_the_command_line(
    checkpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert cli.run(["run", "--lane", f"{NAME}@{checkpoint}:backwards=on", "--json", "--out", str(out)]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["lane"], row["nfe"], row["commits"]) == (f"{NAME}@{checkpoint}:backwards=on", 4, 8)
    (path,) = out.glob("*.trace")
    assert Trace.load(path).text == row["text"]


def test_a_new_sampler_can_be_chosen_on_the_page_with_its_settings() -> None:
    assert ("plain: By place", NAME) in choices.samplers()
    page = controls.settings_html()
    assert "<b>By place</b> <code>backwards</code> fill from the right" in page
    assert SENTENCE in page


def test_the_docs_name_every_sampler_with_its_origin() -> None:
    table = (Path(__file__).resolve().parent.parent / "docs/samplers.md").read_text("utf-8")
    for name, method in SAMPLERS.items():
        if name != NAME:
            assert f"| `{name}` | {method.paper or '-'} | {method.origin}" in table
            assert method.line in table
