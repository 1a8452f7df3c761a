"""The numbers of a run's analysis as the page shows them: a table, lane beside lane, in words for people. Positions and passes from 1."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..stored_analysis import Lane
from ..trace import Trace
from .analyses import LETTERS, Study

NOTHING = "–"
Cell = Callable[[Trace, Mapping[str, Any]], str]  # of a lane: its trace, and the numbers that the row is about


@dataclass(frozen=True)
class Row:
    """One row: a name, what it means, and what stands in it."""

    name: str
    meaning: str
    cell: Cell
    part: str = "numbers"


def _number(name: str, unit: str = "") -> Cell:
    def cell(_: Trace, values: Mapping[str, Any]) -> str:
        value = values.get(name)
        return NOTHING if value is None else f"{value:g}{_plural(unit, value)}"

    return cell


def _plural(unit: str, value: float) -> str:
    return "" if not unit else f" {unit}" if value == 1 else f" {unit}es" if unit == "pass" else f" {unit}s"


def _share(name: str) -> Cell:
    return lambda _, values: NOTHING if values.get(name) is None else f"{values[name]:.0%}"


def _first_error(trace: Trace, values: Mapping[str, Any]) -> str:
    if "first_error" not in values or values["first_error"] is None:
        return NOTHING if "first_error" not in values else "none"
    at, position = values["first_error"]
    if not (at < len(trace) and position < len(trace.start)):
        return NOTHING
    return f"pass {at + 1}, word {position + 1}: {_word(trace, trace.canvas[at, position])}"


def _word(trace: Trace, token: int) -> str:
    special = {trace.head.mask_id: "open", trace.head.eot_id: "end of text"}
    return special.get(int(token)) or f"“{trace.tokens([token])[0].strip()}”"


def _half_life(trace: Trace, values: Mapping[str, Any]) -> str:
    if "half_life" in values and values["half_life"] is None and values.get("first_error"):
        return "most stayed"
    return _number("half_life", "pass")(trace, values)


def _ever_right(_: Trace, values: Mapping[str, Any]) -> str:
    ever, end = values.get("ever_right"), values.get("right_at_end")
    return NOTHING if ever is None or end is None else f"{ever:g} / {end:g}"


def _reach(_: Trace, values: Mapping[str, Any]) -> str:
    mean, most = values.get("mean"), values.get("most")
    return NOTHING if mean is None or most is None else f"{mean:.1f}, at most {most:g}"


def _tau(_: Trace, values: Mapping[str, Any]) -> str:
    return NOTHING if values.get("kendall_tau") is None else f"{values['kendall_tau']:+.2f}".replace("-", "−")


ROWS = (
    Row("First error", "the first wrong word, and the pass that wrote it", _first_error),
    Row("Wrong words at the end", "", _number("errors_at_end")),
    Row("Repairs", "changes after which a wrong word was wrong no more", _number("repairs")),
    Row("Harms", "changes after which a right word was wrong", _number("harms")),
    Row("Half-life of an error", "passes until half of them had ended", _half_life),
    Row("Proposed again", "wrong words that a pass read and would write again", _share("preservation")),
    Row("Ever right / at the end", "claims right in some pass, and at the end", _ever_right),
    Row("Flip-flops", "places where a word came back after another", _number("flip_flops")),
    Row("Never checked", "final words that no pass has read", _number("never_checked")),
    Row("Order", "Kendall's tau: 1 is left to right, −1 right to left", _tau),
    Row("One word changes", "other final words, when its runner-up stands there, on average", _reach, "cascade"),
    Row("Longest chain", "words that each change the next", _number("depth", "link"), "cascade"),
    Row("Errors that hang on errors", "final errors that would be other words without an earlier error", _share("downstream"), "cascade"),
)


def table_html(study: Study) -> str:
    """By what a word is called wrong, the table, what is odd about each lane, and what the controls showed."""
    lanes = [lane if lane.get("cascade", {}).get("measured", True) else {**lane, "cascade": {}} for lane in study.lanes]
    known = {part for lane in lanes for part in ("numbers", "cascade") if lane.get(part)}
    heads = "".join(f'<th scope="col">{LETTERS[i % 8]} <span>{_text(t.head.sampler)}</span></th>' for i, t in enumerate(study.traces))
    rows = "".join(_row(row, study.traces, lanes) for row in ROWS if row.part in known)
    basis = dict.fromkeys(lane.get("errors", "") for lane in lanes)
    lead = " ".join(filter(None, (*basis, study.left_out)))
    return (
        f'<p class="pg-text">{_text(lead)}</p><div class="pg-numbers"><table><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{rows}{_odd(lanes)}</tbody></table></div>{_controls(study.lanes)}"
    )


def _row(row: Row, traces: Sequence[Trace], lanes: Sequence[Lane]) -> str:
    cells = "".join(f"<td>{_text(row.cell(trace, lane.get(row.part, {})))}</td>" for trace, lane in zip(traces, lanes, strict=True))
    meaning = f"<small>{_text(row.meaning)}</small>" if row.meaning else ""
    return f'<tr><th scope="row">{_text(row.name)}{meaning}</th>{cells}</tr>'


def _odd(lanes: Sequence[Lane]) -> str:
    """The badges, as a row."""
    cells = ["".join(_badge(one) for one in lane.get("badges", ())) or NOTHING for lane in lanes]
    return f'<tr><th scope="row">Odd<small>found by rule</small></th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _badge(badge: Mapping[str, Any]) -> str:
    places = [str(position + 1) for position in badge["positions"]]
    where = ", ".join(places[:6]) + (f" and {len(places) - 6} more" if len(places) > 6 else "")
    title = _text(f"{badge['line']}: word {where}" if len(places) == 1 else f"{badge['line']}: words {where}")
    return f'<span class="pg-badge" title="{title}">{_text(badge["name"])} <b>{len(places)}</b></span>'


def _controls(lanes: Sequence[Lane]) -> str:
    """What the control of each lane showed, once where all say the same."""
    sentences = [(i, lane["cascade"]["control"]) for i, lane in enumerate(lanes) if "cascade" in lane]
    return "".join(f'<p class="pg-text"><b>{LETTERS[i % 8]}</b> {_text(sentence)}</p>' for i, sentence in sentences)


def _text(text: str) -> str:
    return html.escape(text)
