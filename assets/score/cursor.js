/* What lies over a roll and moves with the cursor: the cursor, the veil over what is to come, lit columns, the words at the cursor.
   Knows no marks and changes nothing. */

const Cursor = {
  draw(pen, roll, score) {
    const g = score.geometry, ink = score.ink, lane = roll.lane, planned = lane.plannedSize;
    const n = score.at(lane), seen = score.seenAt(lane), picked = score.picked ? score.picked.pos : null;
    Cursor.veil(pen, g, ink, seen, planned, 1);
    Cursor.veil(pen, g, ink, n, seen, 0.72);
    if (g.row >= 9) Cursor.staves(pen, g, ink, seen, planned);
    if (picked !== null) Cursor.lit(pen, g, ink, picked, roll.long, 0.1);
    if (score.pointed !== null && score.pointed !== picked) Cursor.lit(pen, g, ink, score.pointed, roll.long, 0.05);
    Cursor.line(pen, g, ink, g.top + n * g.row);
    Cursor.words(pen, g, ink, score, lane, n, roll.long - 8 - g.foot);
  },

  veil(pen, g, ink, from, to, alpha) {
    if (to <= from) return;
    const a = g.top + from * g.row, b = (to - from) * g.row + 1.5;
    pen.globalAlpha = alpha; pen.fillStyle = ink.paper;
    if (g.down) pen.fillRect(34, a, g.left + g.span, b); else pen.fillRect(a, g.left, b, g.span);
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
      pen.fillRect(g.left - 6, at - 0.75, g.span + 6, 1.5);
      pen.moveTo(g.left - 11, at - 4.5); pen.lineTo(g.left - 3, at); pen.lineTo(g.left - 11, at + 4.5);
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

  /* the words at the cursor: under their columns, on a phone beside their rows, each led to its word by a hairline */
  words(pen, g, ink, score, lane, n, at) {
    if (g.hand === "none") return;
    const end = g.top + lane.plannedSize * g.row;
    for (let pos = g.first; pos < g.stop; pos++) {
      const id = lane.canvases[n][pos], mid = (g.x[pos] + g.x[pos + 1]) / 2;
      if (id === lane.mask || id === lane.eot || g.x[pos + 1] - g.x[pos] < 9) continue;
      const bad = lane.isWrong(pos, id), lit = (score.picked && score.picked.pos === pos) || score.pointed === pos;
      if (!g.down && at - end > 4) { pen.fillStyle = ink.rule; pen.fillRect(end + 3, mid - 0.5, at - end, 1); }
      pen.font = `${lit || bad ? "600 " : ""}${HANDS[g.hand].px}px ${ink.font}`;
      pen.fillStyle = bad ? ink.wrongText : ink.text;
      Cursor.word(pen, g, shortened(score.run.word(id), 14), mid, at);
    }
  },

  word(pen, g, text, mid, at) {
    pen.textBaseline = "middle"; pen.textAlign = !g.down ? "left" : g.hand === "upright" ? "center" : "right";
    if (!g.down) pen.fillText(text, at + 9, mid + 0.5, SIDE - 14);
    else if (g.hand === "upright") pen.fillText(text, mid, at + 12, g.col - 2);
    else { pen.save(); pen.translate(mid + 3, at + 9); pen.rotate(HANDS[g.hand].turn); pen.fillText(text, 0, 0); pen.restore(); }
  },
};
