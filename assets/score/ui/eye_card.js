/* What the embedded eye saw behind a word: the picture under its 7 x 7 cells. Cells can be chosen and made something else; the caption is
   then written anew, as a branch. What is asked leaves the Score as an event `rv-branch` of kind "eye" (docs/page.md). */

import { button, el, setAttr } from "../dom.js";

const SIDE = 7, HALF = 500; // per mille: a cell that more likely has the word's concept than not
const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE, ArrowDown: SIDE };

export class EyeCard {
  constructor(score) {
    this.score = score;
    this.chosen = new Set();
    this.noun = "";
    this.key = ""; // of the word that the chosen cells belong to
  }

  section(about, seen, cost) {
    const key = JSON.stringify(about), behind = [...seen.cells.keys()].filter((cell) => seen.cells[cell] >= HALF);
    if (key !== this.key) { this.key = key; this.noun = ""; this.chosen = new Set(behind.length < SIDE * SIDE ? behind : []); }
    const line = el("p", { class: "rv-soft" }), cells = el("div", { class: "rv-cells", role: "group", "aria-label": "What the eye saw, cell by cell" });
    const names = seen.nouns, stop = { at: [...this.chosen][0] || 0 };
    const nodes = [...seen.likeliest.keys()].map((cell) => this.cell(cell, seen, behind.includes(cell)));
    const show = () => {
      nodes.forEach((node, cell) => {
        setAttr(node, "aria-pressed", this.chosen.has(cell) ? "true" : "false");
        setAttr(node, "tabindex", cell === stop.at ? "0" : "-1");
      });
      const many = this.chosen.size;
      line.textContent = many ? `${many} ${many === 1 ? "cell" : "cells"} chosen.` : "Choose cells of the picture.";
      go.disabled = !many || !this.noun;
    };
    const select = el("select", { "aria-label": "What the chosen cells shall be" }, el("option", { value: "", text: "something else" }),
      el("option", { value: "nothing", text: "nothing" }), ...names.filter(Boolean).map((name) => el("option", { value: name, text: name })));
    select.value = this.noun;
    select.addEventListener("change", () => { this.noun = select.value; show(); });
    const go = button("rv-put-right", "Write the caption anew", () => this.ask(about));
    cells.addEventListener("click", (event) => {
      const cell = nodes.indexOf(event.target.closest(".rv-cell"));
      if (cell < 0) return;
      if (!this.chosen.delete(cell)) this.chosen.add(cell);
      stop.at = cell;
      show();
    });
    cells.addEventListener("keydown", (event) => {
      const next = stop.at + (MOVES[event.key] || 0);
      if (!MOVES[event.key]) return;
      event.preventDefault(); event.stopPropagation();
      if (next >= 0 && next < nodes.length) { stop.at = next; show(); nodes[next].focus(); }
    });
    cells.append(...nodes);
    show();
    return el("div", { class: "rv-eye" }, el("h6", { text: "What the eye saw" }), el("p", { text: seen.sentence }),
      el("div", { class: "rv-eye-picture" }, el("img", { src: this.score.run.picture, alt: "" }), cells), line,
      el("div", { class: "rv-make" }, el("span", { text: "Make them" }), select, go), cost ? el("small", { class: "rv-cost", text: cost }) : null);
  }

  cell(cell, { likeliest, sure, nouns, cells }, behind) {
    const name = nouns[likeliest[cell]] || "nothing", place = `row ${Math.floor(cell / SIDE) + 1}, column ${(cell % SIDE) + 1}`;
    const label = `${place}: ${name} ${(sure[cell] / 1000).toFixed(2)}`;
    return el("button", { type: "button", class: "rv-cell", title: label, "aria-label": label, "data-behind": behind && cells.length ? "1" : null });
  }

  ask(about) {
    this.score.announce("The caption is written anew from what the eye is made to see.");
    const detail = { ...about, kind: "eye", cells: [...this.chosen], word: this.noun, held: false };
    this.score.root.dispatchEvent(new CustomEvent("rv-branch", { bubbles: true, detail }));
  }
}
