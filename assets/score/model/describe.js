/* What a pass did and what a position went through, each in one short sentence, for screen readers. Knows one lane at a time. */

import { claimsAbout } from "./claims.js";
import { ruleOf } from "./ending.js";
import { formatProb, listed } from "./format.js";

/* "commits a, cats and 6 more; revises dog to car" */
export function describePass(run, lane, n) {
  if (lane.waiting) return "has not started";
  if (n === 0) return "starts from masks";
  const of = (kind) => lane.eventsIn[n].filter((event) => event.kind === kind), parts = [];
  const word = (id) => (id === run.eot ? "end of text" : run.word(id));
  if (of("commit").length) parts.push(`commits ${some(counted(of("commit").map((e) => word(e.id))))}`);
  if (of("revise").length) parts.push(`revises ${some(of("revise").map((e) => `${word(e.old)} to ${word(e.id)}`))} ${rulesOf(lane, of("revise"))}`);
  if (of("remask").length) parts.push(`remasks ${some(of("remask").map((e) => word(e.old)))}`);
  if (parts.length) return parts.join("; ");
  return { draft: "drafts and writes nothing", settle: "changes nothing in a final pass (ours)" }[lane.passes[n].phase] || "changes nothing";
}

/* the rules that made some revisions of one pass: nearly always one */
function rulesOf(lane, events) { return [...new Set(events.map((event) => ruleOf(lane, event)))].join(" and "); }

/* "a, cats and 6 more" */
function some(words) { return listed(words.length > 4 ? [...words.slice(0, 3), `${words.length - 3} more`] : words); }

/* the same word several times becomes one entry with its count */
function counted(words) {
  const counts = new Map();
  words.forEach((word) => counts.set(word, (counts.get(word) || 0) + 1));
  return [...counts].map(([word, count]) => (count > 1 ? `${word} ${count} times` : word));
}

/* a position's words up to pass n: "cats .98 in pass 5, then car .98 in pass 7" */
export function describePosition(run, lane, pos, n) {
  if (lane.waiting) return "has not started";
  const one = (span) => (span.from ? `${run.word(span.id)} ${formatProb(span.probs[0])} in pass ${span.from}` : run.word(span.id));
  return lane.spansAt[pos].filter((span) => span.from <= n).map(one).join(", then ") || "still a mask";
}

/* what a lane's text after pass n says of a thing in the picture: "says three bees (wrong), bees above cat (right)" */
export function describeThing(lane, thing, n) {
  const verdict = (claim) => (claim.verdict === "unjudged" ? "not judged" : claim.verdict);
  const said = claimsAbout(lane, thing, n).map((claim) => `${claim.text} (${verdict(claim)})`);
  return said.length ? `says ${said.join(", ")}` : "says nothing of it";
}
