/* One lane as a roll on two canvases: `base` holds what happened, `over` what moves with the cursor. Draws only what changed, and
   answers which position and pass lie under a pointer. Knows what to draw and when, not how a mark looks. */

class Roll {
  constructor(score, index) {
    this.score = score;
    this.index = index;
    this.base = el("canvas", { "aria-hidden": "true" });
    this.over = el("canvas", { "aria-hidden": "true", class: "rv-over" });
    this.drawn = {}; // what `base` shows: geometry, ink, size, ended
    this.shown = []; // what `over` shows
    const lane = this.lane;
    this.name = el("h4", {}, letter(index), el("span", { text: lane.title }), el("small", { text: lane.checkpoint }));
    this.stage = el("div", { class: "rv-stage" }, this.base, this.over);
    this.node = el("div", { class: "rv-lane", "data-lane": index }, this.name, this.stage);
    this.over.addEventListener("pointermove", (event) => score.hover(this, this.locate(event), event));
    this.over.addEventListener("pointerleave", () => score.hover(this, null));
    this.over.addEventListener("click", (event) => this.click(this.locate(event)));
  }

  get lane() { return this.score.run.lanes[this.index]; }

  layout() {
    const { geometry: g, run, printing } = this.score, rows = g.down ? Math.max(1, this.lane.plannedSize) : run.plannedSize();
    this.long = g.top + rows * g.row + g.foot + 8;
    this.wide = g.left + g.span + 10;
    const [w, h] = g.down ? [this.wide, this.long] : [this.long, this.wide];
    const size = () => `${this.base.width} ${this.base.height}`, was = size();
    this.basePen = sized(this.base, w, h, printing ? 2 : 1);
    this.overPen = sized(this.over, w, h, printing ? 2 : 1);
    if (size() !== was) { this.drawn = {}; this.shown = []; } // a canvas that changes its size is wiped
    set(this.stage, "style", `width:${w}px;height:${h}px`);
  }

  /* {pos, n, inside: over a pass that has been} under a pointer; null beside the columns */
  locate(event) {
    const g = this.score.geometry, rect = this.over.getBoundingClientRect(), x = event.clientX - rect.left, y = event.clientY - rect.top;
    const [a, t] = g.down ? [x, y] : [y, x], seen = this.score.seenAt(this.lane);
    if (a < g.left || a >= g.left + g.span) return null;
    let pos = g.first;
    while (pos < g.stop - 1 && g.x[pos + 1] <= a) pos++;
    return { pos, n: clamp(Math.floor((t - g.top) / g.row) + 1, 0, seen), inside: t >= g.top && t < g.top + seen * g.row };
  }

  click(hit) { if (hit) this.score.select(this.index, hit.pos, hit.inside ? hit.n : this.score.at(this.lane)); }

  draw() {
    const { geometry, ink } = this.score, lane = this.lane, was = this.drawn;
    const fresh = was.geometry !== geometry || was.ink !== ink || was.ended !== lane.ended;
    if (!fresh && was.size === lane.size) return;
    this.drawn = { geometry, ink, size: lane.size, ended: lane.ended };
    this.drawFrom(fresh ? 1 : this.touched(was.size));
  }

  /* the first pass that looks different since only `size` passes were drawn */
  touched(size) {
    const places = this.lane.eventsIn.slice(size + 1).flat().map((e) => this.lane.stays[e.pos]);
    const left = places.flat().filter((t) => t.to !== null && t.to > size);
    return left.reduce((first, t) => Math.min(first, t.from), size);
  }

  /* everything from a pass on; marks reach a few px over their own pass, so some passes before it are drawn again */
  drawFrom(pass) {
    const { geometry: g, ink, run } = this.score, lane = this.lane, pen = this.basePen, shown = (pos) => pos >= g.first && pos < g.stop;
    const spare = Math.ceil(14 / g.row), clear = pass <= 1 ? 0 : Math.max(0, pass - 1 - spare), first = Math.max(1, clear - spare);
    const edge = clear && Math.floor(g.top + clear * g.row), [x, y] = g.down ? [0, edge] : [edge, 0];
    pen.save();
    pen.beginPath(); pen.rect(x, y, 1e5, 1e5); pen.clip();
    pen.clearRect(x, y, 1e5, 1e5);
    Marks.rules(pen, g, ink, lane, first);
    Marks.waiting(pen, g, ink, lane, first);
    const word = (t) => shortened(run.word(t.id), 14);
    lane.tenants.forEach((t) => { if (shown(t.pos) && (t.to === null || t.to >= first)) Marks.tenant(pen, g, ink, lane, t, word(t)); });
    for (let n = first; n <= lane.size; n++) {
      if (lane.passes[n].read && lane.passes[n].read.length) Marks.draft(pen, g, ink, lane, n);
      lane.eventsIn[n].forEach((e) => { if (shown(e.pos)) Marks.event(pen, g, ink, lane, e); });
    }
    pen.restore();
  }

  drawOver() {
    const { score } = this, { geometry, ink, picked, pointed } = score, n = score.at(this.lane), seen = score.seenAt(this.lane);
    const now = [geometry, ink, n, seen, picked && picked.pos, pointed, this.lane.plannedSize, this.lane.truth, this.lane.size];
    if (now.every((value, k) => value === this.shown[k])) return;
    this.shown = now;
    if (score.printing) { this.drawFrom(1); Cursor.draw(this.basePen, this, score); return; } // paper does not lay canvas on canvas
    this.overPen.clearRect(0, 0, 1e5, 1e5);
    Cursor.draw(this.overPen, this, score);
  }
}
