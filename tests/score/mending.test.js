import assert from "node:assert/strict";
import test from "node:test";
import { costOf, mendingAloud, mendingInWords, mendingLane, mendingsOf, readingTime } from "../../assets/score/model/mending.js";
import { Run } from "../../assets/score/model/run.js";
import { A, CAT, DOG, DOT, EOT, PLAIN, SAT, end, endOf, head, opening, pass, whole } from "./small_run.js";

const FILLED = pass([[0, A, 900], [1, DOG, 400], [2, DOT, 300], [3, DOT, 900]]), NOTHING = pass([]);
const mending = (passes, ending, more = {}) => head("mending", { passes, end: ending, rules: ["commit", "revise"], paper: true, ...more });
const runOf = (...lanes) => new Run(opening(lanes)), plain = () => head("plain", { passes: PLAIN, end: end([[1], [1], [1]]) });

test("the lane that mends is another one with a rule to revise, else the only one, else none", () => {
  const mends = mending([FILLED], end([[]]));
  assert.equal(mendingLane(runOf(plain(), mends), 0), 1);
  assert.equal(mendingLane(runOf(mends, plain()), 0), 0);
  assert.equal(mendingLane(runOf(mends, mends), 0), 1);
  assert.equal(mendingLane(runOf(mends), 0), 0);
  assert.equal(mendingLane(runOf(plain(), plain()), 0), -1);
});

test("a mending has old and new word, both probabilities, what could be read, and whose rule it was", () => {
  const [lane] = runOf(mending([FILLED, pass([[1, CAT, 600]]), pass([[2, SAT, 700]], { phase: "settle" })], end([[1, 2], [2], []], {}, [[], [1], [1]]))).lanes;
  const [first, second] = mendingsOf(lane);
  assert.deepEqual(first, {
    pass: 2, rules: "by the paper's rule", words: 4, masks: 0, drafted: false,
    changes: [{ pos: 1, old: DOG, id: CAT, before: 0.25, after: 0.6, result: ["wrong before, right now", "right"] }],
  });
  assert.deepEqual([second.pass, second.rules], [3, "by a final pass (ours)"]);
});

test("masks and end-of-text are no words that a pass could read", () => {
  const open = pass([[0, A, 900], [1, DOG, 400], [3, EOT, 900]]), [lane] = runOf(mending([open, pass([[1, CAT, 600]])], end([[1], []]))).lanes;
  const [{ words, masks }] = mendingsOf(lane);
  assert.deepEqual([words, masks], [2, 1]);
});

const ONE = mending([FILLED, pass([[1, CAT, 600]])], end([[1], []], {}, [[], [1]]));
const UNTRUE = mending([FILLED, pass([[1, CAT, 600]])], { text: "", stopped: "", never_checked: [] });
const SEVERAL = mending([FILLED, pass([0, 1, 2, 3].map((pos) => [pos, SAT, 500]))], end([[1], [0, 1, 3]], {}, [[0, 3], []]));
const BY_HAND = mending([FILLED, pass([], { before: [[1, CAT]] })], end([[1], []], {}, [[], [1]]));
const DRAFT = mending([FILLED, pass([[1, CAT, 600]], { read: [[1, SAT]] })], end([[1], []], {}, [[], [1]]), { paper: false });
const TO_EOT = mending([FILLED, pass([[3, EOT, 800]])], end([[], []]));

const GRAMMAR = mending([FILLED, pass([[1, CAT, 600]])], endOf([{ faults: [["phrase", [1], ""]] }, {}]));

