/* Where columns and passes lie, for all lanes alike. Wide: time runs down; on a phone it runs to the right. Draws nothing. */

const GUTTER = 122; // px left of the columns: pass number, masks left, commits, revisions
const TOP = 20; // px above the first pass: column heads of the gutter
const SIDE = 92; // px right of the passes on a phone: the words
const WINDOW = 96; // chips and columns shown at once
const PAPER = 700; // px of a printed page

/* how words stand under their columns: upright where they fit, else aslant, else downwards, else not at all */
const HANDS = {
  upright: { px: 12.5, turn: 0 }, aslant: { px: 13, turn: -0.85 }, downwards: { px: 11, turn: -Math.PI / 2 }, none: { px: 0, turn: 0 },
};

/* {down, first, stop, col, x: px of each column's start, left, span, row: px a pass, top, foot, hand} for a body `width` px wide */
function layOut(run, { first, width, down, font, whole }) {
  const stop = whole ? run.length : Math.min(run.length, first + WINDOW), tail = clamp(run.tail(), first, stop);
  const full = tail - first, small = stop - tail, lanes = run.lanes.length, passes = run.plannedSize();
  const across = down ? width - GUTTER - 12 : 0, most = 54;
  const thin = !down ? 5 : small ? clamp((across - full * most) / small, whole ? 3 : 7, 14) : 0;
  const col = down ? clamp((across - small * thin) / Math.max(1, full), whole ? 0.5 : 8, most) : 27;
  const left = down ? GUTTER : 24, x = {};
  let at = left;
  for (let pos = first; pos < stop; pos++) { x[pos] = at; at += pos < tail ? col : thin; }
  x[stop] = at;
  const high = lanes > 2 ? 620 / lanes : 230;
  const row = down ? clamp(Math.floor((high / passes) * 2) / 2, 2, 27) : clamp((width - SIDE - 34) / passes, 0.5, 90);
  const widest = down ? widestWord(run, font) : 0, hand = down ? handFor(col, widest) : "upright";
  const foot = !down ? SIDE : { upright: 22, aslant: 18 + widest * 0.78, downwards: 14 + widest, none: 0 }[hand];
  return { down, first, stop, col, x, left, span: at - left, row, top: down ? TOP : 8, foot: Math.ceil(foot), hand };
}

function handFor(col, widest) {
  if (col >= 30 && widest * 0.84 <= col - 3) return "upright";
  return col >= 17 ? "aslant" : col >= 10 ? "downwards" : "none";
}

const measured = { run: null, stays: 0, font: "", widest: 0 }; // the last answer of widestWord

/* px of the widest word that stood in a run; long ones are cut under their column */
function widestWord(run, font) {
  const stays = run.lanes.reduce((sum, lane) => sum + lane.tenants.length, 0);
  if (measured.run === run && measured.stays === stays && measured.font === font) return measured.widest;
  const pen = document.createElement("canvas").getContext("2d");
  const words = new Set(run.lanes.flatMap((lane) => lane.tenants.map((t) => t.id)).filter((id) => id !== run.eot));
  pen.font = `600 ${HANDS.upright.px}px ${font}`;
  const widest = [...words].reduce((most, id) => Math.max(most, pen.measureText(shortened(run.word(id), 14)).width), 28);
  return Object.assign(measured, { run, stays, font, widest }).widest;
}

/* a canvas of w x h css px, sharp on every screen and on paper; returns its pen, nothing wiped unless the size changed */
function sized(canvas, w, h, finest = 1) {
  const ratio = Math.max(finest, window.devicePixelRatio || 1);
  if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
    canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio);
    canvas.style.width = `${w}px`; canvas.style.height = `${h}px`;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}
