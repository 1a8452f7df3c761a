import assert from "node:assert/strict";
import test from "node:test";
import { describePass } from "../../assets/score/model/describe.js";
import { answerTo, endInWords, remarkOn, revisionsOf, ruleOf, shortVerdict, verdictOf, wasStopped } from "../../assets/score/model/ending.js";
import { Run } from "../../assets/score/model/run.js";
import { A, CAT, DOG, DOT, end, endOf, EOT, head, MASK, opening, pass, SAT, SETTING } from "./small_run.js";

const FULL = pass([[0, A, 900], [1, CAT, 900], [2, SAT, 900], [3, DOT, 900]]), HALF = pass([[0, A, 900], [1, CAT, 900]]);
const NOTHING = pass([]), EMPTY = pass([0, 1, 2, 3].map((pos) => [pos, EOT, 900]));
const HAND = "stopped by hand", LIMIT = "the limit of 1 pass was reached", LEFT = "2 masks left: the model proposed the mask itself";
const UNKNOWN = { text: "", stopped: "", never_checked: [] };
const WHY = "The cat and the star stand diagonally.", FAULT = ["article", [0], "A fault of grammar (article)."];
const none = (more) => endOf([{}], more), faulty = (more) => endOf([{ claims: [SETTING], faults: [FAULT] }], more);
const unjudged = (more) => endOf([{ claims: [SETTING, ["relation", "cat left of star", "unjudged", [2], [0, 1], WHY]] }], more);
const DID_NOT = "It did not.", RIGHT = "You guessed right.", STOPPED = "It was stopped before its end, so nobody knows.";
const SECRET = "No truth is known here, so nobody knows.", UNTRUE = "No word of it is wrong, but it cannot be called true: ";

const ONE_OPEN = "stopped after pass 1: 1 of 4 places is still open; what stands so far: ";

/* passes, end, [beside the text, in the note, answer to a visitor who said yes] */
const ENDINGS = {
  "whole and true": [[FULL], end([[]]), ["✓ all true", "1 forward pass, a true caption", RIGHT]],
  "whole and wrong": [[FULL], end([[1, 2]]), ["✗ 0 of 1 thing, 0 of 1 size right", "1 forward pass, 1 of 3 claims right (0 of 1 thing, 0 of 1 size)", DID_NOT]],
  "whole and wrong in every way": [[FULL], end([[0, 1, 2, 3]]),
    ["✗ 1 of 5 claims right", "1 forward pass, 1 of 5 claims right (0 of 1 thing, 0 of 1 count, 0 of 1 colour, 0 of 1 size)", DID_NOT]],
  "whole, a fault of grammar": [[FULL], faulty(), ["✗ 1 grammar fault", "1 forward pass, 1 of 1 claim right, 1 grammar fault", DID_NOT]],
  "whole, one claim unjudged": [[FULL], unjudged(),
    ["none wrong, 1 claim not judged", "1 forward pass, no wrong word, 1 claim not judged", `${UNTRUE}1 claim not judged.`]],
  "whole, claims nothing": [[FULL], none(),
    ["none wrong, nothing claimed", "1 forward pass, no wrong word, nothing claimed", `${UNTRUE}nothing claimed.`]],
  "whole, truth unknown": [[FULL], UNKNOWN, [null, "1 forward pass", SECRET]],
  "empty": [[EMPTY], none(), ["no words", "1 forward pass, an empty text", DID_NOT]],
  "empty, truth unknown": [[EMPTY], UNKNOWN, ["no words", "1 forward pass, an empty text", DID_NOT]],
  "stopped, half open": [[HALF], end([[]], { stopped: HAND }),
    ["none wrong so far", "stopped after pass 1: 2 of 4 places are still open; what stands so far: no wrong word", STOPPED]],
  "stopped, one place open, one word wrong": [[pass([[0, A, 900], [1, DOG, 900], [2, SAT, 900]])], end([[1]], { stopped: HAND }),
    ["✗ 0 of 1 thing right", `${ONE_OPEN}1 of 2 claims right (0 of 1 thing)`, STOPPED]],
  "stopped, nothing there": [[NOTHING], none({ stopped: HAND }),
    [null, "stopped after pass 1: 4 of 4 places are still open; no word stands", STOPPED]],
  "stopped before the first pass": [[], end([], { stopped: HAND }),
    [null, "stopped before the first pass: 4 of 4 places are still open; no word stands", STOPPED]],
  "stopped, half open, truth unknown": [[HALF], { ...UNKNOWN, stopped: HAND },
    [null, "stopped after pass 1: 2 of 4 places are still open; what stands so far: not judged", STOPPED]],
  "stopped, half open, one claim unjudged": [[HALF], unjudged({ stopped: HAND }),
    ["none wrong so far", "stopped after pass 1: 2 of 4 places are still open; what stands so far: no wrong word, 1 claim not judged", STOPPED]],
  "stopped once full": [[FULL], end([[]], { stopped: HAND }),
    ["✓ all true", "stopped after pass 1, before its end; what stands so far: no wrong word", STOPPED]],
  "at its limit": [[HALF], end([[]], { stopped: LIMIT }),
    ["none wrong so far", "stopped after pass 1: 2 of 4 places are still open; what stands so far: no wrong word", STOPPED]],
  "ended with masks": [[HALF], end([[]], { stopped: LEFT }),
    ["none wrong so far", "1 forward pass: 2 of 4 places are still open; what stands so far: no wrong word", DID_NOT]],
  "ended at a stop sequence": [[HALF], end([[]], { stopped: "stop sequence found at position 2" }),
    ["✓ all true", "1 forward pass, a true caption", RIGHT]],
};

