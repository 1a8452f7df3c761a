/* The text of each lane at the cursor: one button a place, the lane's cost and state beside it, and on a phone the tabs between lanes.
   Knows the canvas at the cursor, not how it came about. */

class Texts {
  constructor(score) {
    this.score = score;
    this.tabs = el("div", { class: "rv-tabs", role: "group", "aria-label": "Lane shown" });
    this.list = el("div", { class: "rv-texts" });
    this.node = el("div", { class: "rv-reading" }, this.tabs, this.list);
    this.lanes = [];
  }

  furnish() {
    const lanes = this.score.run.lanes;
    this.lanes = lanes.map((lane, i) => this.textOf(lane, i));
    this.list.replaceChildren(...this.lanes.map((text) => text.node));
    this.tabs.replaceChildren(...lanes.map((lane, i) => {
      const tab = button("rv-tab", "", () => this.score.showLane(i));
      tab.append(letter(i), lane.title);
      return tab;
    }));
  }

  textOf(lane, i) {
    const score = this.score, status = el("span", { class: "rv-status" }), tail = el("span", { class: "rv-tail" });
    const box = el("div", { class: "rv-chips", role: "group", "aria-label": `Text of lane ${LETTERS[i]}, ${lane.title}` });
    const name = el("span", { class: "rv-name", text: lane.title });
    const head = el("h3", {}, letter(i), name, el("small", { text: lane.checkpoint }), status);
    const text = { node: el("article", { class: "rv-text", "data-lane": i }, head, box), box, status, tail, chips: [], stop: 0 };
    const over = (event) => { const chip = event.target.closest(".rv-chip"); return chip ? Number(chip.dataset.pos) : null; };
    box.addEventListener("click", (event) => { const pos = over(event); if (pos !== null) score.select(i, pos, null); });
    box.addEventListener("focusin", (event) => this.comeBy(text, text.chips.indexOf(event.target.closest(".rv-chip"))));
    box.addEventListener("pointerover", (event) => score.point(over(event)));
    box.addEventListener("pointerleave", () => score.point(null));
    return text;
  }

