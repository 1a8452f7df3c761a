"""Why a run went as it did: what-if branches, cascades with their control, errors and their fates, order and badges.

Pure functions on traces, and forks of them run on the checkpoint that made them. Positions and passes count from 0, except in
what a person types (`Edit.at` counts from 1, as everywhere in `run`).
"""

from .branches import Branch, Control, changed_words, draft, force, hide, whatif
from .cascade import Cascade, Cause, Consequence, cascade, causes, depth, runner_up
from .cost import cost
from .credit import Detection, auroc, credit, detection
from .dependency import conflicts, dependency
from .effects import Effect, effects
from .errors import Errors, Fate, RunNumbers, errors, fates, known_errors, run_numbers
from .eye import see_otherwise
from .grounding import Grounding, Reading, as_data, grounding, judged_words, regions
from .order import Badge, badges, kendall_tau, order_numbers
from .stored import cascade_part, downstream, grounding_part, lane_part
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
    "Reading",
    "RunNumbers",
    "as_data",
    "auroc",
    "badges",
    "cascade",
    "cascade_part",
    "cascade_rows",
    "causes",
    "changed_words",
    "conflicts",
    "cost",
    "credit",
    "dependency",
    "depth",
    "detection",
    "downstream",
    "draft",
    "effects",
    "errors",
    "fates",
    "force",
    "grounding",
    "grounding_part",
    "hide",
    "judged_words",
    "kendall_tau",
    "known_errors",
    "lane_part",
    "named_things",
    "open_trunk",
    "order_numbers",
    "regions",
    "run_numbers",
    "runner_up",
    "see_otherwise",
    "ungrounded",
    "whatif",
]
