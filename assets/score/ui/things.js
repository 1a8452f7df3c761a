/* The things in the picture, where its truth is known. Each is a button: pointed at, it shows the words about it in every lane; pressed, it
   keeps showing them. Its outline appears while a word about it is pointed at, too. Knows boxes, not what is drawn in them. */

import { el, setAttr } from "../dom.js";
import { describeThing } from "../model/describe.js";
import { LETTERS } from "../model/format.js";

export class Things {
  constructor(score) {
    this.score = score;
    this.held = null; // the thing whose button is pressed
    this.things = []; // [name, boxes], as run.things has them
    this.node = el("div", { class: "rv-things", role: "group", "aria-label": "Things in the picture" });
    score.frame.image.after(this.node);
  }

  showRun() {
    const things = this.score.run.picture ? this.score.run.things : [];
    this.held = null;
    this.things = things;
    this.boxes = things.map(([, boxes]) => boxes.map((box) => el("span", { class: "rv-box", style: place(box) })));
    this.buttons = things.map((thing, k) => this.button(thing, k));
    this.node.replaceChildren(...this.boxes.flat(), ...this.buttons);
    this.node.hidden = !things.length;
  }

  button([name, boxes], k) {
    const around = [0, 1, 2, 3].map((side) => Math[side < 2 ? "min" : "max"](...boxes.map((box) => box[side])));
    const attributes = { type: "button", class: "rv-thing", style: place(around), "aria-label": name, "aria-pressed": "false", title: name };
    const node = el("button", attributes), { score } = this;
    node.addEventListener("pointerenter", (event) => { if (event.pointerType !== "touch") score.pointAt(k); });
    node.addEventListener("pointerleave", () => score.pointAt(this.held));
    node.addEventListener("focus", () => { if (node.matches(":focus-visible")) { score.pointAt(k); this.announce(k); } });
    node.addEventListener("blur", () => score.pointAt(this.held));
    node.addEventListener("click", () => this.hold(this.held === k ? null : k));
    return node;
  }

  hold(k) {
    this.held = k;
    this.score.pointAt(k);
    if (k !== null) this.announce(k);
  }

  announce(k) {
    const { score } = this;
    const lanes = score.run.lanes.map((lane, i) => `Lane ${LETTERS[i]} ${describeThing(lane, k, score.passAt(lane))}.`);
    score.announce(`${this.things[k][0]}. ${lanes.join(" ")}`);
  }

  paint() {
    const shown = this.score.selection.things();
    this.things.forEach((_, k) => {
      this.boxes[k].forEach((box) => setAttr(box, "data-shown", shown.has(k) ? "1" : ""));
      setAttr(this.buttons[k], "aria-pressed", this.held === k ? "true" : "false");
    });
  }
}

/* a box in per mille of the picture's sides, as style */
function place([left, top, right, bottom]) {
  const percent = { left: (left + right) / 2, top: (top + bottom) / 2, width: right - left, height: bottom - top };
  return Object.entries(percent).map(([name, value]) => `${name}:${value / 10}%`).join(";");
}
