"""Why did it go wrong, as the page shows it: the numbers lane beside lane, the figures, and the cascade that is asked for. No browser."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_whatif import ran

from rediff_viz.analysis import cascade, cascade_part
from rediff_viz.analysis.trunk import open_trunk
from rediff_viz.saved_run import SavedRun, load_run, save_run
from rediff_viz.service import analyses as service
from rediff_viz.service import asked, recordings
from rediff_viz.service.analyses import Analyses, chosen, cost
from rediff_viz.service.analysis_table import ROWS, table_html
from rediff_viz.service.run_store import RunStore, StoredRun
from rediff_viz.ui.analysis import NOT_YET, panel, study_box
from rediff_viz.ui.results import write_files
from rediff_viz.views import STUDIES

ME = "somebody"


@pytest.fixture
def store() -> RunStore:
    return RunStore()


@pytest.fixture
def stored(store: RunStore) -> StoredRun:
    return ran(store)


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[SavedRun], Any]]:
    """A function that makes a run the only recorded one."""

    def record(run: SavedRun) -> None:
        save_run(tmp_path / "runs" / "one", run)
        monkeypatch.setenv("REDIFF_VIZ_RUNS", str(tmp_path / "runs"))
        recordings.recorded_runs.cache_clear()

    yield record
    recordings.recorded_runs.cache_clear()


def computed(analyses: Analyses, run: str) -> list[Any]:
    study = analyses.find(run)
    assert study is not None
    return list(analyses.cascades(study, ME))


def test_a_run_that_has_ended_has_its_numbers_before_anything_is_computed(store: RunStore, stored: StoredRun) -> None:
    study = Analyses(store).find(stored.run)
    assert study is not None
    assert [lane["trace"] for lane in study.lanes] == [trace.fingerprint for trace in stored.traces]
    assert all(lane["numbers"]["passes"] == len(trace) for lane, trace in zip(study.lanes, stored.traces, strict=True))
    assert not study.complete
    table = table_html(study)
    shown = [row.name for row in ROWS if f">{row.name}<" in table]
    assert shown == [row.name for row in ROWS if row.part == "numbers"]
    assert "the truth of the picture is not known" in table
    assert Analyses(store).find("no-such-run") is None
    assert Analyses(store).find(store.begin(ME).run) is None  # under way


def test_the_cascade_of_every_lane_is_that_of_the_analysis_and_stays_with_the_run(store: RunStore, stored: StoredRun) -> None:
    analyses, before = Analyses(store), len(stored.messages)
    *lines, message = computed(analyses, stored.run)
    assert lines[0].startswith("Lane A: pass 1 of about ")
    assert lines[-1].startswith("Lane B: ")
    study = analyses.find(stored.run)
    assert study is not None
    assert study.complete
    for lane, trace in zip(study.lanes, stored.traces, strict=True):
        assert lane["cascade"] == cascade_part(cascade(trace, open_trunk(trace)))["cascade"]
    assert message["kind"] == "analysis"
    assert (message["run"], message["seq"]) == (stored.run, before)
    assert stored.messages[-1] is message
    assert [set(lane) for lane in message["lanes"]] == [{"cascade"}, {"cascade"}]
    assert all(f">{row.name}<" in table_html(study) for row in ROWS)
    assert cost(study) == ""
    assert computed(analyses, stored.run)[:-1] == []  # nothing is computed twice


def test_the_files_to_take_along_have_the_analysis(store: RunStore, stored: StoredRun, tmp_path: Path) -> None:
    analyses = Analyses(store)
    computed(analyses, stored.run)
    archive = next(path for path in write_files(stored, with_picture=False) if path.suffix == ".zip")
    zipfile.ZipFile(archive).extractall(tmp_path)
    assert load_run(tmp_path / "run").analysis == stored.analysis


def test_it_can_be_stopped_and_what_was_complete_stays(store: RunStore, stored: StoredRun) -> None:
    analyses = Analyses(store)
    study = analyses.find(stored.run)
    assert study is not None
    made: list[Any] = []
    for line in analyses.cascades(study, ME):
        made.append(line)
        if isinstance(line, str) and line.startswith("Lane B"):
            analyses.stop(ME)
    assert made[-2].startswith("Stopped")
    assert [set(lane) for lane in made[-1]["lanes"]] == [{"cascade"}, set()]
    after = analyses.find(stored.run)
    assert after is not None
    assert ["cascade" in lane for lane in after.lanes] == [True, False]
    assert len(re.findall("Lane B", " ".join(line for line in computed(analyses, stored.run) if isinstance(line, str)))) > 1
    analyses.stop("nobody")


def test_what_it_takes_is_said_before_and_bounded(store: RunStore, stored: StoredRun, monkeypatch: pytest.MonkeyPatch) -> None:
    study = Analyses(store).find(stored.run)
    assert study is not None
    words = sum(len(chosen(trace, 2)) for trace in stored.traces)
    assert cost(study).startswith(f"Runs again once for each of {words} words, with that word replaced: about ")
    assert "minutes" not in cost(study)
    monkeypatch.setattr(service, "_is_large", lambda checkpoint: True)
    assert cost(study).endswith("On toy that takes minutes.")
    monkeypatch.setattr(asked, "WORK_CPU", 2 * len(stored.traces[0].start) * 20)
    few = chosen(stored.traces[0], 2)
    assert 0 < len(few) < words
    assert sum(len(stored.traces[0]) - 1 - cause.at for cause in few) <= 40  # 20 on average
    monkeypatch.setattr(asked, "WORK_CPU", 1)
    with pytest.raises(ValueError, match="more than is computed here"):
        cost(study)
    assert "more than is computed here" in panel(Analyses(store), stored.run, "order", True)[2]


def test_a_recorded_run_shows_what_is_stored_with_it_without_a_model(
    stored: StoredRun, recorded: Callable[[SavedRun], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = stored.traces[0]
    found = {"trace": trace.fingerprint, **cascade_part(cascade(trace, open_trunk(trace)))}
    recorded(SavedRun("one", stored.traces[:1], None, {"title": "One"}, (found,)))
    monkeypatch.setattr("rediff_viz.service.whatif.open_trunk", lambda *_: pytest.fail("a model was opened"))
    study = Analyses(RunStore()).find("one")
    assert study is not None
    assert study.lanes[0]["cascade"] == found["cascade"]
    assert study.complete
    assert recordings.message("one")["lanes"][0]["analysis"] == {"cascade": found["cascade"]}
    assert study_box(study, "what caused what")[0] is not None
    row, _, line, table, *_ = panel(Analyses(RunStore()), "one", "order", True)
    assert (row.visible, line) == (False, '<p class="pg-text"></p>')
    assert "Longest chain" in table


def test_what_was_computed_of_a_recorded_run_is_held_for_the_next_visitor(stored: StoredRun, recorded: Callable[[SavedRun], Any]) -> None:
    recorded(SavedRun("one", stored.traces[:1]))
    message = computed(Analyses(RunStore()), "one")[-1]
    assert (message["run"], message["seq"]) == ("one", 1)
    study = Analyses(RunStore()).find("one")
    assert study is not None
    assert study.complete
    assert "analysis" in recordings.message("one")["lanes"][0]


def test_a_recorded_run_with_another_runs_analysis_says_so(stored: StoredRun, recorded: Callable[[SavedRun], Any]) -> None:
    other = {"trace": stored.traces[1].fingerprint, "errors": "."}
    recorded(SavedRun("one", stored.traces[:1]))
    from rediff_viz.paths import runs_folder
    from rediff_viz.stored_analysis import save_analysis

    save_analysis(runs_folder() / "one", stored.traces[1:], [other])
    study = Analyses(RunStore()).find("one")
    assert study is not None
    assert "belongs to another run" in table_html(study)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"stopped": "stopped by hand"}, "stopped before its end"),
    ({"checkpoint": "nowhere"}, "cannot go on without its checkpoint"),
    ({"checkpoint_sha256": "0" * 64, "checkpoint": "world-plain"}, "other weights"),
    ({"picture": {"sha256": "0" * 64, "width": 8, "height": 8}}, "picture, which is not here"),
]


@pytest.mark.parametrize(("changed", "sentence"), REFUSED, ids=[sentence for _, sentence in REFUSED])
def test_a_lane_that_cannot_be_run_again_is_refused_in_one_sentence_and_its_numbers_stay(
    changed: dict[str, Any], sentence: str, store: RunStore, stored: StoredRun
) -> None:
    stored.traces = tuple(replace(trace, head=replace(trace.head, **changed)) for trace in stored.traces)
    analyses = Analyses(store)
    with pytest.raises(ValueError, match=sentence):
        computed(analyses, stored.run)
    study = analyses.find(stored.run)
    assert study is not None
    assert "Never checked" in table_html(study)


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_is_a_figure_or_a_sentence(name: str, store: RunStore, stored: StoredRun) -> None:
    study = Analyses(store).find(stored.run)
    assert study is not None
    figure, words = study_box(study, name)
    assert (figure is None) == (name != "order")
    assert words.startswith('<p class="pg-text">')
    assert words.endswith(".</p>")


def test_before_there_is_a_run_that_has_ended_the_panel_says_so(store: RunStore) -> None:
    row, _, _, table, picker, figure, read = panel(Analyses(store), None, "order", True)
    assert (row.visible, picker.visible, figure, read) == (False, False, None, "")
    assert NOT_YET in table


def test_numbers_are_in_words_for_people_and_text_is_text(store: RunStore, stored: StoredRun) -> None:
    study = Analyses(store).find(stored.run)
    assert study is not None
    last = len(stored.traces[0]) - 1
    values = {
        "first_error": [last, 2],
        "repairs": 1,
        "half_life": 1.0,
        "preservation": 0.5,
        "ever_right": 4,
        "right_at_end": 3,
        "kendall_tau": -0.25,
    }
    badge = {"name": "<i>loop", "line": "again", "positions": [0, 1, 2, 3, 4, 5, 6, 7]}
    lane = {**study.lanes[0], "numbers": values, "badges": [badge], "errors": "<script>"}
    table = table_html(replace(study, lanes=(lane, {**lane, "numbers": {"first_error": [500, 2], "half_life": None}})))
    assert f"<td>pass {last + 1}, word 3: “" in table
    for cell in ("1 pass", "50%", "4 / 3", "−0.25"):
        assert f"<td>{cell}</td>" in table
    assert 'title="again: words 1, 2, 3, 4, 5, 6 and 2 more"' in table
    assert "<script>" not in table
    assert "<i>" not in table


def test_of_a_cascade_whose_control_differs_nothing_is_counted(store: RunStore, stored: StoredRun) -> None:
    analyses = Analyses(store)
    computed(analyses, stored.run)
    study = analyses.find(stored.run)
    assert study is not None
    lanes = tuple({**lane, "cascade": {**lane["cascade"], "measured": False, "control": "It differs."}} for lane in study.lanes)
    table = table_html(replace(study, lanes=lanes))
    assert "Longest chain" not in table
    assert "It differs." in table
    figure, _ = study_box(replace(study, lanes=lanes), "what caused what")
    assert all("no arrow is called an effect" in note.text for note in figure.layout.annotations)
