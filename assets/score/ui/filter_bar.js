/* The bar over the lanes that picks out words: chips, how many words match, and steps from match to match. A word must be all that is
   chosen; the others are dimmed. A chip without data stays, cannot be chosen, and says why. */

import { button, el, setAttr } from "../dom.js";
import { timeOf } from "../model/cursor.js";
import { FILTERS, matchesInWords, matchesOf, nextMatch } from "../model/filters.js";

export class FilterBar {
  constructor(score) {
    this.score = score;
    this.chips = Object.entries(FILTERS).map(([key, { name }]) => [key, button("rv-filter", name, () => this.press(key))]);
    this.text = el("span", { class: "rv-matches" });
    const step = (text, label, by) => { const node = button("rv-step", text, () => this.step(by)); setAttr(node, "aria-label", label); return node; };
    this.steps = el("span", { class: "rv-steps" }, step("‹", "Match before", -1), step("›", "Next match", 1), button("rv-text-button", "Show all words", () => this.choose([])));
    const chips = el("div", { class: "rv-filters-chips", role: "group", "aria-label": "Show only words that are" }, el("span", { "aria-hidden": "true", text: "Show only" }), ...this.chips.map(([, chip]) => chip));
    this.node = el("div", { class: "rv-filters" }, chips, el("div", { class: "rv-found-words" }, this.text, this.steps));
    this.reset();
  }

  /* nothing is chosen */
  reset() { this.keys = []; this.matches = []; this.spans = null; this.last = -1; this.why = ""; this.state = []; }

  /* the words that all chosen filters find, as spans; null while none is chosen */
  get shown() { return this.score.printing ? null : this.spans; }

  isDimmed(span) { return this.shown !== null && !this.shown.has(span); }

  press(key) {
    const missing = FILTERS[key].missing(this.score.run);
    this.why = missing && `No words can be picked out as ${FILTERS[key].name}: ${missing}.`;
    if (missing) { this.score.announce(this.why); this.score.paint(); return; }
    this.choose(this.keys.includes(key) ? this.keys.filter((other) => other !== key) : [...this.keys, key]);
  }

  choose(keys) {
    const { score } = this;
    Object.assign(this, { keys, last: -1, why: "" });
    if (!keys.length && this.node.contains(document.activeElement) && !document.activeElement.matches(".rv-filter")) this.chips[0][1].focus();
    this.find();
    score.announce(keys.length ? matchesInWords(score.run, keys, this.matches) : "All words are shown.");
    score.paint();
  }

  /* to the next match or the one before: the cursor goes to its pass, its story opens */
  step(by) {
    const { score, matches } = this, { run, selected } = score;
    if (!matches.length) { score.announce(this.keys.length ? "No word matches." : "Choose what to step through first, over the lanes."); return; }
    const now = selected ? score.passAt(run.lanes[selected.lane]) : 0, k = nextMatch(matches, by, { selected, now, last: this.last }), { lane, pos, pass } = matches[k];
    this.last = k;
    score.player.seekByHand(timeOf(run.lanes[lane], pass, score.unit));
    score.select(lane, pos, pass);
    score.announce(`Match ${k + 1} of ${matches.length}. ${score.frame.live.textContent}`);
  }

  find() {
    this.matches = matchesOf(this.score.run, this.keys);
    this.spans = this.keys.length ? new Set(this.matches.map((match) => match.span)) : null;
  }

  paint() {
    const { run, marks } = this.score, state = [run, run.seq, run.done, this.keys, this.why, this.last, marks && marks.count, ...run.lanes.map((lane) => lane.analysis)];
    if (state.length === this.state.length && state.every((value, k) => value === this.state[k])) return;
    this.state = state;
    this.keys = this.keys.filter((key) => !FILTERS[key].missing(run));
    this.find();
    this.chips.forEach(([key, chip]) => {
      const missing = FILTERS[key].missing(run), { name, is } = FILTERS[key];
      setAttr(chip, "aria-pressed", this.keys.includes(key) ? "true" : "false");
      setAttr(chip, "aria-disabled", missing ? "true" : "");
      setAttr(chip, "aria-label", missing ? `${name}, not to be had: ${missing}` : "");
      setAttr(chip, "title", missing || is);
    });
    this.steps.hidden = !this.keys.length;
    this.text.textContent = this.why || (this.keys.length ? `${matchesInWords(run, this.keys, this.matches)}${this.last < 0 ? "" : ` This is match ${this.last + 1}.`}` : "");
  }
}
