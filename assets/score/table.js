/* The state at the cursor as a real table, for those who do not see the canvases. Built only while it is open. */

class Table {
  constructor(score) {
    this.score = score;
    this.shown = []; // what the table shows
    this.node = el("div", { class: "rv-table", hidden: true, role: "region", "aria-label": "The state as a table", tabindex: "0" });
    this.toggle = button("rv-link", "Show as a table", () => this.flip());
    set(this.toggle, "aria-expanded", "false");
  }

  flip() {
    this.node.hidden = !this.node.hidden;
    this.toggle.textContent = this.node.hidden ? "Show as a table" : "Hide the table";
    set(this.toggle, "aria-expanded", this.node.hidden ? "false" : "true");
    this.paint();
  }

  paint() {
    const { run, geometry: g, now, axis } = this.score;
    if (this.node.hidden || !run) return;
    const state = [run, run.seq, g.first, now, axis, run.lanes.some((lane) => lane.held)];
    if (state.every((value, k) => value === this.shown[k])) return;
    this.shown = state;
    const heads = run.lanes.flatMap((_, i) => ["word", "probability", "state"].map((name) => `${LETTERS[i]} ${name}`));
    const head = el("tr", {}, ...["position", ...heads].map((text) => el("th", { scope: "col", text })));
    const body = el("tbody", {});
    for (let pos = g.first; pos < g.stop; pos++) {
      body.append(el("tr", {}, el("th", { scope: "row", text: pos + 1 }), ...run.lanes.flatMap((lane, i) => this.cells(lane, i, pos))));
    }
    const caption = el("caption", { text: `State at ${this.score.where()}` });
    this.node.replaceChildren(el("table", {}, caption, el("thead", {}, head), body));
  }

  cells(lane, i, pos) {
    const run = this.score.run, n = this.score.at(lane), id = lane.canvases[n][pos];
    const tenant = id === run.mask ? null : lane.tenant(pos, n);
    const came = !tenant || tenant.how !== "revise" ? "committed" : "revised";
    let state = !tenant ? "mask" : tenant.from ? `${came} in pass ${tenant.from}` : "given";
    if (lane.isWrong(pos, id)) state += ", wrong";
    if (lane.ended && n === lane.size && lane.never.has(pos)) state += ", read by no later pass";
    const word = tenant ? run.word(id) : "";
    return [el("td", { "data-lane": i, "data-word": word, text: tenant ? word : "(mask)" }),
      el("td", { text: tenant ? p2(lane.prob(tenant, n)) : "" }), el("td", { text: state })];
  }
}
