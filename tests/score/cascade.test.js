import assert from "node:assert/strict";
import test from "node:test";
import { inherit } from "../../assets/score/model/branch.js";
import { linkInWords, MOST, reachInWords, reachOf } from "../../assets/score/model/cascade.js";
import { Run } from "../../assets/score/model/run.js";
import { A, DOG, EOT, PLAIN, end, head, opening, pass } from "./small_run.js";

const CONTROL = "The run repeats itself.";
/* the lane of PLAIN: a, dog in pass 1; sat, . in pass 2. effects: [cause position, pass, effect position, pass, delta, changed, above] */
function laneOf(effects, more = {}, passes = PLAIN) {
  const analysis = { cascade: { control: CONTROL, measured: true, floor: 0.05, left_out: 0, effects, ...more } };
  return new Run(opening([head("plain", { passes, analysis })])).lanes[0];
}
const DOG_TO_SAT = [1, 0, 2, 1, 1.2, 1, 1], A_TO_DOT = [0, 0, 3, 1, -0.7, 0, 1];
const ends = (links) => links.map((link) => [link.pos, link.pass]);

test("a word is linked to what it changed and to what changed it, passes counted from 1", () => {
  const lane = laneOf([DOG_TO_SAT, A_TO_DOT]);
  assert.deepEqual(ends(reachOf(lane, 1, 3, 3).changed), [[2, 2]]);
  assert.deepEqual(ends(reachOf(lane, 2, 3, 3).causes), [[1, 1]]);
  assert.deepEqual(reachOf(lane, 2, 3, 3).changed, []);
});

test("without a cascade, and at a mask, nothing is linked", () => {
  assert.equal(reachOf(new Run(opening([head("plain", { passes: PLAIN })])).lanes[0], 1, 3, 3), null);
  assert.equal(reachOf(laneOf([DOG_TO_SAT]), 2, 1, 3), null);
});

test("what the cursor has not reached is not told", () => assert.deepEqual(reachOf(laneOf([DOG_TO_SAT]), 1, 1, 1).changed, []));

test("a word that was replaced keeps its own links", () => {
  const lane = laneOf([DOG_TO_SAT, [0, 0, 1, 2, 0.5, 1, 1]], {}, [...PLAIN.slice(0, 2), pass([[1, A, 900]])]);
  assert.deepEqual(ends(reachOf(lane, 1, 2, 3).changed), [[2, 2]]);
  assert.deepEqual(ends(reachOf(lane, 1, 3, 3).changed), []);
  assert.deepEqual(ends(reachOf(lane, 1, 3, 3).causes), [[0, 1]]);
});

test("a readable number is listed, words first, and the rest is counted", () => {
  const many = Array.from({ length: 20 }, (_, k) => [0, 0, 3, 1, 0.1 + k / 100, 0, 1]), reach = reachOf(laneOf([...many, [0, 0, 1, 1, 0.01, 1, 1]]), 0, 3, 3);
  assert.deepEqual([reach.changed.length, reach.changed[0].pos, reach.more], [MOST, 1, 21 - MOST]);
  assert.equal(reachInWords(reach), `It changed 1 later word. ${21 - MOST} more not shown.`);
});

test("end-of-text is no word that was changed", () => {
  const lane = laneOf([[0, 0, 3, 1, 2, 1, 1], DOG_TO_SAT], {}, [PLAIN[0], pass([[2, DOG, 800], [3, EOT, 900]])]);
  assert.equal(reachInWords(reachOf(lane, 0, 2, 2)), "It changed no later word, only how probable some were.");
  assert.equal(reachInWords(reachOf(lane, 1, 2, 2)), "It changed 1 later word.");
});

/* a link, measured -> in words */
const LINKS = {
  "another word without it": [{ changed: true, delta: 3, above: true }, true], "3.3× likelier with it": [{ delta: 1.2, above: true }, true],
  "2.0× less likely with it": [{ delta: -0.7, above: true }, true], "in another pass without it": [{ delta: null, above: true }, true],
  "over 100× likelier with it": [{ delta: 8, above: true }, true], "a word without it": [{ changed: true, open: true, delta: null, above: true }, true],
  "1.0× likelier with it, below the noise floor": [{ delta: 0.01, above: false }, true], "1.1× likelier with it": [{ delta: 0.1, above: false }, false],
};
for (const [said, [link, measured]] of Object.entries(LINKS)) test(`a link: ${said}`, () => assert.equal(linkInWords(link, measured), said));

test("where the control did not repeat the run nothing is an effect and nothing is above the floor", () => {
  const reach = reachOf(laneOf([DOG_TO_SAT], { measured: false }), 1, 3, 3);
  assert.deepEqual(reach.changed.map((link) => link.above), [false]);
  assert.match(reachInWords(reach), /^The control did not repeat the run, so none of these differences is called an effect\.$/);
});

test("what the recording left out is counted", () => {
  assert.match(reachInWords(reachOf(laneOf([DOG_TO_SAT], { left_out: 7 }), 1, 3, 3)), /The weakest 7 of the run were not recorded\.$/);
});

test("a branch's trunk keeps what is known of it; the branch itself has none", () => {
  const trunk = (more) => head("plain", { passes: PLAIN, end: end([[1], [1], [1]], { trace: "aa" }), ...more }), analysis = { cascade: { effects: [DOG_TO_SAT], measured: true } };
  const run = new Run(opening([head("other", { passes: PLAIN, analysis: { cascade: { effects: [] } } }), trunk({ analysis })]));
  const branch = new Run(opening([trunk(), head("branch", { passes: PLAIN.slice(0, 1) })], { branch: { lane: 1, position: 1, at: 2, word: "cat", hidden: false, path: [] } }));
  inherit(branch, run);
  assert.deepEqual(branch.lanes.map((lane) => lane.analysis), [analysis, undefined]);
  assert.equal(branch.parent, run);
});
