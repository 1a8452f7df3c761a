import assert from "node:assert/strict";
import test from "node:test";
import { canOverwrite, changedIn, effectOf, fateOf, parentOf, pathOf, rivalsOf, writtenIn } from "../../assets/score/model/branch.js";
import { lastTime } from "../../assets/score/model/cursor.js";
import { Run } from "../../assets/score/model/run.js";
import { A, CAT, DOG, DOT, EOT, MASK, PLAIN, REVISING, SAT, end, head, opening, pass } from "./small_run.js";

const REPEATS = { repeats: true, sentence: "It repeats itself." }, NOT = { repeats: false, sentence: "It does not." };
const FORCED = { lane: 0, position: 1, at: 2, word: "cat", hidden: false, path: ["word 2 “cat”"] };
const plain = (more = {}) => head("plain", { passes: PLAIN, end: end([[1], [1], [1]]), ...more });
/* the branch: cat is put in place of dog before pass 2 */
const put = (last = [], more = {}) => head("plain", {
  passes: [PLAIN[0], pass([[2, SAT, 800], [3, DOT, 700]], { before: [[1, CAT]] }), pass(last)], end: end([[1], [], []], {}, [[], [1], [1]]), ...more,
});
const branchOf = (lanes, more = {}) => new Run(opening(lanes, { branch: FORCED, control: REPEATS, ...more }));

test("a method with more rules than to commit may overwrite a word", () => {
  const [lane, other] = new Run(opening([plain(), plain({ rules: ["commit", "revise"] })])).lanes;
  assert.deepEqual([canOverwrite(lane), canOverwrite(other)], [false, true]);
});

/* position, pass -> the pass that wrote what stands there; the rivals: [number among the candidates, id] */
const RIVALS = {
  "a word": [1, 1, 1, [[0, CAT]]], "a word, later": [1, 3, 1, [[0, CAT]]], "a mask": [2, 1, 1, [[0, CAT], [1, DOG]]],
  "before the first pass": [2, 0, 0, []], "no candidate stands": [3, 2, 2, [[0, CAT], [1, DOG]]],
};
for (const [name, [pos, n, written, rivals]] of Object.entries(RIVALS)) {
  test(`what else a pass considered: ${name}`, () => {
    const run = new Run(opening([plain()])), [lane] = run.lanes;
    assert.equal(writtenIn(lane, pos, n), written);
    assert.deepEqual(rivalsOf(run, lane, pos, n).map(([k, id]) => [k, id]), rivals);
  });
}

test("the mask is no rival", () => {
  const masked = pass([[1, DOG, 400]], { top: [[], [MASK, 600, DOG, 300, CAT, 100], [], []] }), run = new Run(opening([head("one", { passes: [masked] })]));
  assert.deepEqual(rivalsOf(run, run.lanes[0], 1, 1), [[2, CAT, 0.1]]);
});

/* lanes, control -> what the change did */
const EFFECTS = {
  "nothing else": [[plain(), put()], REPEATS, "The change altered no other word. Claims right: 1 before, 2 now; wrong: 1 before, none now."],
  "another word": [[plain(), put([[3, EOT, 900]])], REPEATS, "The change altered 1 other word. Claims right: 1 before, 2 now; wrong: 1 before, none now."],
  "two, truth unknown": [[plain({ end: { text: "", stopped: "", never_checked: [] } }), put([[0, CAT, 900], [3, EOT, 900]])], REPEATS,
    "The change altered 2 other words."],
  "the run does not repeat": [[plain(), put([[0, CAT, 900], [3, EOT, 900]])], NOT,
    "2 other words differ. Claims right: 1 before, 2 now; wrong: 1 before, none now."],
  "it does not repeat and one differs": [[plain(), put([[3, EOT, 900]])], NOT,
    "1 other word differs. Claims right: 1 before, 2 now; wrong: 1 before, none now."],
  "it was stopped": [[plain(), put()], null, "No other word differs. Claims right: 1 before, 2 now; wrong: 1 before, none now."],
};
for (const [name, [lanes, control, said]] of Object.entries(EFFECTS)) {
  test(`what a change did: ${name}`, () => assert.equal(effectOf(branchOf(lanes, { control })), said));
}

test("the word put in by hand is not counted among those that changed", () => {
  assert.deepEqual(changedIn(branchOf([plain(), put([[0, DOG, 900]])])), [0]);
});

test("what became of a word put in by hand is told once it is overwritten", () => {
  assert.equal(fateOf(branchOf([plain(), put()])), "");
  assert.equal(fateOf(branchOf([plain(), put([[1, SAT, 700]])])), "“cat” was overwritten by “sat” in pass 3.");
  assert.equal(fateOf(branchOf([plain(), put([[1, MASK, null]])])), "“cat” was remasked in pass 3.");
  assert.equal(fateOf(branchOf([plain(), put([[1, SAT, 700]])], { branch: { ...FORCED, hidden: true } })), "");
});

test("a branch comes from the run it was asked in, a second one of the same trunk from that trunk's own run", () => {
  const run = new Run(opening([plain()])), branch = branchOf([plain(), put()]);
  branch.parent = run;
  assert.equal(parentOf(run, 0), run);
  assert.equal(parentOf(branch, 1), branch);
  assert.equal(parentOf(branch, 0), run);
  assert.equal(pathOf(branch), "run › word 2 “cat”");
});

test("while a branch comes in the cursor goes as far as the branch has come", () => {
  const run = branchOf([head("trunk", { passes: REVISING, end: end([[], [], [], [], []]) }), head("branch", { passes: [PLAIN[0], pass([[0, A, 900]])] })]);
  assert.equal(lastTime(run, "passes"), 2);
  run.end({ lanes: [end([[], [], [], [], []]), end([[], []])], vocab: [], seq: 2, control: REPEATS });
  assert.deepEqual([lastTime(run, "passes"), run.control.repeats], [5, true]);
});
