"""The figure of `bench.samplers`: quality against forward passes, a curve a sampler, as an SVG by the standard library alone.

All curves are grey but plain denoising, those that are for longest the best of all within so many passes, and the best at the end:
these have the hue of their group (plain denoising is black), their own dashes and their name beside them. Its own light background,
as the page's figures have.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import count, pairwise

from rediff_viz.samplers.method import Group
from rediff_viz.views.colours import INK, PAPER, SUBDUED

WIDTH, HEIGHT = 820, 470  # px
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 74, 56  # around the axes; samplers are named on the right
LABEL = 17  # px between two names
NAMED = 8  # samplers at most
HUES: dict[Group, str] = {"plain": "#0072B2", "revising": "#B45309", "remasking": "#9B3F7F"}
DASHES = ("", "7 3", "2 3", "9 3 2 3")  # of the samplers of one group
OTHERS, GRID, FRONT = "#c3c7cc", "#e4e5e2", "#f0cf65"
BASELINE = "denoise"
Point = tuple[float, float]  # mean NFE, quality


def within(points: Sequence[Point], most: float) -> list[Point]:
    """The best quality within so many passes, at each number of passes where it rises, and at `most`."""
    found: list[Point] = []
    for nfe, quality in sorted(point for point in points if point[0] <= most):
        if not found or quality > found[-1][1]:
            found = [*(one for one in found if one[0] < nfe), (nfe, quality)]
    return [*found, (most, found[-1][1])] if found else []


def named(curves: Mapping[str, Sequence[Point]], most: float) -> list[str]:
    """The samplers that are the front for the most passes, three at most, then those of the highest quality, and plain denoising."""
    front = within([point for points in curves.values() for point in points], most)
    held = {name: sum(b[0] - a[0] for a, b in pairwise(front) if a in points) for name, points in curves.items()}
    best = {name: (points[-1][1], held[name]) for name, points in curves.items() if name != BASELINE}
    holders = sorted((name for name in best if held[name]), key=lambda name: -held[name])[:3]
    chosen = [*holders, *sorted((name for name in best if name not in holders), key=lambda name: best[name], reverse=True)]
    return [*chosen[: NAMED - 1], *([BASELINE] if BASELINE in curves else [])]


def figure(measured: Mapping[str, Sequence[Point]], groups: Mapping[str, Group], most: float, about: str) -> str:
    """An SVG: for each sampler the best quality, 0 to 1, that it gives within so many passes on the mean, up to `most`."""
    curves = {name: found for name, points in measured.items() if (found := within(points, most))}
    if not curves:
        raise ValueError(f"no sampler was measured within {most:g} passes")
    low = max(0.0, math.floor(10 * min(points[-1][1] for points in curves.values()) - 0.5) / 10)
    chosen, front = named(curves, most), within([point for points in curves.values() for point in points], most)
    dashes = {group: count() for group in HUES}

    def line(points: Sequence[Point], look: str, title: str) -> str:
        steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in _stairs(points, low, most))
        return f'<polyline clip-path="url(#inside)" points="{steps}" fill="none" {look}><title>{escape(title)}</title></polyline>'

    parts = [_frame(low, most, about, len(curves) - len(chosen))]
    parts.append(line(front, f'stroke="{FRONT}" stroke-width="11" stroke-linejoin="round"', "the best of all within so many passes"))
    parts += [line(points, f'stroke="{OTHERS}" stroke-width="1.2"', name) for name, points in curves.items() if name not in chosen]
    ends = []
    for name in chosen:
        hue, dash = INK if name == BASELINE else HUES[groups[name]], DASHES[next(dashes[groups[name]]) % len(DASHES)]
        parts.append(line(curves[name], f'stroke="{hue}" stroke-width="2.4" stroke-dasharray="{dash}"', name))
        ends.append((_y(curves[name][-1][1], low), name, hue, dash))
    inside = "\n".join([*parts, *_labels(sorted(ends))])
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="system-ui, sans-serif">\n{inside}\n</svg>\n'


def _stairs(points: Sequence[Point], low: float, most: float) -> Iterator[Point]:
    """The pixels of a curve that stays level until it rises."""
    level = None
    for nfe, quality in points:
        if level is not None:
            yield _x(nfe, most), level
        level = _y(quality, low)
        yield _x(nfe, most), level


def _labels(ends: Sequence[tuple[float, str, str, str]]) -> Iterator[str]:
    """The names beside the curves' ends, moved down, and all up again, until none hides another."""
    places: list[float] = []
    for y, *_ in ends:
        places.append(max(y, places[-1] + LABEL) if places else y)
    for i in reversed(range(len(places))):
        places[i] = min(places[i], HEIGHT - BOTTOM - LABEL * (len(places) - 1 - i))
    edge = WIDTH - RIGHT
    for (y, name, hue, dash), place in zip(ends, places, strict=True):
        yield f'<polyline points="{edge},{y:.1f} {edge + 12},{place:.1f}" fill="none" stroke="{hue}" stroke-width="1"/>'
        key = f'x1="{edge + 14}" x2="{edge + 38}" y1="{place:.1f}" y2="{place:.1f}"'
        yield f'<line {key} stroke="{hue}" stroke-width="2.4" stroke-dasharray="{dash}"/>'
        yield _text(edge + 44, place + 4, name, 12, ink=hue)


def _frame(low: float, most: float, about: str, grey: int) -> str:
    """Background, title, the groups' hues, grid and the names of the axes."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [f"<title>{escape(about)}</title>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>']
    parts.append(f'<clipPath id="inside"><rect x="{LEFT}" y="{TOP - 8}" width="{right - LEFT}" height="{bottom - TOP + 8}"/></clipPath>')
    parts.append(_text(LEFT, 28, "Quality within so many forward passes", 17, ink=INK))
    x = float(LEFT)
    keys = [(group, hue, 2.4) for group, hue in HUES.items()] + [("best of all", FRONT, 11.0)]
    for word, hue, width in [*keys, *([(f"{grey} others", OTHERS, 1.2)] if grey else [])]:
        parts.append(f'<line x1="{x:.0f}" x2="{x + 22:.0f}" y1="46" y2="46" stroke="{hue}" stroke-width="{width}"/>')
        parts.append(_text(x + 28, 50, word, 12))
        x += 46 + 7 * len(word)
    for tenth in range(round(low * 10), 11):
        y = _y(tenth / 10, low)
        parts.append(f'<line x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>')
        parts.append(_text(LEFT - 10, y + 4, f"{tenth / 10:.1f}", 12, anchor="end"))
    parts += [_text(_x(nfe, most), bottom + 20, str(nfe), 12, anchor="middle") for nfe in range(0, int(most) + 1, 4)]
    parts.append(_text((LEFT + right) / 2, HEIGHT - 14, "forward passes (NFE), mean at most", 13, anchor="middle"))
    middle = (TOP + bottom) / 2
    turned = _text(18, middle, "claims right and sentences fluent, mean", 13, anchor="middle")
    parts.append(f'<g transform="rotate(-90 18 {middle})">{turned}</g>')
    return "\n".join(parts)


def _text(x: float, y: float, words: str, size: int, anchor: str = "start", ink: str = SUBDUED) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{ink}">{escape(words)}</text>'


def _x(nfe: float, most: float) -> float:
    return LEFT + (WIDTH - RIGHT - LEFT) * nfe / most


def _y(quality: float, low: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (quality - low) / (1 - low)
