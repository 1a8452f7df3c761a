"""The Score's messages say what the traces say, and the export keeps it."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest

from rediff_viz.events import events
from rediff_viz.run import compare
from rediff_viz.saved_run import SavedRun, events_csv, load_run, save_run, zip_run
from rediff_viz.score.html import page
from rediff_viz.score.messages import EOT, MASK, Message, MessageEncoder, head_of, payload
from rediff_viz.trace import Trace
from rediff_viz.trace.visible import visible_text
from rediff_viz.world import render, scene_from_seed, to_dict

LANES = ["denoise@toy", "rediff@toy:settle=2", "proseco@toy"]


@pytest.fixture(scope="module")
def traces() -> list[Trace]:
    return compare(LANES, tokens_per_pass=3)


def replayed(run: Message, lane: int) -> list[list[str]]:
    """The canvases (S, N) of texts that the browser would hold."""
    words, head = run["vocab"], run["lanes"][lane]
    canvas, rows = list(head["start"]), []
    for step in head["passes"]:
        for position, token, *_ in (*step.get("before", ()), *step["canvas"]):
            canvas[position] = token
        rows.append([words[i] for i in canvas])
    return rows


def test_playing_the_messages_back_gives_the_canvases(traces: list[Trace]) -> None:
    run = payload(traces, "run")
    for lane, trace in enumerate(traces):
        special = {trace.head.mask_id: "", trace.head.eot_id: ""}
        texts = [[special.get(int(i), trace.head.vocabulary[int(i)]) for i in row] for row in trace.canvas]
        assert replayed(run, lane) == texts


def test_a_payload_is_plain_json_with_one_pass_a_row(traces: list[Trace]) -> None:
    run = json.loads(json.dumps(payload(traces, "run"), allow_nan=False))
    assert [len(lane["passes"]) for lane in run["lanes"]] == [len(trace) for trace in traces]
    assert (run["mask"], run["eot"]) == (MASK, EOT)


def test_messages_sent_live_add_up_to_the_payload(traces: list[Trace]) -> None:
    encoder = MessageEncoder("run", [head_of(trace) for trace in traces])
    opening = encoder.opening("live")
    words: list[str] = list(opening["vocab"])
    passes: list[list[Message]] = [[] for _ in traces]
    for t in range(max(map(len, traces))):
        message = encoder.tick({i: trace.pass_record(t) for i, trace in enumerate(traces) if t < len(trace)})
        assert message["seq"] == t + 1
        words += message["vocab"]
        for lane, one in message["passes"]:
            passes[lane].append(one)
    words += encoder.ending(traces)["vocab"]
    for lane, head in enumerate(opening["lanes"]):
        live = {"vocab": words, "lanes": {lane: {**head, "passes": passes[lane]}}}
        assert replayed(live, lane) == replayed(payload(traces, "run"), lane)


def test_probabilities_are_those_of_the_tokens_written(traces: list[Trace]) -> None:
    trace = traces[0]
    passes = payload([trace], "run")["lanes"][0]["passes"]
    for t, step in enumerate(passes):
        for position, _, mille in step["canvas"]:
            assert mille == round(float(trace.prob[t, position]) * 1000)


@pytest.mark.parametrize(
    "text, shown",
    [
        (" cat", "cat"), ("", "∅"), (" ", "␣"), ("\u00a0\u3000", "␣␣"), ("\n", "⏎"), (" \r\n", "⏎"), ("\t", "⇥"), ("a\nb", "a⏎b"),
        ("\u202eevil", "⟨202E⟩evil"), ("\u2066x\u2069", "⟨2066⟩x⟨2069⟩"),
        ("\x1b[31m", "⟨001B⟩[31m"), ("\x00", "⟨0000⟩"), ("\u200b", "⟨200B⟩"), ("\ud83d", "⟨D83D⟩"),
        ("\u200d", "⟨200D⟩"), ("👩\u200d🚀", "👩\u200d🚀"), ("<b>&amp;</b>", "<b>&amp;</b>"), ("é", "é"),
    ],
)  # fmt: skip
def test_every_token_can_be_seen(text: str, shown: str) -> None:
    assert visible_text(text) == shown
    visible_text(text).encode("utf-8")


def test_a_trace_of_an_unknown_sampler_is_shown_without_its_description(traces: list[Trace]) -> None:
    trace = replace(traces[1], head=replace(traces[1].head, sampler="future", lane="future@toy:speed=9", settings={"speed": 9}))
    (lane,), (known,) = payload([trace], "run")["lanes"], payload([traces[1]], "run")["lanes"]
    assert (lane["title"], lane["method"], lane["rules"]) == ("future", "", ["commit", "revise", "remask"])
    assert (lane["passes"], lane["end"], lane["start"]) == (known["passes"], known["end"], known["start"])


def test_lanes_of_different_lengths_are_refused(traces: list[Trace]) -> None:
    other = compare(["denoise@toy"], tokens_per_pass=3, length=8)
    with pytest.raises(ValueError, match="lanes of one length"):
        payload([traces[0], *other], "run")


def test_a_run_folder_comes_back_as_it_was(traces: list[Trace], tmp_path: Path) -> None:
    back = load_run(save_run(tmp_path / "run", SavedRun("run", tuple(traces), None, {"title": "T"})))
    assert back.words == {"title": "T"}
    assert all(mine.same(theirs) for mine, theirs in zip(traces, back.traces, strict=True))


def test_a_run_that_names_a_file_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"version": 1, "traces": ["../x.trace"]}')
    with pytest.raises(ValueError, match="beside it"):
        load_run(tmp_path)


def test_the_zip_holds_the_folder_and_no_picture_unless_given(traces: list[Trace], tmp_path: Path) -> None:
    names = zipfile.ZipFile(zip_run(SavedRun("run", tuple(traces)), tmp_path / "run.zip")).namelist()
    assert len([n for n in names if n.endswith(".trace")]) == len(traces)
    assert not any(n.endswith(".png") for n in names)


def test_the_event_table_names_its_lanes(traces: list[Trace], tmp_path: Path) -> None:
    table = events_csv(traces, tmp_path / "events.csv").read_text().splitlines()
    assert table[0].startswith("lane,pass,")
    assert {line.split(",")[0].strip('"') for line in table[1:]} >= {"denoise@toy", "proseco@toy"}


def test_the_event_table_of_a_run_counts_positions_from_1_and_that_of_python_from_0(traces: list[Trace], tmp_path: Path) -> None:
    written = pd.read_csv(events_csv(traces, tmp_path / "events.csv"))
    for trace in traces:
        own = written[written["lane"] == trace.head.lane]
        assert (own["position"].to_numpy() == events(trace)["position"].to_numpy() + 1).all()
    assert (written["position"].min(), events(traces[0])["position"].min()) == (1, 0)


def test_the_page_asks_for_nothing_from_elsewhere(traces: list[Trace]) -> None:
    document = page(SavedRun("run", tuple(traces), None, {"title": "A <b>title</b>"}))
    assert "http://" not in document.replace("http://www.w3.org", "")
    assert "https://" not in document
    assert "<title>A &lt;b&gt;title&lt;/b&gt;</title>" in document
    assert np.char.count(document, "</script>") == 3


def test_what_a_page_catches_up_with_is_json_to_the_server_too() -> None:
    """The server's encoder takes keys of text only; a run whose truth is known says the most."""
    scene = to_dict(scene_from_seed(7))
    trace = compare(["denoise@world-plain"], render(scene_from_seed(8)), scene=scene, tokens_per_pass=8)[0]
    encoder = MessageEncoder("run", [head_of(trace)])
    for t in range(len(trace)):
        encoder.tick({0: trace.pass_record(t)})
    ending = encoder.ending([trace])
    assert ending["lanes"][0]["claims"]
    assert orjson.loads(orjson.dumps(ending)) == ending
