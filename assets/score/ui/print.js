/* A run on paper: a finished run is shown whole, as wide as a page, in light colours, with its legend; afterwards all is as before.
   Knows what the Score shows, not how; what paper hides is in score.css. */

import { setAttr } from "../dom.js";

export class Print {
  constructor(score) {
    this.score = score;
    this.screen = null; // what the screen showed before
    this.onBefore = () => this.enter();
    this.onAfter = () => this.leave();
    this.onChange = (event) => (event.matches ? this.enter() : this.leave());
    this.media = window.matchMedia("print");
    window.addEventListener("beforeprint", this.onBefore);
    window.addEventListener("afterprint", this.onAfter);
    this.media.addEventListener("change", this.onChange);
  }

  destroy() {
    window.removeEventListener("beforeprint", this.onBefore);
    window.removeEventListener("afterprint", this.onAfter);
    this.media.removeEventListener("change", this.onChange);
  }

  enter() {
    const { score } = this, run = score.run;
    if (this.screen || !run) return;
    const { now, reached, first, pointed } = score, waiting = run.lanes.map((lane) => lane.waiting);
    this.screen = { run, now, reached, first, pointed, waiting, open: score.legend.node.open };
    score.player.pause();
    if (run.done) {
      run.lanes.forEach((lane) => { lane.waiting = false; });
      score.now = score.reached = score.last;
    }
    Object.assign(score, { first: 0, pointed: null, printing: true });
    score.legend.node.open = true;
    this.show();
  }

  leave() {
    const { score, screen } = this;
    if (!screen) return;
    this.screen = null;
    score.printing = false;
    score.legend.node.open = screen.open;
    if (score.run === screen.run) {
      const { now, reached, first, pointed } = screen;
      Object.assign(score, { now, reached, first, pointed });
      score.run.lanes.forEach((lane, i) => { lane.waiting = screen.waiting[i]; });
    }
    this.show();
  }

  /* at once: a printer waits for no animation frame */
  show() {
    const { score } = this;
    setAttr(score.root, "data-print", score.printing ? "1" : "");
    score.colors = null;
    if (!score.selected) score.showNote();
    score.layout();
    score.paintNow();
  }
}
