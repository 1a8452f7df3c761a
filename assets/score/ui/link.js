/* The view in the address, #run=NAME&pass=5&lane=1&word=12, and the button that copies it. Knows names and numbers, no drawing. */

import { button } from "../dom.js";

const COPY = "Copy a link to this view";

export class Link {
  constructor(score) {
    this.score = score;
    this.button = button("rv-text-button", COPY, () => this.copy());
  }

  showRun() {
    this.button.hidden = this.score.run.source === "live";
    this.button.textContent = COPY;
  }

  copy() {
    const url = this.href(), report = (text) => { this.button.textContent = text; this.score.announce(text); };
    window.history.replaceState(null, "", url);
    const inAddressBar = () => report("The link is in the address bar");
    if (window.navigator.clipboard) window.navigator.clipboard.writeText(url).then(() => report("Link copied"), inAddressBar);
    else inAddressBar();
  }

  href() {
    const { run, now, selected } = this.score, view = new URLSearchParams({ run: run.id, pass: now }), url = new URL(window.location.href);
    if (selected) { view.set("lane", selected.lane); view.set("word", selected.pos); }
    if (url.protocol !== "file:") url.searchParams.set("run", run.id);
    url.hash = view.toString();
    return url.href;
  }

  /* go where the address points, if it means this run; returns whether it does */
  follow() {
    const score = this.score, run = score.run, view = new URLSearchParams(window.location.hash.slice(1));
    const lane = Number(view.get("lane")), word = Number(view.get("word"));
    if (view.get("run") !== run.id || !view.has("pass") || !run.done) return false;
    score.reached = score.last;
    score.seek(Number(view.get("pass")) || 0);
    score.player.setState("paused");
    if (view.has("word") && run.lanes[lane] && word >= 0 && word < run.length) score.select(lane, word, null);
    return true;
  }
}
