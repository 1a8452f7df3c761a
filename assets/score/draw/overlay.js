/* What lies over a lane's canvas and moves with the cursor: the cursor itself, the veil over later passes, highlighted columns, the
   words at the cursor. Draws no marks and changes nothing. */

import { shortened } from "../model/format.js";
import { isWrong } from "../model/truth.js";
import { drawArcs } from "./arcs.js";
import { cellBox, LABELS, SIDE } from "./geometry.js";

/* `end`: px of the canvas along time; reach: what the selected word of this lane changed and what changed it, null where none is known */
export function drawOverlay(ctx, score, lane, end, reach) {
  const { geometry: g, colors, pointed } = score, planned = lane.plannedSize;
  const n = score.passAt(lane), reached = score.reachedPass(lane), selected = score.selected ? score.selected.pos : null;
  if (score.filters.shown) drawOthersDimmed(ctx, g, colors, lane, reached, score.filters.shown);
  drawVeil(ctx, g, colors, reached, planned, 1);
  drawVeil(ctx, g, colors, n, reached, 0.72);
  if (g.row >= 9) drawEmptyCells(ctx, g, colors, reached, planned);
  if (selected !== null) highlightColumn(ctx, g, colors, selected, end, 0.1);
  if (pointed !== null && pointed !== selected) highlightColumn(ctx, g, colors, pointed, end, 0.05);
  drawCursor(ctx, g, colors, g.top + n * g.row);
  if (reach) drawArcs(ctx, g, colors, selected, lane.spanAt(selected, n).from, reach);
  if (g.labels !== "none") drawWords(ctx, score, lane, n, end - 8 - g.foot);
}

function drawVeil(ctx, g, colors, from, to, alpha) {
  if (to <= from) return;
  const a = g.top + from * g.row, b = (to - from) * g.row + 1.5;
  ctx.globalAlpha = alpha; ctx.fillStyle = colors.paper;
  if (g.down) ctx.fillRect(34, a, g.left + g.width, b); else ctx.fillRect(a, g.left, b, g.width);
  ctx.globalAlpha = 1;
}

/* a veil over all that a filter does not show */
function drawOthersDimmed(ctx, g, colors, lane, reached, shown) {
  const all = [g.left, g.top, g.width, reached * g.row], inView = (span) => shown.has(span) && span.pos >= g.first && span.pos < g.stop;
  ctx.beginPath();
  ctx.rect(...(g.down ? all : [all[1], all[0], all[3], all[2]]));
  lane.spans.filter(inView).forEach((span) => ctx.rect(...cellBox(g, span.pos, Math.max(0, span.from - 1), span.to === null ? lane.size : span.to - 1)));
  ctx.globalAlpha = 0.72; ctx.fillStyle = colors.paper;
  ctx.fill("evenodd");
  ctx.globalAlpha = 1;
}

/* passes to come: a small dot in each cell */
function drawEmptyCells(ctx, g, colors, from, to) {
  ctx.fillStyle = colors.rule;
  for (let n = from; n < to; n++) {
    for (let pos = g.first; pos < g.stop; pos++) {
      if (g.x[pos + 1] - g.x[pos] < 9) continue;
      const [x, y, w, h] = cellBox(g, pos, n, n + 1);
      ctx.fillRect(x + w / 2 - 1, y + h / 2 - 1, 2, 2);
    }
  }
}

function drawCursor(ctx, g, colors, at) {
  ctx.fillStyle = colors.text;
  ctx.beginPath();
  if (g.down) {
    ctx.fillRect(g.left - 6, at - 0.75, g.width + 6, 1.5);
    ctx.moveTo(g.left - 11, at - 4.5); ctx.lineTo(g.left - 3, at); ctx.lineTo(g.left - 11, at + 4.5);
  } else {
    ctx.fillRect(at - 0.75, g.left - 4, 1.5, g.width + 4);
    ctx.moveTo(at - 4.5, g.left - 9); ctx.lineTo(at, g.left - 2); ctx.lineTo(at + 4.5, g.left - 9);
  }
  ctx.fill();
}

function highlightColumn(ctx, g, colors, pos, end, alpha) {
  if (pos < g.first || pos >= g.stop) return;
  const a = g.x[pos], b = g.x[pos + 1] - a;
  ctx.globalAlpha = alpha; ctx.fillStyle = colors.text;
  if (g.down) ctx.fillRect(a, 0, b, end); else ctx.fillRect(0, a, end, b);
  ctx.globalAlpha = 1;
}

/* the words at the cursor: under their columns, on a phone beside their rows, where a thin line leads from each row to its word */
function drawWords(ctx, score, lane, n, at) {
  const { geometry: g, colors, run, selected, pointed } = score, end = g.top + lane.plannedSize * g.row;
  for (let pos = g.first; pos < g.stop; pos++) {
    const id = lane.canvases[n][pos], mid = (g.x[pos] + g.x[pos + 1]) / 2;
    if (id === lane.mask || id === lane.eot || g.x[pos + 1] - g.x[pos] < 9) continue;
    const wrong = isWrong(lane, pos, n), highlighted = (selected && selected.pos === pos) || pointed === pos;
    if (!g.down && at - end > 4) { ctx.fillStyle = colors.rule; ctx.fillRect(end + 3, mid - 0.5, at - end, 1); }
    ctx.font = `${highlighted || wrong ? "600 " : ""}${LABELS[g.labels].px}px ${colors.font}`;
    ctx.fillStyle = wrong ? colors.wrongText : colors.text;
    ctx.globalAlpha = score.filters.isDimmed(lane.spanAt(pos, n)) ? 0.3 : 1;
    drawWord(ctx, g, shortened(run.word(id), 14), mid, at);
    ctx.globalAlpha = 1;
  }
}

function drawWord(ctx, g, text, mid, at) {
  const horizontal = g.labels === "horizontal";
  ctx.textBaseline = "middle"; ctx.textAlign = !g.down ? "left" : horizontal ? "center" : "right";
  if (!g.down) ctx.fillText(text, at + 9, mid + 0.5, SIDE - 14);
  else if (horizontal) ctx.fillText(text, mid, at + 12, g.col - 2);
  else { ctx.save(); ctx.translate(mid + 3, at + 9); ctx.rotate(LABELS[g.labels].angle); ctx.fillText(text, 0, 0); ctx.restore(); }
}
