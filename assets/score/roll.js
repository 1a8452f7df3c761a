/* One lane as a roll on two canvases: `base` holds what happened, `over` what moves with the cursor. Answers which place and pass lie
   under a pointer. Knows what to draw and when, not how a mark looks. */

class Roll {
  constructor(score, index) {
    this.score = score;
    this.index = index;
    this.base = el("canvas", { "aria-hidden": "true" });
    this.over = el("canvas", { "aria-hidden": "true", class: "rv-over" });
    const lane = this.lane;
    this.name = el("h4", {}, letter(index), el("span", { text: lane.title }), el("small", { text: lane.checkpoint }));
    this.stage = el("div", { class: "rv-stage" }, this.base, this.over);
    this.node = el("div", { class: "rv-lane", "data-lane": index }, this.name, this.stage);
    this.over.addEventListener("pointermove", (event) => score.hover(this, this.locate(event), event));
    this.over.addEventListener("pointerleave", () => score.hover(this, null));
    this.over.addEventListener("click", (event) => { const hit = this.locate(event); if (hit) score.select(index, hit.pos, hit.n); });
  }

  get lane() { return this.score.run.lanes[this.index]; }

  layout() {
    const g = this.score.geometry, rows = Math.max(1, this.lane.plannedSize);
    this.long = g.top + rows * g.row + g.foot + 8;
    this.wide = g.left + g.span + 10;
    const [w, h] = g.down ? [this.wide, this.long] : [this.long, this.wide];
    this.basePen = sized(this.base, w, h);
    this.overPen = sized(this.over, w, h);
    set(this.stage, "style", `width:${w}px;height:${h}px`);
  }

  /* {pos, n, inside: over a pass that has been} under a pointer; null beside the columns */
  locate(event) {
    const g = this.score.geometry, rect = this.over.getBoundingClientRect(), x = event.clientX - rect.left, y = event.clientY - rect.top;
    const [a, t] = g.down ? [x, y] : [y, x], size = this.lane.size;
    if (a < g.left || a >= g.left + g.span) return null;
    let pos = g.first;
    while (pos < g.stop - 1 && g.x[pos + 1] <= a) pos++;
    return { pos, n: clamp(Math.floor((t - g.top) / g.row) + 1, 0, size), inside: t < g.top + size * g.row };
  }

  draw() {
    const { geometry: g, ink, run } = this.score, lane = this.lane, pen = this.basePen, shown = (pos) => pos >= g.first && pos < g.stop;
    pen.clearRect(0, 0, this.base.width, this.base.height);
    Marks.rules(pen, g, ink, lane);
    Marks.waiting(pen, g, ink, lane);
    lane.tenants.forEach((t) => { if (shown(t.pos)) Marks.tenant(pen, g, ink, lane, t, run.word(t.id)); });
    lane.passes.forEach((pass, n) => { if (pass && pass.read && pass.read.length) Marks.draft(pen, g, ink, lane, n); });
    lane.events.forEach((e) => { if (shown(e.pos)) Marks.event(pen, g, ink, lane, e); });
    if (!lane.ended) return;
    lane.never.forEach((pos) => { if (shown(pos) && lane.canvases[lane.size][pos] !== lane.eot) Marks.never(pen, g, ink, lane, pos); });
  }

  drawOver() {
    this.overPen.clearRect(0, 0, this.over.width, this.over.height);
    Cursor.draw(this.overPen, this, this.score);
  }
}
