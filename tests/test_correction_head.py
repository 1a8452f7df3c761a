"""A correction head beside a frozen checkpoint: its training, its column, its lanes, and what is refused; on tiny weights."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_world import plain, with_heads

from rediff_viz.backends import BatchItem, Request, forget, open_checkpoint
from rediff_viz.backends.base import Contrast
from rediff_viz.backends.world import WorldBackend
from rediff_viz.backends.world_weights import HEAD, HEAD_WITHOUT_FCA, WEIGHTS, load_weights
from rediff_viz.cards import card, read_card
from rediff_viz.run import collect, fork, jobs, record, replay
from rediff_viz.training import save
from rediff_viz.training.correction_head import HeadBatches, error_loss, new_head, reveal
from rediff_viz.training.drafts import Expert
from rediff_viz.training.stages import Schedule
from rediff_viz.world import encode, render, scene_from_seed
from rediff_viz.world.vocabulary import LENGTHS, MASK_ID

LANES = ["dsc@world-dsc", "dsc@world-dsc:threshold=0.1,post_passes=8", "prism@world-dsc", "prism@world-dsc:remasks=40"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models: a tiny world-plain, and the heads that the smoke recipe's stage trains on it."""
    return with_heads(tmp_path_factory.mktemp("heads"))


@pytest.fixture
def models(trained: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    shutil.copytree(trained, tmp_path / "models")
    return tmp_path / "models"


def opened(models: Path, name: str = "world-dsc") -> WorldBackend:
    backend = open_checkpoint(name, models)
    assert isinstance(backend, WorldBackend)
    return backend


def test_the_stage_needs_no_other_and_writes_a_head_alone(trained: Path) -> None:
    files = {path.name for path in (trained / "world-dsc").iterdir()}
    assert files == {"card.toml", HEAD, HEAD_WITHOUT_FCA}
    assert read_card(trained / "world-dsc").sha256 == save.sha256(trained / "world-dsc" / HEAD)
    assert (trained / "world-dsc" / HEAD).read_bytes() != (trained / "world-dsc" / HEAD_WITHOUT_FCA).read_bytes()


def test_the_writer_is_frozen(trained: Path) -> None:
    writer = load_weights(trained / "world-plain")[1]
    head, pool = new_head(writer), save.load_pool(trained.parent / "work")
    batches = HeadBatches(writer, head, pool, Schedule(2, 4), Expert(1), reveals=True)
    found = batches.errors(0, torch.Generator().manual_seed(0))
    assert found.keys() == LENGTHS.keys()
    torch.autograd.backward(torch.stack(list(found.values())).sum())
    assert all(p.grad is None for p in writer.parameters())
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in head.parameters())


def test_only_masks_are_revealed_and_not_in_every_canvas() -> None:
    x, y = torch.full((400, 20), MASK_ID), torch.full((400, 20), 9)
    x[:, :5] = 7
    seen = reveal(x, y, torch.Generator().manual_seed(0))
    assert (seen[:, :5] == 7).all()
    assert set(seen[:, 5:].flatten().tolist()) == {MASK_ID, 9}
    bare = (seen[:, 5:] == MASK_ID).all(1).float().mean()
    assert 0.45 < bare < 0.65  # half of them, and those whose share was next to nothing
    assert 0.2 < (seen[:, 5:] == 9).float().mean() < 0.3  # a quarter of all masks


def test_the_loss_is_of_visible_words_alone() -> None:
    x, y = torch.tensor([[5, 6, MASK_ID, MASK_ID]]), torch.tensor([[5, 7, 8, 9]])
    logits = torch.tensor([[0.0, 2.0, 50.0, -50.0]])
    right, wrong = -np.log(0.5), -np.log(1 / (1 + np.exp(-2)))
    assert float(error_loss(logits, x, y)) == pytest.approx((right + wrong) / 2)


def canvas() -> np.ndarray:
    """Words, masks and the end."""
    words = encode("a cat is on a beach .".split(), 40)
    return np.where(np.arange(40) % 3 == 2, MASK_ID, words)


