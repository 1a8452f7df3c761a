/* What-if: which changes a word's story offers, and what a branch shows beside its trunk. Lane 0 of a branch is the trunk, lane 1 the
   branch. Knows no page. */

import { countsAt } from "./claims.js";
import { plural } from "./format.js";

/* whether the lane's method may overwrite a word that stands */
export function canOverwrite(lane) { return lane.rules.some((rule) => rule !== "commit"); }

/* the pass whose candidates a story shows first: the one that wrote the word at the cursor, or proposed one for a mask */
export function writtenIn(lane, pos, n) {
  const span = lane.spanAt(pos, n);
  return span ? span.from : n;
}

/* [number among the candidates, id, probability] of the other words that the pass considered for a place, likeliest first */
export function rivalsOf(run, lane, pos, n) {
  const written = writtenIn(lane, pos, n), stands = lane.canvases[n][pos], top = written ? lane.passes[written].top[pos] : [], rivals = [];
  for (let k = 0; k < top.length; k += 2) if (top[k] !== stands && top[k] !== run.mask) rivals.push([k / 2, top[k], top[k + 1] / 1000]);
  return rivals;
}

/* the run whose branch another branch is: of a branch's trunk, the run it came from */
export function parentOf(run, lane) { return run.branch && lane === 0 ? run.parent : run; }

/* what a branch takes over from the run it was asked in: the way back, and what is known of why its trunk went as it did */
export function inherit(branch, run) {
  branch.parent = parentOf(run, branch.branch.lane);
  const same = (lane) => run.lanes.find((other) => lane.trace && other.trace === lane.trace && other.analysis);
  branch.lanes.filter((lane) => !lane.analysis && same(lane)).forEach((lane) => { lane.analysis = same(lane).analysis; });
}

/* "run › word 6 “cats” › word 9 hidden" */
export function pathOf({ branch }) { return ["run", ...branch.path].join(" › "); }

/* positions at which the last words of the two lanes differ, the changed one left out */
export function changedIn({ lanes: [trunk, branch], branch: { position } }) {
  const [was, is] = [trunk, branch].map((lane) => lane.canvases[lane.size]);
  return [...was.keys()].filter((pos) => pos !== position && was[pos] !== is[pos]);
}

/* "The change altered 3 other words. Claims right: 5 before, 7 now; wrong: 2 before, none now." Without a control that repeats, nothing
   is called an effect */
export function effectOf(run) {
  const [trunk, branch] = run.lanes, count = changedIn(run).length, words = count ? plural(count, "other word") : "no other word";
  const said = run.control && run.control.repeats ? `The change altered ${words}.` : `${words.replace(/^n/, "N")} differ${count === 1 || !count ? "s" : ""}.`;
  return `${said}${trunk.wrong && branch.wrong ? ` ${claimsOf(trunk, branch)}` : ""}`;
}

function claimsOf(trunk, branch) {
  const [was, is] = [trunk, branch].map((lane) => countsAt(lane, lane.size)), none = (count) => count || "none";
  const kinds = ["right", "wrong"].map((kind) => `${kind}: ${none(was[kind])} before, ${none(is[kind])} now`);
  const faults = was.faults + is.faults ? `; grammar faults: ${none(was.faults)} before, ${none(is.faults)} now` : "";
  return `Claims ${kinds.join("; ")}${faults}.`;
}

/* what became of the word put in by hand: "“cats” was overwritten by bees in pass 5.", "" while it stands */
export function fateOf(run) {
  const { branch: { position, at, word, hidden } } = run, lane = run.lanes[1];
  const [, next] = lane.events.filter((event) => event.pos === position && event.pass >= at);
  if (hidden || !next) return ""; // nothing is put at position -1, where what the eye saw was changed
  const what = next.id === run.mask ? "remasked" : `overwritten by “${run.word(next.id)}”`;
  return `“${word}” was ${what} in pass ${next.pass}.`;
}
