/* The marks of a lane's roll: bars of words, dots, diamonds, rings, drafts, hatching. Each draws what it is handed, in the
   geometry `g` and the colours `ink`; none knows the cursor, what is picked, or another lane. */

const Marks = {
  /* [x, y, w, h] of a place from the start of pass `from` + 1 to the end of pass `to` */
  box(g, pos, from, to) {
    const a = g.x[pos], b = g.x[pos + 1], t = g.top + from * g.row, u = g.top + to * g.row;
    return g.down ? [a, t, b - a, u - t] : [t, a, u - t, b - a];
  },

  /* lines between passes, their numbers, and on a wide page what each did */
  rules(pen, g, ink, lane, first) {
    pen.font = `10px ${ink.font}`; pen.textBaseline = "middle"; pen.textAlign = g.down ? "right" : "center"; pen.fillStyle = ink.faint;
    if (g.down) [["pass", 30], ["masks", 70], ["+", 88], ["◇", 108]].forEach(([word, x]) => pen.fillText(word, x, g.top - 10));
    const every = Math.max(1, Math.ceil((g.down ? 12 : 22) / g.row));
    for (let n = first; n <= lane.plannedSize; n++) {
      const at = g.top + (n - 1) * g.row, [x, y, w, h] = g.down ? [g.left, at, g.span, g.row] : [at, g.left, g.row, g.span];
      const pass = lane.passes[n];
      if (pass && pass.phase !== "predict") {
        pen.fillStyle = pass.phase === "draft" ? ink.draftRow : ink.settleRow;
        pen.fillRect(x, y, w, h);
      }
      pen.fillStyle = ink.rule;
      if (g.row >= 9 || n % every === 0) { if (g.down) pen.fillRect(x, y + h - 0.5, w, 0.5); else pen.fillRect(x + w - 0.5, y, 0.5, h); }
      if ((n - 1) % every) continue;
      pen.fillStyle = n <= lane.size ? ink.soft : ink.rule;
      if (g.down) Marks.tally(pen, ink, lane, n, y + h / 2); else pen.fillText(String(n), x + w / 2, g.left - 10);
    }
  },

  tally(pen, ink, lane, n, y) {
    pen.fillText(String(n), 30, y);
    if (n > lane.size) return;
    pen.fillStyle = ink.faint;
    const told = [[lane.openAt(n), 70], [lane.count(n, "commit"), 88], [lane.count(n, "revise"), 108]];
    told.forEach(([value, x]) => pen.fillText(value ? String(value) : "·", x, y));
  },

  /* an open position: a dot whose size says how sure the model's proposal was in that pass */
  waiting(pen, g, ink, lane, first) {
    pen.fillStyle = ink.wait;
    for (let n = first; n <= lane.size; n++) {
      const canvas = lane.canvases[n], prob = lane.passes[n].prob;
      for (let pos = g.first; pos < g.stop; pos++) {
        if (canvas[pos] !== lane.mask) continue;
        const [x, y, w, h] = Marks.box(g, pos, n - 1, n), r = clamp(0.6 + (prob[pos] / 1000) * 2, 0.6, Math.min(w, h) / 2);
        if (r < 1.5) { pen.fillRect(x + w / 2 - r, y + h / 2 - r, 2 * r, 2 * r); continue; }
        pen.beginPath(); pen.arc(x + w / 2, y + h / 2, r, 0, 7); pen.fill();
      }
    }
  },

  /* a word's stay: a bar, in each pass as dark as the word was probable */
  tenant(pen, g, ink, lane, t, word) {
    const stop = t.to === null ? lane.size + 1 : t.to, from = Math.max(1, t.from), end = t.id === lane.eot;
    if (stop <= from) return;
    const gap = t.end === "remask" ? Math.min(3, g.row * 0.3) : 0, [x, y, w, h] = Marks.box(g, t.pos, from - 1, stop - 1);
    const pad = w > 12 || !g.down ? (g.down ? Math.max(1.5, w * 0.11) : 2) : Math.min(0.5, w * 0.1);
    const air = Math.min(1, (g.down ? h : w) * 0.2);
    const bar = g.down ? [x + pad, y + air, w - 2 * pad, h - 1.5 * air - gap] : [x + air, y + pad, w - 1.5 * air - gap, h - 2 * pad];
    const round = Math.min(4, bar[2] / 2, bar[3] / 2);
    pen.save();
    if (round > 2) { pen.beginPath(); pen.roundRect(...bar, round); pen.clip(); }
    Marks.shades(pen, g, ink, lane, t, from, stop, bar);
    if (t.bad) { pen.fillStyle = ink.hatch(pen); pen.fillRect(...bar); }
    pen.restore();
    if (t.bad) {
      pen.strokeStyle = ink.wrong; pen.lineWidth = 1.25;
      const [a, b, c, d] = bar;
      pen.beginPath(); pen.roundRect(a + 0.6, b + 0.6, Math.max(0.1, c - 1.2), Math.max(0.1, d - 1.2), round); pen.stroke();
    }
    if (!end && t.to !== null) Marks.spine(pen, g, ink, t, bar, word);
  },

  /* the passes of a stay; those of one shade are one rectangle */
  shades(pen, g, ink, lane, t, from, stop, [x, y, w, h]) {
    const shade = (n) => (t.id === lane.eot ? ink.end : t.bad ? ink.bad(lane.prob(t, n)) : ink.tint(lane.prob(t, n)));
    const at = (n) => clamp(g.top + (n - 1) * g.row, g.down ? y : x, g.down ? y + h : x + w);
    for (let n = from, next = n; n < stop; n = next) {
      const colour = shade(n);
      for (next = n + 1; next < stop && shade(next) === colour;) next++;
      const a = n === from ? at(0) : at(n), b = next === stop ? at(Infinity) : at(next) + 0.5;
      pen.fillStyle = colour;
      if (g.down) pen.fillRect(x, a, w, b - a); else pen.fillRect(a, y, b - a, h);
    }
  },

  /* a word that was driven out is written into its bar, where the bar has room for it: across, else along */
  spine(pen, g, ink, t, bar, word) {
    const thick = g.down ? bar[2] : bar[3], long = (g.down ? bar[3] : bar[2]) - 14, mid = [bar[0] + bar[2] / 2, bar[1] + bar[3] / 2];
    if (thick < 11) return;
    pen.font = `${thick >= 15 ? 11.5 : 9.5}px ${ink.font}`;
    const wide = pen.measureText(word).width, across = g.down && wide * 0.85 <= thick - 4 && bar[3] >= 24;
    if (!across && wide > long) return;
    pen.save();
    if (across) pen.translate(mid[0], Math.max(mid[1], bar[1] + 17));
    else if (g.down) { pen.translate(mid[0], bar[1] + 12 + wide / 2); pen.rotate(Math.PI / 2); }
    else pen.translate(bar[0] + 14 + wide / 2, mid[1] + 0.5);
    const room = across ? Math.min(wide, thick - 4) : wide;
    if (t.bad) { pen.globalAlpha = 0.75; pen.fillStyle = ink.paper; pen.fillRect(-room / 2 - 2, -6.5, room + 4, 13); pen.globalAlpha = 1; }
    pen.fillStyle = t.bad ? ink.wrongText : ink.text; pen.textAlign = "center"; pen.textBaseline = "middle";
    pen.fillText(word, 0, 0.5, room);
    pen.restore();
  },

  /* what a corrector read instead of the canvas; pale where it only fills a mask as before */
  draft(pen, g, ink, lane, n) {
    const pass = lane.passes[n], last = lane.passes[n - 1], canvas = lane.canvases[n - 1];
    pen.fillStyle = ink.draft;
    pass.read.forEach(([pos, id]) => {
      if (pos < g.first || pos >= g.stop) return;
      const moved = canvas[pos] !== lane.mask || (last && last.phase === "draft" && lane.reads[n - 1][pos] !== id);
      const [x, y, w, h] = Marks.box(g, pos, n - 1, n);
      pen.globalAlpha = moved ? 1 : 0.28;
      if (g.down) pen.fillRect(x + w * 0.3, y + h / 2 - 0.75, w * 0.4, 1.5); else pen.fillRect(x + w / 2 - 0.75, y + h * 0.3, 1.5, h * 0.4);
    });
    pen.globalAlpha = 1;
  },

  event(pen, g, ink, lane, e) {
    const [x, y, w, h] = Marks.box(g, e.pos, e.n - 1, e.n), wide = g.down ? w : h, end = e.id === lane.eot;
    const [cx, cy] = g.down ? [x + w / 2, y + Math.min(6, h / 2)] : [x + Math.min(6, w / 2), y + h / 2];
    const r = clamp(Math.min(wide * 0.2, g.row * 0.42), 1.2, 5), unread = !end && lane.unread(e);
    if (e.kind === "commit") {
      if (unread && Math.min(w, h) >= 9) { Marks.unread(pen, ink, cx, cy + 1); return; }
      if (g.stop - g.first > 64 && g.row < 6) return;
      pen.fillStyle = end ? ink.faint : ink.commit;
      pen.beginPath(); pen.arc(cx, cy, end ? r * 0.45 : r * 0.62, 0, 7); pen.fill();
    } else if (e.kind === "remask") {
      pen.strokeStyle = ink.remask; pen.lineWidth = 1.8; pen.fillStyle = ink.paper;
      pen.beginPath(); pen.arc(cx, cy - (g.down ? 3 : 0), r, 0, 7); pen.fill(); pen.stroke();
    } else {
      Marks.revision(pen, ink, lane.outcome(e), cx, cy, r * 1.25);
      if (unread && Math.min(w, h) >= 9 && w >= 20) Marks.unread(pen, ink, cx + r * 1.25 + 5, cy + 1);
    }
  },

  revision(pen, ink, outcome, cx, cy, r) {
    pen.beginPath(); pen.moveTo(cx, cy - r); pen.lineTo(cx + r, cy); pen.lineTo(cx, cy + r); pen.lineTo(cx - r, cy); pen.closePath();
    pen.fillStyle = outcome === "repaired" ? ink.repaired : outcome === "harmed" ? ink.wrong : ink.revise;
    pen.fill(); pen.strokeStyle = ink.paper; pen.lineWidth = 1; pen.stroke();
    if (r < 4 || (outcome !== "repaired" && outcome !== "harmed")) return;
    const q = r * 0.38;
    pen.strokeStyle = "#fff"; pen.lineWidth = 1.3; pen.beginPath();
    if (outcome === "repaired") { pen.moveTo(cx - q, cy); pen.lineTo(cx - q * 0.2, cy + q * 0.8); pen.lineTo(cx + q, cy - q * 0.7); }
    else { pen.moveTo(cx - q, cy - q); pen.lineTo(cx + q, cy + q); pen.moveTo(cx + q, cy - q); pen.lineTo(cx - q, cy + q); }
    pen.stroke();
  },

  /* written last: no pass has read it */
  unread(pen, ink, x, y) {
    pen.fillStyle = ink.commit; pen.font = `700 11px ${ink.font}`; pen.textAlign = "center"; pen.textBaseline = "middle";
    pen.fillText("?", x, y);
  },
};
