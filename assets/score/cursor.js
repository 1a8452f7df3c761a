/* What lies over a roll and moves with the cursor: the cursor, the veil over what is to come, lit columns, the words at the cursor.
   Redrawn at every move; knows no marks and changes nothing. */

const Cursor = {
  draw(pen, roll, score) {
    const g = score.geometry, ink = score.ink, lane = roll.lane, planned = lane.plannedSize;
    const n = score.at(lane), seen = score.seenAt(lane);
    Cursor.veil(pen, g, ink, seen, planned, 1);
    Cursor.veil(pen, g, ink, n, seen, 0.72);
    Cursor.staves(pen, g, ink, seen, planned);
    const picked = score.picked ? score.picked.pos : null;
    if (picked !== null) Cursor.lit(pen, g, ink, picked, roll.long, 0.07);
    if (score.pointed !== null && score.pointed !== picked) Cursor.lit(pen, g, ink, score.pointed, roll.long, 0.04);
    Cursor.line(pen, g, ink, g.top + n * g.row);
    if (g.foot) Cursor.words(pen, g, ink, score, lane, n, g.top + planned * g.row + 9);
  },

  veil(pen, g, ink, from, to, alpha) {
    if (to <= from) return;
    const a = g.top + from * g.row, b = (to - from) * g.row;
    pen.globalAlpha = alpha; pen.fillStyle = ink.paper;
    if (g.down) pen.fillRect(g.left - GUTTER + 34, a, g.span + GUTTER, b); else pen.fillRect(a, g.left, b, g.span);
    pen.globalAlpha = 1;
  },

  /* passes to come: an empty stave */
  staves(pen, g, ink, seen, planned) {
    pen.fillStyle = ink.rule;
    for (let n = seen; n < planned; n++) {
      for (let pos = g.first; pos < g.stop; pos++) {
        if (g.x[pos + 1] - g.x[pos] < 9) continue;
        const [x, y, w, h] = Marks.box(g, pos, n, n + 1);
        pen.fillRect(x + w / 2 - 1, y + h / 2 - 1, 2, 2);
      }
    }
  },

  line(pen, g, ink, at) {
    pen.fillStyle = ink.text;
    pen.beginPath();
    if (g.down) {
      pen.fillRect(34, at - 0.75, g.left + g.span - 34, 1.5);
      pen.moveTo(29, at - 4.5); pen.lineTo(36, at); pen.lineTo(29, at + 4.5);
    } else {
      pen.fillRect(at - 0.75, g.left - 4, 1.5, g.span + 4);
      pen.moveTo(at - 4.5, g.left - 9); pen.lineTo(at, g.left - 2); pen.lineTo(at + 4.5, g.left - 9);
    }
    pen.fill();
  },

  lit(pen, g, ink, pos, long, alpha) {
    if (pos < g.first || pos >= g.stop) return;
    const a = g.x[pos], b = g.x[pos + 1] - a;
    pen.globalAlpha = alpha; pen.fillStyle = ink.text;
    if (g.down) pen.fillRect(a, 0, b, long); else pen.fillRect(0, a, long, b);
    pen.globalAlpha = 1;
  },

  /* the words at the cursor: aslant under their columns, on a phone beside their rows */
  words(pen, g, ink, score, lane, n, at) {
    const slope = g.col >= 17 ? -0.9 : -Math.PI / 2, px = !g.down ? 13 : g.col >= 17 ? 12 : 10;
    pen.textBaseline = "middle"; pen.textAlign = g.down ? "right" : "left";
    for (let pos = g.first; pos < g.stop; pos++) {
      const id = lane.canvases[n][pos], bad = lane.isWrong(pos, id), mid = (g.x[pos] + g.x[pos + 1]) / 2;
      if (id === lane.mask || id === lane.eot || g.x[pos + 1] - g.x[pos] < 9) continue;
      const lit = g.down && ((score.picked && score.picked.pos === pos) || score.pointed === pos);
      pen.font = `${lit || bad ? "600 " : ""}${px}px ${ink.font}`;
      pen.fillStyle = bad ? ink.wrongText : ink.text;
      if (!g.down) { pen.fillText(score.run.word(id), at, mid + 0.5); continue; }
      pen.save(); pen.translate(mid + 3, at); pen.rotate(slope); pen.fillText(score.run.word(id), 0, 0); pen.restore();
    }
  },
};
