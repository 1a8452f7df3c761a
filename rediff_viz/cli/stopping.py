"""What SIGINT, SIGTERM and SIGHUP do to a run: they stop it after the pass under way. Knows no run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@dataclass
class Stop:
    """Whether a signal asked for the end. `gentle`: from here on the first signal waits for the end of the pass."""

    gentle: bool = False
    signal: signal.Signals | None = None

    def __bool__(self) -> bool:
        return self.signal is not None

    @property
    def signal_name(self) -> str:
        """SIGINT, SIGTERM or SIGHUP; "" where there was none."""
        return "" if self.signal is None else self.signal.name

    @property
    def exit_code(self) -> int:
        """As shells count it: 130 for SIGINT, 143 for SIGTERM."""
        return 0 if self.signal is None else 128 + self.signal

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """The handler: note the first signal; end at once, by SystemExit, at a second one or where no pass is under way."""
        again = self.signal is not None
        self.signal = signal.Signals(number)
        if again or not self.gentle:
            _tell(f"rediff_viz: ended at once by {'a second ' if again else ''}{self.signal.name}\n")
            raise SystemExit(self.exit_code)
        _tell(f"rediff_viz: {self.signal.name}: stopping after this pass; a second signal ends the run at once\n")


def _tell(line: str) -> None:
    """Write to stderr as a signal handler may; a terminal that is gone is no error."""
    try:
        os.write(2, line.encode())
    except OSError:
        return


@contextmanager
def stop_signals() -> Iterator[Stop]:
    """While open, signals are received here; those that the caller ignores, as under nohup, stay ignored."""
    stop = Stop()
    before = {number: signal.getsignal(number) for number in SIGNALS}
    caught = {number: handler for number, handler in before.items() if handler != signal.SIG_IGN}
    for number in caught:
        signal.signal(number, stop.receive)
    try:
        yield stop
    finally:
        for number, handler in caught.items():
            signal.signal(number, handler)
