/* Judgements, where the truth of the picture is known: which tokens are wrong in which pass and why, what a revision did.
   A token is wrong in a pass when it carries a wrong claim of that pass's text, or a fault of its grammar; the server says which. */

import { plural } from "./format.js";

export function isWrong(lane, pos, n) {
  return Boolean(lane.wrong && lane.wrong[n] && lane.wrong[n].has(pos));
}

/* how many tokens are wrong after pass n */
export function wrongCount(lane, n) { return lane.wrong && lane.wrong[n] ? lane.wrong[n].size : 0; }

/* what a revision did: "repaired", "harmed", "still wrong", or "" */
export function outcome(lane, event) {
  if (!lane.wrong || event.kind !== "revise") return "";
  const before = isWrong(lane, event.pos, event.pass - 1), after = isWrong(lane, event.pos, event.pass);
  if (before && !after) return "repaired";
  if (!before && after) return "harmed";
  return before && after ? "still wrong" : "";
}

/* the first pass in which a span's token is wrong; 0 where it never is */
export function wrongFrom(lane, span) {
  const stop = span.to === null ? lane.size + 1 : span.to;
  for (let n = Math.max(1, span.from); n < stop; n++) if (isWrong(lane, span.pos, n)) return n;
  return 0;
}

/* why a token is wrong, in one sentence; `mark` puts a word into quotes or stars */
export function whyWrong(lane, pos, id, mark) {
  if (lane.why[id]) return lane.why[id];
  if (!lane.truth || lane.truth[pos] === id) return "What this word says here is not so, or its form is not.";
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

/* {lane, pass, pos, id, lasts}: where one of the first `among` lanes shows the wrong token most worth showing, or null. One that
   lasts to the end comes before one that does not, then a heavier one, then an earlier one */
export function firstWrong(run, among = run.lanes.length) {
  const found = run.lanes.slice(0, among).flatMap((lane, i) => lane.spans
    .filter((span) => span.from > 0 && wrongFrom(lane, span))
    .map(({ pos, id, ...span }) => ({
      lane: i, pass: wrongFrom(lane, { pos, ...span }), pos, id, lasts: span.to === null && isWrong(lane, pos, lane.size), weight: weight(lane, id),
    })));
  found.sort((a, b) => b.lasts - a.lasts || b.weight - a.weight || a.pass - b.pass || a.lane - b.lane || a.pos - b.pos);
  return found[0] || null;
}

/* a thing that is not in the picture: 2, a misplaced word: 1, misplaced punctuation: 0 */
function weight(lane, id) { return lane.why[id] ? 2 : /\p{L}/u.test(lane.vocab[id]) ? 1 : 0; }
