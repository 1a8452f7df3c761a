"""A wrong word is put right in its story: the branch comes in beside the run, and one goes back."""

from __future__ import annotations

from browser.visits import Visit

OFFERED = """async () => { const score = document.querySelector('.rv-mount').rediffScore, run = score.run, n = run.lanes[0].size;
  for (const position of run.lanes[0].wrong[n]) {
    const asked = { run: run.id, lane: 0, position, pass: n, written: n }, { word } = await score.whatif.remedy(asked);
    if (word) return [position, word]; } }"""
CHIP = '.rv-text[data-lane="0"] .rv-chip[data-pos="{}"]'


def test_a_wrong_word_is_put_right_beside_the_run_and_one_goes_back(resting: Visit) -> None:
    seen, page = resting, resting.page
    recorded, before = seen.score("run"), seen.chips(0)
    position, word = page.evaluate(OFFERED)
    assert before[position] != word
    page.click(CHIP.format(position))
    page.wait_for_selector(f'.rv-put-right:has-text("{word}")')
    page.click(".rv-put-right")
    seen.wait('[data-lanes="2"]:not([data-run="' + recorded + '"])')
    seen.wait('[data-state="done"]')
    page.wait_for_selector(".rv-effect")
    assert page.inner_text(".rv-title h2").startswith(f"What if word {position + 1} were “{word}”, from pass ")
    assert page.inner_text(".rv-path") == f"run › word {position + 1} “{word}”"
    assert "the run repeats itself" in page.inner_text(".rv-control")
    assert (seen.chips(0), seen.chips(1)[position]) == (before, word)
    page.wait_for_selector("#plot .js-plotly-plot")  # the branch can be studied as a run
    page.click(".rv-back")
    seen.wait(f'[data-run="{recorded}"][data-state="done"]')
    assert seen.chips(0) == before
    assert page.inner_text(".rv-title h2") == "A recorded run"
    assert page.locator(".rv-back").count() == 0
