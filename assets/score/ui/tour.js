/* The tour of a recorded run: on arrival the first lane plays and stops at the wrong word most worth showing, and the visitor may guess
   what another lane will do; then all lanes play together and stop at each pass in which that lane revises; the end says what it cost.
   A stop goes on by itself once its text can have been read. Moves the cursor only through the player. */

import { paragraph, reducedMotion, setAttr } from "../dom.js";
import { timeOf } from "../model/cursor.js";
import { endInWords, wasStopped } from "../model/ending.js";
import { LETTERS } from "../model/format.js";
import { costOf, mendingAloud, mendingLane, mendingsOf, readingTime } from "../model/mending.js";
import { firstWrong, whyWrongAt } from "../model/truth.js";
import { card, endCard, mendingCard, questionCard } from "./tour_cards.js";

const INVITATION = "Press play, move the slider, or click any word: its story opens here.";
const PLAYING = "All lanes from the start, pass by pass. A diamond marks a word revised in place.";
const [START, THINK] = [1100, 6000]; // ms: before a run plays by itself; to guess, once the question is read

export class Tour {
  constructor(score) {
    this.score = score;
    this.reset();
  }

  reset() {
    this.leave();
    this.content = null; // () => node, what the tour shows in the note
    this.guess = null; // {lane, yes}: whether the visitor thinks that the lane ends with a true caption
    this.mender = -1; // index of the lane whose revisions are shown
  }

  /* no more stops */
  leave() {
    clearTimeout(this.timer);
    this.timer = null; // while a stop is going to end by itself
    this.stops = []; // {lane, pass, pos, asks, show}: where the tour will stop, in order; show() gives the text to read
    this.stop = null; // the one where it is
    this.patience = 0; // ms that this stop lasts
  }

  /* whether it is at its question */
  get asking() { return Boolean(this.stop && this.stop.asks); }

  /* whether it is at a stop that will end by itself */
  get waiting() { return this.timer !== null; }

  /* the note while the tour shows nothing and no story is open */
  resting() {
    const { run, reached, last } = this.score, seen = run.done && reached >= last;
    const nodes = run.intro || !seen ? [paragraph(run.intro || INVITATION)] : [];
    return card(...nodes, ...(seen ? this.verdict().childNodes : []));
  }

  start() {
    const { score } = this, { run } = score, inFirstLane = firstWrong(run, 1), wrong = inFirstLane || firstWrong(run);
    this.mender = mendingLane(run, wrong ? wrong.lane : 0);
    this.holdOthers(Boolean(inFirstLane));
    this.stops = wrong ? [{ ...wrong, asks: true, show: () => this.showWrong(wrong) }] : this.mendings();
    if (reducedMotion()) { this.advance(); return; }
    if (inFirstLane && !run.intro) this.show("", () => card(paragraph(`*${run.lanes[0].title}* writes first. Each pass fills some of the masks.`)));
    score.player.start(START);
  }

  /* a stop for each pass in which the mending lane revised words */
  mendings() {
    const i = this.mender, all = i < 0 ? [] : mendingsOf(this.score.run.lanes[i]);
    return all.map((one, k) => ({
      lane: i, pass: one.pass, pos: one.changes[0].pos, asks: false, show: () => this.showMending(one, `${k + 1} of ${all.length}`),
    }));
  }

  /* lanes below the first wait until the question is answered */
  holdOthers(hold) {
    this.score.run.lanes.forEach((lane, i) => { lane.waiting = hold && i > 0; });
    setAttr(this.score.root, "data-waiting", hold ? "1" : "");
  }

  /* a visitor who takes the cursor has no need of the tour */
  skip() {
    if (!this.stop && !this.stops.length) return;
    this.leave();
    this.showWaiting();
    this.holdOthers(false);
    this.show("", null);
  }

  /* show in the note, unless a story is open there */
  show(stage, content) {
    const { score } = this;
    this.content = content;
    score.point(this.stop ? this.stop.pos : null, this.stop ? this.stop.lane : null);
    setAttr(score.root, "data-tour", stage);
    if (!score.selected) score.showNote();
    score.paint();
  }

