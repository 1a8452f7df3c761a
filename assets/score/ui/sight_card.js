/* The part of a word's story on its picture: whether it supports the word, and what the eye saw behind the word. Questions leave the Score
   as events `rv-ground` and `rv-halt` (docs/page.md); the answers come as messages, which the Sight takes in. */

import { button, el } from "../dom.js";
import { groundingAt, groundingOf, isLast, mapOf, WITHOUT } from "../model/grounding.js";
import { plural } from "../model/format.js";
import { EyeCard } from "./eye_card.js";
import { choice } from "./transport.js";

const WHY = "Three ways to be without a picture, for none is right for every model: a blank may be unlike anything it was trained on.";

const REST = 150; // ms

export class SightCard {
  constructor(score, sight) {
    this.score = score;
    this.sight = sight;
    this.eye = new EyeCard(score);
    this.without = WITHOUT[0][0];
    this.answers = new Map(); // what can be asked of a word: promises by the word's place
  }

  /* the section on a position at pass n of lane i, or null where there is neither picture nor server */
  section(lane, i, pos, n) {
    const { run, printing } = this.score, known = groundingOf(lane);
    if (!run.done || !lane.size || !run.picture || (!known && (!this.sight.look || printing))) return null;
    const box = el("div", { class: "rv-grounding" }, el("h6", { text: "Does the picture support it?" }));
    if (known) box.append(...this.answer(lane, pos, n, known));
    if (!this.sight.look || printing) return box;
    const about = { run: run.id, lane: i, position: pos, pass: n }, ask = el("div", { class: "rv-ask" }), eye = el("div", {});
    box.append(ask, eye);
    if (lane.refused) ask.append(el("p", { class: "rv-refused", text: lane.refused }));
    if (lane.asking) ask.append(...this.progress(lane));
    this.asked(about, box).then(({ refused, costs, eye: seen }) => {
      if (refused) ask.replaceChildren(el("p", { text: refused }));
      else if (!lane.asking) ask.append(...this.questions(lane, about, costs));
      if (seen) eye.append(this.eye.section({ ...about, written: lane.spanAt(pos, n) ? lane.spanAt(pos, n).from : n }, seen, costs.anew));
    }, () => {}); // without an answer nothing can be asked
    return box;
  }

  /* what the server says can be asked of a word: asked once for each, and only if the card that wants to know stays for a moment */
  asked(about, card) {
    const key = JSON.stringify(about), fetch = () => {
      if (!this.answers.has(key)) this.answers.set(key, this.sight.look(about));
      return this.answers.get(key);
    };
    if (this.answers.has(key)) return fetch();
    return new Promise((resolve, reject) => { setTimeout(() => { if (card.isConnected && this.sight.look) fetch().then(resolve, reject); }, REST); });
  }

  answer(lane, pos, n, known) {
    const { run } = this.score, word = run.word(lane.canvases[lane.size][pos]), [first, ...others] = groundingAt(lane, pos, word);
    const lines = [el("p", { text: first }), ...others.map((text) => el("p", { class: "rv-soft", text }))];
    const [, way] = WITHOUT.find(([name]) => name === known.without) || ["", known.without];
    if (!isLast(lane, pos, n)) lines.unshift(el("p", { class: "rv-soft", text: `Of the last word here, “${word}”:` }));
    const map = mapOf(lane, pos), lit = map && this.sight.lit(map, lane.maps.side);
    return [...lines, ...(lit ? [lit] : []), el("p", { class: "rv-soft", text: `Compared with ${way}.` })];
  }

  progress(lane) {
    const { done, of } = lane.asking, stop = button("rv-try", "Stop", () => {
      this.score.root.dispatchEvent(new CustomEvent("rv-halt", { bubbles: true, detail: {} }));
      lane.asking = null;
      this.repaint();
    });
    const text = done ? `${done} of ${plural(of, "pass")}` : "Waiting for its turn.";
    return [el("div", { class: "rv-progress" }, el("progress", { value: done, max: of || 1, "aria-label": text }), el("span", { text }), stop)];
  }

  questions(lane, about, costs) {
    const ask = (scope) => {
      lane.asking = { done: 0, of: 0 }; lane.refused = "";
      this.score.announce("The picture is asked.");
      this.score.root.dispatchEvent(new CustomEvent("rv-ground", { bubbles: true, detail: { ...about, without: this.without, scope } }));
      this.repaint();
    };
    const pair = (classes, text, scope) => el("div", { class: "rv-question" }, button(classes, text, () => ask(scope)), el("small", { text: costs[scope] }));
    const nodes = [choice("Compare with", WITHOUT, this.without, (value) => { this.without = value; this.repaint(); }), el("p", { class: "rv-soft", text: WHY })];
    const known = groundingOf(lane), fresh = !known || known.without !== this.without;
    if (fresh || (costs.judged && !mapOf(lane, about.position))) nodes.push(pair("rv-put-right", "Does the picture support it?", "word"));
    if (fresh || !lane.complete) nodes.push(pair("rv-text-button", "Ask for every word of this lane", "lane"));
    return nodes;
  }

  repaint() { this.score.story.forget(); this.score.paint(); }
}
