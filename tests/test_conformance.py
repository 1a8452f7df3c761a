"""Our networks and samplers against recordings of the published code, and the command that runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rediff_viz.conformance import embeds, main, published
from rediff_viz.conformance.folder import Folder
from rediff_viz.conformance.report import KINDS, counts, results

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_recorded_case_comes_out_as_recorded(kind: str) -> None:
    done = [result for result in results(GOLDEN, [kind]) if result.kind == kind]
    assert done, f"no case of kind {kind}"
    assert [result.line() for result in done if result.outcome != "passed"] == []


def test_no_case_is_left_out() -> None:
    cases = json.loads((GOLDEN / "MANIFEST.json").read_text())["cases"]
    assert {case["kind"] for case in cases} == set(KINDS)


def edited(folder: Path, change: Callable[[dict[str, Any]], None], only: str) -> Path:
    """A folder with one case of the recordings, changed."""
    for item in GOLDEN.iterdir():
        if item.name != "MANIFEST.json":
            (folder / item.name).symlink_to(item)
    manifest = json.loads((GOLDEN / "MANIFEST.json").read_text())
    manifest["cases"] = [case for case in manifest["cases"] if case["id"] == only]
    change(manifest["cases"][0])
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("rediff.revise_topk50", {"revise_topk": 0.7}),
        ("lladav.temp07", {"temperature": 0.6}),
        ("llada.eos_eot_conf_inf", {"confidence_eos_eot_inf": False}),
        ("proseco.every1_max4", {"max_corrector_steps_per_loop": 3}),
    ],
)
def test_another_setting_fails_at_a_named_step(
    case: str, change: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = edited(tmp_path, lambda case: case["params"].update(change), case)
    assert main([str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"failed {case}: step ")
    assert "expected" in lines[0]
    assert "got" in lines[0]
    assert lines[-1] == "0 passed, 1 failed, 0 skipped"


def test_an_unknown_kind_is_skipped_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = edited(tmp_path, lambda case: case.update(kind="dream.generate"), "llada.full")
    main([str(folder)])
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 0 failed, 1 skipped"


def test_a_missing_checkpoint_is_a_failed_case_not_a_crash(tmp_path: Path) -> None:
    folder = edited(tmp_path, lambda case: case.update(checkpoint="checkpoints/absent"), "llada.full")
    done = results(folder)
    assert counts(done) == "0 passed, 1 failed, 0 skipped"
    assert "absent" in done[0].what


@pytest.mark.parametrize("key", ["params", "expected", "checkpoint", "file", "prompts"])
def test_a_case_that_lacks_something_fails_and_says_what(key: str, tmp_path: Path) -> None:
    folder = edited(tmp_path, lambda case: case.pop(key), "llada.full")
    assert [result.line() for result in results(folder)] == [f"failed llada.full: the recording lacks {key!r}"]


def test_one_token_recorded_otherwise_fails_at_its_step(tmp_path: Path) -> None:
    folder = edited(tmp_path, lambda case: None, "rediff.revise_full")
    with np.load(GOLDEN / "traces_rediff.npz") as stored:
        arrays = dict(stored)
    arrays["rediff.revise_full/x0"][5, 3] += 1
    (folder / "traces_rediff.npz").unlink()
    np.savez(folder / "traces_rediff.npz", **arrays)
    assert results(folder)[0].line().startswith("failed rediff.revise_full: step 5: x0: expected [")


@pytest.mark.parametrize("text", ["", "[1]", "null", "{}", '{"cases": {"a": 1}}', '{"cases": ["a"]}', "\ud800"])
def test_a_manifest_of_another_form_is_one_sentence(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "MANIFEST.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    assert main([str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert "MANIFEST.json" in printed.err


def test_arrays_that_cannot_be_read_are_a_failed_case(tmp_path: Path) -> None:
    folder = edited(tmp_path, lambda case: None, "rediff.revise_full")
    (folder / "traces_rediff.npz").unlink()
    (folder / "traces_rediff.npz").write_bytes((GOLDEN / "traces_rediff.npz").read_bytes()[:1000])
    assert "traces_rediff.npz is no readable npz file" in results(folder)[0].line()


def test_a_folder_without_manifest_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "MANIFEST.json" in capsys.readouterr().err


def test_json_holds_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(GOLDEN), "--kind", "process_images", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["passed"], printed["failed"], printed["skipped"]) == (20, 0, 0)
    assert len(printed["cases"]) == 20


def test_only_the_unmasking_choice_counts_as_overflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a stop the share of words to rewrite can be more than may be rewritten; recordings count the words to fill."""
    choices: list[list[bool]] = []  # of every choice in order: (positions asked for exceed the eligible ones), a list a pass
    steps: list[dict[str, Any]] = []
    usual, reset = published.Order.__call__, published.Order.reset

    def counting(self: published.Order, score: np.ndarray, eligible: np.ndarray, k: int) -> np.ndarray:
        choices[-1].append(k > int(eligible.sum()))
        return usual(self, score, eligible, k)

    def begin(self: published.Order) -> None:
        choices.append([])
        reset(self)

    monkeypatch.setattr(published.Order, "__call__", counting)
    monkeypatch.setattr(published.Order, "reset", begin)
    monkeypatch.setattr(embeds, "compare", lambda folder, case, reader, plan, found, final: steps.extend(found))
    folder = Folder(edited(tmp_path, lambda case: case["params"].update(revise_topk=1.0, steps=8), "rediff.revise_stop_topk"))
    embeds.run(folder, folder.cases[0])
    assert [False, True] in choices
    assert [step["overflow"] for step in steps] == [choice[0] for choice in choices]


def test_allclose_takes_neighbouring_large_ids_for_equal() -> None:
    from rediff_viz.conformance.published import nearly

    assert nearly(np.array([126000]), np.array([126001]))
    assert not nearly(np.array([50256]), np.array([50257]))
