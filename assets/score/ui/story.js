/* The card of a selected position: what it went through in every lane, what the model predicted when the word was chosen and predicts
   now, what it could read then, and what else may be tried there. Knows one position at a time; where the card is shown is the note's business. */

import { button, el, laneLetter, setAttr } from "../dom.js";
import { ruleOf } from "../model/ending.js";
import { formatProb } from "../model/format.js";
import { isWrong } from "../model/truth.js";
import { backButton } from "./branch_card.js";
import { judgedLines } from "./judged_lines.js";
import { reachSection } from "./reach_section.js";
import { verdictForm } from "./verdict_form.js";

export class Story {
  constructor(score) {
    this.score = score;
    this.forget();
  }

  forget() { this.shown = []; }

  /* the card, or null where the one shown is still right */
  card() {
    const score = this.score, { run, selected: { pos, lane: i } } = score, lane = run.lanes[i], n = score.passAt(lane);
    const state = [run, i, pos, n, run.seq, score.reached, lane.waiting, lane.analysis, score.printing, score.marks.count];
    if (state.every((value, k) => value === this.shown[k])) return null;
    this.shown = state;
    const id = lane.canvases[n][pos], span = lane.spanAt(pos, n), wrong = isWrong(lane, pos, n), chosen = span ? span.from : n;
    const close = button("rv-close", "×", () => score.closeStory());
    setAttr(close, "aria-label", "Close the story");
    const word = el("bdi", { class: wrong ? "rv-wrong" : "", text: span ? run.word(id) : lane.waiting ? "not started yet" : "mask" });
    const card = el("div", { class: "rv-card rv-story", "data-pos": pos }, close,
      el("h5", {}, laneLetter(i), word, el("small", { text: `position ${pos + 1}` })));
    card.append(...judgedLines(lane, pos, n, "p"));
    const form = verdictForm(score, lane, span);
    if (form) card.append(form);
    const tries = score.whatif.section(lane, i, pos, n);
    if (tries) card.append(tries);
    const picture = score.sightCard.section(lane, i, pos, n);
    if (picture) card.append(picture);
    card.append(el("h6", { text: "In every lane" }), ...run.lanes.map((other, j) => this.history(other, j, pos)));
    card.append(...reachSection(score, lane, pos, n));
    if (chosen > 0) card.append(this.predictions(lane, pos, n, chosen, span), this.visible(lane, pos, chosen));
    if (run.parent) card.append(backButton(score));
    if (score.tour.asking) card.append(button("rv-text-button", "Back to the question", () => score.closeStory()));
    return card;
  }

  /* "cats .98 @5 → car .98 @7 by the paper's rule" */
  history(lane, i, pos) {
    const run = this.score.run, reached = this.score.reachedPass(lane), line = el("p", { class: "rv-history" }, laneLetter(i));
    const spans = lane.spansAt[pos].filter((span) => span.from <= reached);
    if (!spans.length) line.append(lane.waiting ? "not started yet" : "still a mask");
    spans.forEach((span, k) => {
      if (k) line.append(el("span", { class: "rv-arrow", text: spans[k - 1].closedBy === "remask" ? " ○ " : " → " }));
      const rule = span.openedBy === "revise" ? ` ${ruleOf(lane, { ...span, pass: span.from })}` : "";
      const when = span.from ? ` ${formatProb(span.probs[0])} @${span.from}${rule}` : " from the start";
      const last = Math.min(reached, span.to === null ? reached : span.to - 1);
      line.append(el("bdi", { class: isWrong(lane, pos, last) ? "rv-wrong" : "", text: run.word(span.id) }),
        el("small", { text: when, title: span.from ? "probability @ pass" : null }));
    });
    const last = spans[spans.length - 1];
    if (last && last.closedBy === "remask" && last.to <= reached) line.append(el("span", { class: "rv-arrow", text: " ○ mask" }));
    return line;
  }

  predictions(lane, pos, n, chosen, span) {
    const revised = span && span.openedBy === "revise", verb = revised ? "Revised" : "Committed", box = el("div", { class: "rv-predictions" });
    box.append(this.candidates(lane, pos, chosen, span ? `${verb} in pass ${chosen}${revised ? ` ${ruleOf(lane, { ...span, pass: chosen })}` : ""}` : `Proposed in pass ${n}`));
    if (span && n > chosen) box.append(this.candidates(lane, pos, n, `Now, pass ${n}`));
    return box;
  }

  candidates(lane, pos, n, title) {
    const run = this.score.run, box = el("div", {}, el("h6", { text: title }));
    const top = lane.passes[n].top[pos], written = lane.canvases[n][pos];
    for (let k = 0; k < top.length; k += 2) {
      const id = top[k], p = top[k + 1] / 1000, chosen = id === written && written !== run.mask ? "1" : null;
      box.append(el("div", { class: "rv-candidate", "data-chosen": chosen, style: `--w:${Math.round(p * 100)}%` },
        el("bdi", { text: id === run.mask ? "mask" : run.word(id) }), el("small", { text: formatProb(p) })));
    }
    return box;
  }

  visible(lane, pos, n) {
    const run = this.score.run, words = [], draft = lane.passes[n].phase === "draft";
    let gap = false;
    lane.reads[n].forEach((id, at) => {
      if (at === pos) { words.push(el("mark", { text: id === run.mask ? "mask" : run.word(id) }), " "); gap = false; }
      else if (id === run.mask) { if (!gap) words.push("… "); gap = true; }
      else if (id !== run.eot) { words.push(el("bdi", { text: run.word(id) }), " "); gap = false; }
    });
    const title = `What pass ${n} could read${draft ? ": the corrector's draft" : ""}`;
    return el("div", { class: "rv-visible" }, el("h6", { text: title }), el("p", {}, ...words));
  }
}
