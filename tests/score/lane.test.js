import assert from "node:assert/strict";
import test from "node:test";
import { probAt } from "../../assets/score/model/lane.js";
import { Run } from "../../assets/score/model/run.js";
import { A, CAT, DOG, DOT, EOT, head, MASK, opening, pass, SAT, VOCAB, whole } from "./small_run.js";

const [plain, revising] = new Run(whole()).lanes;
const laneOf = (passes, more = {}) => new Run(opening([head("one", { passes, ...more })])).lanes[0];

test("canvases follow the messages pass by pass", () => {
  assert.deepEqual(revising.canvases.map((canvas) => [...canvas]), [
    [MASK, MASK, MASK, MASK], [A, DOG, MASK, MASK], [A, CAT, DOT, MASK], [A, CAT, MASK, MASK], [A, CAT, MASK, MASK], [A, CAT, SAT, DOT],
  ]);
  assert.deepEqual([...revising.reads[4]], [A, DOG, SAT, MASK]);
});

test("events are commits, revisions and remasks with pass, position and probability", () => {
  assert.deepEqual(revising.events.map((e) => [e.pass, e.pos, e.kind, e.old, e.id, e.prob]), [
    [1, 0, "commit", MASK, A, 0.9], [1, 1, "commit", MASK, DOG, 0.4],
    [2, 1, "revise", DOG, CAT, 0.6], [2, 2, "commit", MASK, DOT, 0.3],
    [3, 2, "remask", DOT, MASK, null],
    [5, 2, "commit", MASK, SAT, 0.8], [5, 3, "commit", MASK, DOT, 0.7],
  ]);
});

test("a span lasts from the pass that wrote a token to the pass that replaced or remasked it", () => {
  const spans = (pos) => revising.spansAt[pos].map((s) => [s.id, s.from, s.to, s.openedBy, s.closedBy]);
  assert.deepEqual(spans(1), [[DOG, 1, 2, "commit", "revise"], [CAT, 2, null, "revise", null]]);
  assert.deepEqual(spans(2), [[DOT, 2, 3, "commit", "remask"], [SAT, 5, null, "commit", null]]);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((n) => revising.spanAt(2, n)?.id), [undefined, undefined, DOT, undefined, undefined, SAT]);
});

test("tokens that are there from the start have spans from pass 0", () => {
  const lane = laneOf([pass([[1, CAT, 600]])], { start: [A, MASK, MASK, MASK] });
  assert.deepEqual(lane.spansAt[0].map((s) => [s.id, s.from, s.openedBy]), [[A, 0, "start"]]);
  assert.equal(lane.masksAt(0), 3);
});

test("a span's probability is its token's in each pass: as input, else among the candidates, else the last known", () => {
  const cat = revising.spanAt(1, 5);
  assert.deepEqual([2, 3, 4, 5].map((n) => probAt(cat, n)), [0.6, 0.25, 0.5, 0.25]);
  const unknown = laneOf([pass([[0, SAT, 900]]), pass([], { phase: "draft", read: [[0, A]] })]);
  assert.deepEqual([0, 1, 2, 9].map((n) => probAt(unknown.spanAt(0, 1), n)), [null, 0.9, 0.9, 0.9]);
});

test("what changes before a pass is an event of that pass without a probability of its own", () => {
  const lane = laneOf([pass([[0, A, 900]]), pass([], { before: [[0, DOG], [1, CAT]] })]);
  assert.deepEqual(lane.eventsIn[2].map((e) => [e.pos, e.kind, e.prob]), [[0, "revise", null], [1, "commit", null]]);
  assert.equal(probAt(lane.spanAt(1, 2), 2), 0.25);
});

test("masks and events are counted up to each pass and in each pass", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((n) => revising.masksAt(n)), [4, 2, 1, 2, 2, 0]);
  assert.deepEqual([1, 2, 3, 4, 5].map((n) => revising.countUpTo(n, "commit")), [2, 3, 3, 3, 5]);
  assert.deepEqual([1, 2, 3, 4, 5].map((n) => revising.countIn(n, "revise")), [0, 1, 0, 0, 0]);
});

test("a draft pass counts with the step after it, whatever comes last", () => {
  assert.deepEqual(plain.stepEnds, [0, 1, 2, 3]);
  assert.deepEqual(revising.stepEnds, [0, 1, 2, 4, 5]);
});

test("a final token that no later pass has read is unchecked where it was written, and only there", () => {
  assert.deepEqual(revising.events.filter((e) => revising.isUnchecked(e)).map((e) => [e.pass, e.pos]), [[5, 2], [5, 3]]);
});

test("a lane that has not ended expects the passes that were planned", () => {
  assert.equal(laneOf([pass([])]).plannedSize, 3);
  assert.equal(plain.plannedSize, 3);
  assert.equal(laneOf([pass([]), pass([]), pass([]), pass([])]).plannedSize, 4);
});

test("the tail is where every lane wrote end-of-text and nothing else", () => {
  const ended = pass([[0, A, 900], [2, EOT, 900], [3, EOT, 900]]), word = pass([[2, CAT, 900]]);
  const end = { text: "", never_checked: [] };
  const tail = (...lanes) => new Run(opening(lanes.map((passes) => head("one", { passes, end })))).tailStart();
  assert.equal(tail([ended], [ended]), 2);
  assert.equal(tail([ended], [ended, word]), 3);
  assert.equal(tail([ended], [word, ended]), 3);
  assert.equal(new Run(opening([head("one", { passes: [ended] })])).tailStart(), 4);
});

test("a run of another format is refused in one sentence", () => {
  assert.throws(() => new Run({ ...whole(), format: 1 }), /messages have format 1, this script reads 3/);
});

test("words have signs for what cannot be seen", () => {
  const run = new Run(opening([head("one")], { vocab: [...VOCAB, " ", "a word of more than twenty letters"] }));
  assert.deepEqual([MASK, EOT, CAT, 7].map((id) => run.word(id)), ["", "end", "cat", "␣"]);
  assert.equal(run.shortWord(8), "a word of more than…");
});
