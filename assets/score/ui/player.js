/* What moves the cursor by itself: playing a run, and following one that is still coming in. A visitor who takes the cursor stops both.
   Knows the cursor, not what it shows. */

import { reducedMotion, setAttr } from "../dom.js";
import { clamp } from "../model/format.js";

export class Player {
  constructor(score) {
    this.score = score;
    this.speed = 1;
    this.playTimer = null;
    this.followTimer = null;
    this.following = true; // whether the cursor follows a run that comes in
    this.playing = false;
  }

  reset() { this.pause(); this.stopFollowTimer(); this.following = true; }

  /* data-state of the Score: empty, streaming, playing, paused, done */
  setState(name) {
    this.playing = name === "playing";
    setAttr(this.score.root, "data-state", name);
    this.score.transport.setMoving(this.moving);
  }

  get streaming() { return this.score.root.dataset.state === "streaming"; }

  /* whether the cursor moves by itself */
  get moving() { return this.playing || this.score.tour.waiting || (this.streaming && this.following); }

  toggle() {
    const { tour } = this.score;
    if (this.moving) { tour.hold(); this.stop(); this.score.transport.setMoving(false); this.score.announceTime(); }
    else if (tour.stop) tour.goOn();
    else this.play();
  }

  /* a visitor moves the cursor: nothing else does any more */
  seekByHand(time) { this.pause(); this.score.tour.skip(); this.stop(); this.score.seek(time); this.score.announceTime(); }

  /* move the cursor and leave it there */
  stopAt(time) { this.stop(); this.score.seek(time); }

  stop() {
    this.pause();
    this.following = false;
    if (this.streaming && this.score.run.done) this.finish();
  }

  play() {
    const score = this.score;
    if (!score.run) return;
    if (score.now >= score.last) score.now = 0;
    if (this.streaming) { this.following = true; this.follow(); return; }
    this.start(this.pace());
    score.paint();
  }

  start(delay) {
    this.setState("playing");
    clearTimeout(this.playTimer);
    this.playTimer = setTimeout(() => this.step(), delay);
  }

  /* ms from one pass to the next */
  pace() { return clamp(8500 / Math.max(1, this.score.last), 70, 750) / this.speed; }

  step() {
    const score = this.score;
    if (!this.playing) return;
    score.seek(score.now + 1);
    if (score.tour.stopsHere()) { score.tour.enterStop(); return; }
    if (score.now >= score.last) { this.pause(); score.tour.showVerdict(); score.paint(); return; }
    this.playTimer = setTimeout(() => this.step(), this.pace());
  }

  pause() {
    clearTimeout(this.playTimer);
    if (this.playing) this.setState("paused");
  }

  stopFollowTimer() { clearTimeout(this.followTimer); this.followTimer = null; }

  /* passes came in: they are shown one by one, at a pace that can be watched; the run itself never waits */
  passesAdded() {
    const score = this.score;
    if (this.following && reducedMotion()) score.now = score.last;
    score.reached = Math.max(score.reached, score.now);
    if (this.following && !this.followTimer) this.follow();
    score.layout();
  }

  follow() {
    const score = this.score;
    this.stopFollowTimer();
    if (!this.following || !this.streaming) return;
    if (score.now < score.last) score.seek(score.now + 1);
    if (score.now >= score.last && score.run.done) { this.finish(); return; }
    const pause = clamp(2800 / score.run.plannedSize(), 16, 340) / this.speed;
    if (score.now < score.last || !score.run.done) this.followTimer = setTimeout(() => this.follow(), pause);
  }

  runEnded() {
    const score = this.score;
    if (this.following && score.now < score.last && !reducedMotion()) { if (!this.followTimer) this.follow(); score.layout(); return; }
    this.finish();
  }

  /* a run that came in has been shown to its end, or is left where the visitor is */
  finish() {
    const score = this.score;
    this.stopFollowTimer();
    this.setState("done");
    score.reached = score.last;
    if (this.following) score.now = score.reached;
    score.tour.showVerdict();
    score.layout();
  }
}
