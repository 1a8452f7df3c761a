"""What the eye saw, cell by cell over the picture: all that an embedded captioner's writer ever reads of it."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from ..images import data_url
from .run_store import StoredRun

EVERYWHERE = "setting"  # a concept of the whole picture: described in words, not cell by cell
_DOUBT = 0.9  # a cell less sure than this is worth a word


def concepts(stored: StoredRun) -> dict[str, list[str]]:
    """The concepts that can be shown, each with its values as the checkpoint's card names them; empty where there was no eye."""
    return {} if stored.picture is None else {name: values for name, values in _named(stored).items() if name != EVERYWHERE}


def _named(stored: StoredRun) -> dict[str, list[str]]:
    """concept -> the names of its values, in the model's order; "" means nothing is there."""
    from ..backends import find_card

    if not stored.traces or not any(stored.concepts[:1]):
        return {}
    values_of = find_card(stored.traces[0].head.checkpoint).options.get("concepts", {})
    return {
        name: [str(value) for value in values_of[name]]
        for name, probabilities in stored.concepts[0].items()
        if len(values_of.get(name, ())) == np.shape(probabilities)[-1]
    }


def grid_html(stored: StoredRun, concept: str | None) -> str:
    """The picture under a grid of words for one concept; "" where no eye saw it."""
    names = concepts(stored)
    if concept not in names or stored.picture is None:
        return ""
    seen = np.asarray(stored.concepts[0][concept], np.float64)  # (7, 7, values)
    cells = "".join(_cell(likely, names[concept]) for likely in seen.reshape(-1, seen.shape[-1]))
    return (
        f'<div class="pg-concepts"><div class="pg-eye"><img alt="The picture" src="{data_url(stored.picture)}"><div>{cells}</div></div>'
        f'<div class="pg-text">{"".join(f"<p>{line}</p>" for line in _lines(stored, concept, seen, names[concept]))}</div></div>'
    )


def _cell(likely: np.ndarray, names: Sequence[str]) -> str:
    """One cell: its likeliest value, a bar as long as that is sure, and the runners-up when pointed at."""
    order = np.argsort(-likely, kind="stable")
    likeliest = ", ".join(f"{names[i] or 'nothing'} {likely[i]:.2f}" for i in order[:3] if likely[i] >= 0.005)
    word, sure = html.escape(names[order[0]]), float(likely[order[0]])
    if not word:
        return f'<span title="{html.escape(likeliest)}"></span>'
    return f'<span class="on" style="--p:{sure:.2f}" title="{html.escape(likeliest)}"><b>{word}</b><i></i></span>'


def _lines(stored: StoredRun, concept: str, seen: np.ndarray, names: Sequence[str]) -> list[str]:
    """What is to be read beside the grid."""
    reading = (
        f"The {html.escape(concept)} the eye thinks it sees in each of its {seen.shape[0] * seen.shape[1]} cells. "
        "The longer the bar below a word, the surer; a cell without a word: nothing there. "
        "Of the picture, the writer reads nothing but this."
    )
    lines = [reading]
    best, sure = seen.argmax(-1), seen.max(-1)
    doubtful = [(sure[y, x], y, x) for y, x in np.ndindex(best.shape) if sure[y, x] < _DOUBT]
    if doubtful:
        p, y, x = min(doubtful)
        second = int(np.argsort(-seen[y, x], kind="stable")[1])
        first, other = (html.escape(names[i] or "nothing") for i in (int(best[y, x]), second))
        count = f"{len(doubtful)} cells are" if len(doubtful) > 1 else "One cell is"
        least = f"row {y + 1}, column {x + 1}: {first} {p:.2f}, {other} {seen[y, x, second]:.2f}"
        lines.append(f"{count} less than {_DOUBT:.0%} sure; least of all {least}.")
    else:
        lines.append(f"Every cell is at least {_DOUBT:.0%} sure.")
    everywhere = _named(stored).get(EVERYWHERE)
    if everywhere:
        mean = np.asarray(stored.concepts[0][EVERYWHERE], np.float64).mean((0, 1))
        lines.append(f"Of the whole picture it thinks: {html.escape(everywhere[int(mean.argmax())])}, {mean.max():.2f} sure.")
    return lines
