"""Our networks and samplers against recordings of the published code, and the command that runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rediff_viz.conformance import main
from rediff_viz.conformance.report import KINDS, counts, results

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_recorded_case_comes_out_as_recorded(kind: str) -> None:
    done = [result for result in results(GOLDEN, [kind]) if result.kind == kind]
    assert done, f"no case of kind {kind}"
    assert [result.line() for result in done if result.outcome != "passed"] == []


def test_no_case_is_left_out() -> None:
    said = json.loads((GOLDEN / "MANIFEST.json").read_text())["cases"]
    assert {case["kind"] for case in said} == set(KINDS)


def edited(folder: Path, change: Callable[[dict], None], only: str) -> Path:
    """A folder with one case of the recordings, changed."""
    for item in GOLDEN.iterdir():
        if item.name != "MANIFEST.json":
            (folder / item.name).symlink_to(item)
    said = json.loads((GOLDEN / "MANIFEST.json").read_text())
    said["cases"] = [case for case in said["cases"] if case["id"] == only]
    change(said["cases"][0])
    (folder / "MANIFEST.json").write_text(json.dumps(said))
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
def test_another_setting_fails_at_a_named_step(case: str, change: dict, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = edited(tmp_path, lambda said: said["params"].update(change), case)
    assert main([str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"failed {case}: step ")
    assert "expected" in lines[0]
    assert "got" in lines[0]
    assert lines[-1] == "0 passed, 1 failed, 0 skipped"


def test_an_unknown_kind_is_skipped_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = edited(tmp_path, lambda said: said.update(kind="dream.generate"), "llada.full")
    main([str(folder)])
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 0 failed, 1 skipped"


def test_a_missing_checkpoint_is_a_failed_case_not_a_crash(tmp_path: Path) -> None:
    folder = edited(tmp_path, lambda said: said.update(checkpoint="checkpoints/absent"), "llada.full")
    done = results(folder)
    assert counts(done) == "0 passed, 1 failed, 0 skipped"
    assert "absent" in done[0].what


@pytest.mark.parametrize("key", ["params", "expected", "checkpoint", "file", "prompts"])
def test_a_case_that_lacks_something_fails_and_says_what(key: str, tmp_path: Path) -> None:
    folder = edited(tmp_path, lambda said: said.pop(key), "llada.full")
    assert [result.line() for result in results(folder)] == [f"failed llada.full: the recording lacks {key!r}"]


def test_one_token_recorded_otherwise_fails_at_its_step(tmp_path: Path) -> None:
    folder = edited(tmp_path, lambda said: None, "rediff.revise_full")
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
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "MANIFEST.json" in said.err


def test_arrays_that_cannot_be_read_are_a_failed_case(tmp_path: Path) -> None:
    folder = edited(tmp_path, lambda said: None, "rediff.revise_full")
    (folder / "traces_rediff.npz").unlink()
    (folder / "traces_rediff.npz").write_bytes((GOLDEN / "traces_rediff.npz").read_bytes()[:1000])
    assert "traces_rediff.npz is no readable npz file" in results(folder)[0].line()


def test_a_folder_without_manifest_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "MANIFEST.json" in capsys.readouterr().err


def test_json_holds_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(GOLDEN), "--kind", "process_images", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["passed"], said["failed"], said["skipped"]) == (20, 0, 0)
    assert len(said["cases"]) == 20


def test_allclose_takes_neighbouring_large_ids_for_equal() -> None:
    from rediff_viz.conformance.published import nearly

    assert nearly(np.array([126000]), np.array([126001]))
    assert not nearly(np.array([50256]), np.array([50257]))