for (const [name, [passes, ending, expected]] of Object.entries(ENDINGS)) {
  test(`what is said of a run that is: ${name}`, () => {
    const [lane] = new Run(opening([head("one", { passes, end: ending })])).lanes, verdict = shortVerdict(lane, lane.size);
    assert.deepEqual([verdict && verdict.text, verdictOf(lane).text, answerTo(lane, true)], expected);
    assert.equal([verdict, verdictOf(lane)].some((one) => one && one.tone === "right"), verdict !== null && verdict.text === "✓ all true");
  });
}

test("why a claim is not judged is said at the end, unless something is wrong", () => {
  const remark = (ending) => remarkOn(new Run(opening([head("one", { passes: [FULL], end: ending })])).lanes[0]);
  assert.equal(remark(unjudged()), WHY);
  assert.equal(remark(faulty()), "");
});

test("a run under way is not called true before its text is whole", () => {
  const [lane] = new Run(opening([head("one", { passes: [HALF, FULL], end: end([[], []]) })])).lanes;
  assert.deepEqual([0, 1, 2].map((n) => shortVerdict(lane, n)?.text), [undefined, "none wrong so far", "✓ all true"]);
});

test("a screen reader hears how a lane ended", () => {
  const said = (passes, ending, words) => endInWords(new Run(opening([head("one", { passes, end: ending })])).lanes[0], words);
  assert.equal(said([FULL], end([[]]), "a cat sat ."), "ended after 1 pass: a cat sat .");
  assert.equal(said([HALF], end([[]], { stopped: HAND }), "a cat"), "was stopped after 1 pass, 2 of 4 places still open: a cat");
  assert.equal(said([NOTHING], end([[]], { stopped: HAND }), ""), "was stopped after 1 pass, 4 of 4 places still open: no word stands");
  assert.equal(said([EMPTY], end([[]]), ""), "ended after 1 pass: an empty text");
});

test("a run that went round in a circle ended by itself, and this is explained", () => {
  const stopped = "went round in a circle", [lane] = new Run(opening([head("one", { passes: [FULL], end: end([[]], { stopped }) })])).lanes;
  assert.equal(wasStopped(lane), false);
  assert.match(remarkOn(lane), /^It went round in a circle: .*final passes ended there\.$/);
  assert.equal(remarkOn(new Run(opening([head("one", { passes: [FULL], end: end([[]]) })])).lanes[0]), "");
});

