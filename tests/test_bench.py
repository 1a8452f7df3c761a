"""The bench that waits for a GPU runs all its lines on a tiny shape, and counts what a pass computes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from bench import gpu


def test_the_gpu_bench_rehearses_every_line_and_writes_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    results = Path(gpu.__file__).parent / "results"
    before = {path: path.stat().st_mtime_ns for path in results.glob("*")}
    monkeypatch.setattr(sys, "argv", ["bench.gpu", "--rehearse", "--passes", "1"])
    gpu.main()
    printed = capsys.readouterr().out
    assert "| 1,485 | " in printed
    assert "| 2,929 | " in printed
    assert printed.rstrip().endswith("these numbers mean nothing and were not written")
    assert {path: path.stat().st_mtime_ns for path in results.glob("*")} == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU to measure")
def test_without_a_gpu_nothing_is_measured_and_one_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench.gpu"])
    gpu.main()
    assert capsys.readouterr().out.startswith("bench-gpu: this machine has no CUDA GPU, so nothing was measured")


def test_a_pass_of_one_layer_is_counted_by_hand() -> None:
    config = {"hidden_size": 2, "intermediate_size": 3, "num_hidden_layers": 1, "vocab_size": 5}
    keys_and_values, queries_and_output, feed_forward = 10 * 2 * (2 * 2 * 2), 4 * 2 * (2 * 2 * 2), 4 * 3 * (2 * 2 * 3)
    attention, head = 2 * 4 * 10 * (2 * 2), 4 * (2 * 2 * 5)
    assert gpu.operations(10, 4, config) == keys_and_values + queries_and_output + feed_forward + attention + head
