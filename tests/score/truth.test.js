import assert from "node:assert/strict";
import test from "node:test";
import { claimInWords, claimsOn, thingsOn, verdictOn, wordsAbout } from "../../assets/score/model/claims.js";
import { describeThing } from "../../assets/score/model/describe.js";
import { Run } from "../../assets/score/model/run.js";
import { firstWrong, isWrong, outcome, whyWrongAt, wrongCount, wrongFrom } from "../../assets/score/model/truth.js";
import { A, CAT, DOG, DOT, end, endOf, head, opening, pass, SAT, THINGS, whole } from "./small_run.js";

const run = new Run(whole()), [plain, revising] = run.lanes;
const laneOf = (passes, more) => new Run(opening([head("one", { passes, end: more })])).lanes[0];

test("a token is wrong in the passes in which it carries a wrong claim", () => {
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

const WRITTEN = [DOG, CAT, SAT, A, CAT].map((id) => pass([[1, id, 400]]));

test("a revision repairs, harms, or leaves a claim wrong; a word without a claim is neither", () => {
  const lane = laneOf(WRITTEN, end([[1], [], [1], [1], []], {}, [[], [1], [], [], []]));
  assert.deepEqual(lane.events.map((event) => outcome(lane, event)), ["", "repaired", "harmed", "still wrong", ""]);
});

const COUNT = ["count", "three cats", "wrong", [0], [0], "The picture has one cat, the text says three."];
const THING = ["thing", "cat", "right", [1, 3], [0], ""], ABSENT = ["thing", "dog", "wrong", [2], [], "There is no dog in this picture."];
const APART = ["relation", "cat left of stars", "unjudged", [2], [0, 1], "The cat and the stars stand diagonally."];
const FAULT = ["agreement", [0, 1], "A fault of grammar (agreement): it does not agree."];
const judged = laneOf([pass([]), pass([])], endOf([{ claims: [COUNT, THING], faults: [FAULT] }, { claims: [THING, ABSENT, APART] }]));

test("a word is wrong for its claim, its grammar, or both, and each is a sentence", () => {
  assert.deepEqual([0, 1, 2, 3].map((pos) => whyWrongAt(judged, pos, 1)), [`${COUNT[5]} ${FAULT[2]}`, FAULT[2], "", ""]);
  assert.deepEqual([0, 1, 2, 3].map((pos) => isWrong(judged, pos, 1)), [true, true, false, false]);
  assert.equal(whyWrongAt(judged, 0, 0), "");
});

test("of a word's several claims the wrong one counts first, then the unjudged one", () => {
  assert.deepEqual([0, 1, 2, 3].map((pos) => verdictOn(judged, pos, 1)), ["wrong", "right", "", "right"]);
  assert.equal(verdictOn(judged, 2, 2), "wrong");
});

test("a claim is said with its kind, text and verdict", () => {
  assert.equal(claimInWords(claimsOn(judged, 0, 1)[0]), "Wrong count “three cats”: the picture has one cat, the text says three.");
  assert.equal(claimInWords(claimsOn(judged, 1, 1)[0]), "The thing “cat” is right.");
  assert.equal(claimInWords(claimsOn(judged, 2, 2)[1]), "The cat and the stars stand diagonally.");
});

test("words and things point at each other", () => {
  assert.deepEqual([0, 1, 2].map((pos) => [...thingsOn(judged, pos, 1)]), [[0], [0], []]);
  assert.deepEqual([...thingsOn(judged, 2, 2)], [0, 1]);
  assert.deepEqual([0, 1, 2].map((n) => [...wordsAbout(judged, 0, n)]), [[], [0, 1, 3], [1, 3, 2]]);
  assert.equal(describeThing(judged, 0, 1), "says three cats (wrong), cat (right)");
  assert.equal(describeThing(judged, 1, 1), "says nothing of it");
});

test("the things in the picture are those that all judged lanes know", () => {
  const things = (...ends) => new Run(opening(ends.map((one) => head("one", { end: one })))).things;
  assert.deepEqual(things(end([]), { text: "", never_checked: [] }), THINGS);
  assert.deepEqual(things(end([]), end([], { things: [["a dog", []]] })), []);
  assert.deepEqual(things({ text: "", never_checked: [] }), []);
});

test("the wrong word most worth showing stays to the end, names a thing that is not there, and comes early", () => {
  assert.deepEqual(firstWrong(run), { lane: 0, pass: 1, pos: 1, id: DOG, lasts: true, weight: 2 });
  const passes = [pass([[1, DOG, 400], [2, DOT, 400]]), pass([[1, CAT, 400], [3, SAT, 400]])];
  const other = new Run(opening([ // a dog that goes, a wrong colour that stays; a fault of grammar that stays, and came earlier
    head("one", { passes, end: end([[1], [3]]) }),
    head("two", { passes, end: endOf([{ faults: [["phrase", [2], ""]] }, { faults: [["phrase", [2], ""]] }]) }),
  ]));
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
