"""Why a run went as it did: what-if branches, cascades with their control, errors and their fates, order and badges.

Pure functions on traces, and forks of them run on the checkpoint that made them. Positions and passes count from 0, except in
what a person types (`Edit.at` counts from 1, as everywhere in `run`).
"""

from .branches import Branch, Control, changed_words, draft, force, hide, whatif
from .cascade import Cascade, Cause, Consequence, cascade, causes, depth, runner_up
from .credit import Detection, auroc, credit, detection
from .dependency import conflicts, dependency
from .effects import Effect, effects
from .errors import Errors, Fate, RunNumbers, errors, fates, run_numbers
from .grounding import Grounding, grounding, regions
from .order import Badge, badges, kendall_tau, order_numbers
from .tables import cascade_rows
from .things import NamedThing, named_things, ungrounded
from .trunk import open_trunk

__all__ = [
    "Badge",
    "Branch",
    "Cascade",
    "Cause",
    "Consequence",
    "Control",
    "Detection",
    "Effect",
    "Errors",
    "Fate",
    "Grounding",
    "NamedThing",
    "RunNumbers",
    "auroc",
    "badges",
    "cascade",
    "cascade_rows",
    "causes",
    "changed_words",
    "conflicts",
    "credit",
    "dependency",
    "depth",
    "detection",
    "draft",
    "effects",
    "errors",
    "fates",
    "force",
    "grounding",
    "hide",
    "kendall_tau",
    "named_things",
    "open_trunk",
    "order_numbers",
    "regions",
    "run_numbers",
    "runner_up",
    "ungrounded",
    "whatif",
]
