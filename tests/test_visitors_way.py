"""The recordings of the published code, run the way a visitor's run goes: a folder opened, a session, a job, a trace.

`conform` reads the network over whole rows and injects published habits; here nothing is injected. Every recording of one
answer at temperature 0 is asked for in a lane's own words. What comes out differently is listed below by case, each with
its row of docs/parity.md. Shapes: S passes, N answer positions.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from rediff_viz import run
from rediff_viz.backends import Request, open_checkpoint
from rediff_viz.backends.llada import cached_trunk
from rediff_viz.nets import names, prompts
from rediff_viz.nets.dllm_cache import RefreshIntervals
from rediff_viz.trace import Trace

GOLDEN = Path(__file__).parent / "golden"
MANIFEST = json.loads((GOLDEN / "MANIFEST.json").read_text())
PARITY = (GOLDEN.parent.parent / "docs" / "parity.md").read_text()
CASES = {
    case["id"]: case
    for case in MANIFEST["cases"]
    if "generate" in case["kind"] and not case["params"].get("temperature") and len(case.get("prompts") or [None]) == 1
}
CHANCE = "One global random stream, drawn for whole rows, prompt and whole batch included"
NOT_OFFERED = "`confidence_eos_eot_inf` works by halves above temperature 0"
OTHER_ANSWER = {  # case -> the habit in docs/parity.md that makes its answer another one
    "llada.random": CHANCE,
    "lladav.random_temp0": CHANCE,
    "proseco.random": CHANCE,
    "rediff.revise_random": CHANCE,
    "llada.eos_eot_conf_inf": NOT_OFFERED,
    "llada.eos_both_flags": NOT_OFFERED,
}
OTHER_STEPS = {  # the same answer, other canvases on the way to it
    "llada.more_steps": "All steps are run, full blocks included",
    "proseco.early_eos": "The rest of the answer is filled with end-of-text after the last step",
}


def folder_of(case: dict[str, Any], folder: Path) -> Path:
    """The case's checkpoint as a folder: its head edited, its tokenizer as long as the vocabulary the case was recorded with."""
    source = GOLDEN / case["checkpoint"]
    shutil.copytree(source, folder)
    for file in folder.glob("*.safetensors"):
        tensors = load_file(file)
        for key, value in tensors.items():
            if names.parameter_name(key) == "lm_head.weight":
                for row, factor in (case.get("lm_head_row_scale") or {}).items():
                    value[int(row)] *= factor
                for to, row, factor in case.get("lm_head_row_copy") or []:
                    value[to] = value[row] * factor
        save_file(tensors, file)
    if not case.get("resize_vocab"):
        tokenizer = json.loads((folder / "tokenizer.json").read_text())
        known = MANIFEST["special_ids"]["tokenizer_size"]
        plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        tokenizer["added_tokens"] += [
            {"id": i, "content": f"<|beyond_{i}|>", **plain} for i in range(known, MANIFEST["special_ids"]["vocab_size"])
        ]
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    return folder


def lane_of(case: dict[str, Any], folder: Path) -> str:
    asked = case["params"]
    words = [f"guidance={asked['cfg_scale']}"] if asked.get("cfg_scale") else []
    words += ["dllm"] if case.get("dllm_cache") else []
    settings: dict[str, Any] = {"remasking": asked.get("remasking", "low_confidence")}
    sampler = "denoise"
    if "rediff" in case["kind"]:
        sampler = "rediff"
        settings["revise_start"] = asked.get("revise_start", 1.0) if asked.get("revise") else 0.0
        settings["revise_top"] = asked.get("revise_topk") if asked.get("revise") else None
    elif "proseco" in case["kind"]:
        sampler = "proseco"
        settings["every"] = asked.get("apply_corrector_every_n_steps", 2)
        settings["rounds"] = asked.get("max_corrector_steps_per_loop", 4)
        settings["threshold"] = asked.get("threshold")
        settings["early_end"] = asked.get("early_eos_stopping", True)
    named = ",".join(f"{key}={str(value).lower()}" for key, value in settings.items())
    return f"{sampler}@{'+'.join([str(folder), *words])}:{named}"


