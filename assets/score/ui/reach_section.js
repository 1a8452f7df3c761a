/* The part of a word's story on what it changed and what changed it, in words; the same as the arcs over the Score. Only where the lane's
   cascade was computed. */

import { el } from "../dom.js";
import { linkInWords, reachInWords, reachOf } from "../model/cascade.js";

/* nodes; none where nothing was computed */
export function reachSection(score, lane, pos, n) {
  const reach = reachOf(lane, pos, n, score.reachedPass(lane));
  if (!reach) return [];
  const { measured, changed, causes, control } = reach;
  const list = (title, links) => (links.length ? [el("h6", { text: title }), el("ul", { class: "rv-reach" }, ...links.map((link) => line(score.run, lane, link, measured)))] : []);
  return [
    ...list(measured ? "What it changed" : "What differed without it", changed), ...list(measured ? "What led to it" : "What it differed with", causes),
    el("p", { class: measured ? "rv-control" : "rv-control rv-wrong", text: reachInWords(reach) }), el("p", { class: "rv-control", text: control }),
  ];
}

function line(run, lane, link, measured) {
  const span = lane.spanAt(link.pos, link.pass), word = span ? run.word(span.id) : "mask";
  const where = `position ${link.pos + 1}, pass ${link.pass}: ${linkInWords(link, measured)}`;
  return el("li", { "data-above": link.above ? "1" : null }, el("bdi", { text: word }), " ", el("small", { text: where }));
}
