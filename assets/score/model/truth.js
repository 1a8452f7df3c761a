/* Judgements, where the truth of the picture is known: which tokens are wrong and why, what a revision did.
   A token is wrong when it differs, at its position, from the true caption nearest to its lane's final canvas. */

import { plural } from "./format.js";

export function isWrong(lane, pos, id) {
  return Boolean(lane.truth) && lane.truth[pos] >= 0 && id !== lane.mask && id !== lane.eot && id !== lane.truth[pos];
}

/* how many tokens are wrong after pass n */
export function wrongCount(lane, n) {
  let count = 0;
  lane.canvases[n].forEach((id, pos) => { count += isWrong(lane, pos, id); });
  return count;
}

/* what a revision did: "repaired", "harmed", "still wrong", or "" */
export function outcome(lane, event) {
  if (!lane.truth || event.kind !== "revise") return "";
  const before = isWrong(lane, event.pos, event.old), after = isWrong(lane, event.pos, event.id);
  if (before && !after) return "repaired";
  if (!before && after) return "harmed";
  return before && after ? "still wrong" : "";
}

/* why a token is wrong, in one sentence; `mark` puts a word into quotes or stars */
export function whyWrong(lane, pos, id, mark) {
  if (lane.why[id]) return lane.why[id];
  const truth = lane.truth[pos], off = offset(lane, pos, id);
  const says = truth === lane.eot ? "has ended before this position" : `says ${mark(lane.vocab[truth])} here`;
  const where = off ? ` and has ${mark(lane.vocab[id])} ${plural(Math.abs(off), "position")} ${off > 0 ? "later" : "earlier"}` : "";
  return `The nearest true caption ${says}${where}.`;
}

/* by how many positions a wrong token would have to move to be right; 0 where no position nearby lacks it */
function offset(lane, pos, id) {
  const final = lane.canvases[lane.size];
  return [1, -1, 2, -2].find((off) => lane.truth[pos + off] === id && final[pos + off] !== id) || 0;
}

/* {lane, pass, pos, id, lasts}: where one of the first `among` lanes writes the wrong token most worth showing, or null. One that
   lasts to the end comes before one that does not, then a heavier one, then an earlier one */
export function firstWrong(run, among = run.lanes.length) {
  const found = run.lanes.slice(0, among).flatMap((lane, i) => lane.spans
    .filter((span) => span.from > 0 && isWrong(lane, span.pos, span.id))
    .map((span) => ({ lane: i, pass: span.from, pos: span.pos, id: span.id, lasts: span.to === null, weight: weight(lane, span.id) })));
  found.sort((a, b) => b.lasts - a.lasts || b.weight - a.weight || a.pass - b.pass || a.lane - b.lane || a.pos - b.pos);
  return found[0] || null;
}

/* a thing that is not in the picture: 2, a misplaced word: 1, misplaced punctuation: 0 */
function weight(lane, id) { return lane.why[id] ? 2 : /\p{L}/u.test(lane.vocab[id]) ? 1 : 0; }
