/* Filters on the words of a run, at every position and for as long as each stood: which words one finds, and from which pass on. Knows a
   run; no page and no cursor. */

import { listed, plural } from "./format.js";
import { wrongFrom } from "./truth.js";

const UNSURE = 0.5; // a word written with less probability is one of low confidence
const WEAK = 0.1; // nats that the picture adds to a word of low grounding, at most
const NOT_YET = "known when the run has ended";

/* key -> {name, is: what such a word is, of several: what such words are, missing(run): why a run has no such data, "" where it has,
   from(lane, span): the pass from which a word is one, 0 where it never is} */
export const FILTERS = {
  wrong: {
    name: "wrong", is: "wrong", missing: (run) => (!run.done ? NOT_YET : run.lanes.some((lane) => lane.wrong || lane.marked) ? "" : "the truth of this picture is not known; mark words wrong in their stories"),
    from: (lane, span) => (lane.wrong ? wrongFrom(lane, span) : lane.marked && lane.marked(span) === "wrong" ? Math.max(1, span.from) : 0),
  },
  revised: {
    name: "revised", is: "revised", missing: (run) => (run.lanes.some((lane) => canRevise(lane)) ? "" : "no method here revises words"),
    from: (lane, span) => (span.openedBy === "revise" ? span.from : 0),
  },
  flipped: {
    name: "flip-flop", is: "back after another word", missing: () => "",
    from: (lane, span) => (cameBack(lane, span) ? span.from : 0),
  },
  unchecked: {
    name: "never checked", is: "read by no later pass", missing: (run) => (run.done ? "" : NOT_YET),
    from: (lane, span) => (lane.ended && lane.neverChecked.has(span.pos) && span.to === null ? span.from : 0),
  },
  unsure: {
    name: "low confidence", is: `written with a probability below ${String(UNSURE).slice(1)}`, missing: () => "",
    from: (lane, span) => (span.probs[0] !== null && span.probs[0] !== undefined && span.probs[0] < UNSURE ? span.from : 0),
  },
  weak: {
    name: "low grounding", is: "hardly more likely with the picture than without it",
    missing: (run) => (run.lanes.some((lane) => groundingOf(lane)) ? "" : "what the picture adds to each word was not computed for this run"),
    from: (lane, span) => (isWeak(lane, span) ? span.from : 0),
  },
};

function canRevise(lane) { return (lane.rules || []).includes("revise") || lane.events.some((event) => event.kind === "revise"); }

function groundingOf(lane) { return (lane.analysis && lane.analysis.grounding) || null; }

/* of the last word at a position: it was never much more probable with the picture than without it */
function isWeak(lane, span) {
  const grounding = groundingOf(lane), known = (nats) => nats !== null && nats !== undefined;
  if (!grounding || span.to !== null) return false;
  const nats = [grounding.at_commit, grounding.at_end].map((column) => (column || [])[span.pos]).filter(known);
  return nats.length > 0 && Math.max(...nats) < WEAK;
}

/* a word that stood there before, with another one in between; masks in between do not count */
function cameBack(lane, span) {
  const before = lane.spansAt[span.pos].filter((other) => other.from < span.from).map((other) => other.id);
  return before.includes(span.id) && before[before.length - 1] !== span.id;
}

/* [{lane: its index, pos, pass: the first one in which it is all of that, span}] of the words that all chosen filters find, in the order
   in which they came about; [] without a filter */
export function matchesOf(run, keys) {
  if (!keys.length) return [];
  const found = run.lanes.flatMap((lane, i) => wordsOf(lane).flatMap((span) => {
    const passes = keys.map((key) => FILTERS[key].from(lane, span));
    return passes.every((pass) => pass > 0) ? [{ lane: i, pos: span.pos, pass: Math.max(...passes), span }] : [];
  }));
  return found.sort((a, b) => a.pass - b.pass || a.lane - b.lane || a.pos - b.pos);
}

/* end-of-text is no word */
function wordsOf(lane) { return lane.spans.filter((span) => span.id !== lane.eot && span.to !== span.from); }

/* the index of the match `by` steps from the one selected, else from the last one visited; round and round */
export function nextMatch(matches, by, { selected, now, last }) {
  const here = selected ? matches.findIndex(({ lane, pos, span }) => lane === selected.lane && pos === selected.pos && span.from <= now && (span.to === null || span.to > now)) : -1;
  const from = here >= 0 ? here : last;
  return from < 0 ? (by > 0 ? 0 : matches.length - 1) : (from + by + matches.length) % matches.length;
}

/* "3 of 52 words are wrong and read by no later pass." */
export function matchesInWords(run, keys, matches) {
  const all = run.lanes.reduce((sum, lane) => sum + wordsOf(lane).length, 0), by = keys.includes("wrong") && !run.lanes.some((lane) => lane.wrong) ? " (your verdicts)" : "";
  const are = matches.length === 1 ? "is" : "are";
  return `${matches.length || "None"} of ${plural(all, "word")} ${matches.length ? are : "is"} ${listed(keys.map((key) => FILTERS[key].is))}${by}.`;
}
