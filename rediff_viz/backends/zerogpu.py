"""A GPU attached for the length of a call (ZeroGPU of Hugging Face Spaces); elsewhere, nothing. Not tested on a real one.

Knows the `spaces` package by name only: it is not a requirement.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
START_SECONDS = 20.0  # seconds to move an 8B checkpoint onto the GPU
PASS_SECONDS = 0.25  # seconds a network row of an 8B pass takes, generously
MAX_SECONDS = 120  # the platform attaches a GPU for at most so long


def on_zerogpu() -> bool:
    """Whether this process has a GPU only while a call lasts."""
    return bool(os.environ.get("SPACES_ZERO_GPU"))


def gpu_call(duration: Callable[..., int]) -> Callable[[Function], Function]:
    """Decorate the generator that runs all lanes of a comparison: one call, with a GPU for as long as `duration(*its arguments)` says.

    A generator is forked into the process that holds the GPU and yields back through it, so arguments and what it yields
    must be plain data. Outside ZeroGPU the function is returned as it is.
    """

    def decorate(function: Function) -> Function:
        if not on_zerogpu():
            return function
        import spaces  # type: ignore[import-not-found,unused-ignore]

        attached: Function = spaces.GPU(duration=duration)(function)
        return attached

    return decorate


def seconds(passes: Sequence[int], network_rows: int = 1, checkpoints: int = 1) -> int:
    """How long the GPU is needed: `passes` of each lane, so many network rows in each, a start for each checkpoint; at most MAX_SECONDS."""
    return min(MAX_SECONDS, round(START_SECONDS * checkpoints + PASS_SECONDS * network_rows * sum(passes)))
