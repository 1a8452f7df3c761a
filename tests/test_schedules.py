"""How the learning rate of a training stage runs."""

from __future__ import annotations

import pytest

from rediff_viz.training.stages import Schedule


def test_the_rate_warms_up_and_falls_to_nothing_once_a_cycle() -> None:
    schedule = Schedule(200, 4, rate=1.0, warmup=10, cycles=2)
    rates = [schedule.rate_at(step) for step in range(200)]
    assert rates[:100] == rates[100:]
    assert rates[:9] == pytest.approx([(step + 1) / 10 for step in range(9)])
    assert rates[99] == pytest.approx(0.01)
    assert Schedule(200, 4, rate=1.0, warmup=10).rate_at(100) == 0.5


def test_a_rate_that_does_not_decay_stays() -> None:
    assert {Schedule(200, 4, rate=2.0, warmup=10, decay=0.0).rate_at(step) for step in range(10, 200)} == {2.0}
