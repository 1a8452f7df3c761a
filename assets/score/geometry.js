/* Where columns and passes lie, for all lanes alike. Wide: time runs down; on a phone it runs to the right. Draws nothing. */

const GUTTER = 122; // px left of the columns: pass number, open, placed, revised
const TOP = 20; // px above the first pass: column heads of the gutter
const SIDE = 92; // px right of the passes on a phone: the words
const WINDOW = 96; // chips and columns shown at once

/* {down, first, stop, col, x: px of each column's start, left, span, row: px a pass, top, foot} for a body `width` px wide */
function layOut(run, first, width, down, font) {
  const stop = Math.min(run.length, first + WINDOW), tail = clamp(run.tail(), first, stop);
  const full = tail - first, small = stop - tail, passes = run.plannedSize(), lanes = Math.max(2, run.lanes.length);
  const across = down ? width - GUTTER - 12 : 0;
  const thin = down ? (small ? clamp((across - full * 46) / small, 7, 14) : 7) : 5;
  const col = down ? clamp((across - small * thin) / Math.max(1, full), 8, 46) : 27;
  const left = down ? GUTTER : 24, x = {};
  let at = left;
  for (let pos = first; pos < stop; pos++) { x[pos] = at; at += pos < tail ? col : thin; }
  x[stop] = at;
  const row = down
    ? clamp(Math.floor(((lanes > 2 ? 620 : 460) / lanes / passes) * 2) / 2, 5, 27)
    : clamp((width - SIDE - 12) / passes, 4, 44);
  const foot = !down ? SIDE : col >= 10 ? footHeight(run, col, font) : 0;
  return { down, first, stop, col, x, left, span: at - left, row, top: down ? TOP : 8, foot };
}

/* px for the words written aslant under a lane */
function footHeight(run, col, font) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `600 12px ${font}`;
  const used = new Set();
  run.lanes.forEach((lane) => lane.canvases.forEach((canvas) => canvas.forEach((id) => used.add(id))));
  const long = Math.max(28, ...[...used].map((id) => pen.measureText(run.word(id) || "").width));
  return Math.ceil(Math.min(110, long) * (col >= 17 ? 0.79 : 1)) + 16;
}

/* a canvas of w x h css px, sharp on every screen; returns its pen, nothing wiped unless the size changed */
function sized(canvas, w, h) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
    canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio);
    canvas.style.width = `${w}px`; canvas.style.height = `${h}px`;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}
