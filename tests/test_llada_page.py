"""The page on a checkpoint given by its path: offered, run in four lanes on a photograph, kept when memory runs out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from rediff_viz.backends import open_checkpoint, passes, room
from rediff_viz.ui import choices, live, page
from rediff_viz.ui.ledger import Ledger

GOLDEN = Path(__file__).parent / "golden"
FOLDER = f"{GOLDEN}/checkpoints/llava_v_a/"
LANES = [f"denoise@{FOLDER}", f"rediff@{FOLDER}", f"proseco@{FOLDER}", f"denoise@{FOLDER[:-2]}b/"]
ASKED: dict[str, Any] = {"scene": None, "prompt": "", "tokens_per_pass": 2, "seed": 0, "length": 16}


@pytest.fixture
def picture() -> Image.Image:
    return Image.open(GOLDEN / "images" / "rgb_landscape.png").convert("RGB")


def run(picture: Image.Image, lanes: list[str]) -> tuple[Any, list[dict[str, Any]]]:
    record = Ledger().begin("somebody", picture)
    return record, list(live.run(record, lanes, **ASKED))


def test_a_folder_given_at_the_start_is_offered_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(room.OWN, FOLDER)
    assert {card.name: card.title for card in choices.runnable()}[FOLDER] == "llava_v_a"
    assert FOLDER in str(page.build().get_config_file())


def test_four_lanes_run_on_a_photograph(picture: Image.Image) -> None:
    record, messages = run(picture, LANES)
    assert [trace.head.lane for trace in record.traces] == LANES
    assert all(trace.head.stopped for trace in record.traces)
    assert len(messages) > 8
    assert "embedded model knows only" not in str(messages[0])


@pytest.mark.parametrize("place", [0, 3])
def test_a_lane_that_runs_out_of_memory_ends_and_the_others_go_on(
    place: int, picture: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes = LANES[:3]
    lanes.insert(place, LANES[3])
    record, whole = run(picture, lanes)
    backend: Any = open_checkpoint(LANES[3].partition("@")[2])
    usual, trunk, calls = passes.Passes.run, backend.hold().model.model, [0]

    def scarce(self: passes.Passes, rows: Any, length: int, memory: str | None = None) -> Any:
        calls[0] += self.trunk is trunk
        if self.trunk is trunk and calls[0] > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return usual(self, rows, length, memory)

    monkeypatch.setattr(passes.Passes, "run", scarce)
    short, messages = run(picture, lanes)
    assert [len(trace) for trace in short.traces] == [3 if i == place else len(trace) for i, trace in enumerate(record.traces)]
    assert short.traces[place].head.stopped.startswith("out of memory")
    assert sum(len(message.get("rows", [])) for message in messages) == sum(len(trace) for trace in short.traces)
    assert len(messages) <= len(whole)
