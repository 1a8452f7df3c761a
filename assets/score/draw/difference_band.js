/* The band above a lane: where its words at the cursor differ from those of a lane above it, of the next one until another is chosen.
   Knows those two canvases, not how they came about. */

import { el } from "../dom.js";
import { LETTERS, plural } from "../model/format.js";
import { sizedContext } from "./canvas.js";

const HEIGHT = 24; // px

export class DifferenceBand {
  constructor(score, upper) {
    this.score = score;
    this.lower = upper + 1; // index of the lane below the band
    this.upper = upper; // index of the lane above that it is compared with
    this.shown = []; // what the canvas shows
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.text = el("span", {});
    this.node = el("div", { class: "rv-differences" }, this.text, this.canvas);
    if (upper > 0) this.node.append(this.choice());
    this.canvas.addEventListener("click", (event) => {
      const g = score.geometry, x = event.clientX - this.canvas.getBoundingClientRect().left;
      for (let pos = g.first; pos < g.stop; pos++) if (x >= g.x[pos] && x < g.x[pos + 1]) score.select(this.lower, pos, null);
    });
  }

  /* which lane above is compared with */
  choice() {
    const name = `Compare lane ${LETTERS[this.lower]} with`, lanes = [...Array(this.lower).keys()];
    const options = lanes.map((i) => el("option", { value: i, text: `${LETTERS[i]} and ${LETTERS[this.lower]}` }));
    const select = el("select", { class: "rv-compare", "aria-label": name, title: name }, ...options);
    select.value = String(this.upper);
    select.addEventListener("change", () => { this.upper = Number(select.value); this.score.paint(); });
    return select;
  }

  draw() {
    const { score, upper, lower } = this, { geometry: g, colors, run, selected } = score, lanes = [run.lanes[upper], run.lanes[lower]];
    this.node.hidden = !g.down || lanes.some((lane) => lane.waiting);
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
    const many = this.lower > 1 ? differing : plural(differing, "position"), same = this.lower > 1 ? "the same" : "no difference";
    this.text.textContent = differing ? `${many} ${differing === 1 ? "differs" : "differ"}` : both ? same : "";
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
