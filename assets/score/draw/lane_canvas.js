/* A lane on two canvases: `base` holds what happened, `over` what moves with the cursor. Draws only what changed, and answers which
   position and pass lie under a pointer. Knows what to draw and when, not how a mark looks. */

import { el, laneLetter, setAttr } from "../dom.js";
import { reachInWords, reachOf } from "../model/cascade.js";
import { clamp, shortened } from "../model/format.js";
import { drawSpan } from "./bars.js";
import { sizedContext } from "./canvas.js";
import { drawDraft, drawEvent, drawMasks, drawRules } from "./marks.js";
import { drawOverlay } from "./overlay.js";

const REACH = 14; // px that a mark may reach over its own pass

export class LaneCanvas {
  constructor(score, index) {
    this.score = score;
    this.index = index;
    this.base = el("canvas", { "aria-hidden": "true" });
    this.over = el("canvas", { "aria-hidden": "true", class: "rv-overlay" });
    this.drawn = {}; // what `base` shows: {geometry, colors, size, ended}
    this.shown = []; // what `over` shows
    const lane = this.lane;
    this.said = el("small", { class: "rv-reached" }); // what the selected word changed
    const name = el("h4", {}, laneLetter(index), el("span", { text: lane.title }), el("small", { text: lane.checkpoint }), this.said);
    this.box = el("div", { class: "rv-canvases" }, this.base, this.over);
    this.node = el("div", { class: "rv-lane", "data-lane": index }, name, this.box);
    this.over.addEventListener("pointermove", (event) => score.selection.hover(lane, this.locate(event), event));
    this.over.addEventListener("pointerleave", () => score.selection.hover(lane, null));
    this.over.addEventListener("click", (event) => this.click(this.locate(event)));
  }

  get lane() { return this.score.run.lanes[this.index]; }

  layout() {
    const { geometry: g, run, printing } = this.score, passes = g.down ? Math.max(1, this.lane.plannedSize) : run.plannedSize();
    const along = g.top + passes * g.row + g.foot + 8, across = g.left + g.width + 10, [w, h] = g.down ? [across, along] : [along, across];
    const size = () => `${this.base.width} ${this.base.height}`, before = size();
    this.end = along; // px along time
    this.baseContext = sizedContext(this.base, w, h, printing ? 2 : 1);
    this.overContext = sizedContext(this.over, w, h, printing ? 2 : 1);
    if (size() !== before) { this.drawn = {}; this.shown = []; } // a canvas that changes its size is wiped
    setAttr(this.box, "style", `width:${w}px;height:${h}px`);
  }

  /* {pos, n, inside: over a pass that the cursor has reached} under a pointer; null beside the columns */
  locate(event) {
    const g = this.score.geometry, rect = this.over.getBoundingClientRect(), x = event.clientX - rect.left, y = event.clientY - rect.top;
    const [across, along] = g.down ? [x, y] : [y, x], reached = this.score.reachedPass(this.lane);
    if (across < g.left || across >= g.left + g.width) return null;
    let pos = g.first;
    while (pos < g.stop - 1 && g.x[pos + 1] <= across) pos++;
    const n = clamp(Math.floor((along - g.top) / g.row) + 1, 0, reached);
    return { pos, n, inside: along >= g.top && along < g.top + reached * g.row };
  }

  click(hit) { if (hit) this.score.select(this.index, hit.pos, hit.inside ? hit.n : this.score.passAt(this.lane)); }

  draw() {
    const { geometry, colors } = this.score, lane = this.lane, last = this.drawn;
    const fresh = last.geometry !== geometry || last.colors !== colors || last.ended !== lane.ended;
    if (!fresh && last.size === lane.size) return;
    this.drawn = { geometry, colors, size: lane.size, ended: lane.ended };
    this.drawFrom(fresh ? 1 : this.firstChanged(last.size));
  }

  /* the first pass that looks different from when only `size` passes were drawn */
  firstChanged(size) {
    const spans = this.lane.eventsIn.slice(size + 1).flat().flatMap((event) => this.lane.spansAt[event.pos]);
    return spans.filter((span) => span.to !== null && span.to > size).reduce((first, span) => Math.min(first, span.from), size);
  }

  /* everything from a pass on, and as many passes before it as marks may reach over */
  drawFrom(pass) {
    const { geometry: g, colors, run } = this.score, lane = this.lane, ctx = this.baseContext;
    const isShown = (pos) => pos >= g.first && pos < g.stop, spare = Math.ceil(REACH / g.row);
    const clear = pass <= 1 ? 0 : Math.max(0, pass - 1 - spare), first = Math.max(1, clear - spare);
    const edge = clear && Math.floor(g.top + clear * g.row), [x, y] = g.down ? [0, edge] : [edge, 0];
    ctx.save();
    ctx.beginPath(); ctx.rect(x, y, 1e5, 1e5); ctx.clip();
    ctx.clearRect(x, y, 1e5, 1e5);
    drawRules(ctx, g, colors, lane, first);
    drawMasks(ctx, g, colors, lane, first);
    lane.spans.forEach((span) => {
      if (!isShown(span.pos) || (span.to !== null && span.to < first)) return;
      drawSpan(ctx, g, colors, lane, span, shortened(run.word(span.id), 14));
    });
    for (let n = first; n <= lane.size; n++) {
      if (lane.passes[n].read) drawDraft(ctx, g, colors, lane, n);
      lane.eventsIn[n].forEach((event) => { if (isShown(event.pos)) drawEvent(ctx, g, colors, lane, event); });
    }
    ctx.restore();
  }

  drawOver() {
    const { score, lane } = this, { geometry, colors, selected, pointed } = score;
    const n = score.passAt(lane), reached = score.reachedPass(lane);
    const state = [geometry, colors, n, reached, selected && selected.pos, selected && selected.lane, pointed, lane.plannedSize, lane.wrong, lane.size, lane.analysis, score.filters.shown];
    if (state.every((value, k) => value === this.shown[k])) return;
    this.shown = state;
    const reach = selected && selected.lane === this.index ? reachOf(lane, selected.pos, n, reached) : null;
    this.said.textContent = reach ? reachInWords(reach) : "";
    if (score.printing) { this.drawFrom(1); drawOverlay(this.baseContext, score, lane, this.end, reach); return; } // paper: one canvas alone
    this.overContext.clearRect(0, 0, 1e5, 1e5);
    drawOverlay(this.overContext, score, lane, this.end, reach);
  }
}