/* lane -> what is said of its first mending */
const SAID = {
  "one word": [ONE, "mending: dog .25 to cat .60, wrong before, right now. " +
    "Pass 2 could read 4 words and no mask; the figures are the probabilities that it gave. Revised by the paper's rule."],
  "one word, truth unknown": [UNTRUE, "mending: dog .25 to cat .60. " +
    "Pass 2 could read 4 words and no mask; the figures are the probabilities that it gave. Revised by the paper's rule."],
  "several words": [SEVERAL, "mending: a .25 to sat .50, right before, wrong now; dog .25 to sat .50, wrong before and now; . .25 to sat .50; " +
    ". .25 to sat .50, right before, wrong now. Pass 2 could read 4 words and no mask; the figures are the probabilities that it gave. " +
    "Revised by the paper's rule."],
  "by hand, the new word's probability unknown": [BY_HAND, "mending: dog .30 to cat, wrong before, right now. " +
    "Pass 2 could read 4 words and no mask; the figures are the probabilities that it gave. Revised by hand."],
  "from a draft": [DRAFT, "mending: dog .30 to cat .60, wrong before, right now. " +
    "Pass 2 could read its own draft: 4 words and no mask; the figures are the probabilities that it gave. Revised by its own rule."],
  "a fault of grammar": [GRAMMAR, "mending: dog .25 to cat .60, the grammar is mended. " +
    "Pass 2 could read 4 words and no mask; the figures are the probabilities that it gave. Revised by the paper's rule."],
  "to end-of-text": [TO_EOT, "mending: . .25 to end of text .80. " +
    "Pass 2 could read 4 words and no mask; the figures are the probabilities that it gave. Revised by the paper's rule."],
};

for (const [name, [one, said]] of Object.entries(SAID)) {
  test(`what is said of a mending: ${name}`, () => {
    const run = runOf(one), [lane] = run.lanes;
    assert.equal(mendingAloud(run, lane, mendingsOf(lane)[0]), said);
  });
}

test("of many changes in one pass some are listed and the rest are counted", () => {
  const places = [0, 1, 2, 3, 4, 5], words = (id) => pass(places.map((pos) => [pos, id, 500]), { prob: places, input_prob: places, top: places.map(() => []) });
  const six = head("six", { start: places.map(() => 0), passes: [words(DOG), words(CAT)], end: { text: "", stopped: "", never_checked: [] }, rules: ["revise"] });
  const run = new Run(opening([six], { length: 6 })), { changes, more } = mendingInWords(run, run.lanes[0], mendingsOf(run.lanes[0])[0]);
  assert.deepEqual([changes.length, more], [4, 2]);
  assert.match(mendingAloud(run, run.lanes[0], mendingsOf(run.lanes[0])[0]), /; and 2 more\. Pass 2/);
});

const HAND = "stopped by hand";

/* lanes, index of the one that mends -> what is said of the cost */
const COSTS = {
  "two lanes": [[plain(), ONE], 1, "mending made 1 revision and took 2 passes against 3."],
  "no revision": [[plain(), mending([FILLED, NOTHING], end([[1], [1]]))], 1, "mending made no revision and took 2 passes against 3."],
  "three lanes": [[plain(), ONE, plain()], 1, "mending made 1 revision and took 2 passes; plain took 3 and plain took 3."],
  "one stopped": [[plain(), mending([FILLED], end([[1]], { stopped: HAND }))], 1, "mending was stopped, so the passes cannot be compared."],
  "both stopped": [[plain(), ONE].map((one) => ({ ...one, end: { ...one.end, stopped: HAND } })), 1,
    "plain and mending were stopped, so the passes cannot be compared."],
  "one lane": [[ONE], 0, ""],
  "none that mends": [[plain(), plain()], -1, ""],
};

for (const [name, [lanes, mender, said]] of Object.entries(COSTS)) {
  test(`what is said of the cost: ${name}`, () => assert.equal(costOf(runOf(...lanes), mender), said));
}

test("a lane without revisions has no mendings", () => assert.deepEqual(mendingsOf(new Run(whole()).lanes[0]), []));

test("a longer text gets more time, within limits", () => {
  const times = ["", "a b c", "word ".repeat(30), "word ".repeat(40), "word ".repeat(500)].map(readingTime);
  assert.deepEqual(times, [...times].sort((a, b) => a - b));
  assert.deepEqual([times[0], times[1], times[2], times[4]], [4000, 4000, 10600, 24000]);
});
