"""The visitor's verdicts on words, which their browser keeps: sent only when files of a run are made, to be put into them."""

from __future__ import annotations

from collections.abc import Sequence

from ..trace import Trace
from ..verdicts import Verdict, read_verdicts, verdicts_on
from .sentences import refusal

VERDICTS = """(run, picture) => {
  const mount = document.querySelector('.rv-mount'), text = mount && mount.rediffScore ? mount.rediffScore.verdicts() : '';
  return [run, picture, new Blob([JSON.stringify(text)]).size > 48000 ? 'too many' : text];
}"""  # what the browser sends when the files are made: the visitor's verdicts on the run that is shown, as CSV
TOO_MANY = "Your verdicts on this run are too many to go into these files; save them as verdicts.csv, over the lanes."


def read_marks(text: str) -> list[Verdict]:
    """The verdicts that a browser sends with a wish for files. Raises gr.Error, in one sentence."""
    if text == "too many":
        raise refusal(TOO_MANY)
    try:
        return read_verdicts(text) if text else []
    except ValueError as error:
        raise refusal(f"Your verdicts cannot be read: {error}.") from None


def marks_on(traces: Sequence[Trace], marks: Sequence[Verdict]) -> list[Verdict]:
    """Those on words of a run. Raises gr.Error where one names a place that the run does not have."""
    try:
        return [one for trace in traces for one in verdicts_on(trace, marks)]
    except ValueError as error:
        raise refusal(f"Your verdicts cannot be read: {error}.") from None
