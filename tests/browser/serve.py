"""The app for the browser tests: untrained checkpoints, one recorded run of theirs, and a pause in every forward pass.

    python tests/browser/serve.py FOLDER PORT

What the words say does not matter here; that they come, move and can be asked about does.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rediff_viz.backends import BatchItem
    from rediff_viz.trace import Prediction

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def checkpoints(folder: Path) -> None:
    """Untrained weights under the embedded checkpoints' names."""
    import torch
    from safetensors.torch import save_file

    from rediff_viz.training.save import tokenizer, write_sha256
    from rediff_viz.training.stages import new_eye, new_writer

    for seed, name in enumerate(("world-plain", "world-rediff", "world-proseco")):
        torch.manual_seed(seed)
        eye, writer = new_eye(), new_writer()
        weights = {f"eye.{key}": value for key, value in eye.state_dict().items()}
        weights |= {f"writer.{key}": value for key, value in writer.state_dict().items() if not key.startswith("where.")}
        out = folder / name
        out.mkdir(parents=True)
        sizes = {"eye": json.dumps(eye.concepts), "writer": json.dumps(writer.sizes)}
        save_file({key: value.contiguous() for key, value in weights.items()}, out / "model.safetensors", sizes)
        tokenizer().save(str(out / "tokenizer.json"))
        shutil.copy(ROOT / "models" / name / "card.toml", out / "card.toml")
        write_sha256(out)


def recording(folder: Path) -> None:
    """One run of two lanes, as a recorded run."""
    from rediff_viz.run import compare
    from rediff_viz.saved_run import SavedRun, save_run
    from rediff_viz.world import render, scene_from_seed, to_dict

    scene = scene_from_seed(5)
    picture = render(scene)
    lanes = ["denoise@world-plain", "rediff@world-rediff:settle=3"]
    traces = compare(lanes, picture, scene=to_dict(scene), tokens_per_pass=8)
    words = {"title": "A recorded run", "about": "untrained"}
    save_run(folder / "first", SavedRun("first", tuple(traces), picture, words))
    save_run(folder / "second", SavedRun("second", tuple(reversed(traces)), picture, {"title": "The other way round"}))


def slow(pause: float) -> None:
    """Every forward pass takes `pause` seconds longer."""
    from rediff_viz.backends.world import WorldBackend

    plain = WorldBackend.predict

    def predict(self: WorldBackend, items: Sequence[BatchItem]) -> list[Prediction]:
        time.sleep(pause)
        return plain(self, items)

    WorldBackend.predict = predict  # type: ignore[method-assign]


def main() -> None:
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    os.environ |= {"REDIFF_VIZ_MODELS": str(folder / "models"), "REDIFF_VIZ_RUNS": str(folder / "runs"), "OMP_NUM_THREADS": "1"}
    checkpoints(folder / "models")
    recording(folder / "runs")
    slow(0.06)
    from rediff_viz.ui.serve import launch

    launch("127.0.0.1", port)


if __name__ == "__main__":
    main()
