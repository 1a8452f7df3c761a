/* The keyboard. The slider, the radio buttons and the table keep the keys that are theirs. Draws nothing. */

import { nextDifference, nextEvent } from "../model/cursor.js";

export class Keyboard {
  constructor(score) {
    this.score = score;
    score.root.addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    const { score } = this, { run, now, unit } = score, target = event.target, radio = target.matches("input[type=radio]");
    const onButton = target.matches("button, summary");
    if (!run || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("input:not([type=range]), textarea, select") && !radio) return;
    const go = (time) => { event.preventDefault(); score.player.seekByHand(time); };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key, by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (by) {
      if (!radio && !target.closest(".rv-table")) go(event.shiftKey ? nextEvent(run, now, unit, by) : now + by);
    } else if (key === "ArrowUp" || key === "ArrowDown") {
      if (target.matches(".rv-chip")) { event.preventDefault(); score.texts.moveFocus(target, key === "ArrowUp" ? -1 : 1); }
    } else if (key === "e") go(nextEvent(run, now, unit, 1, "revise"));
    else if (key === "d") go(nextDifference(run, now, unit));
    else if (key === "n") { event.preventDefault(); score.filters.step(event.shiftKey ? -1 : 1); }
    else if (key === "Home" && !onButton) go(0);
    else if (key === "End" && !onButton) go(score.last);
    else if (key === "Escape" && score.selected) score.closeStory();
    else if (key === " " && !onButton && !radio) { event.preventDefault(); score.player.toggle(); }
  }
}
