"""One pass on a CPU: ours with everything recorded, the trunk alone, and what the published loops compute.

`python -m bench.forward [--case text|image] [--passes 5] [--threads 1]` prints a table and writes bench/results/forward-cpu.json.
The ways take turns, and ratios are medians over turns; peak memory is measured in processes of their own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from bench import random_models
from bench.about import machine, today
from rediff_viz.backends import BatchItem, Request

RESULTS = Path(__file__).parent / "results" / "forward-cpu.json"
ANSWER = 128
PROMPT_WORDS = 990  # with the template about 1,000 rows
GOALS = {"text": 1.4, "image": 1.6}
TINY = {"text": {"d_model": 64, "n_layers": 2, "mlp_hidden_size": 128, "n_heads": 4, "n_kv_heads": 4, "embedding_size": 2000},
        "image": {"hidden_size": 64, "num_hidden_layers": 2, "intermediate_size": 128, "num_attention_heads": 4,
                  "num_key_value_heads": 4, "vocab_size": 4000}}  # fmt: skip


def prepared(case: str, tiny: bool) -> tuple[Any, Any, np.ndarray]:
    """Backend, session and a canvas (N,) half full of masks."""
    config = {**(random_models.TEXT if case == "text" else random_models.IMAGE), **(TINY[case] if tiny else {})}
    model = random_models.build(config, random_models.SMALL_TOWER, torch.float32, "cpu")
    backend = random_models.backend(config, model, torch.float32, "cpu")
    if case == "text":
        request = Request(None, " ".join(f"w{i}" for i in range(PROMPT_WORDS)), ANSWER)
    else:
        request = Request(Image.effect_noise((384, 384), 64).convert("RGB"), "w1 w2 w3", ANSWER)
    canvas = np.arange(ANSWER, dtype=np.int64) + 10
    canvas[::2] = backend.mask_id
    return backend, backend.open(request), canvas


def ours(backend: Any, session: Any, canvas: np.ndarray) -> list[int]:
    """Everything a trace records."""
    ids: list[int] = backend.predict([BatchItem(session, canvas)])[0].ids.tolist()
    return ids


def published(backend: Any, session: Any, canvas: np.ndarray) -> list[int]:
    """Head over every row, blocked ids, float64 softmax over every row, as generate_with_embeds and generate do."""
    model = session.ready.loaded.model
    with torch.inference_mode():
        x = torch.cat((session.ready.prompt, model.model.embed_tokens(torch.from_numpy(canvas))))[None]
        logits = model.lm_head(model.model(x)[0]).float()
        for one in backend.card.forbidden:
            logits[:, :, one] = -torch.inf
        x0 = torch.argmax(logits, dim=-1)
        p = torch.softmax(logits.to(torch.float64), dim=-1)
        torch.gather(p, -1, x0[..., None]).squeeze(-1)
    return x0[0, -len(canvas) :].tolist()


def trunk(backend: Any, session: Any, canvas: np.ndarray) -> list[int]:
    """Every row through every layer, and no head at all."""
    model = session.ready.loaded.model
    with torch.inference_mode():
        model.model(torch.cat((session.ready.prompt, model.model.embed_tokens(torch.from_numpy(canvas))))[None])
    return []


WAYS = {"trunk": trunk, "ours": ours, "published": published}


def peak(case: str, way: str, threads: int, tiny: bool, out: Any) -> None:
    """Peak memory of two passes above what the model takes, and the tokens."""
    torch.set_num_threads(threads)
    backend, session, canvas = prepared(case, tiny)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(2):
        ids = WAYS[way](backend, session, canvas)
    out.put({"peak_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, "ids": ids})


def times(case: str, passes: int, threads: int, tiny: bool, out: Any) -> None:
    """Seconds of every way, taken in turns, so that whatever else the machine does falls on all of them."""
    torch.set_num_threads(threads)
    backend, session, canvas = prepared(case, tiny)
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(passes + 1):
        for way, work in WAYS.items():
            began = time.perf_counter()
            work(backend, session, canvas)
            seconds[way].append(time.perf_counter() - began)
    out.put({"rows": len(session.ready.prompt) + ANSWER, **{way: taken[1:] for way, taken in seconds.items()}})


def apart(work: Any, *given: Any) -> Any:
    """What `work` puts out, run in a process of its own."""
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    process = context.Process(target=work, args=(*given, out))
    process.start()
    found = out.get()
    process.join()
    return found


def compared(case: str, passes: int, threads: int, tiny: bool) -> dict[str, Any]:
    taken = apart(times, case, passes, threads, tiny)
    memory = {way: apart(peak, case, way, threads, tiny) for way in ("ours", "published")}

    def ratio(a: str, b: str) -> float:
        median: float = statistics.median(x / y for x, y in zip(taken[a], taken[b], strict=True))
        return median

    return {
        "case": case, "rows": taken["rows"], **{f"{way}_s": statistics.median(taken[way]) for way in WAYS},
        "over_trunk": ratio("ours", "trunk"), "faster": ratio("published", "ours"), "goal_faster": GOALS[case],
        "ours_peak_mb": memory["ours"]["peak_mb"], "published_peak_mb": memory["published"]["peak_mb"],
        "same_tokens": memory["ours"]["ids"] == memory["published"]["ids"],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", choices=tuple(GOALS), action="append")
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--tiny", action="store_true", help="small models, nothing written: does it run at all?")
    arguments = parser.parse_args()
    rows = [compared(case, arguments.passes, arguments.threads, arguments.tiny) for case in arguments.case or GOALS]
    print("| case | rows | trunk alone | ours | published | ours / trunk | published / ours | peak ours | peak published | same tokens |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['case']} | {row['rows']} | {row['trunk_s']:.3f} s | {row['ours_s']:.3f} s | {row['published_s']:.3f} s "
            f"| {row['over_trunk']:.2f} | {row['faster']:.2f} | {row['ours_peak_mb']:.0f} MB | {row['published_peak_mb']:.0f} MB "
            f"| {'yes' if row['same_tokens'] else 'NO'} |"
        )
    if not arguments.tiny:
        save(rows, arguments.threads)


def save(rows: list[dict[str, Any]], threads: int) -> None:
    """Write the results; cases that were not run this time stay as they were, with their own date and commit."""
    RESULTS.parent.mkdir(exist_ok=True)
    about = {**today(), "machine": machine(), "torch": torch.__version__, "threads": threads}
    known = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    known |= {row["case"]: {**about, **row} for row in rows}
    RESULTS.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main()