def recorded_as_a_visitor(case: dict[str, Any], folder: Path, patch: pytest.MonkeyPatch) -> Trace:
    asked, lane = case["params"], lane_of(case, folder_of(case, folder))
    length, picture = asked["gen_length"], None
    if case.get("image"):
        with Image.open(GOLDEN / case["image"]) as opened:
            picture = opened.copy()
    if case.get("dllm_cache"):
        recorded = case["dllm_cache"]
        intervals = RefreshIntervals(recorded["prompt_interval_steps"], recorded["gen_interval_steps"], recorded["transfer_ratio"])
        patch.setattr(cached_trunk, "RefreshIntervals", lambda: intervals)
    question = case["prompts"][0] if case.get("prompts") else question_of(case["prompt"], patch)
    backend: Any = open_checkpoint(lane.partition("@")[2].rpartition(":")[0])
    session = backend.open(Request(picture, question, length), asked.get("generation_suffix") or "")
    stored = np.load(GOLDEN / case["file"])
    assert backend.checkpoint.prompt_ids(session.request) == stored[f"{case['id']}/input_ids"].ravel().tolist()
    size = asked.get("block_length") or length
    job = run.job(
        lane, session, steps=min(asked["steps"], length) // (length // size) * (length // size), block=size, temperature=0.0,
        draft=asked.get("fake_ans") or (), stop=asked.get("stopping_criteria") or (),
        forbid=[MANIFEST["special_ids"]["eos_pad"]] if asked.get("logits_eos_inf") else (),
    )  # fmt: skip
    if case.get("eos_token_id"):  # the recording was made to end at a word that the model says
        job = replace(job, plan=replace(job.plan, eot_id=case["eos_token_id"]))
    return run.collect([job])[0]


def question_of(prompt: str, patch: pytest.MonkeyPatch) -> str:
    """The question whose template the recorded prompt is; a prompt without the template is read as it stands."""
    start = f"{prompts.HEADER}user{prompts.HEADER_END}\n\n"
    if start not in prompt:
        patch.setattr(prompts, "question_prompt", lambda question, pictures=0: prompt)
        return "as recorded"
    return prompt.partition(start)[2].partition(prompts.TURN_END)[0].removeprefix("<image>\n")


def answer_of(trace: Trace) -> list[int]:
    return [int(i) for i in trace.final[: trace.head.stop_at]]


def recorded_answer(case: dict[str, Any], arrays: Any) -> list[int]:
    """The answer alone, without prompt and suffix."""
    final = [int(i) for i in np.ravel(arrays[f"{case['id']}/final_ids"])]
    if "embeds" in case["kind"]:
        suffix = len(arrays[f"{case['id']}/x_init"]) - case["params"]["gen_length"]
        return final[: len(final) - suffix]
    return final[case["expected"]["prompt_len"] :]


def steps_of(trace: Trace) -> np.ndarray:
    """(steps, N) the canvas after every step of the sampler; a corrector's draft passes belong to their step."""
    return trace.canvas[last_passes(trace)]


def first_passes(trace: Trace) -> list[int]:
    """The first pass of every step."""
    place = list(zip(trace.block.tolist(), trace.step.tolist(), strict=True))
    return [t for t in range(len(trace)) if t == 0 or place[t] != place[t - 1]]


def last_passes(trace: Trace) -> list[int]:
    """The last pass of every step."""
    first = first_passes(trace)
    return [t - 1 for t in [*first[1:], len(trace)]] if first else []


def recorded_steps(case: dict[str, Any], arrays: Any) -> np.ndarray:
    after: np.ndarray = arrays[f"{case['id']}/x_after"]
    return after.reshape(len(after), after.shape[-1])[:, : case["params"]["gen_length"]]


def assert_confidence(case: dict[str, Any], trace: Trace, arrays: Any) -> None:
    """The proposals' probabilities at masks, wherever the recording has one."""
    expected = arrays[f"{case['id']}/conf"]
    expected = expected.reshape(len(expected), expected.shape[-1])[:, : case["params"]["gen_length"]]
    last, size = last_passes(trace), case["params"].get("block_length") or trace.before.shape[1]
    inside = np.arange(trace.before.shape[1]) < (trace.block[last, None] + 1) * size
    here = np.isfinite(expected) & inside & (trace.before[first_passes(trace)] == trace.head.mask_id)
    assert here.any() == (len(trace) > 0)
    assert np.allclose(trace.prob[last][here], expected[here], rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_recorded_answer_comes_out_the_visitors_way(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    trace = recorded_as_a_visitor(case, tmp_path / "model", monkeypatch)
    with np.load(GOLDEN / case["file"]) as arrays:
        answer, steps = recorded_answer(case, arrays), recorded_steps(case, arrays)
        if name in OTHER_ANSWER:
            assert answer_of(trace) != answer
            return
        assert answer_of(trace) == answer
        if name in OTHER_STEPS:
            assert not np.array_equal(steps_of(trace), steps)
            return
        assert np.array_equal(steps_of(trace), steps)
        assert_confidence(case, trace, arrays)


def test_what_comes_out_differently_has_a_documented_reason() -> None:
    assert OTHER_ANSWER.keys() | OTHER_STEPS.keys() <= CASES.keys()
    for reason in {*OTHER_ANSWER.values(), *OTHER_STEPS.values()}:
        assert f"| {reason}" in PARITY
    assert len(CASES) == 70
    assert len(CASES) - len(OTHER_ANSWER) == 64
