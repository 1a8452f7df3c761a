/* The bars of a lane's canvas: one for each span, as dark in each pass as its token was probable. Draws what it is given, in the
   geometry `g` and the colours `colors`; knows neither the cursor nor what is selected. */

import { clamp } from "../model/format.js";
import { probAt } from "../model/lane.js";
import { isWrong } from "../model/truth.js";
import { cellBox } from "./geometry.js";

export function drawSpan(ctx, g, colors, lane, span, word) {
  const stop = span.to === null ? lane.size + 1 : span.to, from = Math.max(1, span.from), wrong = isWrong(lane, span.pos, stop - 1);
  if (stop <= from) return;
  const gap = span.closedBy === "remask" ? Math.min(3, g.row * 0.3) : 0, [x, y, w, h] = cellBox(g, span.pos, from - 1, stop - 1);
  const pad = w > 12 || !g.down ? (g.down ? Math.max(1.5, w * 0.11) : 2) : Math.min(0.5, w * 0.1);
  const air = Math.min(1, (g.down ? h : w) * 0.2);
  const bar = g.down ? [x + pad, y + air, w - 2 * pad, h - 1.5 * air - gap] : [x + air, y + pad, w - 1.5 * air - gap, h - 2 * pad];
  const radius = Math.min(4, bar[2] / 2, bar[3] / 2);
  ctx.save();
  if (radius > 2) { ctx.beginPath(); ctx.roundRect(...bar, radius); ctx.clip(); }
  const tint = span.id === lane.eot ? () => colors.end : wrong ? colors.wrongTint : colors.tint;
  drawShades(ctx, g, from, stop, bar, (n) => tint(probAt(span, n)));
  if (wrong) { ctx.fillStyle = colors.hatching(ctx); ctx.fillRect(...bar); }
  ctx.restore();
  if (wrong) outline(ctx, colors, bar, radius);
  if (span.id !== lane.eot && span.to !== null) drawReplacedWord(ctx, g, colors, bar, word, wrong);
}

/* the passes of a span; neighbours of one shade are one rectangle */
function drawShades(ctx, g, from, stop, [x, y, w, h], shade) {
  const at = (n) => clamp(g.top + (n - 1) * g.row, g.down ? y : x, g.down ? y + h : x + w);
  for (let n = from, next = n; n < stop; n = next) {
    const color = shade(n);
    for (next = n + 1; next < stop && shade(next) === color;) next++;
    const a = n === from ? at(0) : at(n), b = next === stop ? at(Infinity) : at(next) + 0.5;
    ctx.fillStyle = color;
    if (g.down) ctx.fillRect(x, a, w, b - a); else ctx.fillRect(a, y, b - a, h);
  }
}

function outline(ctx, colors, [x, y, w, h], radius) {
  ctx.strokeStyle = colors.wrong; ctx.lineWidth = 1.25;
  ctx.beginPath(); ctx.roundRect(x + 0.6, y + 0.6, Math.max(0.1, w - 1.2), Math.max(0.1, h - 1.2), radius); ctx.stroke();
}

/* a word that was replaced or remasked is written into its bar, if it fits: across, else along */
function drawReplacedWord(ctx, g, colors, bar, word, wrong) {
  const thick = g.down ? bar[2] : bar[3], long = (g.down ? bar[3] : bar[2]) - 14, mid = [bar[0] + bar[2] / 2, bar[1] + bar[3] / 2];
  if (thick < 11) return;
  ctx.font = `${thick >= 15 ? 11.5 : 9.5}px ${colors.font}`;
  const wide = ctx.measureText(word).width, across = g.down && wide * 0.85 <= thick - 4 && bar[3] >= 24;
  if (!across && wide > long) return;
  ctx.save();
  if (across) ctx.translate(mid[0], Math.max(mid[1], bar[1] + 17));
  else if (g.down) { ctx.translate(mid[0], bar[1] + 12 + wide / 2); ctx.rotate(Math.PI / 2); }
  else ctx.translate(bar[0] + 14 + wide / 2, mid[1] + 0.5);
  const room = across ? Math.min(wide, thick - 4) : wide;
  if (wrong) { ctx.globalAlpha = 0.75; ctx.fillStyle = colors.paper; ctx.fillRect(-room / 2 - 2, -6.5, room + 4, 13); ctx.globalAlpha = 1; }
  ctx.fillStyle = wrong ? colors.wrongText : colors.text; ctx.textAlign = "center"; ctx.textBaseline = "middle";
  ctx.fillText(word, 0, 0.5, room);
  ctx.restore();
}
