import assert from "node:assert/strict";
import test from "node:test";
import { describePass, describePosition } from "../../assets/score/model/describe.js";
import { formatProb, plural, shortened } from "../../assets/score/model/format.js";
import { Run } from "../../assets/score/model/run.js";
import { A, CAT, DOG, EOT, head, opening, pass, whole } from "./small_run.js";

const run = new Run(whole()), revising = run.lanes[1];

test("a pass is described by its events", () => {
  const texts = [0, 1, 2, 3, 4].map((n) => describePass(run, revising, n));
  assert.deepEqual(texts, [
    "starts from masks", "commits a and dog", "commits .; revises dog to cat by its own rule", "remasks .", "drafts and writes nothing",
  ]);
  assert.equal(describePass(run, run.lanes[0], 3), "changes nothing");
});

test("words that come several times are counted, and a long list is cut", () => {
  const same = new Run(opening([head("one", { passes: [pass([[0, A, 1], [1, A, 1], [2, EOT, 1], [3, EOT, 1]])] })]));
  assert.equal(describePass(same, same.lanes[0], 1), "commits a 2 times and end of text 2 times");
  const revised = pass([0, 1, 2, 3, 4].map((pos) => [pos, CAT, 500]));
  const long = new Run(opening([head("one", { start: new Array(5).fill(DOG), passes: [revised] })], { length: 5 }));
  assert.equal(describePass(long, long.lanes[0], 1), "revises dog to cat, dog to cat, dog to cat and 2 more by its own rule");
});

test("a position is described by its words up to a pass", () => {
  assert.equal(describePosition(run, revising, 1, 5), "dog .40 in pass 1, then cat .60 in pass 2");
  assert.equal(describePosition(run, revising, 1, 1), "dog .40 in pass 1");
  assert.equal(describePosition(run, revising, 3, 2), "still a mask");
});

test("a lane that waits has not started", () => {
  const waiting = new Run(whole()).lanes[1];
  waiting.waiting = true;
  assert.equal(describePass(run, waiting, 2), "has not started");
  assert.equal(describePosition(run, waiting, 1, 2), "has not started");
});

test("numbers and words have short forms", () => {
  assert.deepEqual([0, 0.4, 0.994, 0.995, 1, null, undefined].map(formatProb), [".00", ".40", ".99", "1.0", "1.0", "–", "–"]);
  assert.deepEqual([plural(1, "pass"), plural(2, "pass"), plural(0, "mask")], ["1 pass", "2 passes", "0 masks"]);
  assert.deepEqual([shortened("four", 4), shortened("fives", 4), shortened("👩‍🚀🐈🐈", 3)], ["four", "fiv…", "👩‍…"]);
});
