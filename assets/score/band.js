/* The band between two lanes: where their words at the cursor differ. Knows those two canvases and nothing of how they came about. */

class Band {
  constructor(score, upper) {
    this.score = score;
    this.upper = upper;
    this.shown = []; // what the canvas shows
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.text = el("span", {});
    this.node = el("div", { class: "rv-band" }, this.text, this.canvas);
    this.canvas.addEventListener("click", (event) => {
      const g = score.geometry, a = event.clientX - this.canvas.getBoundingClientRect().left;
      for (let pos = g.first; pos < g.stop; pos++) if (a >= g.x[pos] && a < g.x[pos + 1]) score.select(upper + 1, pos, null);
    });
  }

  draw() {
    const { geometry: g, ink, run, picked } = this.score, high = 24, lanes = [run.lanes[this.upper], run.lanes[this.upper + 1]];
    this.node.hidden = !g.down || lanes[1].held;
    const [a, b] = lanes.map((lane) => lane.canvases[this.score.at(lane)]), now = [g, ink, a, b, picked && picked.pos];
    if (this.node.hidden || now.every((value, k) => value === this.shown[k])) return;
    this.shown = now;
    const pen = sized(this.canvas, g.left + g.span + 10, high, this.score.printing ? 2 : 1);
    pen.clearRect(0, 0, this.canvas.width, high);
    let differ = 0, both = 0;
    for (let pos = g.first; pos < g.stop; pos++) {
      const left = g.x[pos], w = g.x[pos + 1] - left, mid = left + w / 2;
      if (picked && picked.pos === pos) {
        pen.globalAlpha = 0.1; pen.fillStyle = ink.text; pen.fillRect(left, 0, w, high); pen.globalAlpha = 1;
      }
      if (a[pos] === run.mask || b[pos] === run.mask) { pen.fillStyle = ink.rule; pen.fillRect(mid - 1, high / 2 - 1, 2, 2); continue; }
      both++;
      if (a[pos] !== b[pos]) differ++;
      this.mark(pen, a[pos] !== b[pos] ? ink.text : a[pos] === run.eot ? ink.rule : ink.faint, mid, high / 2, w, a[pos] !== b[pos]);
    }
    this.text.textContent = differ ? `${plural(differ, "position")} ${differ === 1 ? "differs" : "differ"}` : both ? "no difference" : "";
  }

  /* = or ≠ */
  mark(pen, colour, mid, y, w, differ) {
    const wide = Math.min(13, w * 0.6), thick = differ ? 2 : 1;
    pen.fillStyle = pen.strokeStyle = colour;
    [y - 3.5, y + 2].forEach((top) => pen.fillRect(mid - wide / 2, top, wide, thick));
    if (!differ) return;
    pen.lineWidth = Math.min(1.8, w * 0.2);
    pen.beginPath(); pen.moveTo(mid + wide * 0.25, y - 8); pen.lineTo(mid - wide * 0.25, y + 8); pen.stroke();
  }
}
