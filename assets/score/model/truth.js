/* Judgements, where the truth of the picture is known: which words are wrong in which pass and why, what a revision did.
   A word is wrong in a pass when it carries a wrong claim of that pass's text, or a fault of its grammar. */

import { claimsOn, faultsOn, verdictOn } from "./claims.js";

export function isWrong(lane, pos, n) {
  return Boolean(lane.wrong && lane.wrong[n] && lane.wrong[n].has(pos));
}

/* how many words are wrong after pass n */
export function wrongCount(lane, n) { return lane.wrong && lane.wrong[n] ? lane.wrong[n].size : 0; }

/* what a revision did to the claim at its place: "repaired", wrong before and right after; "harmed", the other way round; "still wrong";
   or "" where the old word or the new one carries no judged claim, or stood in no pass's text */
export function outcome(lane, { kind, pos, pass, old, id }) {
  if (kind !== "revise" || lane.canvases[pass - 1][pos] !== old || lane.canvases[pass][pos] !== id) return "";
  const verdicts = [verdictOn(lane, pos, pass - 1), verdictOn(lane, pos, pass)].join(" ");
  return { "wrong right": "repaired", "right wrong": "harmed", "wrong wrong": "still wrong" }[verdicts] || "";
}

/* what a revision did to the grammar at its place: "mended", "broken" or "" */
export function grammarOutcome(lane, event) {
  const [before, after] = [event.pass - 1, event.pass].map((n) => faultsOn(lane, event.pos, n).length > 0);
  return event.kind !== "revise" || before === after ? "" : before ? "mended" : "broken";
}

/* the first pass in which a span's word is wrong; 0 where it never is */
export function wrongFrom(lane, span) {
  const stop = span.to === null ? lane.size + 1 : span.to;
  for (let n = Math.max(1, span.from); n < stop; n++) if (isWrong(lane, span.pos, n)) return n;
  return 0;
}

/* why a word is wrong after pass n, in a sentence for each of its wrong claims and faults; "" where it is not */
export function whyWrongAt(lane, pos, n) {
  const wrong = claimsOn(lane, pos, n).filter((claim) => claim.verdict === "wrong");
  return [...wrong, ...faultsOn(lane, pos, n)].map((one) => one.why).join(" ");
}

/* {lane, pass, pos, id, lasts}: where one of the first `among` lanes shows the wrong word most worth showing, or null. One that
   lasts to the end comes before one that does not, then a heavier one, then an earlier one */
export function firstWrong(run, among = run.lanes.length) {
  const found = run.lanes.slice(0, among).flatMap((lane, i) => lane.spans
    .filter((span) => span.from > 0 && wrongFrom(lane, span))
    .map(({ pos, id, ...span }) => {
      const pass = wrongFrom(lane, { pos, ...span });
      return { lane: i, pass, pos, id, lasts: span.to === null && isWrong(lane, pos, lane.size), weight: weight(lane, pos, pass) };
    }));
  found.sort((a, b) => b.lasts - a.lasts || b.weight - a.weight || a.pass - b.pass || a.lane - b.lane || a.pos - b.pos);
  return found[0] || null;
}

/* a thing that is not in the picture: 2, another wrong claim: 1, a fault of grammar: 0 */
function weight(lane, pos, n) {
  const wrong = claimsOn(lane, pos, n).filter((claim) => claim.verdict === "wrong");
  return wrong.some((claim) => claim.kind === "thing" && !claim.things.length) ? 2 : wrong.length ? 1 : 0;
}
