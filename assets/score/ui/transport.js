/* The controls over the lanes: play, the pass slider, the unit of the cursor, the speed, and the window on a long text. Asks the player
   and the Score; decides nothing. */

import { button, el, setAttr } from "../dom.js";
import { WINDOW } from "../draw/geometry.js";

const SPEEDS = [0.5, 1, 2];

export class Transport {
  constructor(score) {
    this.score = score;
    this.button = button("rv-play", "", () => score.player.toggle());
    setAttr(this.button, "aria-label", "Play");
    const ends = { min: "0", max: "0", value: "0", step: "1" };
    this.range = el("input", { type: "range", class: "rv-range", "aria-label": "Forward pass", ...ends });
    this.range.addEventListener("input", () => score.player.seekByHand(Number(this.range.value)));
    this.time = el("span", { class: "rv-time" });
    const units = [["passes", "same forward passes"], ["steps", "same steps"]];
    const speeds = SPEEDS.map((speed) => [String(speed), `${speed}×`.replace("0.5", "½")]);
    this.node = el("div", { class: "rv-transport" }, this.button, this.range, this.time,
      choice("Compare at", units, "passes", (value) => score.setUnit(value)),
      choice("Speed", speeds, "1", (value) => { score.player.speed = Number(value); }));
    this.windowText = el("span", {});
    this.window = el("div", { class: "rv-window", hidden: true }, button("", "‹ earlier words", () => score.moveWindow(-WINDOW)),
      this.windowText, button("", "later words ›", () => score.moveWindow(WINDOW)));
  }

  setMoving(moving) {
    setAttr(this.button, "aria-label", moving ? "Pause" : "Play");
    setAttr(this.button, "data-playing", moving ? "1" : "");
  }

  paint() {
    const { run, now, geometry: g } = this.score;
    this.range.max = String(this.score.end());
    if (this.range.value !== String(now)) this.range.value = String(now);
    this.time.textContent = this.score.timeText();
    this.setMoving(this.score.player.moving);
    setAttr(this.range, "aria-valuetext", this.time.textContent);
    const drafts = run.lanes.some((lane) => lane.stepEnds.length - 1 !== lane.size); // else both units are the same
    setAttr(this.score.root, "data-steps", drafts ? "1" : "");
    this.window.hidden = run.length <= WINDOW;
    this.windowText.textContent = `words ${g.first + 1}–${g.stop} of ${run.length}`;
  }
}

/* radio buttons for [value, text] options */
export function choice(label, options, chosen, onChange) {
  const name = `rv-${Math.random().toString(36).slice(2)}`;
  const box = el("fieldset", { class: "rv-choice", "data-choice": label }, el("legend", { text: label }));
  options.forEach(([value, text]) => {
    const input = el("input", { type: "radio", name, value, checked: value === chosen });
    input.addEventListener("change", () => onChange(value));
    box.append(el("label", {}, input, el("span", { text })));
  });
  return box;
}
