"""The embedded checkpoints as files: what is broken about one is one sentence, and the others keep working."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rediff_viz.backends import open_checkpoint
from rediff_viz.cards import list_cards
from rediff_viz.paths import models_folder
from rediff_viz.run import record
from rediff_viz.training.save import write_sha256
from rediff_viz.world import render, scene_from_seed

NAME = "world-plain"


def flip(path: Path) -> None:
    """One bit in the middle of the weights."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "the tokenizer of world-plain cannot be read"),
    "a tokenizer that is none": (lambda folder: (folder / "tokenizer.json").write_text("{"), "the tokenizer of world-plain cannot be read"),
    "an empty tokenizer": (lambda folder: (folder / "tokenizer.json").write_text(""), "the tokenizer of world-plain cannot be read"),
    "a mask outside": (lambda folder: rewrite(folder / "card.toml", "mask_id = 1\n", "mask_id = 999999\n"), "names token 999999, outside"),
    "a forbidden id outside": (lambda folder: rewrite(folder / "card.toml", "[1, 2]", "[1, -2]"), "names token -2, outside"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "cannot be loaded"),
    "empty weights": (lambda folder: (folder / "model.safetensors").write_bytes(b""), "cannot be loaded"),
    "a flipped bit": (lambda folder: flip(folder / "model.safetensors"), "not those its card was written for"),
    "weights of another": (
        lambda folder: shutil.copy(models_folder() / "world-rediff/model.safetensors", folder), "not those its card was written for",
    ),
}  # fmt: skip


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name in (NAME, "world-rediff"):
        shutil.copytree(models_folder() / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_checkpoint_is_one_sentence_and_the_others_work(broken: str, models: Path) -> None:
    damage, sentence = BROKEN[broken]
    damage(models / NAME)
    with pytest.raises(ValueError, match=sentence) as refusal:
        open_checkpoint(NAME, models)
    assert "\n" not in str(refusal.value)
    assert str(models) not in str(refusal.value)
    assert record("denoise@world-rediff", render(scene_from_seed(1)), models=models, steps=1).nfe == 1


@pytest.mark.parametrize("card", ["", "title = 1", "[", 'title = "x"\nbackend = "world"\nmask_id = 1\nweather = 2'])
def test_a_bad_card_is_left_out_and_the_rest_listed(card: str, models: Path, caplog: pytest.LogCaptureFixture) -> None:
    (models / NAME / "card.toml").write_text(card)
    assert [one.name for one in list_cards(models)] == ["world-rediff"]
    assert [record.getMessage().partition(" is left out")[0] for record in caplog.records] == [NAME]


def test_a_trace_names_the_weights_it_was_made_with() -> None:
    trace = record("denoise@world-plain", render(scene_from_seed(1)), steps=1)
    assert trace.head.checkpoint_sha256 == open_checkpoint(NAME).card.sha256 != ""


def test_training_writes_the_sum_of_the_new_weights_into_the_card(models: Path) -> None:
    before = (models / NAME / "card.toml").read_text("utf-8")
    write_sha256(models / NAME)
    assert (models / NAME / "card.toml").read_text("utf-8") == before
    flip(models / NAME / "model.safetensors")
    write_sha256(models / NAME)
    assert (models / NAME / "card.toml").read_text("utf-8") != before
    rewrite(models / NAME / "card.toml", "sha256", "# sha256")
    write_sha256(models / NAME)
    open_checkpoint(NAME, models)
