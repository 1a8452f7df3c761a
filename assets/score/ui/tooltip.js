/* The small card at the pointer: one position of one lane after a pass. */

import { el } from "../dom.js";
import { ruleOf } from "../model/ending.js";
import { clamp, formatProb, quoted } from "../model/format.js";
import { probAt } from "../model/lane.js";
import { outcome } from "../model/truth.js";
import { judgedLines } from "./judged_lines.js";

export class Tooltip {
  constructor(score) {
    this.score = score;
    this.node = el("div", { class: "rv-tooltip", hidden: true, "aria-hidden": "true" });
  }

  hide() { this.node.hidden = true; }

  show(lane, pos, n, event) {
    this.node.replaceChildren(...this.lines(lane, pos, n));
    this.node.hidden = false;
    const box = this.score.root.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    this.node.style.left = `${clamp(x + 14, 4, box.width - this.node.offsetWidth - 4)}px`;
    this.node.style.top = `${y + 16}px`;
  }

  lines(lane, pos, n) {
    const run = this.score.run, id = lane.canvases[n][pos], pass = lane.passes[n], span = lane.spanAt(pos, n);
    const lines = [el("b", { text: span ? run.word(id) : "mask" }), el("span", { text: `position ${pos + 1} · after pass ${n}` })];
    if (span) {
      const verb = span.openedBy === "revise" ? "revised" : "committed";
      const origin = span.from ? `${verb} in pass ${span.from}` : "there from the start";
      lines.push(el("span", { text: `${origin} · probability ${formatProb(probAt(span, n))}` }));
    } else if (pass) {
      lines.push(el("span", { text: `proposed: ${quoted(run.word(pass.top[pos][0]))} ${formatProb(pass.prob[pos] / 1000)}` }));
    }
    lines.push(...judgedLines(lane, pos, n, "span"));
    lane.eventsIn[n].filter((e) => e.pos === pos && e.kind === "revise").forEach((e) => {
      lines.push(el("span", { text: `${quoted(run.word(e.old))} → ${[quoted(run.word(e.id)), outcome(lane, e), ruleOf(lane, e)].filter(Boolean).join(", ")}` }));
    });
    return lines;
  }
}
