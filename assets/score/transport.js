/* The controls over the rolls: play, the pass slider, the clock, the speed, and the window on long texts. Asks the player and the
   Score; decides nothing. */

const SPEEDS = [0.5, 1, 2];

class Transport {
  constructor(score) {
    this.score = score;
    this.button = button("rv-play", "", () => score.player.toggle());
    set(this.button, "aria-label", "Play");
    const ends = { min: "0", max: "0", value: "0", step: "1" };
    this.range = el("input", { type: "range", class: "rv-range", "aria-label": "Forward pass", ...ends });
    this.range.addEventListener("input", () => score.player.take(Number(this.range.value)));
    this.where = el("span", { class: "rv-where" });
    const axes = [["passes", "same forward passes"], ["steps", "same steps"]];
    const speeds = SPEEDS.map((s) => [String(s), `${s}×`.replace("0.5", "½")]);
    this.node = el("div", { class: "rv-transport" }, this.button, this.range, this.where,
      this.choice("Compare at", axes, "passes", (value) => score.setAxis(value)),
      this.choice("Speed", speeds, "1", (value) => { score.player.speed = Number(value); }));
    this.window = this.windower();
  }

  choice(label, options, chosen, then) {
    const name = `rv-${Math.random().toString(36).slice(2)}`;
    const box = el("fieldset", { class: "rv-choice", "data-choice": label }, el("legend", { text: label }));
    options.forEach(([value, text]) => {
      const input = el("input", { type: "radio", name, value, checked: value === chosen });
      input.addEventListener("change", () => then(value));
      box.append(el("label", {}, input, el("span", { text })));
    });
    return box;
  }

  windower() {
    this.windowText = el("span", {});
    const back = button("", "‹ earlier words", () => this.score.turn(-WINDOW));
    const on = button("", "later words ›", () => this.score.turn(WINDOW));
    return el("div", { class: "rv-window", hidden: true }, back, this.windowText, on);
  }

  moving(yes) {
    set(this.button, "aria-label", yes ? "Pause" : "Play");
    set(this.button, "data-playing", yes ? "1" : "");
  }

  paint() {
    const { run, now, geometry: g } = this.score;
    this.range.max = String(this.score.whole());
    if (this.range.value !== String(now)) this.range.value = String(now);
    this.where.textContent = this.score.where();
    this.moving(this.score.player.moving);
    set(this.range, "aria-valuetext", this.where.textContent);
    this.window.hidden = run.length <= WINDOW;
    this.windowText.textContent = `words ${g.first + 1}–${g.stop} of ${run.length}`;
  }
}
