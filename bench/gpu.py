"""The 8B shape with random weights on this machine's GPU: seconds a pass, share of the card's matrix products, capture, lanes.

`python -m bench.gpu [--passes 10]` writes bench/results/<gpu>.json; without CUDA it says so and ends.
`--rehearse` runs the same lines on a tiny shape, on a CPU where there is no GPU: its numbers mean nothing and are not written.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from bench import random_models
from bench.about import today
from rediff_viz.backends import BatchItem, Request
from rediff_viz.backends.llada.backend import LladaBackend, with_caches
from rediff_viz.backends.llada.forward import head
from rediff_viz.backends.llada.session import LladaSession
from rediff_viz.backends.variants import Variant

ANSWER = 128
SIZES = ((384, 384), (640, 480))  # 1,485 and 2,929 image tokens
TINY = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4, "intermediate_size": 128,
        "vocab_size": 4000}  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """What is measured, on what."""

    device: str
    config: dict[str, Any]
    tower: dict[str, int]
    passes: int
    product: int  # side of the matrices whose product is the ceiling

    def wait(self) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()

    def seconds(self, work: Callable[[], Any]) -> float:
        """Median of a call, the device waited for; one call before is not counted."""
        work()
        taken = []
        for _ in range(self.passes):
            self.wait()
            began = time.perf_counter()
            work()
            self.wait()
            taken.append(time.perf_counter() - began)
        return statistics.median(taken)

    def peak(self, work: Callable[[], Any]) -> float | None:
        """GB of 10^9 bytes that a call needs at most, weights included; None where there is no GPU to ask."""
        if self.device != "cuda":
            work()
            return None
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        work()
        self.wait()
        return torch.cuda.max_memory_allocated() / 1e9

    def waits(self, work: Callable[[], Any]) -> int | None:
        """How often a call makes the host wait for the device where it need not: 0 is what a pass promises."""
        if self.device != "cuda":
            work()
            return None
        self.wait()
        torch.cuda.set_sync_debug_mode("warn")
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                work()
        finally:
            torch.cuda.set_sync_debug_mode("default")
        return sum("synchroniz" in str(one.message) for one in caught)

    def ceiling(self) -> float:
        """Floating-point operations a second of a large bf16 matrix product."""
        a, b = (torch.randn(self.product, self.product, dtype=torch.bfloat16, device=self.device) for _ in range(2))
        return 2 * self.product**3 / self.seconds(lambda: a @ b)


def operations(rows: int, answer: int, config: dict[str, Any]) -> float:
    """Of one exact pass: matrices and attention of every layer, of the last for the answer's rows alone, and the head on those."""
    sizes = ("hidden_size", "intermediate_size", "num_hidden_layers", "vocab_size")
    width, inner, layers, vocabulary = (int(config[name]) for name in sizes)

    def layer(asking: int) -> float:
        keys_and_values, rest = 2 * rows * 2 * width * width, 2 * asking * (2 * width * width + 3 * width * inner)
        return keys_and_values + rest + 4 * asking * rows * width

    return (layers - 1) * layer(rows) + layer(answer) + 2 * answer * width * vocabulary


def bare(backend: LladaBackend, items: list[BatchItem]) -> None:
    """The same pass, keeping only what decides: proposal and probability."""
    with torch.inference_mode():
        layout = backend.forward.layout(with_caches(items))
        for hidden in backend.forward.trunk.run(layout.model.model, layout.rows, ANSWER):
            logits = head(layout.model, hidden)
            peak, ids = logits.max(-1)
            prob = 1 / (logits - peak[:, None]).exp().sum(-1, dtype=torch.float64)
            torch.stack((ids.double(), prob)).cpu()


def items_of(session: LladaSession, lanes: int) -> list[BatchItem]:
    """Canvases half full of masks, one a lane."""
    found = []
    for lane in range(lanes):
        canvas = np.arange(ANSWER, dtype=np.int64) + 10 + lane
        canvas[::2] = session.backend.mask_id
        found.append(BatchItem(session, canvas))
    return found


def opened(backend: LladaBackend, size: tuple[int, int]) -> LladaSession:
    return backend.open(Request(Image.effect_noise(size, 64).convert("RGB"), "w1 w2 w3", ANSWER))


