"""Cards: what a folder in models/ says, and that no name leads out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rediff_viz.backends import BACKENDS, open_checkpoint
from rediff_viz.cards import card, list_cards, models_folder, read_card
from rediff_viz.run.lane import find_setting
from rediff_viz.samplers import SAMPLERS

GOOD = """
title = "A model"
backend = "toy"
mask_id = 1
eot_id = 0
forbidden = [1, 2]
takes_prompt = false
length = 40
trained_for = ["denoise"]
licence = "Apache-2.0"
[samplers.rediff]
settle = 8
most = 3
"""


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "one"
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text(GOOD)
    (tmp_path / "card.toml").write_text(GOOD)
    return tmp_path / "models"


def test_a_card_says_what_its_folder_says(models: Path) -> None:
    one = card("one", models)
    assert (one.name, one.title, one.mask_id, one.eot_id, one.forbidden, one.length) == ("one", "A model", 1, 0, (1, 2), 40)
    assert one.samplers["rediff"] == {"settle": 8, "most": 3}
    assert one.note("denoise") is None
    assert one.note("rediff") == "one was not trained for rediff"
    assert [c.name for c in list_cards(models)] == ["one"]


@pytest.mark.parametrize("name", ["..", "../one", ".", "", "one/../one", "/etc", "one\x00", "One", "one ", "a" * 300, "two"])
def test_no_name_leads_out_of_the_folder(name: str, models: Path) -> None:
    with pytest.raises(ValueError, match=r"no checkpoint .*; the checkpoints are one$"):
        card(name, models)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("mask_id = 1", "does not say mask_id"),
        ('title = "A model"', "does not say title"),
        ("weather = 1", "which no card has"),
        ("eot_id = 'x'", "says eot_id = 'x', expected int"),
        ("eot_id = true", "says eot_id = True, expected int"),
        ("[", "cannot be read as a card"),
    ],
)
def test_a_wrong_card_is_refused_in_one_sentence(change: str, sentence: str, models: Path) -> None:
    text = GOOD.replace(change, "", 1) if change in GOOD else GOOD.replace("eot_id = 0\n", "") if change.startswith("eot") else GOOD
    text = text if change in GOOD else f"{change}\n{text}"
    (models / "one" / "card.toml").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        card("one", models)


def test_the_folder_may_be_named_in_the_environment(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIFF_VIZ_MODELS", str(models))
    assert models_folder() == models
    assert card("one").name == "one"


def test_every_card_here_names_a_backend_and_settings_there_are() -> None:
    for one in list_cards():
        assert one.backend in BACKENDS, one.name
        assert set(one.trained_for) <= SAMPLERS.keys(), one.name
        for sampler, given in one.samplers.items():
            for key, value in given.items():
                find_setting(sampler, key).check(None if value == "none" else value)


def test_a_card_with_an_unknown_backend_is_refused(models: Path) -> None:
    (models / "one" / "card.toml").write_text(GOOD.replace('"toy"', '"nothing"'))
    with pytest.raises(ValueError, match="names the backend 'nothing'; the backends are"):
        open_checkpoint("one", models)


def test_a_folder_can_be_opened_by_its_path(models: Path) -> None:
    assert read_card(models / "one").name == "one"
    with pytest.raises(ValueError, match="is no folder"):
        open_checkpoint(models / "two")
