/* The state at the cursor as a real table, for those who do not see the canvases. Built only while it is open. */

import { button, el, setAttr } from "../dom.js";
import { verdictOn } from "../model/claims.js";
import { ruleOf } from "../model/ending.js";
import { formatProb, LETTERS } from "../model/format.js";
import { probAt } from "../model/lane.js";
import { isWrong } from "../model/truth.js";

export class Table {
  constructor(score) {
    this.score = score;
    this.shown = []; // what the table shows
    this.node = el("div", { class: "rv-table", hidden: true, role: "region", "aria-label": "The state as a table", tabindex: "0" });
    this.toggle = button("rv-text-button", "Show as a table", () => this.flip());
    setAttr(this.toggle, "aria-expanded", "false");
  }

  flip() {
    this.node.hidden = !this.node.hidden;
    this.toggle.textContent = this.node.hidden ? "Show as a table" : "Hide the table";
    setAttr(this.toggle, "aria-expanded", this.node.hidden ? "false" : "true");
    this.paint();
  }

  paint() {
    const { run, geometry: g, now, unit } = this.score;
    if (this.node.hidden || !run) return;
    const state = [run, run.seq, g.first, now, unit, run.lanes.some((lane) => lane.waiting), this.score.marks.count];
    if (state.every((value, k) => value === this.shown[k])) return;
    this.shown = state;
    const heads = run.lanes.flatMap((_, i) => ["word", "probability", "state"].map((name) => `${LETTERS[i]} ${name}`));
    const head = el("tr", {}, ...["position", ...heads].map((text) => el("th", { scope: "col", text })));
    const body = el("tbody", {});
    for (let pos = g.first; pos < g.stop; pos++) {
      body.append(el("tr", {}, el("th", { scope: "row", text: pos + 1 }), ...run.lanes.flatMap((lane, i) => this.cells(lane, i, pos))));
    }
    const caption = el("caption", { text: `State at ${this.score.timeText()}` });
    this.node.replaceChildren(el("table", {}, caption, el("thead", {}, head), body));
  }

  cells(lane, i, pos) {
    const run = this.score.run, n = this.score.passAt(lane), id = lane.canvases[n][pos], span = lane.spanAt(pos, n);
    const verb = span && span.openedBy === "revise" ? `revised ${ruleOf(lane, { ...span, pass: span.from })}` : "committed";
    let state = !span ? "mask" : span.from ? `${verb} in pass ${span.from}` : "given";
    if (isWrong(lane, pos, n)) state += ", wrong";
    else if (verdictOn(lane, pos, n) === "unjudged") state += ", not judged";
    if (lane.ended && n === lane.size && lane.neverChecked.has(pos)) state += ", read by no later pass";
    if (this.score.marks.on(lane, span)) state += `, you call it ${this.score.marks.on(lane, span)}`;
    const word = span ? run.word(id) : "";
    return [el("td", { "data-lane": i, "data-word": word, text: span ? word : "(mask)" }),
      el("td", { text: span ? formatProb(probAt(span, n)) : "" }), el("td", { text: state })];
  }
}
