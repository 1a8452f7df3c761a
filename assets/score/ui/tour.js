/* The tour of a recorded run: on arrival the first lane plays and stops at the wrong word most worth showing, asks the visitor to guess,
   then all lanes play together; at the end of any run, what each lane cost and got wrong. Moves the cursor only through the player. */

import { button, el, laneLetter, paragraph, reducedMotion, setAttr } from "../dom.js";
import { answerTo, endInWords, remarkOn, revisionsOf, verdictOf } from "../model/ending.js";
import { LETTERS } from "../model/format.js";
import { firstWrong, whyWrongAt } from "../model/truth.js";

const INVITATION = "Press play, move the slider, or click any word: its story opens here.";
const START = 1100; // ms before a run plays by itself

export class Tour {
  constructor(score) {
    this.score = score;
    this.reset();
  }

  reset() {
    this.content = null; // () => node, what the tour shows in the note
    this.stopAt = null; // the wrong word at which the tour stops: see firstWrong
    this.guess = null; // {lane, yes}: whether the visitor thinks that the lane ends with a true caption
    this.asking = false;
  }

  /* the note while the tour shows nothing and no story is open */
  resting() {
    const { run, reached, last } = this.score, box = el("div", { class: "rv-message" });
    if (run.intro || !run.done || reached < last) box.append(paragraph(run.intro || INVITATION));
    if (run.done && reached >= last) box.append(...this.verdict().childNodes);
    return box;
  }

  start() {
    const score = this.score, inFirstLane = firstWrong(score.run, 1);
    this.stopAt = inFirstLane || firstWrong(score.run);
    if (inFirstLane) this.holdOthers(true);
    if (!reducedMotion()) { score.player.start(START); return; }
    score.now = score.reached = this.stopAt ? this.stopAt.pass : score.last;
    score.player.setState("paused");
    if (this.stopAt) this.pauseAtWrong(); else this.showVerdict();
  }

  /* lanes below the first wait until the question is answered */
  holdOthers(hold) {
    this.score.run.lanes.forEach((lane, i) => { lane.waiting = hold && i > 0; });
    setAttr(this.score.root, "data-waiting", hold ? "1" : "");
  }

  get holdsOthers() { return this.score.run.lanes.some((lane) => lane.waiting); }

  /* a visitor who takes the cursor need not wait for the tour */
  skip() {
    if (this.score.run && this.holdsOthers) { this.holdOthers(false); this.stopAt = null; }
  }

  stopsHere() { return this.stopAt && this.score.unit === "passes" && this.score.now === this.stopAt.pass; }

  pauseAtWrong() {
    const score = this.score, run = score.run, { lane: i, pos, id, pass: n } = this.stopAt, lane = run.lanes[i];
    const other = run.lanes.find((one, j) => j !== i && one.rules && one.rules.includes("revise"));
    const star = (word) => `*${word}*`, text = `${lane.title} just wrote ${star(run.word(id))}. ${whyWrongAt(lane, pos, n)}`;
    this.stopAt = null;
    this.asking = true;
    score.player.setState("paused");
    setAttr(score.root, "data-tour", "wrong");
    score.point(pos, i);
    this.content = () => this.question(text, other);
    score.showNote(); score.announce(text.replace(/\*/g, "")); score.paint();
  }

  question(text, other) {
    const box = el("div", { class: "rv-message" }, paragraph(text));
    if (!other) { box.append(button("", "Continue", () => this.playAll())); return box; }
    box.append(el("p", { class: "rv-question", text: `${other.title} looks at the same picture. Will it end with a true caption?` }));
    const answer = ([label, yes]) => button("", label, () => {
      this.guess = { lane: this.score.run.lanes.indexOf(other), yes };
      this.playAll();
    });
    box.append(el("div", { class: "rv-answers" }, ...[["It will", true], ["It will not", false]].map(answer)));
    return box;
  }

  playAll() {
    const score = this.score;
    score.point(null);
    this.asking = false;
    setAttr(score.root, "data-tour", "all");
    if (this.holdsOthers) { this.holdOthers(false); score.now = 0; }
    this.content = () => paragraph("All lanes from the start, pass by pass. A diamond marks a word revised in place.");
    score.showNote(); score.layout();
    if (reducedMotion()) { score.seek(score.last); this.showVerdict(); } else { score.paint(); score.player.play(); }
  }

  showVerdict() {
    const score = this.score, run = score.run;
    if (this.content && score.root.dataset.tour === "end") return;
    this.asking = false;
    setAttr(score.root, "data-tour", "end");
    this.content = () => this.verdict();
    if (!score.selected) score.showNote();
    const end = (lane, i) => `Lane ${LETTERS[i]} ${endInWords(lane, lane.text || score.textAt(lane))}`;
    score.announce(run.lanes.map(end).join(". "));
  }

  verdict() {
    const run = this.score.run, judged = run.lanes.some((lane) => lane.wrong), box = el("div", { class: "rv-message" });
    if (run.stopped) box.append(paragraph(run.stopped));
    if (this.guess) box.append(el("p", { class: "rv-guess", text: answerTo(run.lanes[this.guess.lane], this.guess.yes) }));
    box.append(...run.lanes.map(laneVerdict));
    const known = "Click any word: when it was committed, what it replaced, what the model could read.";
    const unknown = "No truth is known here, so no word is marked wrong. Click any word for its story.";
    box.append(el("p", { class: "rv-hint", text: judged ? known : unknown }));
    return box;
  }
}

/* "ReDiff: 9 forward passes, a true caption; 3 revised by the paper's rule (2 repaired, 0 harmed)." */
function laneVerdict(lane, i) {
  const { text, tone } = verdictOf(lane), revised = revisionsOf(lane), remark = remarkOn(lane);
  const said = el("span", { class: tone ? `rv-${tone}` : null, text }), name = el("strong", { text: `${lane.title}:` });
  return el("p", { class: "rv-verdict" }, laneLetter(i), name, " ", said, `${revised && `; ${revised}`}.${remark && ` ${remark}`}`);
}
