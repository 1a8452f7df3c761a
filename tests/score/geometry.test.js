import assert from "node:assert/strict";
import test from "node:test";
import { cellBox, GUTTER, layOut, WINDOW } from "../../assets/score/draw/geometry.js";
import { Run } from "../../assets/score/model/run.js";
import { EOT, head, MASK, opening, pass, whole } from "./small_run.js";

const WIDE = { first: 0, width: 1200, down: true, whole: false, widest: 40 };

test("on a wide page columns follow each other and passes go down", () => {
  const g = layOut(new Run(whole()), WIDE);
  assert.deepEqual([g.x[0], g.x[4] - g.x[3], g.width], [GUTTER, g.col, 4 * g.col]);
  const [x, y, w, h] = cellBox(g, 2, 0, 1), [, below] = cellBox(g, 2, 1, 2);
  assert.deepEqual([x, w, h, below - y], [g.x[2], g.col, g.row, g.row]);
});

test("on a phone passes go to the right", () => {
  const g = layOut(new Run(whole()), { ...WIDE, width: 390, down: false });
  const [x, y, w] = cellBox(g, 2, 0, 1), [next] = cellBox(g, 2, 1, 2);
  assert.deepEqual([y, w, next - x], [g.x[2], g.row, g.row]);
});

test("a long text is shown through a window, on paper whole", () => {
  const run = new Run(opening([head("one", { start: new Array(200).fill(MASK) })], { length: 200 }));
  assert.equal(layOut(run, { ...WIDE, first: 100 }).stop, 100 + WINDOW);
  assert.equal(layOut(run, { ...WIDE, whole: true }).stop, 200);
});

test("the tail of end-of-text is narrower than the words", () => {
  const ended = head("one", { passes: [pass([[2, EOT, 900], [3, EOT, 900]])], end: { text: "", never_checked: [] } });
  const g = layOut(new Run(opening([ended])), WIDE);
  assert.ok(g.x[3] - g.x[2] < g.col);
});

test("words stand under their columns as their width allows", () => {
  const run = new Run(opening([head("one", { start: new Array(40).fill(MASK) })], { length: 40 }));
  const labels = [[2200, 40], [1200, 40], [600, 40], [400, 40]].map(([width, widest]) => layOut(run, { ...WIDE, width, widest }).labels);
  assert.deepEqual(labels, ["horizontal", "slanted", "vertical", "none"]);
});
