"""Who may ask a running server how much: what waits, whose address counts, what stops when nobody reads it."""

from __future__ import annotations

import threading
import uuid

import httpx
import pytest
from served import CALL, SLOW, Served, a_sentence, idle, until

from rediff_viz.ui import limits
from rediff_viz.ui.streams import Streams


def test_runs_that_wait_are_limited_by_page_caller_and_address(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    number, data = server.number("begin"), server.page_run()
    monkeypatch.setattr(server.streams, "_patience", 1e6)
    bare = [server.call(CALL) for _ in range(limits.PER_CALLER + 1)]
    page = [server.join(number, data, "one page") for _ in range(limits.PER_PAGE + 1)]
    room = limits.PER_ADDRESS - limits.PER_CALLER - limits.PER_PAGE
    others = [server.join(number, data) for _ in range(room + 1)]
    for joined, sentence in ((bare, "4 calls from your address"), (page, "3 runs of this page"), (others, "48 runs from your address")):
        assert [one.status_code for one in joined] == [200] * (len(joined) - 1) + [429]
        assert sentence in joined[-1].json()["detail"]
        assert a_sentence(joined[-1].json()["error"])
    assert limits.PER_ADDRESS >= 40  # a class sits behind one address
    monkeypatch.setattr(server.streams, "_patience", 0.0)
    for at_work in bare[:2]:
        server.answer(at_work)
    until(lambda: idle(server))


def test_a_burst_from_one_address_is_refused_until_it_rests(server: Served) -> None:
    def ask() -> httpx.Response:
        return server.client.post("/gradio_api/reset", json={"event_id": "x"})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "AT_ONCE", 5.0)
        patch.setattr(limits, "PER_SECOND", 0.001)
        answers = [ask() for _ in range(7)]
        patch.setattr(limits, "AT_ONCE", 600.0)
        patch.setattr(limits, "PER_SECOND", 1e6)  # a long rest
        rested = ask()
    assert answers[-1].status_code == 429
    assert a_sentence(answers[-1].json()["detail"])
    assert rested.status_code == 200


def leave_after_two_passes(server: Served, begun: int, url: str, sign: str, **params: str) -> None:
    """Read a run's events up to its second pass, go away, and see that it stops."""
    with server.client.stream("GET", url, params=params) as events:
        next(line for line in events.iter_lines() if sign in line)
        server.passes.go.clear()
    until(lambda: not server.streams._open)
    server.passes.go.set()
    until(lambda: idle(server))
    assert begun + 2 <= server.passes.begun < begun + 30


def test_a_run_stops_when_its_reader_goes_away(server: Served) -> None:
    until(lambda: idle(server))
    begun = server.passes.begun
    joined = server.call(SLOW)
    assert joined.status_code == 200, joined.text
    leave_after_two_passes(server, begun, f"/gradio_api/call/run/{joined.json()['event_id']}", '"passes": 2')


def test_a_run_of_the_page_stops_when_the_page_is_closed(server: Served) -> None:
    until(lambda: idle(server))
    begun, session = server.passes.begun, uuid.uuid4().hex
    server.join(server.number("begin"), server.page_run(tokens=1), session)
    leave_after_two_passes(server, begun, "/gradio_api/queue/data", "Pass 2 of", session_hash=session)


def test_a_call_that_nobody_reads_is_not_run(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.streams, "_patience", 0.2)
    begun = server.passes.begun
    calls = [server.call(SLOW), server.join(server.number("begin"), server.page_run(), "nobody")]
    assert [call.status_code for call in calls] == [200, 200]
    until(lambda: idle(server))
    assert server.passes.begun == begun
    event, data = server.answer(calls[0])
    assert event == "error"
    assert "nobody read the events of this call within 0.2 seconds" in data["error"]


def test_who_reads_late_gets_the_answer(server: Served) -> None:
    joined = server.call(CALL)
    until(lambda: any(server.blocks._queue.active_jobs))
    threading.Event().wait(1)
    assert server.answer(joined)[0] == "complete"


FORWARDED = [
    (True, "203.0.113.7", "192.0.2.1"), (True, "1.2.3.4, 8.8.8.8", "8.8.8.8"), (True, "8.8.8.8, 10.0.0.3", "8.8.8.8"),
    (True, "x, 10.1.1.1", "192.0.2.1"), (True, "2001:4860:4860::8888", "2001:4860:4860::/64"), (False, "8.8.8.8", "192.0.2.1"),
    (True, "", "192.0.2.1"),
]  # fmt: skip


@pytest.mark.parametrize(("space", "named", "whose"), FORWARDED)
def test_a_proxy_is_believed_on_a_space_only(monkeypatch: pytest.MonkeyPatch, space: bool, named: str, whose: str) -> None:
    monkeypatch.setenv("SPACE_ID", "somebody/space") if space else monkeypatch.delenv("SPACE_ID", raising=False)
    scope = {"client": ("192.0.2.1", 5), "headers": [(b"x-forwarded-for", named.encode())]}
    assert limits.address(scope) == whose


def test_the_servers_own_client_address_is_not_taken_from_a_header(server: Served) -> None:
    with server.passes.held():
        calls = [
            server.client.post("/gradio_api/call/run", json={"data": CALL}, headers={"x-forwarded-for": f"8.8.8.{i}"})
            for i in range(limits.PER_CALLER + 1)
        ]
    assert calls[-1].status_code == 429
    for call in calls[:-1]:
        server.answer(call)


def test_tokens_come_back_with_time_and_full_buckets_are_forgotten() -> None:
    now = 0.0
    rates = limits.Rates(lambda: now)
    rates.take("a", limits.AT_ONCE)
    with pytest.raises(limits.LimitError):
        rates.take("a")
    now = 1.0
    rates.take("a", limits.PER_SECOND)
    now = 100.0
    rates.take("b")
    assert list(rates._buckets) == ["b"]


def test_a_direct_call_has_no_reader_to_wait_for() -> None:
    Streams(0).await_reader(None)
