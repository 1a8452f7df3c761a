/* A run small enough to follow by hand: four positions, two lanes, in the format of docs/page.md. */

import { FORMAT } from "../../assets/score/model/run.js";

export const [MASK, EOT, A, CAT, DOG, SAT, DOT] = [0, 1, 2, 3, 4, 5, 6];
export const VOCAB = ["", "", "a", "cat", "dog", "sat", "."];
const N = 4;

/* a pass that wrote [position, id, per mille] triples; every proposal has probability .5, every input token .25 */
export function pass(canvas, more = {}) {
  const fill = (value) => Array.from({ length: N }, () => value);
  return { phase: "predict", canvas, prob: fill(500), input_prob: fill(250), top: fill([CAT, 500, DOG, 300]), ...more };
}

export function head(name, more = {}) {
  const about = { name, title: name, checkpoint: "", planned: 3, method: "", rules: ["commit"], label: "", notes: [] };
  return { ...about, start: [MASK, MASK, MASK, MASK], ...more };
}

/* two passes fill the places, a third changes nothing */
export const PLAIN = [pass([[0, A, 900], [1, DOG, 400]]), pass([[2, SAT, 800], [3, DOT, 700]]), pass([])];

/* one word is revised, one is remasked and written again; a draft pass reads dog where the canvas has cat */
export const REVISING = [
  pass([[0, A, 900], [1, DOG, 400]]),
  pass([[1, CAT, 600], [2, DOT, 300]]),
  pass([[2, MASK, null]]),
  pass([], { phase: "draft", read: [[1, DOG], [2, SAT]] }),
  pass([[2, SAT, 800], [3, DOT, 700]]),
];

export const THINGS = [["a cat", [[100, 100, 300, 300]]], ["two stars", [[500, 500, 600, 600], [700, 500, 800, 600]]]];

/* what a position's word may claim; one at 1 is "dog", which is not in the picture */
function wrongClaim(pos) {
  const text = ["two cats", "dog", "small cat", "red cat"][pos];
  return pos === 1 ? ["thing", text, "wrong", [pos], [], "There is no dog in this picture."]
    : [["count", "", "size", "tint"][pos], text, "wrong", [pos], [0], `It is not so at ${pos}.`];
}

export const SETTING = ["setting", "in a room", "right", [], [], ""];

/* the end of a lane of which each pass has some claims, and faults of grammar */
export function endOf(passes, more = {}) {
  const claims = passes.flatMap((one) => one.claims || []), faults = passes.flatMap((one) => one.faults || []);
  const numbers = (all, some = []) => some.map((one) => all.indexOf(one));
  const judged = passes.map((one) => [numbers(claims, one.claims), numbers(faults, one.faults)]);
  return { text: "", stopped: "", never_checked: [], claims, faults, judged, things: THINGS, ...more };
}

/* `wrong`: for each pass the positions whose words carry a wrong claim; those of the places in `right` carry a right one, and one more
   claim is right */
export function end(wrong, more = {}, right = []) {
  const passes = wrong.map((positions, k) => ({
    claims: [SETTING, ...positions.map(wrongClaim), ...(right[k] || []).map((pos) => ["thing", "cat", "right", [pos], [0], ""])],
  }));
  return endOf(passes, more);
}

/* the opening message, or with passes and end in its lanes a whole run */
export function opening(lanes, more = {}) {
  const about = { kind: "run", format: FORMAT, run: "small", seq: 0, source: "recorded", title: "Small", picture: null };
  return { ...about, length: N, mask: MASK, eot: EOT, vocab: VOCAB, lanes, ...more };
}

export function whole() {
  const plain = head("plain", { passes: PLAIN, end: end([[1], [1], [1]]) });
  return opening([plain, head("revising", { passes: REVISING, end: end([[1], [2], [], [], []], { never_checked: [2, 3] }) })]);
}
