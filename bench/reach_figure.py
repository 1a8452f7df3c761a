"""The figure of `bench.cascades`: how far one replaced word reaches, a line a lane, as an SVG by the standard library alone.

Its own light background and the page's colours, so that it is readable on any page that shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle

from rediff_viz.views.colours import FAINT, INK, LANES, PAPER, SUBDUED

WIDTH, HEIGHT = 760, 400  # px
LEFT, RIGHT, TOP, BOTTOM = 64, 250, 62, 56  # around the axes; lanes are named on the right
MOST = 16  # other words on the axis
HUES = (*LANES, "#CC79A7")
Share = Sequence[float]  # [share, low, high]


def figure(lanes: Mapping[str, Sequence[Share]], about: str) -> str:
    """An SVG: for each lane, the share of replacements that change at least k other words, k = 0, 1, ..., with its interval."""
    parts = [_frame(about)]
    ends = []
    for hue, (lane, shares) in zip(cycle(HUES), lanes.items(), strict=False):
        points = [(_x(k), *(_y(value) for value in share)) for k, share in enumerate(shares[: MOST + 1])]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in points)
        band = " ".join([f"{x:.1f},{low:.1f}" for x, _, low, _ in points] + [f"{x:.1f},{high:.1f}" for x, _, _, high in reversed(points)])
        parts.append(f'<polygon points="{band}" fill="{hue}" fill-opacity="0.14"/>')
        parts.append(f'<polyline points="{line}" fill="none" stroke="{hue}" stroke-width="2.5"><title>{escape(lane)}</title></polyline>')
        ends.append((shares[1][0] if len(shares) > 1 else 0.0, hue, lane))
    for row, (_, hue, lane) in enumerate(sorted(ends, key=lambda end: -end[0])):
        y = TOP + 14 + 24 * row
        parts.append(f'<line x1="{WIDTH - RIGHT + 14}" x2="{WIDTH - RIGHT + 34}" y1="{y}" y2="{y}" stroke="{hue}" stroke-width="3"/>')
        parts.append(_text(WIDTH - RIGHT + 40, y + 4, lane, size=12, start=True))
    inside = "\n".join(parts)
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="system-ui, sans-serif">\n{inside}\n</svg>\n'


def _frame(about: str) -> str:
    """Background, title, grid and the names of the axes."""
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts = [f"<title>{escape(about)}</title>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>']
    parts.append(_text(LEFT, 30, "How far one replaced word reaches", size=17, start=True, ink=INK))
    parts.append(_text(LEFT, 46, "share of replaced words", size=12, start=True))
    for tenth in range(0, 11, 2):
        y = _y(tenth / 10)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{FAINT}"/>')
        parts.append(_text(LEFT - 24, y + 4, f"{tenth * 10} %", size=12))
    parts += [_text(_x(k), HEIGHT - BOTTOM + 20, str(k), size=12) for k in range(0, MOST + 1, 2)]
    parts.append(_text(middle, HEIGHT - 14, "at least so many other words of the final text change", size=13))
    return "\n".join(parts)


def _text(x: float, y: float, words: str, size: int, start: bool = False, ink: str = SUBDUED) -> str:
    anchor = "start" if start else "middle"
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{ink}">{escape(words)}</text>'


def _x(k: float) -> float:
    return LEFT + (WIDTH - RIGHT - LEFT) * k / MOST


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share