def at_size(bench: Bench, backend: LladaBackend, cached: LladaBackend, size: tuple[int, int], top: float) -> dict[str, Any]:
    """Exact, bare, several lanes and prefix-cached, on one picture."""
    session = opened(backend, size)
    one, two, four = (items_of(session, lanes) for lanes in (1, 2, 4))
    rows = len(session.ready.prompt) + ANSWER
    whole = bench.seconds(lambda: backend.predict(one))
    alone = bench.seconds(lambda: bare(backend, one))
    found = {
        "image_tokens": int(session.ready.pictures.sum()), "rows": rows, "exact_s": whole, "without_capture_s": alone,
        "capture_cost": whole / alone - 1, "share_of_ceiling": operations(rows, ANSWER, bench.config) / whole / top,
        "lanes_2_s": bench.seconds(lambda: backend.predict(two)), "lanes_4_s": bench.seconds(lambda: backend.predict(four)),
        "peak_gb": bench.peak(lambda: backend.predict(one)), "peak_4_lanes_gb": bench.peak(lambda: backend.predict(four)),
        "needless_waits": bench.waits(lambda: backend.predict(one)),
    }  # fmt: skip
    one = [replace(item, cache=cached.lane_cache()) for item in items_of(opened(cached, size), 1)]  # filled by the call that is not counted
    found["prefix_cached_s"] = bench.seconds(lambda: cached.predict(one))
    found["peak_prefix_cached_gb"] = bench.peak(lambda: cached.predict(one))
    return found


def measured(bench: Bench) -> dict[str, Any]:
    """Everything, on a model made here."""
    top = bench.ceiling()
    model = random_models.build(bench.config, bench.tower, torch.bfloat16, bench.device)
    backend = random_models.backend(bench.config, model, torch.bfloat16, bench.device)
    cached = random_models.backend(bench.config, model, torch.bfloat16, bench.device, Variant(cache="prefix", every=10**6))
    bench.wait()
    began = time.perf_counter()
    backend.predict(items_of(opened(backend, SIZES[0]), 1))
    first = time.perf_counter() - began
    sizes = [at_size(bench, backend, cached, size, top) for size in SIZES]
    return {"dtype": "bfloat16", "answer": ANSWER, "ceiling_tflops": top / 1e12, "first_pass_after_load_s": first, "sizes": sizes}


def table(results: dict[str, Any]) -> str:
    """The sizes as a Markdown table, for the README."""
    heads = ("image tokens", "exact", "of the ceiling", "prefix-cached", "capture", "2 lanes / 1", "4 lanes / 1", "peak", "peak, 4 lanes")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in results["sizes"]:
        gb = ["-" if row[name] is None else f"{row[name]:.1f} GB" for name in ("peak_gb", "peak_4_lanes_gb")]
        cells = (
            f"{row['image_tokens']:,}", f"{row['exact_s']:.3f} s", f"{row['share_of_ceiling']:.0%}", f"{row['prefix_cached_s']:.3f} s",
            f"{row['capture_cost']:+.1%}", f"{row['lanes_2_s'] / row['exact_s']:.2f}", f"{row['lanes_4_s'] / row['exact_s']:.2f}", *gb,
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def save(results: dict[str, Any]) -> Path:
    name = torch.cuda.get_device_name()
    path = Path(__file__).parent / "results" / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.json"
    path.parent.mkdir(exist_ok=True)
    about = {"gpu": name, **today(), "torch": torch.__version__}
    path.write_text(json.dumps(about | results, indent=1) + "\n")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passes", type=int, default=10)
    parser.add_argument("--rehearse", action="store_true", help="a tiny shape, wherever this is; numbers mean nothing, nothing is written")
    arguments = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if arguments.rehearse:
        results = measured(Bench(device, {**random_models.REAL, **TINY}, random_models.SMALL_TOWER, min(arguments.passes, 2), 256))
        print(f"{table(results)}\n\nrehearsed on a tiny shape on {device}: these numbers mean nothing and were not written")
        return
    if device == "cpu":
        print("bench-gpu: this machine has no CUDA GPU, so nothing was measured (--rehearse runs the same lines on a tiny shape)")
        return
    results = measured(Bench(device, random_models.REAL, random_models.REAL_TOWER, arguments.passes, 8192))
    print(f"{json.dumps(results, indent=1)}\n\n{table(results)}\n\nwritten to {save(results)}")


if __name__ == "__main__":
    main()
