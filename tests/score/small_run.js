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

export const TRUTH = [A, CAT, SAT, DOT];

/* `wrong`: for each pass the positions marked wrong; each carries a wrong claim, and one more claim is right */
export function end(wrong, more = {}) {
  const claims = wrong.map((positions) => [1, positions.length, 0]); // right, wrong, unjudged
  return { text: "", stopped: "", never_checked: [], wrong, claims, truth: TRUTH, why: { [DOG]: "There is no dog in this picture." }, ...more };
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
