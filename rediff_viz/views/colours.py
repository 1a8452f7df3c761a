"""Every colour of the figures, in one place. Okabe-Ito hues, told apart by the colour-blind too; shape says the same.

Papers are see-through and inks are middle greys, so that one figure reads on a light page and on a dark one.
"""

from __future__ import annotations

INK = "#757b84"  # words and numbers: 4.2 : 1 on white, 4.6 : 1 on the dark page
FAINT = "rgba(128,134,144,0.28)"  # grid lines, frames
QUIET = "rgba(128,134,144,0.75)"  # commits, drafts: what is ordinary
CURSOR = "#7f7f7f"
CLEAR = "rgba(0,0,0,0)"

COMMIT = "#8a9099"
REVISE = "#E69F00"
REMASK = "#CC79A7"
WRONG = "#D55E00"  # a verdict: the only strong hue on a cell
UNCHECKED = "#757b84"

LANES = ("#0072B2", "#D55E00", "#009E73", "#56B4E9")

# shape and colour of each kind of event; the order is the order of the legend
EVENTS: dict[str, tuple[str, str]] = {
    "commit": ("circle", COMMIT),
    "revise": ("diamond", REVISE),
    "remask": ("circle-open", REMASK),
}

_TENANT = (86, 140, 190)  # one tint for every lane: lightness is confidence, hue says nothing


def lane(index: int) -> str:
    """The hue of a lane; the fifth starts again."""
    return LANES[index % len(LANES)]


def tint(share: float) -> str:
    """The cell tint for a probability: a veil that thickens, light or dark below it."""
    red, green, blue = _TENANT
    return f"rgba({red},{green},{blue},{0.10 + 0.62 * share:.3f})"


ENDED = [[0, "rgba(128,134,144,0.10)"], [1, "rgba(128,134,144,0.10)"]]  # end-of-text: there, and of no interest
CONFIDENCE = [[share, tint(share)] for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
