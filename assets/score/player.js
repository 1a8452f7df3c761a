/* Time: plays, pauses, follows a run that comes in, and yields to whoever takes the cursor. Knows the clock, not what it shows. */

class Player {
  constructor(score) {
    this.score = score;
    this.speed = 1;
    this.timer = null;
    this.chasing = 0;
    this.follow = true; // whether a run that comes in moves the cursor
    this.playing = false;
  }

  /* a visitor who looks at a pass is not carried on */
  letStand(k) { this.pause(); this.letGo(); this.score.seek(k); }

  reset() { clearTimeout(this.timer); this.pause(); this.halt(); this.follow = true; }

  state(name) {
    this.playing = name === "playing";
    set(this.score.root, "data-state", name);
    this.score.transport.moving(this.moving);
  }

  /* whether the cursor moves by itself: a run plays, or comes in and is followed */
  get moving() { return this.playing || (this.streaming() && this.follow); }

  streaming() { return this.score.root.dataset.state === "streaming"; }

  toggle() {
    if (this.moving) { this.pause(); this.letGo(); this.score.transport.moving(false); this.score.sayNow(); return; }
    this.score.tour.release();
    this.play();
  }

  /* a visitor takes the cursor: nothing else moves it any more */
  take(k) { this.pause(); this.score.tour.release(); this.letGo(); this.score.seek(k); this.score.sayNow(); }

  letGo() { this.follow = false; if (this.streaming() && this.score.run.done) this.finale(); }

  play() {
    const score = this.score;
    if (!score.run) return;
    if (score.now >= score.last) score.now = 0;
    if (this.streaming()) { this.follow = true; this.chase(); return; }
    this.start(this.pace());
    score.paint();
  }

  start(delay) {
    this.state("playing");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tick(), delay);
  }

  pace() { return clamp(8500 / Math.max(1, this.score.last), 70, 750) / this.speed; }

  tick() {
    const score = this.score;
    if (!this.playing) return;
    score.seek(score.now + 1);
    if (score.tour.stopsHere()) { score.tour.pauseAtWrong(); return; }
    if (score.now >= score.last) { this.pause(); score.tour.reveal(); score.paint(); return; }
    this.timer = setTimeout(() => this.tick(), this.pace());
  }

  pause() {
    clearTimeout(this.timer);
    if (this.playing) this.state("paused");
  }

  halt() { clearTimeout(this.chasing); this.chasing = 0; }

  /* a run that comes in is followed pass by pass, at a pace that can be watched; it is never held back at its source */
  arrived() {
    const score = this.score;
    if (this.follow && quiet()) score.now = score.last;
    score.seen = Math.max(score.seen, score.now);
    if (this.follow && !this.chasing) this.chase();
    score.plan();
  }

  chase() {
    const score = this.score;
    this.halt();
    if (!this.follow || !this.streaming()) return;
    if (score.now < score.last) score.seek(score.now + 1);
    if (score.now >= score.last && score.run.done) { this.finale(); return; }
    const pause = clamp(2800 / score.run.plannedSize(), 16, 340) / this.speed;
    if (score.now < score.last || !score.run.done) this.chasing = setTimeout(() => this.chase(), pause);
  }

  ended() {
    const score = this.score;
    if (this.follow && score.now < score.last && !quiet()) { if (!this.chasing) this.chase(); score.plan(); return; }
    this.finale();
  }

  finale() {
    const score = this.score;
    this.halt();
    this.state("done");
    score.seen = score.last;
    if (this.follow) score.now = score.seen;
    score.tour.reveal();
    score.plan();
  }
}
