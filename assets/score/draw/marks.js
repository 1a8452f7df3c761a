/* The marks of a lane's canvas: lines between passes, masks, drafts, events. Each function draws what it is given, in the geometry
   `g` and the colours `colors`; none knows the cursor, what is selected, or another lane. */

import { clamp } from "../model/format.js";
import { outcome } from "../model/truth.js";
import { cellBox } from "./geometry.js";

const CIRCLE = 7; // rad, a little more than a full turn

/* lines between passes from `first` on, the passes' numbers, and on a wide page what each did */
export function drawRules(ctx, g, colors, lane, first) {
  ctx.font = `10px ${colors.font}`; ctx.textBaseline = "middle"; ctx.textAlign = g.down ? "right" : "center"; ctx.fillStyle = colors.faint;
  if (g.down) [["pass", 30], ["masks", 70], ["+", 88], ["◇", 108]].forEach(([word, x]) => ctx.fillText(word, x, g.top - 10));
  const every = Math.max(1, Math.ceil((g.down ? 12 : 22) / g.row));
  for (let n = first; n <= lane.plannedSize; n++) {
    const at = g.top + (n - 1) * g.row, [x, y, w, h] = g.down ? [g.left, at, g.width, g.row] : [at, g.left, g.row, g.width];
    const pass = lane.passes[n];
    if (pass && pass.phase !== "predict") {
      ctx.fillStyle = pass.phase === "draft" ? colors.draftRow : colors.settleRow;
      ctx.fillRect(x, y, w, h);
    }
    ctx.fillStyle = colors.rule;
    if (g.row >= 9 || n % every === 0) { if (g.down) ctx.fillRect(x, y + h - 0.5, w, 0.5); else ctx.fillRect(x + w - 0.5, y, 0.5, h); }
    if ((n - 1) % every) continue;
    ctx.fillStyle = n <= lane.size ? colors.soft : colors.rule;
    if (g.down) drawCounts(ctx, colors, lane, n, y + h / 2); else ctx.fillText(String(n), x + w / 2, g.left - 10);
  }
}

function drawCounts(ctx, colors, lane, n, y) {
  ctx.fillText(String(n), 30, y);
  if (n > lane.size) return;
  ctx.fillStyle = colors.faint;
  const counts = [[lane.masksAt(n), 70], [lane.countIn(n, "commit"), 88], [lane.countIn(n, "revise"), 108]];
  counts.forEach(([value, x]) => ctx.fillText(value ? String(value) : "·", x, y));
}

/* masks: dots, larger where the model's proposal in that pass was more probable */
export function drawMasks(ctx, g, colors, lane, first) {
  ctx.fillStyle = colors.mask;
  for (let n = first; n <= lane.size; n++) {
    const canvas = lane.canvases[n], prob = lane.passes[n].prob;
    for (let pos = g.first; pos < g.stop; pos++) {
      if (canvas[pos] !== lane.mask) continue;
      const [x, y, w, h] = cellBox(g, pos, n - 1, n), r = clamp(0.6 + (prob[pos] / 1000) * 2, 0.6, Math.min(w, h) / 2);
      if (r < 1.5) { ctx.fillRect(x + w / 2 - r, y + h / 2 - r, 2 * r, 2 * r); continue; }
      ctx.beginPath(); ctx.arc(x + w / 2, y + h / 2, r, 0, CIRCLE); ctx.fill();
    }
  }
}

/* what a corrector read instead of the canvas; pale where it only fills a mask as it did before */
export function drawDraft(ctx, g, colors, lane, n) {
  const pass = lane.passes[n], last = lane.passes[n - 1], canvas = lane.canvases[n - 1];
  ctx.fillStyle = colors.draft;
  pass.read.forEach(([pos, id]) => {
    if (pos < g.first || pos >= g.stop) return;
    const changed = canvas[pos] !== lane.mask || (last && last.phase === "draft" && lane.reads[n - 1][pos] !== id);
    const [x, y, w, h] = cellBox(g, pos, n - 1, n);
    ctx.globalAlpha = changed ? 1 : 0.28;
    if (g.down) ctx.fillRect(x + w * 0.3, y + h / 2 - 0.75, w * 0.4, 1.5); else ctx.fillRect(x + w / 2 - 0.75, y + h * 0.3, 1.5, h * 0.4);
  });
  ctx.globalAlpha = 1;
}

/* a dot for a commit, a diamond for a revision, a ring for a remask; a question mark where no later pass has read the token */
export function drawEvent(ctx, g, colors, lane, event) {
  const [x, y, w, h] = cellBox(g, event.pos, event.pass - 1, event.pass), wide = g.down ? w : h, end = event.id === lane.eot;
  const [cx, cy] = g.down ? [x + w / 2, y + Math.min(6, h / 2)] : [x + Math.min(6, w / 2), y + h / 2];
  const r = clamp(Math.min(wide * 0.2, g.row * 0.42), 1.2, 5), unchecked = !end && lane.isUnchecked(event);
  if (event.kind === "commit") {
    if (unchecked && Math.min(w, h) >= 9) { drawUnchecked(ctx, colors, cx, cy + 1); return; }
    if (g.stop - g.first > 64 && g.row < 6) return;
    ctx.fillStyle = end ? colors.faint : colors.commit;
    ctx.beginPath(); ctx.arc(cx, cy, end ? r * 0.45 : r * 0.62, 0, CIRCLE); ctx.fill();
  } else if (event.kind === "remask") {
    ctx.strokeStyle = colors.remask; ctx.lineWidth = 1.8; ctx.fillStyle = colors.paper;
    ctx.beginPath(); ctx.arc(cx, cy - (g.down ? 3 : 0), r, 0, CIRCLE); ctx.fill(); ctx.stroke();
  } else {
    drawRevision(ctx, colors, outcome(lane, event), cx, cy, r * 1.25);
    if (unchecked && Math.min(w, h) >= 9 && w >= 20) drawUnchecked(ctx, colors, cx + r * 1.25 + 5, cy + 1);
  }
}

function drawRevision(ctx, colors, result, cx, cy, r) {
  ctx.beginPath(); ctx.moveTo(cx, cy - r); ctx.lineTo(cx + r, cy); ctx.lineTo(cx, cy + r); ctx.lineTo(cx - r, cy); ctx.closePath();
  ctx.fillStyle = result === "repaired" ? colors.repaired : result === "harmed" ? colors.wrong : colors.revise;
  ctx.fill(); ctx.strokeStyle = colors.paper; ctx.lineWidth = 1; ctx.stroke();
  if (r < 4 || (result !== "repaired" && result !== "harmed")) return;
  const q = r * 0.38;
  ctx.strokeStyle = "#fff"; ctx.lineWidth = 1.3; ctx.beginPath();
  if (result === "repaired") { ctx.moveTo(cx - q, cy); ctx.lineTo(cx - q * 0.2, cy + q * 0.8); ctx.lineTo(cx + q, cy - q * 0.7); }
  else { ctx.moveTo(cx - q, cy - q); ctx.lineTo(cx + q, cy + q); ctx.moveTo(cx + q, cy - q); ctx.lineTo(cx - q, cy + q); }
  ctx.stroke();
}

function drawUnchecked(ctx, colors, x, y) {
  ctx.fillStyle = colors.commit; ctx.font = `700 11px ${colors.font}`; ctx.textAlign = "center"; ctx.textBaseline = "middle";
  ctx.fillText("?", x, y);
}
