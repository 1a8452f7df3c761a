/* The note of a branch: how one came to it, at the end what the change did and what the control says, and the way back. */

import { button, el } from "../dom.js";
import { effectOf, fateOf, pathOf } from "../model/branch.js";
import { card, laneVerdict } from "./tour_cards.js";

export function branchCard(score) {
  const { run } = score, { branch, control } = run;
  const nodes = [el("div", { class: "rv-trail" }, el("span", { class: "rv-path", text: pathOf(run) }), run.parent ? backButton(score) : null)];
  if (branch.seen) nodes.push(el("p", { class: "rv-seen", text: `An edit of what the eye saw: ${branch.seen}. Right and wrong are still judged by the picture itself.` }));
  if (!run.done) nodes.push(el("p", { text: `Lane A is the run as it was, lane B the branch: from pass ${branch.at} on the model is asked again.` }));
  else {
    nodes.push(el("p", { class: "rv-effect", text: effectOf(run) }));
    const fate = fateOf(run);
    if (fate) nodes.push(el("p", { text: fate }));
    if (control) nodes.push(el("p", { class: control.repeats ? "rv-control" : "rv-control rv-wrong", text: control.sentence }));
    if (run.stopped) nodes.push(el("p", { text: run.stopped }));
    nodes.push(...run.lanes.map(laneVerdict));
  }
  return card(...nodes);
}

/* one step up: to the run, or to the branch that this one branches off */
export function backButton(score) {
  return button("rv-back", score.run.parent.branch ? "Back one step" : "Back to the run", () => score.back());
}
