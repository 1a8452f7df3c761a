"""The command line: one file for each group of commands; a command is a function (args) -> exit code.

A command imports what it needs when it runs, so that `--help`, `events`, `metrics` and `show` need no torch.
Adding one: a file here with `add(commands)`, and a line in COMMANDS.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from . import analyse, forks, judge, measure, runs, scenes, serve, traces

COMMANDS: tuple[Callable[..., None], ...] = (runs.add, traces.add, analyse.add, forks.add, scenes.add, judge.add, measure.add, serve.add)

# commands that parse their own arguments: name -> (module, help)
SUBPROGRAMS = {
    "train": ("rediff_viz.training", "train the embedded checkpoints from scratch"),
    "conform": ("rediff_viz.conformance", "compare samplers and models with recordings of the published code"),
}

ABOUT = """\
Watch masked-diffusion (vision-)language models make and correct mistakes, pass by pass.

A lane is a sampler on a checkpoint, with optional settings:

    SAMPLER@CHECKPOINT[:key=value,...]        rediff@world-rediff:settle=4,max_revisions=3

The budget is --steps S (planned passes) or --tokens-per-pass K. The cost of a lane is its NFE, the
number of forward passes it took; with a corrector, one step can take several.
"""

EXAMPLES = """\
a first session:
  python -m rediff_viz scene --seed 7 --out scene.png
  python -m rediff_viz run scene.png --lane denoise@world-plain --lane rediff@world-rediff --tokens-per-pass 8 --out runs/first
  python -m rediff_viz show runs/first/*.trace --out first.html
  python -m rediff_viz events runs/first/2-rediff@world-rediff.trace

quality and cost on 500 scenes that no checkpoint was trained on:
  python -m rediff_viz evaluate --lane denoise@world-plain --lane rediff@world-rediff --tokens-per-pass 1,8 --scenes 500

`python -m rediff_viz COMMAND --help` describes a command. On bad input the exit code is 2, with one sentence on stderr.
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser("rediff_viz", description=ABOUT, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = top.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    for add in COMMANDS:
        add(commands)
    for name, (_, line) in SUBPROGRAMS.items():
        commands.add_parser(name, help=line, add_help=False)
    return top


def run(argv: Sequence[str]) -> int:
    """Run one command; 0, or 2 with one sentence on stderr for bad input."""
    try:
        if argv and argv[0] in SUBPROGRAMS:
            return int(import_module(SUBPROGRAMS[argv[0]][0]).main(list(argv[1:])))
        args = parser().parse_args(argv)
        return int(args.act(args))
    except BrokenPipeError:  # the reader, `head` for instance, closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as error:
        return _refuse(f"this command needs {error.name}, which is not installed: pip install -r requirements.txt")
    except ValueError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except KeyboardInterrupt:
        return 130


def _refuse(sentence: str) -> int:
    print(f"rediff_viz: {' '.join(sentence.split())}", file=sys.stderr)
    return 2
