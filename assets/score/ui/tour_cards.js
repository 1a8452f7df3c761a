/* What the tour shows in the note: a question, a mending, the end. Makes nodes of what the model says; decides nothing and waits for
   nothing. `wait`: ms after which a stop goes on by itself, drawn as a line that fills. */

import { button, el, laneLetter, paragraph } from "../dom.js";
import { answerTo, remarkOn, revisionsOf, verdictOf } from "../model/ending.js";
import { costOf, mendingInWords } from "../model/mending.js";

const KNOWN = "Click any word: when it was committed, what it replaced, what the model could read.";
const UNKNOWN = "No truth is known here, so no word is marked wrong. Click any word for its story.";

export function card(...nodes) { return el("div", { class: "rv-message" }, ...nodes); }

/* buttons: [label, what a click does], the first one for going on */
function actions(wait, buttons) {
  const nodes = buttons.map(([label, onClick], k) => button(k && buttons.length > 2 ? "rv-text-button" : "", label, onClick));
  return el("div", { class: "rv-actions" }, ...nodes, el("i", { class: "rv-wait", "aria-hidden": "true", style: `--wait:${wait}ms` }));
}

/* text: what is wrong; question: "" where nothing is asked */
export function questionCard(text, question, wait, buttons) {
  return card(el("div", { class: "rv-said" }, paragraph(text), question ? el("p", { class: "rv-question", text: question }) : null), actions(wait, buttons));
}

export function mendingCard(run, i, mending, count, wait, buttons) {
  const { changes, more, reading } = mendingInWords(run, run.lanes[i], mending);
  const line = ([old, before, word, after, result, tone]) => el("li", {}, el("bdi", { text: old }), figure(before),
    el("span", { class: "rv-arrow", text: " → " }), el("strong", {}, el("bdi", { text: word })), figure(after),
    result ? el("span", { class: `rv-result rv-${tone}`, text: result }) : null);
  const name = el("p", { class: "rv-mending" }, laneLetter(i), `${run.lanes[i].title} revises`, el("small", { text: count }));
  const list = el("ul", { class: "rv-changes", "data-many": changes.length > 1 }, ...changes.map(line), more ? el("li", { text: `and ${more} more` }) : null);
  return card(el("div", { class: "rv-said" }, name, list, el("p", { text: reading })), buttons.length ? actions(wait, buttons) : null);
}

function figure(text) { return text ? el("small", { text: ` ${text}` }) : null; }

/* how the run ended; guess: {lane, yes} or null; mender: index of the lane whose cost is told */
export function endCard(run, guess, mender) {
  const box = card(), judged = run.lanes.some((lane) => lane.wrong), cost = run.done ? costOf(run, mender) : "";
  if (run.stopped) box.append(paragraph(run.stopped));
  if (guess) box.append(el("p", { class: "rv-guess", text: answerTo(run.lanes[guess.lane], guess.yes) }));
  if (cost) box.append(el("p", { class: "rv-cost", text: cost }));
  box.append(...run.lanes.map(laneVerdict), el("p", { class: "rv-hint", text: judged ? KNOWN : UNKNOWN }));
  return box;
}

/* "ReDiff: 9 forward passes, a true caption; 3 revised by the paper's rule (2 repaired, 0 harmed)." */
export function laneVerdict(lane, i) {
  const { text, tone } = verdictOf(lane), revised = revisionsOf(lane), remark = remarkOn(lane);
  const said = el("span", { class: tone ? `rv-${tone}` : null, text }), name = el("strong", { text: `${lane.title}:` });
  return el("p", { class: "rv-verdict" }, laneLetter(i), name, " ", said, `${revised && `; ${revised}`}.${remark && ` ${remark}`}`);
}