test("a limit of passes is explained, and a lane that ended at its own one was not stopped", () => {
  const own = "the limit of 16 passes over a full text was reached while words still changed";
  const ends = { [own]: [false, `T${own.slice(1)}.`], [`${own}; ${LEFT}`]: [false, `T${own.slice(1)}.`], [LIMIT]: [true, "The limit of 1 pass was reached."],
    "a pass failed": [true, "a pass failed."], [HAND]: [true, ""], "stopped by a signal": [true, ""], cancelled: [true, ""] };
  for (const [stopped, expected] of Object.entries(ends)) {
    const [lane] = new Run(opening([head("one", { passes: [FULL], end: end([[]], { stopped }) })])).lanes;
    assert.deepEqual([wasStopped(lane), remarkOn(lane)], expected);
  }
});

for (const stopped of ["the model was sure of the rest in pass 3", "block 1 closed with end-of-text, the rest was filled with it"]) {
  test(`a lane ended by itself: ${stopped}`, () => {
    const [lane] = new Run(opening([head("one", { passes: [FULL], end: end([[]], { stopped }) })])).lanes;
    assert.deepEqual([wasStopped(lane), verdictOf(lane).text], [false, "1 forward pass, a true caption"]);
  });
}

const REVISED = [
  pass([[0, A, 900], [1, DOG, 400], [2, DOT, 900], [3, DOT, 900]]), pass([[1, CAT, 600]]),
  pass([[2, SAT, 600]], { phase: "settle" }), pass([], { before: [[0, SAT]] }),
];

test("a revision says whose rule made it", () => {
  const of = (more) => new Run(opening([head("one", { passes: REVISED, end: end([[1, 2], [2], [], [0]], {}, [[0], [0, 1], [0, 1, 2], [1, 2]]), ...more })])), run = of({ paper: true });
  const rules = (lane) => lane.events.filter((event) => event.kind === "revise").map((event) => ruleOf(lane, event));
  assert.deepEqual(rules(run.lanes[0]), ["by the paper's rule", "by a final pass (ours)", "by hand"]);
  assert.deepEqual(rules(of({ paper: false }).lanes[0]), ["by its own rule", "by a final pass (ours)", "by hand"]);
  const counted = "3 revised: 1 by the paper's rule, 1 by a final pass (ours), 1 by hand (claims: 2 repaired, 1 harmed)";
  assert.equal(revisionsOf(run.lanes[0]), counted);
  assert.equal(describePass(run, run.lanes[0], 2), "revises dog to cat by the paper's rule");
  assert.equal(describePass(run, run.lanes[0], 3), "revises . to sat by a final pass (ours)");
});

test("what revisions did to grammar is told beside what they did to claims", () => {
  const fault = ["agreement", [1], ""], judged = endOf([{ faults: [fault] }, {}]);
  const [lane] = new Run(opening([head("one", { passes: REVISED.slice(0, 2), end: judged, paper: true })])).lanes;
  assert.equal(revisionsOf(lane), "1 revised by the paper's rule (claims: 0 repaired, 0 harmed; grammar: 1 mended, 0 broken)");
});

test("several final passes are said to be several", () => {
  const settled = [pass([[2, SAT, 600]], { phase: "settle" }), pass([[1, CAT, 600]], { phase: "settle" })];
  const [lane] = new Run(opening([head("one", { passes: [REVISED[0], ...settled], end: UNKNOWN, paper: true })])).lanes;
  assert.equal(revisionsOf(lane), "2 revised by final passes (ours)");
});

test("revisions by one rule are counted once, and not judged where no truth is known", () => {
  const [lane] = new Run(opening([head("one", { passes: REVISED.slice(0, 2), end: UNKNOWN, paper: true })])).lanes;
  assert.equal(revisionsOf(lane), "1 revised by the paper's rule");
  assert.equal(revisionsOf(new Run(opening([head("one", { passes: [FULL], end: UNKNOWN })])).lanes[0]), "");
  assert.equal(lane.canvases[0][0], MASK);
});
