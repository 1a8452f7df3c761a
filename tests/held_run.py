"""The program in a process that waits at a known pass, so that a signal meets it there. Not a test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rediff_viz.cli import run as command
from rediff_viz.saved_run import load_run
from rediff_viz.trace import Trace
from rediff_viz.world import render, scene_from_seed, to_dict

ROOT = Path(__file__).resolve().parent.parent
FIRST, SECOND = "denoise@toy", "rediff@toy:settle=2,max_revisions=3"  # of 10 and of 12 passes
PLAN = ["--tokens-per-pass", "4", "--length", "40", "--seed", "3"]
ASKED = ["scene.png", "--lane", FIRST, "--lane", SECOND, *PLAN]
NAMES = ["1-denoise@toy.trace", "2-rediff@toy.trace"]

# the program, held before pass HOLD (0: before the checkpoints are opened) until the file `go` is there
HELD = """
import signal, sys, time
from pathlib import Path
import rediff_viz.run as run
from rediff_viz.__main__ import main

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # whatever the tests themselves were started under
    signal.signal(number, signal.SIG_IGN if number in IGNORED else signal.SIG_DFL)

def hold():
    Path("held").touch()
    while not Path("go").exists():
        time.sleep(0.01)

def held_jobs(*words, jobs=run.jobs, **more):
    if HOLD == 0:
        hold()
    return jobs(*words, **more)

def held_loop(jobs, loop=run.loop):
    for number, tick in enumerate(loop(jobs), 1):
        yield tick
        if number == HOLD - 1:
            hold()

run.jobs, run.loop = held_jobs, held_loop
sys.exit(main())
"""


def draw_scene(folder: Path) -> None:
    """scene.png and scene.json."""
    scene = scene_from_seed(7)
    render(scene).save(folder / "scene.png")
    (folder / "scene.json").write_text(json.dumps(to_dict(scene)))


@contextmanager
def held(before: int, *words: str, ignoring: Sequence[signal.Signals] = ()) -> Iterator[subprocess.Popen[str]]:
    """The program in a process of its own, once it waits before this pass; `go` in the current folder lets it go on."""
    for name in ("held", "go"):
        Path(name).unlink(missing_ok=True)

    script = HELD.replace("HOLD", str(before)).replace("IGNORED", str([int(number) for number in ignoring]))
    program = [sys.executable, "-c", script, *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        while not Path("held").exists():
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.communicate()


def stop(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    """Send a signal, let the pass under way end; the exit code, and what was said after the signal was received."""
    process.send_signal(number)
    assert process.stderr is not None
    assert process.stderr.readline() == f"rediff_viz: {number.name}: stopping after this pass; a second signal ends the run at once\n"
    Path("go").touch()
    _, said = process.communicate(timeout=300)
    return process.returncode, said


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def contents(folder: Path | str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def check_whole(folder: str, whole: tuple[Trace, ...]) -> None:
    """DIR holds the run as if nothing had happened, and nothing lies beside it."""
    found = load_run(folder).traces
    assert [trace.head for trace in found] == [trace.head for trace in whole]
    assert all(one.same(other) for one, other in zip(found, whole, strict=True))
    assert sorted(contents(folder)) == [*NAMES, "picture.png", "run.json"]
    assert not list(Path().glob(f"*{folder}.*"))


def old_run(folder: str = "run") -> dict[str, bytes]:
    assert command(["run", "scene.png", "--lane", "denoise@toy", "--prompt", "one", "--out", folder]) == 0
    return contents(folder)