@pytest.mark.parametrize("wants", [("error_prob",), ("error_prob", "leave_one_out")])
@pytest.mark.parametrize("contrast", [None, Contrast(0.5)])
@torch.no_grad()
def test_the_column_is_the_heads_view_of_the_same_pass(wants: tuple[str, ...], contrast: Contrast | None, trained: Path) -> None:
    backend = opened(trained)
    session, read = backend.open(Request(render(scene_from_seed(3)))), canvas()
    asked, bare = backend.predict([BatchItem(session, read, wants=wants, contrast=contrast), BatchItem(session, read)])
    assert backend.correction_head is not None
    hidden = backend.writer.hidden(torch.from_numpy(read)[None], session.picture_cache)
    expected = backend.correction_head(hidden)[0].sigmoid().numpy() * (read != MASK_ID)
    assert np.allclose(asked.extra["error_prob"], expected, atol=1e-5)
    assert set(asked.extra) == set(wants)
    assert not bare.extra


def test_what_is_predicted_is_the_plain_ones_and_the_head_is_not_asked_for_nothing(trained: Path) -> None:
    backend, base = opened(trained), opened(trained, "world-plain")
    backend.correction_head = None  # would fail if it were needed
    one, other = (b.predict([BatchItem(b.open(Request(render(scene_from_seed(3)))), canvas())])[0] for b in (backend, base))
    assert np.array_equal(one.ids, other.ids)
    assert np.array_equal(one.prob, other.prob)
    forget()


@pytest.mark.parametrize("lane", LANES)
def test_a_lane_runs_forks_and_replays(lane: str, trained: Path) -> None:
    (job,) = jobs([lane], render(scene_from_seed(3)), models=trained, tokens_per_pass=8)
    (trace,) = collect([job])
    assert trace.head.stopped == "complete"
    assert "error_prob" in trace.extra
    assert replay(trace).same(trace)
    for at in (1, 3, len(trace) + 1):
        assert collect([fork(trace, job.session, at=at)])[0].same(trace)


def test_a_lane_on_a_checkpoint_without_a_head_is_refused_before_any_pass(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a pass was made")

    monkeypatch.setattr(WorldBackend, "predict", never)
    for sampler in ("dsc", "prism"):
        with pytest.raises(ValueError, match=f"^{sampler} needs 'error_prob', which world-plain cannot give$"):
            record(f"{sampler}@world-plain", render(scene_from_seed(3)), models=trained)


def test_a_card_takes_from_its_base_what_it_does_not_say(trained: Path) -> None:
    base, own = card("world-plain", trained), card("world-dsc", trained)
    assert (own.backend, own.mask_id, own.options, own.weights) == (base.backend, base.mask_id, base.options, base.folder)
    assert (own.title, own.sha256) != (base.title, base.sha256)
    assert "prism" not in own.trained_for


def say(line: str) -> Callable[[Path], object]:
    def change(models: Path) -> None:
        file = models / "world-dsc" / "card.toml"
        file.write_text(file.read_text("utf-8").replace('base = "world-plain"\n', line), "utf-8")

    return change


def swap(folder: Path) -> None:
    shutil.copy(folder / HEAD_WITHOUT_FCA, folder / HEAD)


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a base that is not there": (say('base = "world-none"\n'), "cannot be read as a card"),
    "a base elsewhere": (say('base = "../world-plain"\n'), "expected the name of a checkpoint beside it"),
    "itself": (say('base = "world-dsc"\n'), "expected a card with weights of its own"),
    "no base": (say(""), "does not say backend"),
    "no head": (lambda models: (models / "world-dsc" / HEAD).unlink(), f"world-dsc/ cannot be loaded: {HEAD}"),
    "another head": (lambda models: swap(models / "world-dsc"), "not those its card was written for"),
    "no weights": (lambda models: (models / "world-plain" / WEIGHTS).unlink(), "world-plain/ cannot be loaded"),
    "new weights": (
        lambda models: plain(models / "world-plain", seed=1), "it was trained on other weights than world-plain has now: run",
    ),
    "no tokenizer": (lambda models: (models / "world-plain" / "tokenizer.json").unlink(), "the tokenizer of world-plain cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_spoiled_head_is_one_sentence(spoiled: str, models: Path) -> None:
    spoil, sentence = SPOILED[spoiled]
    spoil(models)
    with pytest.raises(ValueError, match=sentence) as refusal:
        open_checkpoint("world-dsc", models)
    assert "\n" not in str(refusal.value)


def test_training_can_begin_from_a_checkpoint(trained: Path, tmp_path: Path) -> None:
    save.start(trained / "world-plain", tmp_path, "start")
    assert {path.name for path in tmp_path.iterdir()} == {"eye.pt", "start.pt"}
