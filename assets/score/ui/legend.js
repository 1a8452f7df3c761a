/* How to read the Score: the marks that a run shows or could show, and what each lane's method does. Knows no position and no pass. */

import { el, laneLetter } from "../dom.js";

export class Legend {
  constructor(score) {
    this.score = score;
    this.node = el("details", { class: "rv-legend" });
  }

  showRun() {
    const { run, root } = this.score;
    const mark = ([kind, text]) => el("span", { class: "rv-mark" }, el("i", { "data-mark": kind, "aria-hidden": "true" }), text);
    this.node.replaceChildren(el("summary", { text: "How to read this" }), el("div", { class: "rv-marks" }, ...marks(run).map(mark)),
      ...run.lanes.map(methodLine), run.found ? el("p", { class: "rv-found", text: run.found }) : "");
    this.node.open = root.clientWidth >= 620;
  }
}

/* [kind, text] of each mark */
function marks(run) {
  const { lanes } = run, judged = lanes.some((lane) => lane.wrong);
  const hasPhase = (phase) => lanes.some((lane) => lane.passes.some((pass) => pass && pass.phase === phase));
  const can = (kind) => lanes.some((lane) => (lane.rules || []).includes(kind) || lane.events.some((event) => event.kind === kind));
  const revises = can("revise");
  return [
    ["mask", "a mask; larger: its proposal is more probable"], ["commit", "committed"],
    ["bar", "a word's span; darker: more probable in that pass"], revises && ["revise", "revised in place"],
    revises && judged && ["repaired", "revised: a wrong claim became right"], revises && judged && ["harmed", "revised: a right claim became wrong"],
    can("remask") && ["remask", "remasked"], judged && ["wrong", "a wrong word: a false claim, or a fault of grammar"], hasPhase("draft") && ["draft", "a corrector's draft"],
    hasPhase("settle") && ["settle", "a final pass (ours), after the canvas is full"], ["unchecked", "written last: no later pass has read it"],
    lanes.some((lane) => lane.analysis && lane.analysis.cascade) && ["arc", "of a selected word: it changed that later word; dotted: below the noise floor"],
  ].filter(Boolean);
}

function methodLine(lane, i) {
  return el("p", { class: "rv-method" }, laneLetter(i), el("strong", { text: lane.title }), ` ${lane.method || ""} `,
    el("em", { text: missingRules(lane) }), lane.label ? ` Here: ${lane.label}.` : "");
}

function missingRules(lane) {
  const none = ["commit", "revise", "remask"].filter((kind) => lane.rules && !lane.rules.includes(kind));
  return none.length ? `It has no rule to ${none.join(" or to ")}.` : "";
}
