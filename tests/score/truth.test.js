import assert from "node:assert/strict";
import test from "node:test";
import { quoted } from "../../assets/score/model/format.js";
import { Run } from "../../assets/score/model/run.js";
import { firstWrong, isWrong, outcome, whyWrong, wrongCount, wrongFrom } from "../../assets/score/model/truth.js";
import { A, CAT, DOG, DOT, end, EOT, head, opening, pass, SAT, whole } from "./small_run.js";

const run = new Run(whole()), [plain, revising] = run.lanes;
const laneOf = (passes, more) => new Run(opening([head("one", { passes, end: more })])).lanes[0];

test("a token is wrong in the passes that the message marks it in, whatever the true caption has at its place", () => {
  const lane = laneOf([pass([[0, DOG, 400]]), pass([[1, SAT, 400]])], end([[], [0]]));
  assert.deepEqual([0, 1, 2].map((n) => isWrong(lane, 0, n)), [false, false, true]);
  assert.equal(isWrong(lane, 1, 2), false);
  assert.equal(wrongFrom(lane, lane.spansAt[0][0]), 2);
  assert.equal(wrongFrom(lane, lane.spansAt[1][0]), 0);
});

test("nothing is wrong where no truth is known", () => {
  const lane = laneOf([pass([[1, DOG, 400]])], { text: "", never_checked: [] });
  assert.equal(isWrong(lane, 1, 1), false);
  assert.equal(wrongCount(lane, 1), 0);
});

test("wrong tokens are counted pass by pass", () => {
  assert.deepEqual([0, 1, 2, 3].map((n) => wrongCount(plain, n)), [0, 1, 1, 1]);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((n) => wrongCount(revising, n)), [0, 1, 1, 0, 0, 0]);
});

test("a revision repairs, harms, or leaves a word wrong", () => {
  const lane = laneOf([pass([[1, DOG, 400]]), pass([[1, CAT, 400]]), pass([[1, SAT, 400]]), pass([[1, A, 400]])], end([[1], [], [1], [1]]));
  assert.deepEqual(lane.events.map((event) => outcome(lane, event)), ["", "repaired", "harmed", "still wrong"]);
});

test("a wrong word's sentence names the thing that is not there, else the true word and where the wrong one belongs", () => {
  const lane = laneOf([pass([[0, CAT, 900], [2, DOT, 900], [3, SAT, 900]])], end([[0, 2, 3]]));
  assert.equal(whyWrong(lane, 1, DOG, quoted), "There is no dog in this picture.");
  assert.equal(whyWrong(lane, 0, CAT, quoted), "The nearest true caption says “a” here and has “cat” 1 position later.");
  assert.equal(whyWrong(lane, 3, A, (word) => `*${word}*`), "The nearest true caption says *.* here.");
  assert.equal(whyWrong(lane, 1, CAT, quoted), "What this word says here is not so, or its form is not.");
  const short = laneOf([pass([[3, CAT, 900]])], end([[3]], { truth: [A, CAT, SAT, EOT] }));
  const sentence = "The nearest true caption has ended before this position and has “cat” 2 positions earlier.";
  assert.equal(whyWrong(short, 3, CAT, quoted), sentence);
});

test("the wrong word most worth showing stays to the end, names a thing that is not there, and comes early", () => {
  assert.deepEqual(firstWrong(run), { lane: 0, pass: 1, pos: 1, id: DOG, lasts: true, weight: 2 });
  const lanes = [
    [[pass([[1, DOG, 400]]), pass([[1, CAT, 400], [3, SAT, 400]])], [[1], [3]]], // a dog that goes, a misplaced word that stays
    [[pass([[2, DOT, 400]]), pass([[1, SAT, 400]])], [[2], [1, 2]]], // a misplaced dot, a misplaced word
  ];
  const other = new Run(opening(lanes.map(([passes, wrong]) => head("one", { passes, end: end(wrong) }))));
  const { lane, pass: n, pos } = firstWrong(other);
  assert.deepEqual([lane, n, pos], [0, 2, 3]);
  assert.equal(firstWrong(new Run(opening([head("one", { end: end([]) })]))), null);
});

test("the first lanes alone can be asked", () => {
  const right = head("right", { passes: [pass([[1, CAT, 400]])], end: end([[]]) });
  const wrong = head("wrong", { passes: [pass([[1, DOG, 400]])], end: end([[1]]) });
  assert.equal(firstWrong(new Run(opening([right, wrong])), 1), null);
  assert.equal(firstWrong(new Run(opening([right, wrong]))).lane, 1);
});
