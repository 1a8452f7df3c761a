/* Arcs over a lane's canvas, from the selected word to what it changed, and to it from its causes. Solid: beyond the control's noise floor;
   dotted: not. A head where another word stands without the cause, a dot where only its probability differs. */

import { cellBox } from "./geometry.js";

const BEND = 12; // px that an arc runs along time, at least, before it turns

/* reach: what reachOf gives of the word selected at a position; from: the pass that wrote it */
export function drawArcs(ctx, g, colors, pos, from, reach) {
  const here = pointOf(g, pos, Math.max(1, from)), inView = (link) => link.pos >= g.first && link.pos < g.stop && link.pass > 0;
  if (pos < g.first || pos >= g.stop) return;
  ctx.save();
  ctx.lineCap = "round";
  reach.causes.filter(inView).forEach((link) => drawArc(ctx, g, colors, pointOf(g, link.pos, link.pass), pointOf(g, pos, link.effectPass), link, colors.soft));
  reach.changed.filter(inView).forEach((link) => drawArc(ctx, g, colors, here, pointOf(g, link.pos, link.pass), link, colors.arc));
  ctx.fillStyle = colors.paper; ctx.strokeStyle = colors.arc; ctx.lineWidth = 2;
  ctx.beginPath(); ctx.arc(...here, Math.min(5, g.row * 0.5 + 2), 0, 7); ctx.fill(); ctx.stroke();
  ctx.restore();
}

/* where the mark of an event stands */
function pointOf(g, pos, pass) {
  const [x, y, w, h] = cellBox(g, pos, pass - 1, pass);
  return g.down ? [x + w / 2, y + Math.min(6, h / 2)] : [x + Math.min(6, w / 2), y + h / 2];
}

function drawArc(ctx, g, colors, a, b, { changed, above }, color) {
  const along = g.down ? 1 : 0, bend = Math.max(BEND, (b[along] - a[along]) * 0.55), size = changed ? 5 : 2.2;
  const end = [...b], leave = [...a], arrive = [...b];
  end[along] -= size;
  leave[along] += bend; arrive[along] -= bend;
  const stroke = (style, width, dash) => {
    ctx.strokeStyle = style; ctx.lineWidth = width; ctx.setLineDash(dash);
    ctx.beginPath(); ctx.moveTo(...a); ctx.bezierCurveTo(...leave, ...arrive, ...end); ctx.stroke();
  };
  ctx.globalAlpha = 0.7; stroke(colors.paper, 4, []); ctx.globalAlpha = 1;
  stroke(color, changed ? 1.8 : 1.2, above ? [] : [0.5, 4]);
  ctx.setLineDash([]);
  ctx.fillStyle = color;
  ctx.beginPath();
  if (changed) head(ctx, g.down, b, size); else ctx.arc(...b, size, 0, 7);
  ctx.fill();
}

/* a triangle that points along time */
function head(ctx, down, [x, y], size) {
  const corners = down ? [[x - size, y - size], [x + size, y - size], [x, y + size]] : [[x - size, y - size], [x - size, y + size], [x + size, y]];
  corners.forEach((corner, k) => (k ? ctx.lineTo(...corner) : ctx.moveTo(...corner)));
}