  /* ---- stops */
  /* whether the cursor has come to the next one */
  stopsHere() {
    const { score, stops: [next] } = this, lane = next && score.run.lanes[next.lane];
    return Boolean(lane) && !lane.waiting && score.passAt(lane) >= next.pass;
  }

  enterStop() {
    const { score } = this;
    this.stop = this.stops.shift();
    score.player.setState("paused");
    score.announce(this.stop.show());
    this.wait();
  }

  /* text to be read at this stop, in stars and for the ear */
  pace(text) { this.patience = (readingTime(text) + (this.asking ? THINK : 0)) / this.score.player.speed; }

  /* the stop will end by itself, but not while nobody can see it */
  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (document.hidden || this.score.printing) this.wait(); else this.goOn(); }, this.patience);
    this.showWaiting();
  }

  /* it will not: a visitor reads a story or has pressed pause */
  hold() {
    clearTimeout(this.timer);
    this.timer = null;
    this.showWaiting();
  }

  showWaiting() {
    setAttr(this.score.root, "data-goes-on", this.waiting ? "1" : "");
    this.score.transport.setMoving(this.score.player.moving);
  }

  /* from a stop to the next one, or to the end */
  goOn() {
    const { score } = this, { asking } = this;
    this.hold();
    this.stop = null;
    if (asking) this.stops = this.mendings();
    if (asking && score.root.dataset.waiting) { this.holdOthers(false); score.now = 0; }
    this.show("all", asking ? () => card(paragraph(PLAYING)) : this.content);
    score.layout();
    this.advance();
  }

  toEnd() {
    this.stops = [];
    this.score.seek(this.score.last);
    this.goOn();
  }

  advance() {
    const { score } = this, [next] = this.stops;
    if (reducedMotion()) score.seek(next ? timeOf(score.run.lanes[next.lane], next.pass, score.unit) : score.last);
    if (this.stopsHere()) this.enterStop();
    else if (score.now < score.last) score.player.play();
    else { score.player.setState("paused"); this.showVerdict(); }
  }

  /* ---- what it shows */
  showWrong({ lane: i, pos, id, pass }) {
    const { run } = this.score, lane = run.lanes[i], other = run.lanes[this.mender], star = (word) => `*${word}*`;
    const text = `${lane.title} just wrote ${star(run.word(id))}. ${whyWrongAt(lane, pos, pass)}`, asks = other && other !== lane && !wasStopped(other);
    const question = asks ? `${other.title} looks at the same picture. Will it end with a true caption?` : "";
    const answer = (yes) => () => { this.guess = { lane: this.mender, yes }; this.goOn(); };
    const buttons = asks ? [["It will", answer(true)], ["It will not", answer(false)]] : [["Go on", () => this.goOn()]];
    this.pace(text + question);
    this.show("wrong", () => questionCard(text, question, this.patience, buttons));
    return `${text.replace(/\*/g, "")} ${question}`;
  }

  showMending(mending, count) {
    const { run } = this.score, i = this.mender, text = mendingAloud(run, run.lanes[i], mending), stop = this.stop;
    const buttons = [["Go on", () => this.goOn()], ["To the end", () => this.toEnd()]];
    this.pace(text);
    this.show("mending", () => mendingCard(run, i, mending, count, this.patience, this.stop === stop ? buttons : []));
    return text;
  }

  showVerdict() {
    const { score } = this, { run } = score;
    if (this.content && score.root.dataset.tour === "end") return;
    this.leave();
    this.showWaiting();
    this.show("end", () => this.verdict());
    const end = (lane, i) => `Lane ${LETTERS[i]} ${endInWords(lane, lane.text || score.textAt(lane))}`;
    score.announce(`${run.lanes.map(end).join(". ")}. ${costOf(run, this.mender)}`.trim());
  }

  verdict() {
    const { run } = this.score;
    return endCard(run, this.guess, this.mender < 0 ? mendingLane(run, 0) : this.mender);
  }
}
