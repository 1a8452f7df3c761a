"""Every colour of the figures, in one place. Okabe-Ito hues, told apart by the colour-blind too; shape says the same.

A figure brings its own light paper, so that it reads in a dark notebook and in print. On the page, assets/page.css inks
words and paper anew when the page is dark; marks keep their colours there, which is why each has a casing.
"""

from __future__ import annotations

PAPER = "#fdfcf9"
INK = "#30343b"  # words and numbers: 12 : 1 on the paper
SUBDUED = "#5b6068"  # second-rate words: 6 : 1
WRONG_INK = "#a84600"  # a wrong word, written: 5.7 : 1
FAINT = "rgba(128,134,144,0.28)"  # grid lines, frames
QUIET = "rgba(112,118,128,0.9)"  # drafts, rivals: what is ordinary
CURSOR = "#7f7f7f"
CLEAR = "rgba(0,0,0,0)"
CASING = "rgba(255,255,255,0.9)"  # around dark marks
EDGE = "rgba(28,30,34,0.75)"  # around bright marks

COMMIT = "#1c1e22"
COUNT = "#8a9099"  # commits as bars: many, and ordinary
REVISE = "#E69F00"
REMASK = "#CC79A7"
WRONG = "#D55E00"  # a verdict: the only strong hue below a cell

LANES = ("#0072B2", "#D55E00", "#009E73", "#56B4E9")

# shape, colour and casing of each kind of event; the order is the order of the legend
EVENTS: dict[str, tuple[str, str, str]] = {
    "commit": ("circle", COMMIT, CASING),
    "revise": ("diamond", REVISE, EDGE),
    "remask": ("circle-open", REMASK, REMASK),
}

_TENANT = (86, 140, 190)  # one tint for every lane: lightness is confidence, hue says nothing
_MISTAKEN = (224, 132, 66)  # a word that is known to be wrong


def lane(index: int) -> str:
    """The hue of a lane; the fifth starts again."""
    return LANES[index % len(LANES)]


def tint(share: float, hue: tuple[int, int, int] = _TENANT) -> str:
    """The cell tint for a probability: a veil that thickens, light or dark below it."""
    red, green, blue = hue
    return f"rgba({red},{green},{blue},{0.12 + 0.68 * share:.3f})"


ENDED = [[0, "rgba(128,134,144,0.10)"], [1, "rgba(128,134,144,0.10)"]]  # end-of-text: there, and of no interest
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
CONFIDENCE = [[share, tint(share)] for share in _SHARES]
MISTAKEN = [[share, tint(0.3 + 0.7 * share, _MISTAKEN)] for share in _SHARES]


def marker(kind: str, size: float) -> dict[str, object]:
    """An event's mark as Plotly draws it: shape, colour, and a casing that holds it apart from any cell."""
    symbol, colour, casing = EVENTS[kind]
    return {"symbol": symbol, "size": size, "color": colour, "line": {"width": 2.4 if kind == "remask" else 1, "color": casing}}
