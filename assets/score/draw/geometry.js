/* Where columns and passes lie on the canvases, for all lanes alike. On a wide page time runs down; on a phone it runs to the right.
   Arithmetic only: draws nothing and touches no page. */

import { clamp } from "../model/format.js";

export const GUTTER = 122; // px left of the columns: pass number, masks left, commits, revisions
export const SIDE = 92; // px right of the passes on a phone: the words
export const WINDOW = 96; // words and columns shown at once
export const PAPER = 700; // px of a printed page
const TOP = 20; // px above the first pass: column heads of the gutter
const WIDEST_COLUMN = 54; // px

/* how words are written under their columns: horizontal where they fit, else slanted, else vertical, else not at all */
export const LABELS = {
  horizontal: { px: 12.5, angle: 0 }, slanted: { px: 13, angle: -0.85 }, vertical: { px: 11, angle: -Math.PI / 2 },
  none: { px: 0, angle: 0 },
};

/* {down: time runs down; first, stop: columns shown; col: px of a column; x: px of each column's start; left, width: px of all columns;
   row: px of a pass; top, foot: px before and after the passes; labels: key of LABELS}
   for a body `width` px wide, with `whole` for all columns at once, `widest` px the widest word */
export function layOut(run, { first, width, down, whole, widest }) {
  const stop = whole ? run.length : Math.min(run.length, first + WINDOW), tail = clamp(run.tailStart(), first, stop);
  const wordColumns = tail - first, tailColumns = stop - tail, lanes = run.lanes.length, passes = run.plannedSize();
  const across = down ? width - GUTTER - 12 : 0;
  const thin = !down ? 5 : tailColumns ? clamp((across - wordColumns * WIDEST_COLUMN) / tailColumns, whole ? 3 : 7, 14) : 0;
  const col = down ? clamp((across - tailColumns * thin) / Math.max(1, wordColumns), whole ? 0.5 : 8, WIDEST_COLUMN) : 27;
  const left = down ? GUTTER : 24, x = {};
  let at = left;
  for (let pos = first; pos < stop; pos++) { x[pos] = at; at += pos < tail ? col : thin; }
  x[stop] = at;
  const high = lanes > 2 ? 620 / lanes : 230;
  const row = down ? clamp(Math.floor((high / passes) * 2) / 2, 2, 27) : clamp((width - SIDE - 34) / passes, 0.5, 90);
  const labels = down ? labelsFor(col, widest) : "horizontal";
  const foot = !down ? SIDE : { horizontal: 22, slanted: 18 + widest * 0.78, vertical: 14 + widest, none: 0 }[labels];
  return { down, first, stop, col, x, left, width: at - left, row, top: down ? TOP : 8, foot: Math.ceil(foot), labels };
}

function labelsFor(col, widest) {
  if (col >= 30 && widest * 0.84 <= col - 3) return "horizontal";
  return col >= 17 ? "slanted" : col >= 10 ? "vertical" : "none";
}

/* [x, y, w, h] of a column from the start of pass `from` + 1 to the end of pass `to` */
export function cellBox(g, pos, from, to) {
  const a = g.x[pos], b = g.x[pos + 1], t = g.top + from * g.row, u = g.top + to * g.row;
  return g.down ? [a, t, b - a, u - t] : [t, a, u - t, b - a];
}
