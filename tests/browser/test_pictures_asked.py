"""The picture is asked about words and lights what they need; what the eye saw is changed, and one goes back."""

from __future__ import annotations

from browser.visits import Visit

FIRST = """() => { const score = document.querySelector('.rv-mount').rediffScore, run = score.run, lane = run.lanes[0];
  return [...lane.canvases[lane.size]].findIndex((id) => id !== run.eot && id !== run.mask && run.word(id).length > 4); }"""
KNOWN = """() => { const { maps } = document.querySelector('.rv-mount').rediffScore.run.lanes[0];
  return maps ? Object.keys(maps).length - 1 : 0; }"""
LIT = """() => { const score = document.querySelector('.rv-mount').rediffScore, { id } = score.run, tiles = new Array(36).fill(0);
  tiles[7] = 2;
  const grounding = { without: 'mean', at_commit: new Array(40).fill(1), at_end: new Array(40).fill(null) };
  score.message({ kind: 'grounding', run: id, lane: 0, position: 1, done: 1, of: 1, grounding, side: 6, maps: { 1: tiles } }); }"""
DARK = """() => { const context = document.querySelector('.rv-sight .rv-veil').getContext('2d');
  return [...context.getImageData(0, 0, 6, 6).data].filter((_, k) => k % 4 === 3); }"""
CHIP = '.rv-text[data-lane="0"] .rv-chip[data-pos="{}"]'
ASK = '.rv-question button:has-text("{}")'


def test_a_picture_is_asked_stopped_and_asked_about_a_whole_lane(resting: Visit) -> None:
    page, position = resting.page, resting.page.evaluate(FIRST)
    page.click(CHIP.format(position))
    page.wait_for_selector(ASK.format("Does the picture support it"))
    assert "forward passes" in page.inner_text(".rv-question small >> nth=0")
    page.click(ASK.format("every word"))
    page.click('.rv-progress button:has-text("Stop")')
    page.wait_for_selector(ASK.format("Does the picture support it"))
    assert page.evaluate(KNOWN) == 0
    page.click(ASK.format("Does the picture support it"))
    page.wait_for_selector('.rv-grounding p:has-text("nats")')
    assert page.evaluate(KNOWN) == 1
    page.click(ASK.format("every word"))
    page.wait_for_function("document.querySelector('.rv-mount').rediffScore.run.lanes[0].complete")
    assert page.evaluate(KNOWN) > 1
    page.hover(".rv-frame")
    page.wait_for_selector('.rv-supports:not(:has-text("Point at the picture"))')
    page.focus(".rv-sight")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".rv-tile:not([hidden])")


def test_a_word_lights_the_tiles_that_it_needs(resting: Visit) -> None:
    page = resting.page
    page.evaluate(LIT)
    page.hover(CHIP.format(1))
    page.wait_for_selector(".rv-score[data-lit] .rv-veil:not([hidden])")
    alphas = page.evaluate(DARK)
    assert [k for k, alpha in enumerate(alphas) if alpha == 0] == [7]
    page.hover(CHIP.format(2))
    page.wait_for_selector(".rv-sight .rv-veil", state="hidden")


def test_a_cell_of_what_the_eye_saw_is_changed_and_one_goes_back(resting: Visit) -> None:
    seen, page = resting, resting.page
    recorded, before = seen.score("run"), seen.chips(0)
    page.click(CHIP.format(0))
    page.wait_for_selector(".rv-cell")
    assert page.locator(".rv-cell").count() == 49
    for cell in range(49):
        node = page.locator(".rv-cell").nth(cell)
        if node.get_attribute("aria-pressed") != ("true" if cell == 24 else "false"):
            node.click()
    page.select_option(".rv-make select", "cat")
    page.click(".rv-make button")
    seen.wait('[data-lanes="2"]:not([data-run="' + recorded + '"])')
    seen.wait('[data-state="done"]')
    page.wait_for_selector(".rv-effect")
    assert page.inner_text(".rv-title h2") == "What if the eye had seen a cat in row 4, column 4?"
    assert page.inner_text(".rv-seen").startswith("An edit of what the eye saw: a cat in row 4, column 4.")
    assert seen.chips(0) == before
    page.click(".rv-back")
    seen.wait(f'[data-run="{recorded}"][data-state="done"]')
    assert seen.chips(0) == before
