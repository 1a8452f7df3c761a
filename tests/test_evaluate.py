"""Quality tables: an oracle gets full scores, wrong captions do not, and the batch size changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pytest

from rediff_viz import evaluate as evaluation
from rediff_viz.analysis.credit import OUTCOMES, credit, detection
from rediff_viz.backends import Backend, BatchItem, Request
from rediff_viz.cards import Card
from rediff_viz.evaluate import QUALITY, as_row, evaluate, measure
from rediff_viz.run import record
from rediff_viz.trace import Prediction
from rediff_viz.world import EOT_ID, LENGTH, MASK_ID, VOCABULARY, caption, encode, from_dict, render, scene_from_seed, to_dict

REVISED = [name.replace(" ", "_") for name in OUTCOMES]


@dataclass(frozen=True)
class OracleSession:
    backend: Oracle
    request: Request
    truth: np.ndarray  # (N,) a true caption
    network_rows: int = 1


class Oracle(Backend):
    """Answers with a true caption of every scene; named "open" it leaves one mask, named "foreign" it describes something else."""

    mask_id, eot_id, vocabulary_size = MASK_ID, EOT_ID, len(VOCABULARY)
    device, dtype, joiner, batch, gives = "cpu", "float64", " ", 64, ("argmax",)

    def __init__(self, name: str) -> None:
        self.card = Card(name=name, title=name, backend="toy", mask_id=MASK_ID, eot_id=EOT_ID, length=LENGTH, steps=5)
        self.opened: list[Any] = []

    def open(self, request: Request) -> OracleSession:
        scene = from_dict(request.scene)
        self.opened.append(scene)
        truth = encode(caption(scene, np.random.default_rng(0)), request.length)
        if self.card.name == "open":
            truth[2] = MASK_ID
        if self.card.name == "foreign":  # something that is in no scene
            truth[:] = encode("there is a dragon in a spaceship".split(), request.length)
        return OracleSession(self, request, truth)

    def predict(self, items: Sequence[BatchItem]) -> list[Prediction]:
        full = np.ones(LENGTH)
        return [Prediction(i.session.truth, full, full, full * 0, i.session.truth[:, None], full[:, None]) for i in items]  # type: ignore[attr-defined]

    def tokens(self, ids: Any) -> list[str]:
        return [VOCABULARY[int(i)] for i in ids]

    def decode(self, ids: Any) -> str:
        return " ".join(self.tokens(ids))

    def encode(self, text: str) -> list[int]:
        return [VOCABULARY.index(word) for word in text.split()]


@pytest.fixture
def oracle(monkeypatch: pytest.MonkeyPatch) -> dict[str, Oracle]:
    known = {name: Oracle(name) for name in ("oracle", "open", "foreign")}
    monkeypatch.setattr(evaluation, "open_checkpoint", lambda name, models=None: known[name])
    return known


def test_an_oracle_gets_full_scores_at_the_planned_number_of_passes(oracle: dict[str, Oracle]) -> None:
    one, eight = evaluate(["denoise@oracle"], [1, 8], scenes=5, seed=100)
    for row, passes in ((one, 40), (eight, 5)):
        assert row["nfe"] == passes
        assert row["commits"] == LENGTH
        assert row["revisions"] == row["remasks"] == 0
        assert {name: row[name] for name in QUALITY} == {name: 0 if "chair" in name else 1 for name in QUALITY}
    assert (one["tokens_per_pass"], eight["tokens_per_pass"]) == (1, 8)


def test_a_caption_with_a_mask_left_in_it_is_not_fluent(oracle: dict[str, Oracle]) -> None:
    row = evaluate(["denoise@open"], [8], scenes=3)[0]
    assert row["fluent"] == row["exact"] == 0


def test_a_caption_of_something_else_is_not_exact_and_has_no_object_f1(oracle: dict[str, Oracle]) -> None:
    row = evaluate(["denoise@foreign"], [8], scenes=3)[0]
    assert row["exact"] == row["object_f1"] == 0
    assert row["attribute_accuracy"] is None


def test_rows_come_lane_by_lane_then_budget_by_budget_with_the_evaluations_settings(oracle: dict[str, Oracle]) -> None:
    rows = evaluate(["denoise@oracle", "rediff@oracle:settle=2"], [4, 8], scenes=2, seed=7, style="twitter", against_priors=True)
    assert [(r["lane"], r["tokens_per_pass"]) for r in rows] == [
        ("denoise@oracle", 4), ("denoise@oracle", 8), ("rediff@oracle:settle=2", 4), ("rediff@oracle:settle=2", 8),
    ]  # fmt: skip
    assert [(r["scenes"], r["seed"], r["style"], r["against_priors"]) for r in rows] == [(2, 7, "twitter", True)] * 4
    assert [r["nfe"] for r in rows] == [10, 5, 11, 6]  # one settle pass finds nothing to change
    assert {(s.seed, s.style) for s in oracle["oracle"].opened} == {(7, "twitter"), (8, "twitter")}
    assert len(oracle["oracle"].opened) == 2  # each picture is encoded once, for all lanes and budgets


def test_steps_can_be_the_budget(oracle: dict[str, Oracle]) -> None:
    row = evaluate(["denoise@oracle"], scenes=1, steps=[3])[0]
    assert (row["steps"], row["nfe"], row["tokens_per_pass"]) == (3, 3, None)


def test_the_number_of_scenes_in_a_batch_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    lanes = ["rediff@toy:settle=2,max_revisions=3", "proseco@toy"]
    together = evaluate(lanes, [4], scenes=7, temperature=0.7)
    monkeypatch.setattr(evaluation, "SCENES_PER_BATCH", 3)
    apart = evaluate(lanes, [4], scenes=7, temperature=0.7)
    for row in (*together, *apart):
        row.pop("seconds")
    assert together == apart


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"scenes": 0}, "0 scenes are too few"),
        ({"seed": 9_999_999, "scenes": 2}, "were trained on"),
        ({"seed": -1}, "leave 0 to"),
        ({"style": "apple"}, "no style 'apple'"),
        ({"lanes": []}, "at least one lane"),
        ({"tokens_per_pass": [99]}, "99 tokens per pass"),
        ({"lanes": ["denoise@nowhere"]}, "no checkpoint"),
    ],
)
def test_invalid_arguments_are_refused_in_one_sentence(arguments: dict[str, Any], sentence: str) -> None:
    asked: dict[str, Any] = {"lanes": ["denoise@toy"], "scenes": 1, **arguments}
    with pytest.raises(ValueError, match=sentence) as refusal:
        evaluate(**asked)
    assert "\n" not in str(refusal.value)


def test_what_revising_did_is_added_up_over_the_scenes_as_analyse_has_it_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "SCENES_PER_BATCH", 1)
    lane, scenes = "rediff@world-rediff", [scene_from_seed(seed) for seed in range(4)]
    (row,) = evaluate([lane], [8], scenes=4)
    traces = [record(lane, render(s), scene=to_dict(s), tokens_per_pass=8, seed=i) for i, s in enumerate(scenes)]
    each = [credit(trace) for trace in traces]
    assert {name: row[name.replace(" ", "_")] for name in each[0]} == {name: sum(one[name] for one in each) for name in each[0]}
    found = asdict(detection(traces))
    assert {name: row[f"change_{name}"] for name in found} == pytest.approx(found)
    assert row["change_words"] > 0


def test_where_nothing_is_known_nothing_is_credited_and_a_bench_need_not_ask(oracle: dict[str, Oracle]) -> None:
    (row,) = evaluate(["denoise@oracle"], [8], scenes=2)
    assert [row[name] for name in REVISED] == [0] * 4
    assert (row["change_precision"], row["change_recall"], row["change_wrong"]) == (None, None, 0)
    plain = as_row(measure(["denoise@oracle"], [8], scenes=2)[0])
    assert not set(REVISED) & set(plain)
