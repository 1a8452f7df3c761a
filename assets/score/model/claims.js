/* What a lane's text claims after a pass, where the scene is known: setting, things, counts, colours, sizes, relations, total, each right,
   wrong or not judged, with the words that carry it and the things in the picture that it is about. Faults of grammar stand beside it. */

import { plural } from "./format.js";

const NAMES = { thing: "thing", relation: "relation", count: "count", tint: "colour", size: "size", setting: "setting", total: "total" };
const PRECEDENCE = ["wrong", "unjudged", "right"]; // of a word's several claims the first of these counts

/* {claims, faults} of each pass from a lane's end message, none before the first pass; null where nothing can be judged */
export function readJudged({ claims = [], faults = [], judged = null }) {
  if (!judged) return null;
  const claimed = claims.map(([kind, text, verdict, positions, things, why]) => ({ kind, text: text.trim(), verdict, positions, things, why }));
  const faulty = faults.map(([kind, positions, why]) => ({ kind, positions, why }));
  const passes = judged.map(([made, seen]) => ({ claims: made.map((k) => claimed[k]), faults: seen.map((k) => faulty[k]) }));
  return [{ claims: [], faults: [] }, ...passes];
}

/* the positions of the words that are wrong in a text: of a wrong claim or a fault of grammar */
export function wrongIn({ claims, faults }) {
  return new Set([...claims.filter((claim) => claim.verdict === "wrong"), ...faults].flatMap((one) => one.positions));
}

function at(lane, n) { return (lane.judged && lane.judged[n]) || { claims: [], faults: [] }; }

/* the claims that a position's word carries after pass n, and its faults of grammar */
export function claimsOn(lane, pos, n) { return at(lane, n).claims.filter((claim) => claim.positions.includes(pos)); }
export function faultsOn(lane, pos, n) { return at(lane, n).faults.filter((fault) => fault.positions.includes(pos)); }

/* "right", "wrong", "unjudged", or "" for a word that carries no claim */
export function verdictOn(lane, pos, n) {
  const verdicts = claimsOn(lane, pos, n).map((claim) => claim.verdict);
  return PRECEDENCE.find((verdict) => verdicts.includes(verdict)) || "";
}

/* the things in the picture that a position's word is about */
export function thingsOn(lane, pos, n) { return new Set(claimsOn(lane, pos, n).flatMap((claim) => claim.things)); }

/* the claims about a thing in the picture, and the positions of the words that carry them */
export function claimsAbout(lane, thing, n) { return at(lane, n).claims.filter((claim) => claim.things.includes(thing)); }
export function wordsAbout(lane, thing, n) { return new Set(claimsAbout(lane, thing, n).flatMap((claim) => claim.positions)); }

/* how many claims a text makes, by verdict, and its faults of grammar */
export function countsAt(lane, n) {
  const { claims, faults } = at(lane, n), counts = { right: 0, wrong: 0, unjudged: 0, faults: faults.length };
  claims.forEach((claim) => { counts[claim.verdict]++; });
  return counts;
}

/* the sentences on the claims that are not judged after pass n */
export function whyUnjudged(lane, n) {
  return [...new Set(at(lane, n).claims.filter((claim) => claim.verdict === "unjudged").map((claim) => claim.why))];
}

/* "2 of 3 things, 1 of 2 relations" of each kind of which a claim is wrong */
function sharesAt(lane, n) {
  return Object.entries(NAMES).flatMap(([kind, name]) => {
    const verdicts = at(lane, n).claims.filter((claim) => claim.kind === kind).map((claim) => claim.verdict);
    const count = (verdict) => verdicts.filter((one) => one === verdict).length, right = count("right"), wrong = count("wrong");
    return wrong ? [`${right} of ${plural(right + wrong, name)}`] : [];
  });
}

/* what is right and what is not of a text in which something is wrong: "2 of 3 things, 1 of 2 relations right, 1 grammar fault"; in short
   the kinds are named where they are two at most, in full all claims are counted: "9 of 12 claims right (2 of 3 things, ...)" */
export function claimsInWords(lane, n, inFull) {
  const { right, wrong, faults } = countsAt(lane, n), shares = sharesAt(lane, n), all = `${right} of ${plural(right + wrong, "claim")} right`;
  const named = shares.join(", "), parts = [];
  if (inFull && right + wrong) parts.push(wrong ? `${all} (${named})` : all);
  if (!inFull && wrong) parts.push(shares.length > 2 ? all : `${named} right`);
  if (faults) parts.push(plural(faults, "grammar fault"));
  return parts.join(", ");
}

/* a claim in one sentence: "Wrong count “three bees”: the picture has two bees, the text says three." */
export function claimInWords({ kind, text, verdict, why }) {
  if (verdict === "unjudged") return why;
  const said = `${NAMES[kind] || kind} “${text}”`;
  return verdict === "right" ? `The ${said} is right.` : `Wrong ${said}: ${why.charAt(0).toLowerCase()}${why.slice(1)}`;
}
