"""Fast-dLLM: fill every mask that is sure enough, by a threshold or by a factor. Knows no model."""

from __future__ import annotations

import numpy as np

from ..trace import Prediction, Sampler
from .decide import Remasking, above, score, surest
from .method import Method, SettingHelp
from .plan import Plan
from .until_full import passes_beyond_plan, until_full

_REMASKING = SettingHelp("what the next words are chosen by: the model's confidence, or chance")


def fast_dllm_threshold(plan: Plan, threshold: float = 0.9, remasking: Remasking = "low_confidence") -> Sampler:
    """Fast-dLLM (arXiv:2505.22618, NVlabs/Fast-dLLM 24cc59e): every mask whose proposal is at least this probable, always the surest.

    Without the cache: every pass reads the whole canvas.
    """

    def rule(prediction: Prediction, eligible: np.ndarray, step: int) -> np.ndarray:
        return above(score(prediction, remasking), eligible, threshold)

    return until_full(plan, rule, remasking)


def fast_dllm_factor(plan: Plan, factor: float = 1.0) -> Sampler:
    """Fast-dLLM's factor rule (arXiv:2505.22618, as in ZHZisZZ/dllm ca17675): the n surest masks, n as large as the n-th allows.

    The n-th surest passes with a confidence of at least 1 - factor / (n + 1), the first always. The earliest published loop accepts a
    failing last one too; this is the rule of the paper.
    """

    def rule(prediction: Prediction, eligible: np.ndarray, step: int) -> np.ndarray:
        ranked = np.sort(prediction.prob[eligible])[::-1]
        passes = ranked >= 1 - factor / (np.arange(len(ranked)) + 2)
        passes[:1] = True
        return surest(prediction.prob, eligible, int(np.cumprod(passes).sum()))

    return until_full(plan, rule)


THRESHOLD = Method(
    run=fast_dllm_threshold,
    title="Fast-dLLM, threshold",
    paper="arXiv:2505.22618",
    origin="published code",
    code="NVlabs/Fast-dLLM 24cc59e",
    line="Each pass fills every mask whose proposal is sure enough, so that easy stretches take few passes.",
    rules=("commit",),
    unchecked="No word is ever reconsidered; two sure words that do not fit each other are written together.",
    honours_stop=True,
    extra_passes=passes_beyond_plan,
    settings_help={"threshold": SettingHelp("fill every mask whose proposal is at least this probable", 0, 1), "remasking": _REMASKING},
)

FACTOR = Method(
    run=fast_dllm_factor,
    title="Fast-dLLM, factor",
    paper="arXiv:2505.22618",
    origin="published code",
    code="ZHZisZZ/dllm ca17675",
    line="Each pass fills the n surest masks, where the n-th must be the surer the more are filled with it.",
    rules=("commit",),
    unchecked="No word is ever reconsidered.",
    honours_stop=True,
    extra_passes=passes_beyond_plan,
    settings_help={"factor": SettingHelp("the n-th surest needs a confidence of 1 - factor / (n + 1)", 0, 10)},
)
