"""What the gate and the checks refuse reaches the visitor as one sentence, and the page goes on."""

from browser.visits import Opener


def test_a_refused_run_is_a_sentence_and_run_can_be_pressed_again(app: str, visit: Opener) -> None:
    seen = visit(app, reduced_motion="reduce")
    sentence = "4 calls from your address are waiting or under way; wait until one has ended."
    seen.page.route(
        "**/gradio_api/queue/join*", lambda route: route.fulfill(status=429, json={"detail": sentence, "error": sentence}), times=1
    )
    before = seen.score("run")
    seen.page.click("#run")
    toast = seen.page.wait_for_selector(f".toast-body:has-text('{sentence}')")
    assert toast is not None
    seen.page.wait_for_selector("#run:not([disabled]):has-text('Run')")
    assert seen.score("run") == before
    seen.page.click("#run")
    seen.page.wait_for_function("old => document.querySelector('.rv-score').dataset.run !== old", arg=before)
    seen.wait('[data-state="done"]')
