/* The band between two lanes: where their words at the cursor differ. Knows those two canvases and nothing of how they came about. */

class Band {
  constructor(score, upper) {
    this.score = score;
    this.upper = upper;
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.text = el("span", {});
    this.node = el("div", { class: "rv-band" }, this.text, this.canvas);
    this.canvas.addEventListener("click", (event) => {
      const g = score.geometry, a = event.clientX - this.canvas.getBoundingClientRect().left;
      for (let pos = g.first; pos < g.stop; pos++) if (a >= g.x[pos] && a < g.x[pos + 1]) score.select(upper + 1, pos, null);
    });
  }

  draw() {
    const { geometry: g, ink, run } = this.score, high = 24;
    this.node.hidden = !g.down;
    if (!g.down) return;
    const pen = sized(this.canvas, g.left + g.span + 10, high);
    pen.clearRect(0, 0, this.canvas.width, high);
    const [a, b] = [run.lanes[this.upper], run.lanes[this.upper + 1]].map((lane) => lane.canvases[this.score.at(lane)]);
    let differ = 0, both = 0;
    for (let pos = g.first; pos < g.stop; pos++) {
      const left = g.x[pos], w = g.x[pos + 1] - left, mid = left + w / 2;
      if (this.score.picked && this.score.picked.pos === pos) {
        pen.globalAlpha = 0.07; pen.fillStyle = ink.text; pen.fillRect(left, 0, w, high); pen.globalAlpha = 1;
      }
      if (a[pos] === run.mask || b[pos] === run.mask) { pen.fillStyle = ink.rule; pen.fillRect(mid - 1, high / 2 - 1, 2, 2); continue; }
      both++;
      if (a[pos] === b[pos]) this.same(pen, a[pos] === run.eot ? ink.rule : ink.faint, mid, high / 2, w);
      else { differ++; this.other(pen, ink, mid, high, Math.min(7.5, w * 0.3)); }
    }
    this.text.textContent = differ ? `${differ} differ` : both ? "no difference" : "";
  }

  same(pen, colour, mid, y, w) {
    pen.fillStyle = colour;
    pen.fillRect(mid - w * 0.22, y - 2.5, w * 0.44, 1);
    pen.fillRect(mid - w * 0.22, y + 1.5, w * 0.44, 1);
  }

  other(pen, ink, mid, high, r) {
    const y = high / 2;
    pen.fillStyle = ink.text;
    pen.beginPath();
    pen.moveTo(mid - r, y); pen.lineTo(mid, 2); pen.lineTo(mid + r, y); pen.lineTo(mid, high - 2); pen.closePath(); pen.fill();
    if (r <= 5) return;
    pen.fillStyle = ink.paper;
    pen.fillRect(mid - 3, y - 2.5, 6, 1.2); pen.fillRect(mid - 3, y + 1.2, 6, 1.2);
  }
}
