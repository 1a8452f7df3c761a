/* The part of a word's story that asks for a branch: put the word right, try another one, hide it. Only where a server can run it and the
   run has ended. What is asked leaves the Score as an event `rv-branch` (docs/page.md).

   remedy: ({run, lane, position, pass, written}) => promise of {word}, the word that is true there, ""; null where there is no server. */

import { button, el } from "../dom.js";
import { canOverwrite, rivalsOf, writtenIn } from "../model/branch.js";
import { formatProb } from "../model/format.js";
import { isWrong } from "../model/truth.js";
import { choice } from "./transport.js";

const MOST = 40; // characters of a word
const RULE = "Put there once, it may be overwritten in the next pass; held, it stays.";

export class WhatIf {
  constructor(score, remedy) {
    this.score = score;
    this.remedy = remedy;
    this.held = false;
  }

  /* the section on a position at pass n of lane i, or null where nothing can be tried */
  section(lane, i, pos, n) {
    const { run, printing } = this.score;
    if (!this.remedy || !run.done || printing || !lane.size) return null;
    const about = { run: run.id, lane: i, position: pos, pass: n, written: writtenIn(lane, pos, n) };
    const ask = (more) => this.ask({ ...about, ...more }), words = rivalsOf(run, lane, pos, n);
    const rivals = words.map(([rival, id, p]) => {
      const node = button("rv-try", "", () => ask({ kind: "rival", rival, held: this.held }));
      node.append(el("bdi", { text: run.word(id) }), el("small", { text: formatProb(p) }));
      return node;
    });
    const right = el("div", { class: "rv-right-word" });
    if (isWrong(lane, pos, n)) this.offer(right, about, ask);
    const box = el("div", { class: "rv-whatif" }, el("h6", { text: "What if?" }), right,
      el("div", { class: "rv-tries" }, el("span", { text: "Try another word here:" }), ...rivals, this.field(ask)));
    if (canOverwrite(lane)) box.append(this.choice());
    if (lane.canvases[n][pos] !== run.mask) box.append(button("rv-text-button", "What if it were not there for one pass?", () => ask({ kind: "hide" })));
    this.score.sightCard.asked({ run: run.id, lane: i, position: pos, pass: n }, box).then(({ costs }) => {
      if (costs.branch) box.append(el("small", { class: "rv-cost", text: costs.branch }));
    }, () => {});
    return box;
  }

  /* "Put it right" with the true word, once the server has said it */
  offer(node, about, ask) {
    this.remedy(about).then((answer) => {
      if (!answer || !answer.word) return;
      const put = button("rv-put-right", "Put it right: ", () => ask({ kind: "right", held: this.held }));
      put.append(el("bdi", { text: answer.word }));
      node.replaceChildren(put);
    }, () => {}); // without an answer there is no such button
  }

  field(ask) {
    const input = el("input", { type: "text", maxlength: MOST, placeholder: "type a word", "aria-label": "Another word for this place", autocomplete: "off", autocapitalize: "none" });
    const form = el("form", { class: "rv-try-field" }, input, el("button", { type: "submit", text: "Try" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim()) ask({ kind: "word", word: input.value.trim(), held: this.held });
    });
    return form;
  }

  /* how long the word is put there */
  choice() {
    const options = [["once", "once"], ["held", "held"]], pick = (value) => { this.held = value === "held"; };
    return el("div", { class: "rv-hold" }, choice("Put there", options, this.held ? "held" : "once", pick), el("small", { text: RULE }));
  }

  ask(detail) {
    this.score.announce("The branch is asked for.");
    this.score.root.dispatchEvent(new CustomEvent("rv-branch", { bubbles: true, detail }));
  }
}
