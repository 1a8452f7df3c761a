"""Left to right, one word or a few at a time: the order of ordinary language models, as a baseline for teaching. Knows no model."""

from __future__ import annotations

import numpy as np

from ..trace import Sampler
from .method import Method, SettingHelp
from .plan import Plan
from .until_full import passes_beyond_plan


def left_to_right(plan: Plan) -> Sampler:
    """One word a pass, always the leftmost mask; ends at end-of-text. Ours, from no paper: the autoregressive order."""
    return chunks(plan, size=1)


def chunks(plan: Plan, size: int = 4) -> Sampler:
    """The `size` leftmost masks a pass; ends at end-of-text. Ours, from no paper: multi-token prediction without a second look."""
    x, stop, ended = plan.canvas(), None, False
    for block in plan.blocks():
        if ended or (stop is not None and stop <= block.start):
            break
        for i in range(plan.masks(x, block.inside)):
            if ended or plan.done(x, block, stop):
                break
            x, prediction = yield plan.query(block, i, x)
            masked = x == plan.mask_id
            written = np.zeros_like(masked)
            written[np.flatnonzero(masked & block.reach(stop))[:size]] = True
            x = np.where(written, prediction.ids, x)
            stop = plan.scan(x, stop)
            ends = written & (x == plan.eot_id)
            if ended := bool(ends.any()):  # the rest of the answer is empty
                x = np.where((x == plan.mask_id) & (np.arange(len(x)) > ends.argmax()), x[ends][0], x)
    yield plan.final(x, stop)


LEFT_TO_RIGHT = Method(
    run=left_to_right,
    title="Left to right",
    paper="",
    origin="ours",
    code="",
    line="One word a pass from left to right, as ordinary language models write.",
    rules=("commit",),
    unchecked="No word is ever reconsidered.",
    honours_stop=True,
    extra_passes=passes_beyond_plan,
)

CHUNKS = Method(
    run=chunks,
    title="Chunks from left to right",
    paper="",
    origin="ours",
    code="",
    line="The next few words at once, from left to right, each as if the others were not being written.",
    rules=("commit",),
    unchecked="No word is ever reconsidered.",
    honours_stop=True,
    extra_passes=passes_beyond_plan,
    settings_help={"size": SettingHelp("words a pass", 1, 1024)},
)
