/* What the tour tells of a lane that mends: each pass in which it revised words, what that pass could read and how probable it held the
   words, whose rule it was, and what all of it cost. Also how long a text takes to read. Knows a run; no page, no cursor, no clock. */

import { ruleOf, wasStopped } from "./ending.js";
import { formatProb, listed, plural } from "./format.js";
import { grammarOutcome, outcome } from "./truth.js";

const RESULTS = { // of a change: in words, and the tone in which it is said
  repaired: ["wrong before, right now", "right"], harmed: ["right before, wrong now", "wrong"], "still wrong": ["wrong before and now", "wrong"],
  mended: ["the grammar is mended", "right"], broken: ["the grammar is broken", "wrong"],
};
const MOST = 4; // changes of one pass that are listed
const [NOTICE, WORD, SHORTEST, LONGEST] = [2500, 270, 4000, 24000]; // ms: to see that a text is there, to read a word of it, limits

/* the index of the lane whose revisions are told: the first with a rule to revise, one other than `not` before that; -1 where none has */
export function mendingLane(run, not) {
  const can = (lane) => Boolean(lane.rules) && lane.rules.includes("revise"), other = run.lanes.findIndex((lane, i) => i !== not && can(lane));
  return other >= 0 ? other : run.lanes.findIndex(can);
}

/* [{pass, rules, words, masks, drafted, changes: [{pos, old, id, before, after, result}]}] of each pass in which a lane revised words:
   words and masks that it read, the probability (null: not recorded) that it gave the old and the new word, what the change did */
export function mendingsOf(lane) {
  return lane.eventsIn.map((all, pass) => [pass, all.filter((event) => event.kind === "revise")]).filter(([, revised]) => revised.length)
    .map(([pass, revised]) => {
      const read = [...lane.reads[pass]], masks = read.filter((id) => id === lane.mask).length;
      const changes = revised.map((event) => ({
        pos: event.pos, old: event.old, id: event.id, before: lane.givenIn(pass, event.pos, event.old), after: event.prob,
        result: RESULTS[outcome(lane, event) || grammarOutcome(lane, event)] || ["", ""],
      }));
      const words = read.filter((id) => id !== lane.mask && id !== lane.eot).length;
      const rules = [...new Set(revised.map((event) => ruleOf(lane, event)))].join(" and ");
      return { pass, rules, words, masks, drafted: Boolean(lane.passes[pass].read), changes };
    });
}

/* {changes: [[old, its probability, new, its probability, what the change did, tone]], more, reading}: a mending in words. More: how
   many changes are not listed. Reading: what the pass read and whose rule it was */
export function mendingInWords(run, lane, { pass, rules, words, masks, drafted, changes }) {
  const word = (id) => (id === lane.eot ? "end of text" : run.word(id)), given = (p) => (p === null ? "" : formatProb(p));
  const known = changes.some((one) => one.before !== null || one.after !== null);
  const read = `${drafted ? "its own draft: " : ""}${plural(words, "word")} and ${masks ? plural(masks, "mask") : "no mask"}`;
  return {
    changes: changes.slice(0, MOST).map((one) => [word(one.old), given(one.before), word(one.id), given(one.after), ...one.result]),
    more: Math.max(0, changes.length - MOST),
    reading: `Pass ${pass} could read ${read}${known ? "; the figures are the probabilities that it gave" : ""}. Revised ${rules}.`,
  };
}

/* the same as one text, for screen readers */
export function mendingAloud(run, lane, mending) {
  const { changes, more, reading } = mendingInWords(run, lane, mending);
  const spaced = (given) => given && ` ${given}`;
  const one = ([old, before, word, after, result]) => `${old}${spaced(before)} to ${word}${spaced(after)}${result && `, ${result}`}`;
  return `${lane.title}: ${changes.map(one).join("; ")}${more ? `; and ${more} more` : ""}. ${reading}`;
}

/* one sentence on what lane i cost beside the others; "" where there is none to compare */
export function costOf(run, i) {
  const { lanes } = run, lane = lanes[i], others = lanes.filter((one) => one !== lane);
  if (!lane || !others.length) return "";
  const stopped = lanes.filter(wasStopped).map((one) => one.title);
  if (stopped.length) return `${listed(stopped)} ${stopped.length > 1 ? "were" : "was"} stopped, so the passes cannot be compared.`;
  const revised = lane.countUpTo(lane.size, "revise"), made = revised ? plural(revised, "revision") : "no revision";
  const against = others.length === 1 ? ` against ${others[0].size}` : `; ${listed(others.map((one) => `${one.title} took ${one.size}`))}`;
  return `${lane.title} made ${made} and took ${plural(lane.size, "pass")}${against}.`;
}

/* ms in which a text can be read without haste */
export function readingTime(text) {
  const words = text.split(/\s+/).filter(Boolean).length;
  return Math.min(LONGEST, Math.max(SHORTEST, NOTICE + WORD * words));
}
