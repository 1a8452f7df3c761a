/* The note beside the texts: the story of the selected position while one is open, else a branch's own card or what the tour shows. */

import { el } from "../dom.js";
import { branchCard } from "./branch_card.js";

export class Note {
  constructor(score) {
    this.score = score;
    this.node = el("aside", { class: "rv-note", "aria-label": "Notes" });
  }

  get hasFocus() { return this.node.contains(document.activeElement); }

  /* what the tour shows; the focus, if it was in the note, stays there or goes to the Score */
  showTour() {
    const { run, tour, story, printing } = this.score;
    const content = run.branch ? branchCard(this.score) : printing && run.done ? tour.verdict() : tour.content ? tour.content() : tour.resting();
    const hadFocus = this.hasFocus;
    story.forget();
    this.node.replaceChildren(el("div", { class: "rv-card" }, content));
    if (hadFocus) (this.node.querySelector("button") || this.score.root).focus({ preventScroll: true });
  }

  /* the story at the cursor; it keeps its scroll position, and the focus if it was in the note */
  showStory() {
    const card = this.score.story.card();
    if (!card) return;
    const hadFocus = this.hasFocus, scrolled = this.node.firstChild ? this.node.firstChild.scrollTop : 0;
    const focused = hadFocus ? document.activeElement.getAttribute("data-focus") : null;
    this.node.replaceChildren(card);
    card.scrollTop = scrolled;
    if (hadFocus) ((focused && card.querySelector(`[data-focus="${focused}"]`)) || card.querySelector(".rv-close")).focus({ preventScroll: true });
  }
}
