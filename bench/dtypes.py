"""How often half precision says the same tokens: the recorded tiny checkpoints run in float32, bfloat16 and float16.

`python -m bench.dtypes` prints the share of equal tokens of every pass and of the answer. Tiny random models are close calls
throughout; a trained model is surer of itself.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from rediff_viz.run import record

GOLDEN = Path(__file__).parent.parent / "tests" / "golden"
LENGTH, STEPS = 32, 16


def main() -> None:
    with Image.open(GOLDEN / "images" / "rgb_landscape.png") as opened:
        picture = opened.convert("RGB")
    print("| lane | dtype | first pass | all passes | answer |")
    print("|---|---|---|---|---|")
    for checkpoint in ("llava_v_a", "llava_v_b"):
        for sampler in ("denoise", "rediff"):
            lane = f"{sampler}@{GOLDEN}/checkpoints/{checkpoint}"
            plan = {"length": LENGTH, "steps": STEPS, "block": LENGTH, "stop": ()}
            truth = record(f"{lane}+float32", picture, **plan)
            for dtype in ("bfloat16", "float16"):
                other = record(f"{lane}+{dtype}", picture, **plan)
                both = min(len(truth), len(other))
                shares = [
                    np.mean(truth.ids[0] == other.ids[0]),
                    np.mean(truth.ids[:both] == other.ids[:both]),
                    np.mean(truth.final == other.final),
                ]
                print(f"| {sampler} on {checkpoint} | {dtype} | " + " | ".join(f"{share:.0%}" for share in shares) + " |")


if __name__ == "__main__":
    main()
