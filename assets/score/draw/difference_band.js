/* The band between two lanes: where their words at the cursor differ. Knows those two canvases, not how they came about. */

import { el } from "../dom.js";
import { plural } from "../model/format.js";
import { sizedContext } from "./canvas.js";

const HEIGHT = 24; // px

export class DifferenceBand {
  constructor(score, upper) {
    this.score = score;
    this.upper = upper; // index of the lane above
    this.shown = []; // what the canvas shows
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.text = el("span", {});
    this.node = el("div", { class: "rv-differences" }, this.text, this.canvas);
    this.canvas.addEventListener("click", (event) => {
      const g = score.geometry, x = event.clientX - this.canvas.getBoundingClientRect().left;
      for (let pos = g.first; pos < g.stop; pos++) if (x >= g.x[pos] && x < g.x[pos + 1]) score.select(upper + 1, pos, null);
    });
  }

  draw() {
    const { score, upper } = this, { geometry: g, colors, run, selected } = score, lanes = [run.lanes[upper], run.lanes[upper + 1]];
    this.node.hidden = !g.down || lanes[1].waiting;
    const [a, b] = lanes.map((lane) => lane.canvases[score.passAt(lane)]), state = [g, colors, a, b, selected && selected.pos];
    if (this.node.hidden || state.every((value, k) => value === this.shown[k])) return;
    this.shown = state;
    const ctx = sizedContext(this.canvas, g.left + g.width + 10, HEIGHT, score.printing ? 2 : 1);
    ctx.clearRect(0, 0, this.canvas.width, HEIGHT);
    let differing = 0, both = 0;
    for (let pos = g.first; pos < g.stop; pos++) {
      const left = g.x[pos], w = g.x[pos + 1] - left, mid = left + w / 2, differs = a[pos] !== b[pos];
      if (selected && selected.pos === pos) {
        ctx.globalAlpha = 0.1; ctx.fillStyle = colors.text; ctx.fillRect(left, 0, w, HEIGHT); ctx.globalAlpha = 1;
      }
      if (a[pos] === run.mask || b[pos] === run.mask) {
        ctx.fillStyle = colors.rule; ctx.fillRect(mid - 1, HEIGHT / 2 - 1, 2, 2);
        continue;
      }
      both++;
      differing += differs;
      drawSign(ctx, differs ? colors.text : a[pos] === run.eot ? colors.rule : colors.faint, mid, HEIGHT / 2, w, differs);
    }
    const text = `${plural(differing, "position")} ${differing === 1 ? "differs" : "differ"}`;
    this.text.textContent = differing ? text : both ? "no difference" : "";
  }
}

/* = or ≠ */
function drawSign(ctx, color, mid, y, w, differs) {
  const wide = Math.min(13, w * 0.6), thick = differs ? 2 : 1;
  ctx.fillStyle = ctx.strokeStyle = color;
  [y - 3.5, y + 2].forEach((top) => ctx.fillRect(mid - wide / 2, top, wide, thick));
  if (!differs) return;
  ctx.lineWidth = Math.min(1.8, w * 0.2);
  ctx.beginPath(); ctx.moveTo(mid + wide * 0.25, y - 8); ctx.lineTo(mid - wide * 0.25, y + 8); ctx.stroke();
}
