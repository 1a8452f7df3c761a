"""The 8B shape with random weights on this machine's GPU: seconds a pass, share of the card's matrix products, capture, lanes.

`python -m bench.gpu [--passes 10]` writes bench/results/<gpu>.json; without CUDA it says so and ends.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from bench import random_models
from rediff_viz.backends import Ask, Request
from rediff_viz.backends.llada import LladaBackend, LladaSession
from rediff_viz.backends.variants import Variant

ANSWER = 128
SIZES = {1485: (384, 384), 2929: (640, 480)}  # image tokens -> picture


def timed(work: Callable[[], Any], passes: int) -> float:
    """Median seconds of a call, the device waited for."""
    work()
    seconds = []
    for _ in range(passes):
        torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def ceiling(passes: int, size: int = 8192) -> float:
    """Floating-point operations a second of a large bf16 matrix product."""
    a, b = (torch.randn(size, size, dtype=torch.bfloat16, device="cuda") for _ in range(2))
    return 2 * size**3 / timed(lambda: a @ b, passes)


def operations(rows: int, answer: int, config: dict[str, Any]) -> float:
    """Of one exact pass: matrices and attention of every layer, the head on the answer's rows."""
    width, inner, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    matrices = 2 * rows * (4 * width * width + 3 * width * inner)
    return layers * (matrices + 4 * rows * rows * width) + 2 * answer * width * config["vocab_size"]


def bare(backend: LladaBackend, session: LladaSession, asks: list[Ask]) -> None:
    """The same pass, keeping only what decides: proposal and probability."""
    with torch.inference_mode():
        rows, _ = backend.laid_out(asks)
        for hidden in backend.passes(asks).run(rows, ANSWER):
            logits = backend.head(hidden)
            peak, ids = logits.max(-1)
            prob = 1 / (logits - peak[:, None]).exp().sum(-1, dtype=torch.float64)
            torch.stack((ids.double(), prob)).cpu()


def asks_of(session: LladaSession, lanes: int) -> list[Ask]:
    found = []
    for lane in range(lanes):
        canvas = np.arange(ANSWER, dtype=np.int64) + 10 + lane
        canvas[::2] = session.backend.mask_id
        found.append(Ask(session, canvas))
    return found


def at_size(backend: LladaBackend, tokens: int, size: tuple[int, int], passes: int, top: float) -> dict[str, Any]:
    session = backend.open(Request(Image.effect_noise(size, 64).convert("RGB"), "w1 w2 w3", ANSWER))
    rows = len(session.ready.prompt) + ANSWER
    torch.cuda.reset_peak_memory_stats()
    whole = timed(lambda: backend.predict(asks_of(session, 1)), passes)
    alone = timed(lambda: bare(backend, session, asks_of(session, 1)), passes)
    found = {
        "image_tokens": tokens, "rows": rows, "exact_s": whole, "without_capture_s": alone, "capture_cost": whole / alone - 1,
        "share_of_ceiling": operations(rows, ANSWER, random_models.REAL) / whole / top,
    }  # fmt: skip
    for lanes in (2, 4):
        found[f"lanes_{lanes}_s"] = timed(lambda n=lanes: backend.predict(asks_of(session, n)), passes)
    backend.variant, backend._passes = Variant(memory="prefix", every=10**6), None
    held = asks_of(session, 1)
    found["prefix_cached_s"] = timed(lambda: backend.predict(held), passes)
    backend.variant, backend._passes = Variant(), None
    found["peak_gb"] = torch.cuda.max_memory_allocated() / 1e9
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passes", type=int, default=10)
    said = parser.parse_args()
    if not torch.cuda.is_available():
        print("bench-gpu: this machine has no CUDA GPU, so nothing was measured")
        return
    name = torch.cuda.get_device_name()
    top = ceiling(said.passes)
    model = random_models.build(random_models.REAL, random_models.REAL_TOWER, torch.bfloat16, "cuda")
    torch.cuda.synchronize()
    began = time.perf_counter()
    backend = random_models.backend(random_models.REAL, model, torch.bfloat16, "cuda")
    first = backend.open(Request(Image.effect_noise((384, 384), 64).convert("RGB"), "w1 w2 w3", ANSWER))
    backend.predict(asks_of(first, 1))
    to_first = time.perf_counter() - began
    results = [at_size(backend, tokens, size, said.passes, top) for tokens, size in SIZES.items()]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    kept = {
        "gpu": name, "date": str(date.today()), "commit": commit, "torch": torch.__version__, "dtype": "bfloat16", "answer": ANSWER,
        "ceiling_tflops": top / 1e12, "load_to_first_pass_s": to_first, "sizes": results,
    }  # fmt: skip
    path = Path(__file__).parent / "results" / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(kept, indent=1) + "\n")
    print(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main()
