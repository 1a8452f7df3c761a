/* A run on paper: a finished run is shown whole, as wide as a page, in light colours, with its legend; afterwards all is as it was.
   Knows what the Score shows, not how; what paper hides is in score.css. */

class Print {
  constructor(score) {
    this.score = score;
    this.kept = null; // what the screen showed
    this.begin = () => this.enter();
    this.end = () => this.leave();
    this.turn = (event) => (event.matches ? this.enter() : this.leave());
    this.media = window.matchMedia("print");
    window.addEventListener("beforeprint", this.begin);
    window.addEventListener("afterprint", this.end);
    this.media.addEventListener("change", this.turn);
  }

  destroy() {
    window.removeEventListener("beforeprint", this.begin);
    window.removeEventListener("afterprint", this.end);
    this.media.removeEventListener("change", this.turn);
  }

  enter() {
    const { score } = this, run = score.run;
    if (this.kept || !run) return;
    const { now, seen, first, pointed } = score;
    this.kept = { run, now, seen, first, pointed, held: run.lanes.map((lane) => lane.held), open: score.legend.node.open };
    score.player.pause();
    if (run.done) {
      run.lanes.forEach((lane) => { lane.held = false; });
      score.now = score.seen = score.last;
    }
    Object.assign(score, { first: 0, pointed: null, printing: true });
    score.legend.node.open = true;
    this.show();
  }

  leave() {
    const { score, kept } = this;
    if (!kept) return;
    this.kept = null;
    score.printing = false;
    score.legend.node.open = kept.open;
    if (score.run === kept.run) {
      const { now, seen, first, pointed } = kept;
      Object.assign(score, { now, seen, first, pointed });
      score.run.lanes.forEach((lane, i) => { lane.held = kept.held[i]; });
    }
    this.show();
  }

  /* at once: a printer waits for no animation frame */
  show() {
    const { score } = this;
    set(score.root, "data-print", score.printing ? "1" : "");
    score.ink = null;
    if (!score.picked) score.rest();
    score.plan();
    score.paintNow();
  }
}
