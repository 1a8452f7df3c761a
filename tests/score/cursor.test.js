import assert from "node:assert/strict";
import test from "node:test";
import { lastTime, nextDifference, nextEvent, passAt, timeOf } from "../../assets/score/model/cursor.js";
import { Run } from "../../assets/score/model/run.js";
import { whole } from "./small_run.js";

const run = new Run(whole()), [plain, revising] = run.lanes;

test("the cursor goes as far as the longest lane", () => {
  assert.equal(lastTime(run, "passes"), 5);
  assert.equal(lastTime(run, "steps"), 4);
});

test("a lane that has ended stays at its last pass", () => {
  assert.deepEqual([0, 2, 5].map((time) => passAt(plain, time, "passes")), [0, 2, 3]);
  assert.deepEqual([0, 2, 4].map((time) => passAt(plain, time, "steps")), [0, 2, 3]);
});

test("counted in steps, a lane is at the end of its step, drafts included", () => {
  assert.deepEqual([0, 1, 2, 3, 4].map((time) => passAt(revising, time, "steps")), [0, 1, 2, 4, 5]);
});

test("every pass has the first place at which the cursor has come to it", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((n) => timeOf(revising, n, "steps")), [0, 1, 2, 3, 3, 4]);
  assert.equal(timeOf(revising, 4, "passes"), 4);
  [0, 1, 2, 3, 4, 5].forEach((n) => assert.ok(passAt(revising, timeOf(revising, n, "steps"), "steps") >= n));
});

test("a lane that waits is at pass 0 wherever the cursor is", () => {
  const waiting = new Run(whole()).lanes[1];
  waiting.waiting = true;
  assert.equal(passAt(waiting, 5, "passes"), 0);
  assert.equal(passAt(waiting, 4, "steps"), 0);
});

test("the next event is looked for in all lanes, in both directions, and stays where there is none", () => {
  assert.deepEqual([0, 1, 2, 3, 5].map((now) => nextEvent(run, now, "passes", 1)), [1, 2, 3, 5, 5]);
  assert.deepEqual([5, 4, 1].map((now) => nextEvent(run, now, "passes", -1)), [3, 3, 1]);
  assert.deepEqual([0, 2].map((now) => nextEvent(run, now, "passes", 1, "revise")), [2, 2]);
  assert.deepEqual([0, 2, 3].map((now) => nextEvent(run, now, "steps", 1)), [1, 3, 4]);
});

test("the next difference is where lanes come to differ, not where they go on differing", () => {
  assert.deepEqual([0, 1, 2].map((now) => nextDifference(run, now, "passes")), [2, 2, 2]);
});
