/* The text of each lane at the cursor: one button for each position in a window of a few lines, the lane's counts beside it, and the tabs
   that choose a lane's drawing on a phone. Knows the canvas at the cursor, not how it came about. */

import { button, el, laneLetter, setAttr } from "../dom.js";
import { wordsAbout } from "../model/claims.js";
import { ruleOf, shortVerdict, wasStopped } from "../model/ending.js";
import { clamp, LETTERS, plural } from "../model/format.js";
import { probAt } from "../model/lane.js";
import { isWrong, outcome, whyWrongAt } from "../model/truth.js";

const REST = 150; // ms after which the buttons' labels follow the cursor

export class LaneTexts {
  constructor(score) {
    this.score = score;
    this.tabs = el("div", { class: "rv-tabs", role: "group", "aria-label": "Lane shown" });
    this.node = el("div", { class: "rv-texts" });
    this.texts = []; // by lane: {node, box, status, tail, chips: its buttons, stop: index of the one that the Tab key reaches, followed}
  }

  showRun() {
    const lanes = this.score.run.lanes;
    this.texts = lanes.map((lane, i) => this.laneText(lane, i));
    this.node.replaceChildren(...this.texts.map((text) => text.node));
    this.tabs.replaceChildren(...lanes.map((lane, i) => {
      const tab = button("rv-tab", "", () => this.score.showLane(i));
      tab.append(laneLetter(i), lane.title);
      return tab;
    }));
  }

  laneText(lane, i) {
    const score = this.score, status = el("span", { class: "rv-status" }), tail = el("span", { class: "rv-tail" });
    const box = el("div", { class: "rv-chips", role: "group", "aria-label": `Text of lane ${LETTERS[i]}, ${lane.title}` });
    const head = el("h3", {}, laneLetter(i), el("span", { class: "rv-name", text: lane.title }), el("small", { text: lane.checkpoint }), status);
    const text = { node: el("article", { class: "rv-text", "data-lane": i }, head, box), box, status, tail, chips: [], stop: 0 };
    const position = (event) => { const chip = event.target.closest(".rv-chip"); return chip ? Number(chip.dataset.pos) : null; };
    box.addEventListener("click", (event) => { const pos = position(event); if (pos !== null) score.select(i, pos, null); });
    box.addEventListener("focusin", (event) => {
      setTabStop(text, text.chips.indexOf(event.target.closest(".rv-chip")));
      if (event.target.matches(":focus-visible")) score.point(position(event), i);
    });
    box.addEventListener("focusout", () => score.point(null));
    box.addEventListener("pointerover", (event) => score.point(position(event), i));
    box.addEventListener("pointerleave", () => score.point(null));
    return text;
  }

  paint() {
    const shown = this.score.laneShown;
    [...this.tabs.children].forEach((tab, i) => setAttr(tab, "aria-pressed", i === shown ? "true" : "false"));
    this.texts.forEach((text, i) => { setAttr(text.node, "data-shown", i === shown ? "1" : ""); this.paintText(text, i); });
    clearTimeout(this.labelTimer);
    this.labelTimer = setTimeout(() => this.labelChips(), REST);
  }

  paintText(text, i) {
    const { run, geometry: g, thing } = this.score, lane = run.lanes[i], n = this.score.passAt(lane), canvas = lane.canvases[n];
    const about = thing === null ? new Set(this.score.sight.supported(i).map(([pos]) => pos)) : wordsAbout(lane, thing, n);
    let stop = g.stop;
    while (run.eot >= 0 && stop > g.first && canvas[stop - 1] === run.eot) stop--;
    const changed = new Map(lane.eventsIn[n].map((event) => [event.pos, event]));
    while (text.chips.length < stop - g.first) text.chips.push(el("button", { type: "button", class: "rv-chip", tabindex: "-1" }));
    setTabStop(text, clamp(text.stop || 0, 0, Math.max(0, stop - g.first - 1)));
    text.chips.forEach((chip, k) => {
      chip.hidden = k >= stop - g.first;
      if (!chip.hidden) this.paintChip(chip, i, g.first + k, n, changed.get(g.first + k), about.has(g.first + k));
    });
    if (text.box.childNodes.length !== text.chips.length + 1) text.box.replaceChildren(...text.chips, text.tail);
    text.tail.textContent = stop < g.stop ? `end of text ×${g.stop - stop}` : "";
    text.tail.hidden = stop === g.stop;
    this.paintStatus(text.status, lane, n);
    this.follow(text, lane, n);
  }

  /* bring what the pass at the cursor changed, or where the tour is, into the window; the line above it stays in view */
  follow(text, lane, n) {
    const { tour, geometry: g } = this.score, pos = tour.stop ? tour.stop.pos : null, { box, followed } = text;
    if (followed && followed[0] === n && followed[1] === pos) return;
    text.followed = [n, pos];
    const events = lane.eventsIn[n].filter((event) => event.id !== lane.eot), event = events.find(({ kind }) => kind === "revise") || events[0];
    const chip = text.chips[(pos ?? (event ? event.pos : g.first)) - g.first];
    if (chip && !chip.hidden && (event || pos !== null || !n)) box.scrollTop = chip.offsetTop - chip.offsetHeight - box.firstChild.offsetTop;
  }

