"""What a server bears: many clients at once, large pictures, a kill, a closed page, bad inputs. A measurement, not a test.

    python -m bench.server [--clients 20] [--passes 64] [--runs 400] [--only clients,memory,folders,closing,bad]

Starts `python app.py` on a free port, with a temporary folder of its own; prints a table and one line of JSON. `--clients 4 --runs 20`
is a quick look. Set OMP_NUM_THREADS as the server is to run.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from bench import hostile_inputs
from bench.about import machine, today
from bench.served import Client, Server, texts
from rediff_viz.world import render, scene_from_seed

LANE, LENGTH = "proseco@world-proseco:every=1,rounds=1", 40  # as many passes that correct as passes that fill masks
FIGURES = ("clients", "memory", "folders", "closing", "bad")


def scene_png(seed: int) -> bytes:
    return png(render(scene_from_seed(seed)))


def large_png(number: int) -> bytes:
    """20 megapixels in a few kilobytes; each number another picture."""
    picture = Image.new("1", (5000, 4000))
    ImageDraw.Draw(picture).rectangle((100, 100, 200 + 7 * number, 300 + 5 * number), fill=1)
    return png(picture)


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def data(picture: Any, lanes: Sequence[str], words: float, length: int | None = LENGTH) -> list[Any]:
    return [picture, list(lanes), words, length, 0, ""]


def one_run(server: Server, seed: int, passes: int) -> dict[str, Any]:
    """A client's run: its texts, seconds from message to message, seconds in all."""
    with Client(server) as client:
        picture, began, times = client.upload(scene_png(seed)), time.perf_counter(), list[float]()
        last: dict[str, Any] = {}
        for last in client.run(data(picture, [LANE], 2 * LENGTH / passes)):
            if last["msg"] in ("process_starts", "process_generating"):
                times.append(time.perf_counter())
        total = time.perf_counter() - began
        lanes, waits = texts(last), client.waits
    nfe = sum(lane["nfe"] for lane in lanes)
    running = time.perf_counter() - times[0] if times else total
    gaps = [b - a for a, b in pairwise(times)] if len(times) > 2 else [running / nfe] if nfe else []
    return {"texts": [lane["text"] for lane in lanes], "nfe": nfe, "gaps": gaps, "messages": len(times), "seconds": total, "waits": waits}


def clients(server: Server, count: int, passes: int) -> dict[str, Any]:
    """Every client's picture alone, one after the other; then all at once: whose answer is missing, whose is another's."""
    one_run(server, 0, passes)  # warm
    alone = [one_run(server, seed, passes) for seed in range(count)]
    began = time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        together = list(pool.map(lambda seed: one_run(server, seed, passes), range(count)))
    seconds = time.perf_counter() - began
    pairs = list(zip(alone, together, strict=True))
    return {
        "clients": count,
        "passes": statistics.median(run["nfe"] for run in together),
        "lost": sum(not run["texts"] for run in together),
        "mixed": sum(run["texts"] != expected["texts"] for expected, run in pairs if run["texts"]),
        "messages": sum(run["messages"] for run in together),
        "waits": sum(run["waits"] for run in together),
        "runs_per_second": round(count / seconds, 3),
        "one": spread(alone),
        "all": spread(together),
    }


def spread(runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Milliseconds a pass, median and 95th percentile over all passes; seconds a run, waiting included."""
    gaps = sorted(gap * 1e3 for run in runs for gap in run["gaps"])
    middle, high = (statistics.median(gaps), gaps[min(len(gaps) - 1, int(0.95 * len(gaps)))]) if gaps else (0.0, 0.0)
    return {"ms_p50": round(middle, 1), "ms_p95": round(high, 1), "s_run": round(statistics.median(run["seconds"] for run in runs), 2)}


def memory(server: Server, runs: int, at_once: int = 4) -> dict[str, Any]:
    """Resident megabytes of the server at the start, after a tenth of the runs and after all, each with another large picture."""

    def call(number: int) -> bool:
        with Client(server) as client:
            picture = client.upload(large_png(number))
            return bool(texts(list(client.run(data(picture, ["denoise@world-plain"], LENGTH)))[-1]))

    call(0)
    start, done = server.megabytes(), 0
    result: dict[str, Any] = {"mb_start": round(start)}
    with ThreadPoolExecutor(at_once) as pool:
        for name, until in (("mb_after_a_tenth", runs // 10), ("mb_after_all", runs)):
            answered = list(pool.map(call, range(done + 1, until + 1)))
            result[name] = round(server.megabytes())
            result["lost"] = result.get("lost", 0) + answered.count(False)
            done = until
    most = server.megabytes("VmHWM")
    growth = {"mb_growth": round(result["mb_after_all"] - start), "mb_peak_growth": round(most - start)}
    return result | {"runs": runs, "mb_most": round(most), **growth}


def folders(room: Path, runs: int) -> dict[str, Any]:
    """Folders of visitors' files after so many calls, after kill -9 under load, after the next start, and after an ordinary end."""
    with Server(room) as server:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda seed: small_call(server, seed), range(runs)))
        calls = server.folders()
        server.end(signal.SIGKILL)
        killed = server.folders()
    with Server(room) as server:
        restarted = server.folders()
        small_call(server, 1)
    return {"calls": runs, "after_calls": calls, "after_kill": killed, "after_restart": restarted, "after_end": server.folders()}


