"""Every view on runs of every sampler; the timeline marks the events of the event table."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from written import TRUE, trace_of

from rediff_viz.analysis import lane_part
from rediff_viz.events import events
from rediff_viz.run import compare, record
from rediff_viz.trace import Trace
from rediff_viz.views import STUDIES, VIEWS, alternatives, colours, confidence, layout, timeline
from rediff_viz.views.arrows import arrows_of
from rediff_viz.views.colours import tint
from rediff_viz.views.confidence import most_revised
from rediff_viz.world import EOT_ID, VOCABULARY, caption, encode, scene_from_seed, to_dict

ROOT = Path(__file__).resolve().parent.parent
LANES = ["denoise@toy", "rediff@toy:settle=3,max_revisions=2", "proseco@toy-flips", "denoise@toy-masks"]


@pytest.fixture(scope="module")
def traces() -> list[Trace]:
    return compare(LANES, prompt="look", length=16, tokens_per_pass=4)


def marks_of(figure: go.Figure, symbol: str) -> list[tuple[int, int]]:
    """(position, pass) of every mark of a shape, both from 1."""
    marks = [t for t in figure.data if t.type == "scatter" and t.marker.symbol == symbol and t.x[0] is not None]
    return [(int(x), int(y)) for t in marks for x, y in zip(t.x, t.y, strict=True)]


def underlines(figure: go.Figure) -> list[go.Scatter]:
    return [t for t in figure.data if t.type == "scatter" and t.mode == "lines"]


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_view_draws_any_number_of_lanes_and_twice_the_same(name: str, count: int, traces: list[Trace]) -> None:
    figure = VIEWS[name](traces[:count], at=2)
    assert figure.to_json() == VIEWS[name](traces[:count], at=2).to_json()
    titles = " ".join(annotation.text for annotation in figure.layout.annotations)
    assert all(lane in titles for lane in LANES[:count])


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("at", [None, 0, 1, 10_000])
def test_the_cursor_may_be_at_any_pass(name: str, at: int | None, traces: list[Trace]) -> None:
    lines = [shape for shape in VIEWS[name](traces, at=at).layout.shapes or () if shape.type == "line"]
    assert (len(lines) > 0) == (at is not None)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_refuses_to_draw_nothing(name: str) -> None:
    with pytest.raises(ValueError, match="one trace or more"):
        VIEWS[name]([])


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_draws_a_run_without_passes_and_a_run_of_one_word(name: str) -> None:
    assert VIEWS[name]([record("denoise@toy", length=2, draft="owl cat")]).data
    assert VIEWS[name]([record("rediff@toy", length=1, steps=1)], at=1).data


@pytest.mark.parametrize("name", VIEWS)
def test_figures_use_system_fonts_and_their_own_background(name: str, traces: list[Trace]) -> None:
    layout = VIEWS[name](traces).layout
    assert layout.font.family.startswith("system-ui")
    assert (layout.paper_bgcolor, layout.plot_bgcolor) == (colours.PAPER, colours.CLEAR)


@pytest.mark.parametrize("name", VIEWS)
def test_a_figure_comes_with_an_explanation(name: str, traces: list[Trace]) -> None:
    read = VIEWS[name](traces).layout.meta["read"]
    assert read.endswith(".")
    assert 80 < len(read) < 420


@pytest.mark.parametrize("name", ["INK", "SUBDUED", "WRONG_INK"])
def test_text_has_enough_contrast_with_the_background(name: str) -> None:
    def light(colour: str) -> float:
        part = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        return float(np.dot([0.2126, 0.7152, 0.0722], [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in part]))

    assert (light(colours.PAPER) + 0.05) / (light(getattr(colours, name)) + 0.05) >= 4.5


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("count", [1, 4])
def test_the_legend_fits_above_the_panels(name: str, count: int, traces: list[Trace]) -> None:
    figure = VIEWS[name](traces[:count])
    assert figure.layout.margin.t >= layout.legend_height(figure) + layout.TITLE


def test_columns_are_aligned_between_lanes_and_the_cell_of_a_mask_is_empty(traces: list[Trace]) -> None:
    figure = timeline(traces)
    maps = [t for t in figure.data if t.type == "heatmap" and t.colorscale[-1][1] == tint(1)]
    ranges = {figure.layout[("xaxis" + t.xaxis[1:])].range for t in maps}
    assert len(maps) == len(traces)
    assert len(ranges) == 1
    for cells, trace in zip(maps, traces, strict=True):
        z = np.array(cells.z, float)
        assert z.shape == trace.canvas.shape
        assert (np.isnan(z) >= (trace.canvas == trace.head.mask_id)).all()


def test_end_of_text_is_drawn_dimly_and_has_no_label(traces: list[Trace]) -> None:
    trace = record("denoise@toy-ends", length=16, steps=4)
    figure = timeline([trace])
    dim = next(t for t in figure.data if t.type == "heatmap" and t.colorscale[0][1] == t.colorscale[-1][1])
    assert (~np.isnan(np.array(dim.z, float)) == (trace.canvas == trace.head.eot_id)).all()
    assert [w == "" for w in figure.layout.xaxis.ticktext] == (trace.final == trace.head.eot_id).tolist()


def test_positions_count_from_1_wherever_a_figure_shows_them(traces: list[Trace]) -> None:
    lane, last = traces[1], traces[1].canvas.shape[1]
    cells = next(t for t in timeline([lane]).data if t.type == "heatmap")
    assert (cells.x[0], cells.x[-1]) == (1, last)
    assert timeline([lane]).layout.xaxis.tickvals[0] == 1
    shown = [t.hovertemplate for t in timeline([lane]).data if t.hovertemplate]
    assert all(text.startswith("position %{x}, ") for text in shown)
    one = [t.hovertemplate for t in confidence([lane], positions=[0]).data if "position" in (t.hovertemplate or "")]
    assert one
    assert all(text.startswith("position 1, ") for text in one)


def test_a_pass_that_is_not_a_plain_one_is_named_as_the_page_names_it() -> None:
    ticks = timeline([record("rediff@toy:settle=2", length=8, steps=2)]).layout.yaxis.ticktext
    assert ticks[:3] == ("pass 1", "2", "final 3")


@pytest.mark.parametrize("lane", range(len(LANES)))
def test_the_timeline_marks_the_events_of_the_event_table(lane: int, traces: list[Trace]) -> None:
    figure, table = timeline([traces[lane]]), events(traces[lane])
    for kind, symbol in (("commit", "circle"), ("revise", "diamond"), ("remask", "circle-open")):
        rows = table[table.event == kind]
        assert sorted(marks_of(figure, symbol)) == sorted(zip(rows.position + 1, rows["pass"], strict=True))


def test_a_hover_text_has_the_old_word_and_the_new(traces: list[Trace]) -> None:
    first = events(traces[1]).query("event == 'revise' and new_text != '<eot>'").iloc[0]
    texts = [text for t in timeline([traces[1]]).data if t.type == "scatter" and t.marker.symbol == "diamond" for text in t.text or ()]
    assert any(text.startswith(f"revise: {first.old_text} → <b>{first.new_text}</b>, p = {first.prob:.2f}") for text in texts)


def test_wrong_words_are_underlined(traces: list[Trace]) -> None:
    verdict = np.zeros(traces[0].canvas.shape, bool)
    verdict[-1, [3, 5]] = True
    lines = underlines(timeline(traces[:1], wrong=[verdict]))
    assert [round(float(x), 1) for x in lines[0].x if not np.isnan(x)] == [3.6, 4.4, 5.6, 6.4]
    assert not underlines(timeline(traces[:1], wrong=[None]))


def test_wrong_word_arrays_of_another_shape_are_refused(traces: list[Trace]) -> None:
    with pytest.raises(ValueError, match="shape"):
        timeline(traces[:1], wrong=[np.zeros((1, 1), bool)])
    with pytest.raises(ValueError, match="one \\(or None\\) a lane"):
        timeline(traces[:2], wrong=[None])


def test_a_trace_with_its_scene_has_its_wrong_words_marked(traces: list[Trace]) -> None:
    scene = scene_from_seed(3)
    true = encode(caption(scene, np.random.default_rng(0)), 40)
    spoiled = true.copy()
    spoiled[0] = next(i for i in range(3, len(VOCABULARY)) if i != true[0])
    trace = record("denoise@toy-blind", length=40, steps=1)
    vocabulary = {i: VOCABULARY[i] for i in {1, EOT_ID, *true.tolist(), *spoiled.tolist()}}
    head = replace(trace.head, vocabulary=vocabulary, scene=to_dict(scene))
    judged = replace(trace, head=head, canvas=spoiled[None].astype(np.int32))
    lines = underlines(timeline([judged]))
    assert np.nanmin(np.array(lines[0].x, float)) == pytest.approx(0.6)
    assert len(lines[0].x) == 3  # one word: two ends and a gap


def test_a_hover_text_says_why_a_word_is_wrong() -> None:
    cells = [t for t in timeline([trace_of(["three blue camels", TRUE])]).data if t.type == "heatmap"]
    assert cells[0].text[0][0].endswith(": wrong<br>The picture has two camels, the text says three.")
    assert cells[0].text[1][0].startswith("<b>two</b>")
    assert "wrong" not in cells[0].text[1][0]


def test_ordinary_commits_are_not_drawn_on_a_crowded_canvas() -> None:
    assert not marks_of(timeline([record("denoise@toy", length=80, steps=4)]), "circle")


def test_confidence_draws_the_given_positions(traces: list[Trace]) -> None:
    named = [t.name for t in confidence(traces, positions=[4, 2]).data if t.showlegend is not False]
    assert [name.split(":")[0] for name in named] == ["5", "3"]
    with pytest.raises(ValueError, match="position 16"):
        confidence(traces, positions=[16])


def test_a_single_position_is_drawn_with_its_alternatives(traces: list[Trace]) -> None:
    figure = confidence(traces[:2], positions=[4])
    for lane, trace in enumerate(traces[:2]):
        axis = "y" if lane == 0 else f"y{lane + 1}"
        drawn = [t.y for t in figure.data if t.yaxis == axis and t.line.color == colours.QUIET]
        probs = alternatives.candidate_probs(trace, 4)
        named = alternatives.alternatives(trace, 4, probs)
        assert int(trace.final[4]) not in named
        assert len(drawn) == len(named) > 0
        assert max(np.nanmax(probs[i]) for i in named) == max(np.nanmax(y) for y in drawn)
    assert "alternatives" in figure.layout.meta["read"]


def test_confidence_draws_the_most_revised_positions_by_default() -> None:
    trace = record("rediff@toy:settle=3,max_revisions=2", prompt="look", length=16, tokens_per_pass=4)
    undone = events(trace).query("event == 'revise'").position.value_counts()
    assert undone.idxmax() in most_revised([trace])


def test_token_texts_are_never_markup() -> None:
    from rediff_viz.views.layout import clean

    assert clean("<b>x</b>") == "&lt;b&gt;x&lt;/b&gt;"
    assert clean("\n") == "⏎"


def test_colours_are_defined_in_one_file() -> None:
    for path in (ROOT / "rediff_viz" / "views").glob("*.py"):
        if path.name != "colours.py":
            assert not re.findall(r"#[0-9A-Fa-f]{6}\b|rgba?\(", path.read_text("utf-8")), path.name


def test_a_trace_file_is_drawn_without_torch_and_gradio(traces: list[Trace], tmp_path: Path) -> None:
    path = traces[0].save(tmp_path / "a.trace")
    code = (
        "import sys; from rediff_viz.trace import Trace; from rediff_viz.views import VIEWS;"
        f"figures = [view([Trace.load({str(path)!r})]).to_json() for view in VIEWS.values()];"
        "print(len(figures), sorted({'torch', 'gradio', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == [str(len(VIEWS)), "[]"]


@pytest.fixture(scope="module")
def studied() -> tuple[list[Trace], list[dict[str, Any]]]:
    """A lane that errs and is mended, one that nothing is known of but its words, and what is known of both."""
    mended = trace_of([TRUE.replace("camels", "cats"), TRUE, TRUE], length=16)
    open_ended = replace(mended, head=replace(mended.head, scene=None))
    rows = [[0, 0, 2, 1, 3.0, 1, 1], [1, 0, 2, 1, None, 1, 1], [0, 0, 5, 1, 0.4, 0, 1], [3, 0, 6, 1, 0.02, 0, 0]]
    found = {"control": "The same.", "measured": True, "floor": 0.05, "left_out": 0, "effects": rows}
    return [mended, open_ended], [{**lane_part(mended), "cascade": found}, dict(lane_part(open_ended))]


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_is_drawn_of_what_is_known_and_says_how_to_read_it(name: str, studied: tuple[list[Trace], list[dict[str, Any]]]) -> None:
    figure = STUDIES[name](*studied)
    assert figure.to_json() == STUDIES[name](*studied).to_json()
    assert 80 < len(figure.layout.meta["read"]) < 420
    assert figure.layout.paper_bgcolor == colours.PAPER
    assert figure.layout.margin.t >= layout.legend_height(figure) + layout.TITLE
    assert not re.search(r"position 0\b|pass 0\b", figure.to_json())


@pytest.mark.parametrize("name", ["what caused what", "wrong claims", "credit"])
def test_a_study_of_what_is_not_known_is_one_sentence(name: str, studied: tuple[list[Trace], list[dict[str, Any]]]) -> None:
    traces, lanes = studied
    with pytest.raises(ValueError, match="known"):
        STUDIES[name](traces[1:], lanes[1:])


def test_arrows_are_direct_effects_on_what_the_run_wrote() -> None:
    trace = trace_of([TRUE.replace("camels", "cats"), TRUE, TRUE.replace("blue", "red")], length=16)  # revised: position 2, then 1
    direct = [[0, 0, 2, 1, 1.0, 1, 1], [2, 1, 1, 2, 2.0, 1, 1]]
    rows = {
        "direct": direct,
        "by a chain": [*direct, [0, 0, 1, 2, 9.0, 1, 1]],
        "of the branch alone": [*direct, [0, 0, 3, 2, 9.0, 1, 1]],
        "below the floor": [*direct, [3, 0, 2, 1, 0.01, 0, 0]],
    }
    for effects in rows.values():
        found = arrows_of(trace, {"measured": True, "effects": effects})
        assert [(arrow.cause, arrow.effect) for arrow in found.words] == [((1, 2), (2, 1)), ((0, 0), (1, 2))]
        assert (found.ends, found.moved, found.hidden) == ([], [], 0)
    moved = arrows_of(trace, {"measured": True, "effects": [[3, 0, 2, 1, 0.3, 0, 1], [15, 0, 2, 1, 0.3, 1, 1]]})
    assert (len(moved.words), len(moved.ends), len(moved.moved)) == (0, 1, 1)
