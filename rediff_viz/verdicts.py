"""The verdicts of a reader on the words of a run, as the page's verdicts.csv holds them, read with suspicion. Knows traces."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .csv_cells import no_formula, plain_text
from .trace import Trace

RIGHT, WRONG, UNSURE = VERDICTS = ("right", "wrong", "unsure")
COLUMNS = ("lane", "trace", "position", "pass", "word", "your_verdict", "note")
LIMIT_BYTES = 1 << 20  # of a file
LIMIT_ROWS = 5000
LIMIT_TEXT = 400  # characters of a cell


@dataclass(frozen=True)
class Verdict:
    """What a reader says of a word of one lane."""

    lane: str
    trace: str  # fingerprint of the lane's trace
    position: int  # from 0
    written: int  # the pass that wrote the word, from 1; 0: it stood there from the start
    word: str
    verdict: str  # one of VERDICTS
    note: str = ""


def load_verdicts(path: Path) -> list[Verdict]:
    """The verdicts of a file. Raises ValueError, in one sentence."""
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read: {error.strerror or error}") from error
    try:
        return read_verdicts(content.decode("utf-8-sig"))
    except ValueError as error:  # what is not UTF-8, too
        why = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise ValueError(f"{path.name} cannot be read as verdicts: {why}") from error


def read_verdicts(text: str) -> list[Verdict]:
    """The verdicts of a table; more columns than ours are left aside. Raises ValueError, in one sentence."""
    if len(text) > LIMIT_BYTES:
        raise ValueError(f"more than {LIMIT_BYTES >> 20} MiB")
    try:
        rows = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise ValueError(f"it is no CSV table: {error}") from error
    head, body = rows[0] if rows else [], [row for row in rows[1:] if row]
    if missing := [name for name in COLUMNS if name not in head]:
        raise ValueError(f"it has no column {', '.join(missing)}")
    if len(body) > LIMIT_ROWS:
        raise ValueError(f"{len(body)} rows, expected at most {LIMIT_ROWS}")
    return [_verdict(dict(zip(head, row, strict=False)), number) for number, row in enumerate(body, 2)]


def _verdict(row: dict[str, str], number: int) -> Verdict:
    cells = {name: plain_text(row.get(name, "")) for name in COLUMNS}
    if long := [name for name, cell in cells.items() if len(cell) > LIMIT_TEXT]:
        raise ValueError(f"row {number}: {long[0]} has {len(cells[long[0]])} characters, expected at most {LIMIT_TEXT}")
    if cells["your_verdict"] not in VERDICTS:
        raise ValueError(f"row {number}: your_verdict {cells['your_verdict'][:40]!r}, expected {', '.join(VERDICTS)}")
    position, written = _count(cells, "position", number, 1), _count(cells, "pass", number, 0)
    return Verdict(cells["lane"], cells["trace"], position - 1, written, cells["word"], cells["your_verdict"], cells["note"])


def _count(cells: dict[str, str], name: str, number: int, least: int) -> int:
    text = cells[name]
    if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text) >= least):
        raise ValueError(f"row {number}: {name} {text[:40]!r}, expected a whole number from {least} on")
    return int(text)


def write_verdicts(verdicts: Sequence[Verdict]) -> str:
    """Verdicts as a table that `read_verdicts` reads; no cell begins as a formula does."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for one in verdicts:
        texts = one.lane, one.trace, one.word, one.verdict, one.note
        lane, trace, word, verdict, note = (no_formula(text) for text in texts)
        writer.writerow([lane, trace, one.position + 1, one.written, word, verdict, note])
    return file.getvalue()


def verdicts_on(trace: Trace, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Those on words of this trace. Raises ValueError where one names a place or a pass that the trace does not have."""
    mine = [one for one in verdicts if one.trace == trace.fingerprint]
    for one in mine:
        if one.position >= len(trace.start) or one.written > len(trace):
            where = f"position {one.position + 1}, pass {one.written}"
            raise ValueError(f"a verdict on {where}, but the trace has {len(trace.start)} positions and {len(trace)} passes")
    return mine


def marked_wrong(trace: Trace, verdicts: Sequence[Verdict]) -> list[tuple[int, int]]:
    """(position from 0, token) of the words of this trace that a reader calls wrong."""
    wrong = [one for one in verdicts_on(trace, verdicts) if one.verdict == WRONG]
    return [(one.position, int((trace.canvas[one.written - 1] if one.written else trace.start)[one.position])) for one in wrong]
