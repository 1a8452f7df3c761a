"""Every colour of the figures, in one place. Okabe-Ito hues, which the colour-blind can distinguish; shapes carry the same information.

A figure has its own light background, so that it is readable in a dark notebook and in print. On a dark page,
assets/page.css recolours text and background; marks keep their colours there, which is why each has an outline.
"""

from __future__ import annotations

PAPER = "#fdfcf9"
INK = "#30343b"  # text: contrast 12 : 1 on the paper
SUBDUED = "#5b6068"  # secondary text: 6 : 1
WRONG_INK = "#a84600"  # the text of a wrong word: 5.7 : 1
FAINT = "rgba(128,134,144,0.28)"  # grid lines, axis lines
QUIET = "rgba(112,118,128,0.9)"  # drafts, alternatives: what is ordinary
CURSOR = "#7f7f7f"
CLEAR = "rgba(0,0,0,0)"
OUTLINE = "rgba(255,255,255,0.9)"  # around dark marks
EDGE = "rgba(28,30,34,0.75)"  # around bright marks

COMMIT = "#1c1e22"
COUNT = "#8a9099"  # commits as bars: many, and ordinary
REVISE = "#E69F00"
REMASK = "#CC79A7"
WRONG = "#D55E00"  # the underline of a wrong word: the only strong hue below a cell
ARROW = "#3a8ccb"  # from a word to what hangs on it; on light and on dark paper

LANES = ("#0072B2", "#D55E00", "#009E73", "#56B4E9")

# shape, colour and outline of each kind of event; the order is the order of the legend
EVENTS: dict[str, tuple[str, str, str]] = {
    "commit": ("circle", COMMIT, OUTLINE),
    "revise": ("diamond", REVISE, EDGE),
    "remask": ("circle-open", REMASK, REMASK),
}

_PROBABILITY = (86, 140, 190)  # one tint for every lane: its strength is the probability, its hue means nothing
_WRONG = (224, 132, 66)  # a word that is known to be wrong


def lane(index: int) -> str:
    """The hue of a lane; the fifth starts again."""
    return LANES[index % len(LANES)]


def tint(share: float, hue: tuple[int, int, int] = _PROBABILITY) -> str:
    """The cell tint for a probability: more opaque for a higher probability, on a light or dark background."""
    red, green, blue = hue
    return f"rgba({red},{green},{blue},{0.12 + 0.68 * share:.3f})"


ENDED = [[0, "rgba(128,134,144,0.10)"], [1, "rgba(128,134,144,0.10)"]]  # end-of-text
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
CONFIDENCE = [[share, tint(share)] for share in _SHARES]
WRONG_CELLS = [[share, tint(0.3 + 0.7 * share, _WRONG)] for share in _SHARES]


def marker(kind: str, size: float) -> dict[str, object]:
    """An event's mark as Plotly draws it: shape, colour, and an outline that separates it from any cell."""
    symbol, colour, outline = EVENTS[kind]
    return {"symbol": symbol, "size": size, "color": colour, "line": {"width": 2.4 if kind == "remask" else 1, "color": outline}}
