import assert from "node:assert/strict";
import test from "node:test";
import { FILTERS, matchesInWords, matchesOf, nextMatch } from "../../assets/score/model/filters.js";
import { Run } from "../../assets/score/model/run.js";
import { A, CAT, DOG, EOT, PLAIN, REVISING, end, head, opening, pass, whole } from "./small_run.js";

const found = (run, ...keys) => matchesOf(run, keys).map(({ lane, pos, pass: n, span }) => [lane, pos, n, span.id]);
const unknown = { text: "", stopped: "", never_checked: [2] }; // an end without truth
const one = (passes, last = unknown, more = {}) => new Run(opening([head("one", { passes, end: last, ...more })]));
const again = [pass([[0, A, 900], [1, DOG, 400]]), pass([[1, CAT, 600]]), pass([[1, DOG, 700]]), pass([[2, EOT, 100]])];
const grounding = (at_commit, at_end) => ({ analysis: { grounding: { without: "blank", at_commit, at_end } } });

/* run, chosen -> [lane, position, pass, word] of each match, in the order in which they came about */
const CASES = {
  "a wrong word, from the pass in which it is wrong": [one(PLAIN, end([[], [1], [1]])), ["wrong"], [[0, 1, 2, DOG]]],
  "wrong words of both lanes": [new Run(whole()), ["wrong"], [[0, 1, 1, DOG], [1, 1, 1, DOG], [1, 2, 2, 6]]],
  "a revised word": [new Run(whole()), ["revised"], [[1, 1, 2, CAT]]],
  "a word that came back": [one(again), ["flipped"], [[0, 1, 3, DOG]]],
  "a remasked word written again is none that came back": [one([pass([[1, DOG, 400]]), pass([[1, 0, null]]), pass([[1, DOG, 400]])]), ["flipped"], []],
  "what no pass has read; end-of-text is no word": [one(again), ["unchecked"], []],
  "what no pass has read": [one(PLAIN), ["unchecked"], [[0, 2, 2, 5]]],
  "low confidence when it was written": [one(PLAIN), ["unsure"], [[0, 1, 1, DOG]]],
  "low grounding; unknown is not low": [one(PLAIN, unknown, grounding([null, 0.02, null, 2], [1.5, 0.05, null, 0])), ["weak"], [[0, 1, 1, DOG]]],
  "low grounding of a word that was replaced is not known": [one(REVISING, unknown, grounding([1, 0, 1, 1], [1, 0, 1, 1])), ["weak"], [[0, 1, 2, CAT]]],
  "all that is chosen": [new Run(whole()), ["wrong", "unsure"], [[0, 1, 1, DOG], [1, 1, 1, DOG], [1, 2, 2, 6]]],
  "all that is chosen, by none": [new Run(whole()), ["wrong", "revised"], []],
  "nothing chosen": [new Run(whole()), [], []],
};
for (const [name, [run, keys, expected]] of Object.entries(CASES)) test(`a filter finds: ${name}`, () => assert.deepEqual(found(run, ...keys), expected));

/* chip -> a run that lacks its data */
const LACKING = {
  wrong: [one(PLAIN), /truth of this picture is not known/], revised: [one(PLAIN), /no method here revises/],
  unchecked: [new Run(opening([head("one", { passes: PLAIN })])), /when the run has ended/], weak: [one(PLAIN), /was not computed/],
};
for (const [key, [run, why]] of Object.entries(LACKING)) test(`a chip without data says why: ${key}`, () => assert.match(FILTERS[key].missing(run), why));

test("with data each chip can be chosen", () => {
  const run = new Run(whole());
  run.lanes[0].analysis = grounding([], []).analysis;
  assert.deepEqual(Object.values(FILTERS).map(({ missing }) => missing(run)), Object.keys(FILTERS).map(() => ""));
});

test("where no truth is known, wrong is what the visitor marks wrong", () => {
  const run = one(PLAIN);
  run.lanes[0].marked = (span) => (span.pos === 0 ? "wrong" : "right");
  assert.equal(FILTERS.wrong.missing(run), "");
  assert.deepEqual(found(run, "wrong"), [[0, 0, 1, A]]);
  assert.equal(matchesInWords(run, ["wrong"], matchesOf(run, ["wrong"])), "1 of 4 words is wrong (your verdicts).");
});

test("what matches is counted in a sentence", () => {
  const run = new Run(whole());
  const said = (...keys) => matchesInWords(run, keys, matchesOf(run, keys));
  assert.equal(said("wrong"), "3 of 10 words are wrong.");
  assert.equal(said("wrong", "revised"), "None of 10 words is wrong and revised.");
});

test("steps go round, from the match that is selected or the last one visited", () => {
  const run = new Run(whole()), matches = matchesOf(run, ["wrong"]), free = { selected: null, now: 0, last: -1 };
  assert.deepEqual([nextMatch(matches, 1, free), nextMatch(matches, -1, free)], [0, 2]);
  assert.deepEqual([nextMatch(matches, 1, { ...free, last: 2 }), nextMatch(matches, -1, { ...free, last: 0 })], [0, 2]);
  assert.equal(nextMatch(matches, 1, { selected: { lane: 1, pos: 1 }, now: 1, last: 0 }), 2);
  assert.equal(nextMatch(matches, 1, { selected: { lane: 1, pos: 1 }, now: 3, last: 0 }), 1); // another word stands there then
});
