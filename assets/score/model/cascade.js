/* Which words a word changed, and which changed it, where its lane's cascade was computed: a lane's words replaced in turn beside a control
   that changes nothing. Knows one lane and no page. In the messages positions and passes count from 0; here passes count from 1. */

import { plural } from "./format.js";

export const MOST = 12; // links shown in each direction

/* {measured, control, changed, causes: [link], more: links not listed} of the word at a position after pass n, of the passes up to
   `reached`; null where no cascade was computed or no word stands there. link: {pos, pass, ...}: the event at the other end; delta: log-probability of the word there with the cause minus without it, nats, null where unknown; changed: another word
   stands there without the cause; above: beyond the noise floor */
export function reachOf(lane, pos, n, reached) {
  const cascade = lane.analysis && lane.analysis.cascade, span = lane.spanAt(pos, n);
  if (!cascade || !span) return null;
  const until = span.to === null ? Infinity : span.to, measured = Boolean(cascade.measured);
  const links = cascade.effects.map(([cause, causePass, effect, effectPass, delta, changed, above]) => ({
    cause, effect, causePass: causePass + 1, effectPass: effectPass + 1, delta, changed: Boolean(changed), above: measured && Boolean(above),
  })).filter((link) => link.effectPass <= Math.min(reached, lane.size));
  const from = (link) => link.cause === pos && link.causePass === span.from, into = (link) => link.effect === pos && link.effectPass >= span.from && link.effectPass < until;
  const changed = links.filter(from).map((link) => ended(lane, link, link.effect, link.effectPass));
  const causes = links.filter(into).map((link) => ended(lane, link, link.cause, link.causePass));
  const more = Math.max(0, changed.length - MOST) + Math.max(0, causes.length - MOST);
  return {
    measured, control: cascade.control, leftOut: cascade.left_out || 0, more, words: places(changed), changed: strongest(changed), causes: strongest(causes),
  };
}

/* how many places have another word for it, beyond the noise floor */
function places(links) { return new Set(links.filter((link) => link.changed && link.above && link.word).map((link) => link.effect)).size; }

/* a link with its other end, and whether a word stands there: end-of-text is none, and a mask is one that only the branch has filled */
function ended(lane, link, pos, pass) {
  const span = lane.spanAt(pos, pass);
  return { ...link, pos, pass, word: !span || span.id !== lane.eot, open: !span };
}

/* words before ends of text, other words before other probabilities, what is above the floor before what is not, larger changes first */
function strongest(links) {
  const size = ({ delta }) => Math.abs(delta ?? 0);
  return [...links].sort((a, b) => b.word - a.word || b.changed - a.changed || b.above - a.above || size(b) - size(a)).slice(0, MOST);
}

/* "another word without it" or "3.2× likelier with it" of a link */
export function linkInWords({ changed, delta, above, open }, measured) {
  const known = delta !== null && delta !== undefined, ratio = known ? `${factor(Math.exp(Math.abs(delta)))}× ${delta < 0 ? "less likely" : "likelier"} with it` : "in another pass without it";
  return `${open ? "a word without it" : changed ? "another word without it" : ratio}${measured && !above ? ", below the noise floor" : ""}`;
}

function factor(times) { return times >= 100 ? "over 100" : times.toFixed(times < 10 ? 1 : 0); }

/* one sentence on what a word changed: "It changed 3 later words. 5 more not shown." */
export function reachInWords({ measured, changed, causes, more, words, leftOut }) {
  const parts = [];
  if (!measured) parts.push("The control did not repeat the run, so none of these differences is called an effect.");
  else if (words) parts.push(`It changed ${plural(words, "later word")}.`);
  else parts.push(changed.length ? "It changed no later word, only how probable some were." : causes.length ? "No later word that it changed is recorded." : "Nothing that it changed or that changed it is recorded.");
  if (more) parts.push(`${more} more not shown.`);
  if (leftOut) parts.push(`The weakest ${leftOut} of the run were not recorded.`);
  return parts.join(" ");
}
