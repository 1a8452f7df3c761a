/* Canvas elements: their size in device pixels, and the width of text on them. Knows no geometry and draws nothing. */

import { shortened } from "../model/format.js";
import { LABELS } from "./geometry.js";

/* the context of a canvas of w x h css px, sharp on every screen and on paper; wiped only where the size changed */
export function sizedContext(canvas, w, h, minRatio = 1) {
  const ratio = Math.max(minRatio, window.devicePixelRatio || 1);
  if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
    canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio);
    canvas.style.width = `${w}px`; canvas.style.height = `${h}px`;
  }
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ctx;
}

const measured = new WeakMap(); // run -> the last answer: {spans: how many there were, font, widest}

/* px of the widest word that a run wrote, as its columns' labels show it */
export function widestWord(run, font) {
  const spans = run.lanes.reduce((sum, lane) => sum + lane.spans.length, 0), last = measured.get(run);
  if (last && last.spans === spans && last.font === font) return last.widest;
  const ctx = document.createElement("canvas").getContext("2d");
  const words = new Set(run.lanes.flatMap((lane) => lane.spans.map((span) => span.id)).filter((id) => id !== run.eot));
  ctx.font = `600 ${LABELS.horizontal.px}px ${font}`;
  const widest = [...words].reduce((most, id) => Math.max(most, ctx.measureText(shortened(run.word(id), 14)).width), 28);
  measured.set(run, { spans, font, widest });
  return widest;
}