  paint() {
    const shown = this.score.laneShown;
    set(this.list, "data-shown", shown);
    [...this.tabs.children].forEach((tab, i) => set(tab, "aria-pressed", i === shown ? "true" : "false"));
    this.lanes.forEach((text, i) => { set(text.node, "data-here", i === shown ? "1" : ""); this.paintText(text, i); });
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.label(), 150);
  }

  paintText(text, i) {
    const { run, geometry: g } = this.score, lane = run.lanes[i], n = this.score.at(lane), canvas = lane.canvases[n];
    let stop = g.stop;
    while (run.eot >= 0 && stop > g.first && canvas[stop - 1] === run.eot) stop--;
    const changed = new Map(lane.eventsIn[n].map((e) => [e.pos, e]));
    while (text.chips.length < stop - g.first) text.chips.push(el("button", { type: "button", class: "rv-chip", tabindex: "-1" }));
    this.comeBy(text, clamp(text.stop || 0, 0, Math.max(0, stop - g.first - 1)));
    text.chips.forEach((chip, k) => {
      chip.hidden = k >= stop - g.first;
      if (!chip.hidden) this.paintChip(chip, i, g.first + k, n, changed.get(g.first + k));
    });
    if (text.box.childNodes.length !== text.chips.length + 1) text.box.replaceChildren(...text.chips, text.tail);
    text.tail.textContent = stop < g.stop ? `end of text ×${g.stop - stop}` : "";
    text.tail.hidden = stop === g.stop;
    this.paintStatus(text.status, lane, n);
  }

  /* one stop of the tab key a lane; the upright arrows go from word to word */
  comeBy(text, k) {
    if (text.chips[text.stop]) set(text.chips[text.stop], "tabindex", "-1");
    text.stop = k;
    if (text.chips[k]) set(text.chips[k], "tabindex", "0");
  }

  step(chip, by) {
    const text = this.lanes.find((one) => one.chips.includes(chip)), next = text && text.chips[text.chips.indexOf(chip) + by];
    if (!next || next.hidden) return;
    this.comeBy(text, text.chips.indexOf(next));
    next.focus();
  }

  chip(lane, pos) { return this.lanes[lane].chips[pos - this.score.geometry.first]; }

  paintChip(chip, i, pos, n, event) {
    const { run, picked, pointed } = this.score, lane = run.lanes[i], id = lane.canvases[n][pos], open = id === lane.mask;
    const here = Boolean(picked) && picked.pos === pos;
    const tenant = open ? null : lane.tenant(pos, n), p = tenant ? lane.prob(tenant, n) : null, bad = lane.isWrong(pos, id);
    const shade = p === null ? 0 : Math.round(p * 20) * 5; // in steps of 5 %: a step too small to see repaints nothing
    const state = [run, pos, id, shade, lane.truth, event, here && picked.lane, pointed === pos];
    if (chip.state && state.every((value, k) => value === chip.state[k])) return;
    chip.state = state;
    chip.textContent = run.brief(id);
    set(chip, "data-pos", pos);
    set(chip, "data-kind", open ? "open" : id === lane.eot ? "end" : "word");
    set(chip, "data-wrong", bad ? "1" : "");
    set(chip, "data-new", event ? event.kind : "");
    set(chip, "data-out", event ? lane.outcome(event) : "");
    set(chip, "data-old", event && event.kind === "revise" ? run.brief(event.old) : "");
    set(chip, "data-lit", here ? "picked" : pointed === pos ? "1" : "");
    set(chip, "aria-pressed", here && picked.lane === i ? "true" : "false");
    set(chip, "style", `--p:${shade}%`);
  }

  /* what the words say to those who listen, once the cursor rests */
  label() {
    const { run, geometry: g } = this.score;
    this.lanes.forEach(({ chips }, i) => {
      const lane = run.lanes[i], n = this.score.at(lane), changed = new Map(lane.eventsIn[n].map((e) => [e.pos, e]));
      chips.forEach((chip, k) => { if (!chip.hidden) this.labelChip(chip, lane, g.first + k, n, changed.get(g.first + k)); });
    });
  }

  labelChip(chip, lane, pos, n, event) {
    const run = this.score.run, id = lane.canvases[n][pos], tenant = lane.tenant(pos, n), p = tenant ? lane.prob(tenant, n) : null;
    const news = !event ? "" : event.kind === "revise" ? `, revised from ${run.word(event.old)}` : ", just committed";
    const sure = p === null ? "" : `, probability ${p.toFixed(2)}`, wrong = lane.isWrong(pos, id) ? ", wrong" : "";
    const told = tenant ? `${run.word(id)}${sure}${wrong}${news}` : "mask";
    set(chip, "aria-label", `position ${pos + 1}, ${told}`);
  }

  paintStatus(node, lane, n) {
    if (lane.held) { node.replaceChildren(el("span", { text: "has not begun" })); return; }
    const wrong = lane.truth ? lane.wrongAt(n) : null, open = lane.openAt(n);
    const steps = lane.stepEnds.length - 1, revised = lane.upTo(n, "revise");
    const parts = [`${n} of ${plural(lane.plannedSize, "pass")}`];
    if (lane.ended && steps !== lane.size) parts[0] += ` (${plural(steps, "step")})`;
    if (open) parts.push(plural(open, "mask"));
    if (revised) parts.push(`${revised} revised`);
    const nodes = [el("span", { text: parts.join(" · ") })];
    if (wrong !== null && open < lane.length) {
      const verdict = wrong ? `✗ ${wrong} wrong` : open ? "none wrong yet" : "✓ all true";
      nodes.push(el("b", { class: wrong ? "rv-bad" : "rv-good", text: verdict }));
    }
    node.replaceChildren(...nodes);
  }
}
