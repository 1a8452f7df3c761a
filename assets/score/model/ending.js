/* How a lane ended and what may be said of its text, whether it is whole, stopped, empty, masked, unjudged or of an unknown picture.
   Every sentence is chosen here, so that the page cannot call a text true that is not. Knows one lane at a time and no page. */

import { claimsInWords, countsAt, whyUnjudged } from "./claims.js";
import { plural } from "./format.js";
import { grammarOutcome, outcome, wrongCount } from "./truth.js";

/* of lane.stopped, where a sampler ended by its own rule (samplers/plan.py and each sampler's `final`) */
const BY_ITSELF = /^$|^complete$|^stop sequence|masks left:|^went round in a circle|over a full text was reached|^the model was sure|^block \d+ closed/;
const CIRCLE = "It went round in a circle: its text came back to one that it had before, so the final passes ended there.";

/* whether a lane was stopped before its own end */
export function wasStopped(lane) { return lane.ended && !BY_ITSELF.test(lane.stopped); }

/* how many words stand after pass n; end-of-text is none */
function wordsAt(lane, n) { return lane.canvases[n].filter((id) => id !== lane.mask && id !== lane.eot).length; }

/* places of the answer that are open at a lane's end; none are behind a stop sequence */
export function openAtEnd(lane) { return /^stop sequence/.test(lane.stopped) ? 0 : lane.masksAt(lane.size); }

/* what is known of the words after pass n: "masks", "empty", "unknown" (picture), "wrong", "unjudged" or "right" */
export function standingAt(lane, n) {
  if (!wordsAt(lane, n)) return lane.masksAt(n) ? "masks" : "empty";
  if (!lane.wrong) return "unknown";
  if (wrongCount(lane, n)) return "wrong";
  const { right, unjudged } = countsAt(lane, n);
  return unjudged || !right ? "unjudged" : "right";
}

/* the verdict beside a lane's text after pass n: {text, tone: "right", "wrong" or ""}; null where there is none */
export function shortVerdict(lane, n) {
  const standing = standingAt(lane, n), open = n === lane.size && lane.ended ? openAtEnd(lane) : lane.masksAt(n);
  if (standing === "wrong") return { text: `✗ ${claimsInWords(lane, n, false)}`, tone: "wrong" };
  if (standing === "empty") return { text: "no words", tone: "" };
  if (standing === "masks" || standing === "unknown") return null;
  if (open) return { text: "none wrong so far", tone: "" };
  return standing === "right" ? { text: "✓ all true", tone: "right" } : { text: `none wrong, ${notJudged(lane, n)}`, tone: "" };
}

function notJudged(lane, n) {
  const count = countsAt(lane, n).unjudged;
  return count ? `${plural(count, "claim")} not judged` : "nothing claimed";
}

/* {text, tone}: what a lane cost, how it ended and what is known of its text, as the beginning of a sentence */
export function verdictOf(lane) {
  const n = lane.size, standing = standingAt(lane, n), open = openAtEnd(lane);
  const cost = !wasStopped(lane) ? plural(n, "forward pass") : n ? `stopped after pass ${n}` : "stopped before the first pass";
  const left = open ? `${open} of ${lane.length} places ${open === 1 ? "is" : "are"} still open` : "";
  const said = {
    masks: "no word stands", empty: "an empty text", unknown: "", wrong: standing === "wrong" ? claimsInWords(lane, n, true) : "",
    unjudged: standing === "unjudged" ? `no wrong word, ${notJudged(lane, n)}` : "", right: "a true caption",
  }[standing];
  if (!open && !wasStopped(lane)) return { text: said ? `${cost}, ${said}` : cost, tone: { right: "right", wrong: "wrong" }[standing] || "" };
  const soFar = { right: "no wrong word", unknown: "not judged" }[standing] || said, end = left ? `${cost}: ${left}` : `${cost}, before its end`;
  return { text: standing === "masks" ? `${end}; ${soFar}` : `${end}; what stands so far: ${soFar}`, tone: standing === "wrong" ? "wrong" : "" };
}

/* the sentence on what ended a lane that neither ran to its end nor was stopped by hand, in a list: a limit of passes, a failed pass */
function whyEnded(lane) {
  const limit = lane.stopped.match(/^the limit of [^;]*/), failed = wasStopped(lane) && !/^stopped by|^cancelled$/.test(lane.stopped);
  const why = limit ? limit[0] : failed ? lane.stopped : "";
  return why ? [`${why.replace(/^the /, "The ")}.`] : [];
}

/* what a lane's end needs to have explained, or "" */
export function remarkOn(lane) {
  const unjudged = standingAt(lane, lane.size) === "unjudged" ? whyUnjudged(lane, lane.size) : [];
  return [...(/^went round in a circle/.test(lane.stopped) ? [CIRCLE] : []), ...whyEnded(lane), ...unjudged].join(" ");
}

/* the answer to "Will it end with a true caption?" for a visitor who said yes or no */
export function answerTo(lane, yes) {
  const standing = standingAt(lane, lane.size);
  if (wasStopped(lane)) return "It was stopped before its end, so nobody knows.";
  if (standing === "unknown") return "No truth is known here, so nobody knows.";
  if (standing === "unjudged" && !openAtEnd(lane)) return `No word of it is wrong, but it cannot be called true: ${notJudged(lane, lane.size)}.`;
  const isTrue = standing === "right" && !openAtEnd(lane);
  return isTrue === yes ? "You guessed right." : isTrue ? "It did." : "It did not.";
}

/* "ended after 9 passes: a cat sits", for screen readers */
export function endInWords(lane, words) {
  const open = openAtEnd(lane), verb = wasStopped(lane) ? "was stopped" : "ended";
  const left = open ? `, ${open} of ${lane.length} places still open` : "";
  return `${verb} after ${plural(lane.size, "pass")}${left}: ${words || (open ? "no word stands" : "an empty text")}`;
}

/* whose rule made a change: the paper's, a sampler's that has no paper, a final pass (ours), or a hand's */
export function ruleOf(lane, { pass, pos, id }) {
  const { phase, before } = lane.passes[pass];
  if ((before || []).some(([at, written]) => at === pos && written === id)) return "by hand";
  if (phase === "settle") return "by a final pass (ours)";
  return lane.paper ? "by the paper's rule" : "by its own rule";
}

/* "3 revised: 1 by the paper's rule, 2 by final passes (ours) (claims: 2 repaired, 0 harmed; grammar: 1 mended, 0 broken)", or "" */
export function revisionsOf(lane) {
  const revised = lane.events.filter((event) => event.kind === "revise"), rules = new Map();
  revised.forEach((event) => {
    const rule = ruleOf(lane, event);
    rules.set(rule, (rules.get(rule) || 0) + 1);
  });
  if (!revised.length) return "";
  const named = [...rules].map(([rule, count]) => [count, count > 1 ? rule.replace("a final pass", "final passes") : rule]);
  const made = `${revised.length} revised${named.length === 1 ? ` ${named[0][1]}` : `: ${named.map((one) => one.join(" ")).join(", ")}`}`;
  return made + (lane.wrong ? ` (${resultsOf(lane, revised)})` : "");
}

/* what revisions did to claims, and where they did anything to it, to grammar */
function resultsOf(lane, revised) {
  const count = (of, result) => revised.filter((event) => of(lane, event) === result).length;
  const mended = count(grammarOutcome, "mended"), broken = count(grammarOutcome, "broken");
  const claims = `claims: ${count(outcome, "repaired")} repaired, ${count(outcome, "harmed")} harmed`;
  return mended + broken ? `${claims}; grammar: ${mended} mended, ${broken} broken` : claims;
}