  /* from a word to its neighbour, by the up and down arrows */
  moveFocus(chip, by) {
    const text = this.texts.find((one) => one.chips.includes(chip)), next = text && text.chips[text.chips.indexOf(chip) + by];
    if (!next || next.hidden) return;
    setTabStop(text, text.chips.indexOf(next));
    next.focus();
  }

  chip(lane, pos) { return this.texts[lane].chips[pos - this.score.geometry.first]; }

  paintChip(chip, i, pos, n, event, about) {
    const { run, selected, pointed } = this.score, lane = run.lanes[i], id = lane.canvases[n][pos], masked = id === lane.mask;
    const here = Boolean(selected) && selected.pos === pos, span = masked ? null : lane.spanAt(pos, n), p = span ? probAt(span, n) : null;
    const shade = p === null ? 0 : Math.round(p * 20) * 5; // in steps of 5 %: a step too small to see repaints nothing
    const dimmed = this.score.filters.isDimmed(span), yours = this.score.marks.on(lane, span);
    const state = [run, pos, id, shade, isWrong(lane, pos, n), event, here && selected.lane, pointed === pos, about, dimmed, yours];
    if (chip.state && state.every((value, k) => value === chip.state[k])) return;
    chip.state = state;
    if (chip.textContent !== run.shortWord(id)) chip.textContent = run.shortWord(id); // a new node under a resting pointer is pointed at anew
    if (chip.lastElementChild) chip.lastElementChild.remove();
    if (yours) chip.append(el("i", { "data-yours": yours, "aria-hidden": "true" }));
    setAttr(chip, "data-pos", pos);
    setAttr(chip, "data-kind", masked ? "mask" : id === lane.eot ? "end" : "word");
    setAttr(chip, "data-wrong", isWrong(lane, pos, n) ? "1" : "");
    setAttr(chip, "data-event", event ? event.kind : "");
    setAttr(chip, "data-outcome", event ? outcome(lane, event) : "");
    setAttr(chip, "data-old", event && event.kind === "revise" ? run.shortWord(event.old) : "");
    setAttr(chip, "data-highlight", here ? "selected" : pointed === pos ? "pointed" : "");
    setAttr(chip, "data-about", about ? "1" : "");
    setAttr(chip, "data-dimmed", dimmed ? "1" : "");
    setAttr(chip, "aria-pressed", here && selected.lane === i ? "true" : "false");
    setAttr(chip, "style", `--p:${shade}%`);
  }

  /* what screen readers read of each word, once the cursor rests */
  labelChips() {
    const { run, geometry: g } = this.score;
    this.texts.forEach(({ chips }, i) => {
      const lane = run.lanes[i], n = this.score.passAt(lane), changed = new Map(lane.eventsIn[n].map((event) => [event.pos, event]));
      chips.forEach((chip, k) => { if (!chip.hidden) this.labelChip(chip, lane, g.first + k, n, changed.get(g.first + k)); });
    });
  }

  labelChip(chip, lane, pos, n, event) {
    const run = this.score.run, id = lane.canvases[n][pos], span = lane.spanAt(pos, n), p = span ? probAt(span, n) : null;
    const change = !event ? "" : event.kind === "revise" ? `, revised from ${run.word(event.old)} ${ruleOf(lane, event)}` : ", just committed";
    const probability = p === null ? "" : `, probability ${p.toFixed(2)}`, wrong = isWrong(lane, pos, n) ? `, wrong: ${whyWrongAt(lane, pos, n)}` : "";
    const yours = this.score.marks.on(lane, span), marked = yours && `, you call it ${yours}`;
    setAttr(chip, "aria-label", `position ${pos + 1}, ${span ? `${run.word(id)}${probability}${change}${wrong}${marked}` : "mask"}`);
  }

  paintStatus(node, lane, n) {
    if (lane.waiting) { node.replaceChildren(el("span", { text: "not started yet" })); return; }
    const masks = lane.masksAt(n), verdict = shortVerdict(lane, n);
    const steps = lane.stepEnds.length - 1, revised = lane.countUpTo(n, "revise");
    const atStop = wasStopped(lane) && n === lane.size;
    const parts = [atStop ? `stopped after ${plural(n, "pass")}` : `${n} of ${plural(lane.plannedSize, "pass")}`];
    if (lane.ended && steps !== lane.size) parts[0] += ` (${plural(steps, "step")})`;
    if (masks) parts.push(plural(masks, "mask"));
    if (revised) parts.push(`${revised} revised`);
    const nodes = parts.map((part) => el("span", { text: part }));
    if (verdict) nodes.push(el("b", { class: verdict.tone ? `rv-${verdict.tone}` : null, text: verdict.text }));
    node.replaceChildren(...nodes);
  }
}

/* the Tab key stops at one word of each lane */
function setTabStop(text, k) {
  if (text.chips[text.stop]) setAttr(text.chips[text.stop], "tabindex", "-1");
  text.stop = k;
  if (text.chips[k]) setAttr(text.chips[k], "tabindex", "0");
}
