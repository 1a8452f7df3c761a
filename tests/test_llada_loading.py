"""Loading a LLaDA checkpoint: from a folder, from the hub and its cache, with the memory there is, and what may be wrong with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from tiny_llada import GOLDEN, LANES, PLAN, SEEING, random_checkpoint

from rediff_viz import run
from rediff_viz.backends import Request, open_checkpoint
from rediff_viz.backends.llada import loading
from rediff_viz.nets import weights
from rediff_viz.trace import Trace


def damaged(folder: Path, how: str) -> Path:
    random_checkpoint(folder)
    shard = folder / "model-00002-of-00002.safetensors"
    config = json.loads((folder / "config.json").read_text())
    if how == "shard missing":
        shard.unlink()
    elif how == "shard truncated":
        shard.write_bytes(shard.read_bytes()[:-4000])
    elif how == "no safetensors":
        shard.write_bytes(b"hello")
    elif how == "wrong shapes":
        (folder / "config.json").write_text(json.dumps({**config, "intermediate_size": 100}))
    elif how == "too few tensors":
        (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))
    elif how == "another kind":
        (folder / "config.json").write_text(json.dumps({**config, "model_type": "llama"}))
    elif how == "broken config":
        (folder / "config.json").write_text("{")
    elif how == "config without a field":
        (folder / "config.json").write_text(json.dumps({key: value for key, value in config.items() if key != "rope_theta"}))
    elif how == "no tokenizer":
        (folder / "tokenizer.json").unlink()
    elif how == "tokenizer without special tokens":
        tokenizer = json.loads((folder / "tokenizer.json").read_text())
        tokenizer["added_tokens"] = [one for one in tokenizer["added_tokens"] if one["content"] != "<|eot_id|>"]
        tokenizer["model"]["vocab"].pop("<|eot_id|>", None)
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    return folder


@pytest.mark.usefixtures("fresh")
def test_a_saved_checkpoint_is_loaded_by_its_path_and_runs_four_lanes_on_a_photograph(tmp_path: Path, picture: Image.Image) -> None:
    folder = random_checkpoint(tmp_path / "mine")
    traces = run.compare([f"{sampler}@{folder}" for sampler in LANES], picture, **PLAN)
    assert [trace.head.sampler for trace in traces] == list(LANES)
    assert all(len(trace) >= 8 for trace in traces)
    assert traces[1].same(traces[3])
    assert all(run.replay(trace).same(trace) for trace in traces)
    saved = traces[1].save(tmp_path / "run.trace")
    assert Trace.load(saved).same(traces[1])


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("shard missing", "lacks the weight file model-00002"),
        ("shard truncated", "truncated"),
        ("no safetensors", "no safetensors file"),
        ("wrong shapes", "stored (96, 48), expected (100, 48)"),
        ("too few tensors", "missing"),
        ("another kind", "'llama'"),
        ("broken config", "is no checkpoint"),
        ("config without a field", "rope_theta"),
        ("no tokenizer", "tokenizer.json"),
        ("tokenizer without special tokens", "<|eot_id|>"),
    ],
)
def test_a_damaged_checkpoint_is_one_sentence(how: str, says: str, tmp_path: Path, picture: Image.Image) -> None:
    folder = damaged(tmp_path / "mine", how)
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        run.record(f"denoise@{folder}", picture, **PLAN)
    assert says in str(caught.value)


def test_a_folder_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no folder"):
        open_checkpoint(tmp_path / "absent")
    with pytest.raises(ValueError, match="is no checkpoint"):
        open_checkpoint(tmp_path)


@pytest.mark.usefixtures("fresh")
def test_too_little_memory_is_said_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch, picture: Image.Image) -> None:
    monkeypatch.setattr(loading, "free_bytes", lambda device: 1e5)
    monkeypatch.setattr(loading, "fill", lambda *_: pytest.fail("weights were read"))
    with pytest.raises(ValueError, match=r"needs \d+ GB, this computer has 0 free: try .*the embedded model"):
        run.record(f"denoise@{SEEING}", picture, **PLAN)


def test_the_real_model_needs_what_it_needs() -> None:
    shapes = json.loads((GOLDEN / "state_dict_shapes_8b.json").read_text())["llava_v_8b"]
    from rediff_viz.conformance.still import sizes_of

    model = weights.blueprint(sizes_of(shapes), shapes)
    assert loading.weight_bytes(model, 16, torch.bfloat16) == 2 * 8_434_837_024
    assert 4e9 < loading.weight_bytes(model, 4, torch.bfloat16) < 7e9
    assert 9e9 < loading.weight_bytes(model, 8, torch.bfloat16) < 12e9


@pytest.mark.usefixtures("fresh")
def test_quantised_weights_without_their_library_are_one_sentence(picture: Image.Image) -> None:
    with pytest.raises(ValueError, match=r"bitsandbytes|CUDA"):
        run.record(f"denoise@{SEEING}+4bit", picture, **PLAN)


@pytest.mark.usefixtures("fresh")
def test_an_unreachable_hub_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    def unreachable(**_: Any) -> str:
        raise LocalEntryNotFoundError("cannot reach the hub\nand more")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    monkeypatch.setattr(loading, "free_bytes", lambda device: 1e12)
    with pytest.raises(ValueError, match="jiyatai/ReDiff is neither in the cache nor to be had from the hub") as caught:
        open_checkpoint("rediff")
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("fresh")
def test_what_is_in_the_cache_needs_no_hub_and_says_its_revision(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub

    folder = tmp_path / "0123abcd"
    shutil.copytree(SEEING, folder)

    def cached(**asked: Any) -> str:
        assert asked["local_files_only"]
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", cached)
    backend: Any = open_checkpoint("rediff")
    assert "weights: jiyatai/ReDiff at revision 0123abcd" in backend.notes


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(("way", "free", "needs"), [("", 17.9e9, "18"), ("+8bit", 11e9, "12"), ("+float32", 35e9, "36")])
def test_what_there_is_no_memory_for_is_not_downloaded(way: str, free: float, needs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from rediff_viz.backends.llada import hub

    monkeypatch.setattr(hub, "cached", lambda card: None)
    monkeypatch.setattr(hub, "download", lambda card: pytest.fail("it was downloaded"))
    monkeypatch.setattr(loading, "free_bytes", lambda device: free)
    message = rf"^ReDiff.* needs {needs} GB, this computer has {free / 1e9:.0f} free: try .*or the embedded model$"
    with pytest.raises(ValueError, match=message):
        open_checkpoint(f"rediff{way}")


@pytest.mark.usefixtures("fresh")
def test_a_download_that_broke_off_is_gone_on_with_and_its_bytes_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub

    from rediff_viz.backends.progress import in_words, progress

    folder = tmp_path / "0123abcd"
    shutil.copytree(SEEING, folder)
    lost = max(folder.glob("*.safetensors"))
    lost.unlink()
    asked: list[bool] = []

    def fetch(*, local_files_only: bool = False, tqdm_class: Any = None, **_: Any) -> str:
        asked.append(local_files_only)
        if not local_files_only:
            for name in ("huggingface_hub.snapshot_download.transfer", "huggingface_hub.snapshot_download"):
                bar = tqdm_class(total=0, initial=0, unit="B", disable=True, name=name)
                bar.total = 400_000_000
                bar.update(300_000_000)
            tqdm_class(total=4, desc="Fetching 4 files", disable=True).update(1)
            shutil.copy(SEEING / lost.name, lost)
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    monkeypatch.setattr(loading, "free_bytes", lambda device: 1e12)
    messages: list[str] = []
    with progress(lambda *report: messages.append(in_words(*report))):
        open_checkpoint("rediff")
    assert asked == [True, False]
    assert messages == ["downloading jiyatai/ReDiff", "downloading jiyatai/ReDiff, 0.3 of 0.4 GB"]


def test_layers_are_laid_over_gpus_with_room_left_and_never_on_a_disk() -> None:
    model = weights.plan(SEEING)
    size = loading.weight_bytes(model, 16, torch.float32)
    spread = loading.spread_over(model, torch.float32, {0: int(size * 0.7), 1: int(size * 0.7), "cpu": 0})
    assert set(spread.values()) == {0, 1}
    assert {loading.place(spread, name) for name, _ in model.named_parameters()} == {0, 1}
    with pytest.raises(ValueError, match=r"try \+offload"):
        loading.spread_over(model, torch.float32, {0: int(size * 0.3), 1: int(size * 0.3), "cpu": 0})


def test_modules_that_are_moved_for_every_call_say_the_same(fresh: None, picture: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """What +offload does, on a CPU: weights lie elsewhere and come when a layer, the tower or the head is called."""
    from accelerate.hooks import attach_align_device_hook

    plain = run.record(f"rediff@{SEEING}", picture, **PLAN)
    usual = loading.fill

    def far(model: Any, *given: Any) -> None:
        usual(model, *given)
        for away in (model.model.layers, model.model.vision_tower, model.lm_head):
            attach_align_device_hook(away, execution_device=torch.device("cpu"), offload=True, weights_map=dict(away.state_dict()))

    monkeypatch.setattr(loading, "fill", far)
    loading.forget_all()
    moved = run.record(f"rediff@{SEEING}", picture, **PLAN)
    assert any(one.is_meta for loaded in loading.loaded_models() for one in loaded.model.parameters())
    assert moved.same(plain)


def test_models_nobody_uses_make_room(fresh: None, picture: Image.Image) -> None:
    backend = open_checkpoint(str(SEEING))
    session = backend.open(Request(picture, "", 16))
    assert loading.release() == 0
    del session
    assert loading.release() == 1


def test_folders_are_not_opened_on_a_public_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "somebody/space")
    with pytest.raises(ValueError, match="public Space"):
        open_checkpoint(str(SEEING))