def small_call(server: Server, seed: int) -> bool:
    with Client(server) as client:
        picture = client.upload(scene_png(seed))
        return bool(texts(list(client.run(data(picture, ["denoise@world-plain"], LENGTH)))[-1]))


def closing(server: Server) -> dict[str, Any]:
    """Seconds that the server still computes after the only reader of a long run has gone, of a page and of /run; and those of the run."""
    lanes = [f"rediff@world-rediff:settle={20 + extra}" for extra in range(4)]  # two hundred passes and more
    before = server.cpu_seconds()
    time.sleep(4)
    rest = (server.cpu_seconds() - before) / 4  # gradio's queue polls
    with Client(server) as client:
        picture = client.upload(scene_png(5))
        list(client.run(data(picture, lanes[:1], LENGTH)))  # warm
        began = time.perf_counter()
        list(client.run(data(picture, lanes, 1)))
        whole = time.perf_counter() - began
    after = {}
    for name in ("page", "endpoint"):
        with Client(server) as client, client.reading(data(picture, lanes, 1), page=name == "page"):
            time.sleep(min(2.0, whole / 3))
        closed = time.perf_counter()
        after[f"s_after_{name}_closed"] = round(last_busy(server, closed, rest) - closed, 1)
    return {"s_whole_run": round(whole, 1), **after}


def last_busy(server: Server, closed: float, rest: float, quiet: float = 3.0) -> float:
    """When the server last computed visibly more than at rest, seen from `quiet` seconds later; rest: share of one core."""
    busy, before, at = closed, server.cpu_seconds(), closed
    while time.perf_counter() - busy < quiet:
        time.sleep(0.5)
        now, cpu = time.perf_counter(), server.cpu_seconds()
        if cpu - before > (1.5 * rest + 0.1) * (now - at):
            busy = now
        before, at = cpu, now
    return busy


def measure(args: argparse.Namespace, room: Path) -> dict[str, Any]:
    result: dict[str, Any] = {"machine": machine(), "threads": os.environ.get("OMP_NUM_THREADS", "default"), **today()}
    wanted = args.only.split(",")
    for name in wanted:
        print(f"{name} ...", file=sys.stderr)
        (place := room / name).mkdir()
        if name == "folders":
            result[name] = folders(place, args.runs)
            continue
        with Server(place) as server:
            if name == "clients":
                result[name] = clients(server, args.clients, args.passes)
            elif name == "memory":
                result[name] = memory(server, args.runs)
            else:
                result[name] = closing(server) if name == "closing" else hostile_inputs.count(server)
        print(result[name], file=sys.stderr)
    return result


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--clients", type=int, default=20)
    arguments.add_argument("--passes", type=int, default=64, help=f"passes of a run, an even number up to {2 * LENGTH}")
    arguments.add_argument("--runs", type=int, default=400, help="runs with large pictures, and calls whose folders are counted")
    arguments.add_argument("--only", default=",".join(FIGURES), help="figures, with commas between them")
    args = arguments.parse_args()
    if unknown := set(args.only.split(",")) - set(FIGURES):
        arguments.error(f"no figure {min(unknown)!r}; there are {', '.join(FIGURES)}")
    with tempfile.TemporaryDirectory() as room:
        result = measure(args, Path(room))
    for name in FIGURES:
        for key, value in result.get(name, {}).items():
            print(f"{name:10}{key:20}{value}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
