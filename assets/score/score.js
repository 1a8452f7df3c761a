/* The Score: lanes of a run, drawn over time. Columns are answer positions, time runs down in forward passes, lanes are stacked.
   This file holds what all parts share (the run, the cursor, what is selected) and puts the parts together; it knows no server and
   draws nothing itself. `mount(element, payload, options)` returns a handle with message, seek, play, pause, verdicts, destroy (docs/page.md). */

import { setAttr } from "./dom.js";
import { widestWord } from "./draw/canvas.js";
import { readColors } from "./draw/colors.js";
import { DifferenceBand } from "./draw/difference_band.js";
import { layOut, PAPER, WINDOW } from "./draw/geometry.js";
import { LaneCanvas } from "./draw/lane_canvas.js";
import { inherit } from "./model/branch.js";
import { lastTime, passAt } from "./model/cursor.js";
import { describePass } from "./model/describe.js";
import { wasStopped } from "./model/ending.js";
import { clamp, LETTERS } from "./model/format.js";
import { MessageQueue } from "./model/message_queue.js";
import { Run } from "./model/run.js";
import { FilterBar } from "./ui/filter_bar.js";
import { Frame } from "./ui/frame.js";
import { Keyboard } from "./ui/keyboard.js";
import { LaneTexts } from "./ui/lane_texts.js";
import { Legend } from "./ui/legend.js";
import { Link } from "./ui/link.js";
import { Marks } from "./ui/marks.js";
import { Note } from "./ui/note.js";
import { Player } from "./ui/player.js";
import { Print } from "./ui/print.js";
import { Selection } from "./ui/selection.js";
import { Sight } from "./ui/sight.js";
import { SightCard } from "./ui/sight_card.js";
import { Story } from "./ui/story.js";
import { Table } from "./ui/table.js";
import { Things } from "./ui/things.js";
import { Tooltip } from "./ui/tooltip.js";
import { Tour } from "./ui/tour.js";
import { Transport } from "./ui/transport.js";
import { WhatIf } from "./ui/whatif.js";

const PHONE = 620, WIDE = 980; // px: below PHONE one lane at a time, from WIDE on three columns

class Score {
  constructor(host, payload, { autoplay = false, resync = null, remedy = null, look = null }) {
    this.run = null;
    this.unit = "passes"; // what the cursor counts: "passes" or "steps"
    this.now = 0; // the cursor
    this.reached = 0; // how far it has been
    this.first = 0; // first column shown
    this.laneShown = 0; // on a phone
    this.selected = null; // {lane, pos} whose story is open
    this.pointed = null; // column under the pointer
    this.pointedWord = null; // {lane, pos, n: pass, null for the cursor's}: the word under the pointer or with the keyboard's focus
    this.thing = null; // index of the thing pointed at in the picture
    this.printing = false;
    this.canvases = []; this.bands = []; this.geometry = null; this.colors = null; this.frameRequest = 0;
    this.frame = new Frame(host);
    this.root = this.frame.root;
    this.selection = new Selection(this); this.player = new Player(this); this.transport = new Transport(this); this.texts = new LaneTexts(this);
    this.story = new Story(this); this.whatif = new WhatIf(this, remedy); this.tour = new Tour(this); this.note = new Note(this);
    this.tooltip = new Tooltip(this); this.table = new Table(this); this.legend = new Legend(this); this.link = new Link(this); this.things = new Things(this);
    this.filters = new FilterBar(this); this.marks = new Marks(this);
    this.sight = new Sight(this, look); this.sightCard = new SightCard(this, this.sight);
    this.frame.assemble(this);
    this.keyboard = new Keyboard(this);
    this.print = new Print(this);
    this.queue = new MessageQueue(this, resync);
    this.frame.watch(() => this.layout(), () => this.recolor());
    if (payload) this.load(payload, autoplay);
    else { this.player.setState("empty"); this.frame.showEmpty(); }
  }

  destroy() {
    this.player.reset();
    this.print.destroy();
    this.frame.destroy();
  }

  /* ---- the run */
  message(message) { this.queue.add(message); }

  load(payload, autoplay) {
    const run = new Run(payload);
    if (run.branch && this.run && this.run.done) inherit(run, this.run);
    this.take(run);
    this.now = run.branch ? Math.min(run.branch.at, this.last) : 0;
    this.laneShown = run.branch ? 1 : 0;
    this.reached = run.done && !autoplay ? this.last : this.now;
    this.showRun();
    if (!run.done) this.player.setState("streaming");
    else if (!payload.again && this.link.follow()) this.showNote();
    else if (autoplay) this.tour.start();
    else { this.player.setState("paused"); this.now = this.last; this.showNote(); }
    this.layout();
    if (!run.done) this.announce(run.title || "A run has started.");
  }

  /* nothing is left of the run before */
  take(run) {
    this.player.reset(); this.tour.reset(); this.filters.reset();
    this.run = run;
    ["data-waiting", "data-tour", "data-story", "data-goes-on"].forEach((name) => setAttr(this.root, name, ""));
    this.now = 0; this.selected = null; this.point(null); this.thing = null; this.first = 0; this.laneShown = 0;
  }

  /* from a branch to the run it was made from, which was never lost */
  back() {
    const { parent } = this.run;
    this.queue.reopen(parent);
    this.take(parent);
    this.reached = this.last;
    this.showRun();
    this.player.setState("done");
    this.now = this.last;
    this.layout();
    this.root.dispatchEvent(new CustomEvent("rv-back", { bubbles: true, detail: { run: parent.id } }));
    this.announce(`Back ${parent.branch ? "one step" : "to the run"}.`);
  }

  showRun() {
    const lanes = this.run.lanes;
    this.frame.showRun(this.run);
    this.canvases = lanes.map((_, i) => new LaneCanvas(this, i));
    this.bands = lanes.slice(1).map((_, i) => new DifferenceBand(this, i));
    const nodes = this.canvases.flatMap((canvas, i) => (this.bands[i] ? [canvas.node, this.bands[i].node] : [canvas.node]));
    this.frame.body.replaceChildren(...nodes);
    this.texts.showRun(); this.link.showRun(); this.legend.showRun(); this.things.showRun(); this.sight.showRun();
    this.showNote();
  }

  passesAdded() { this.player.passesAdded(); }

  analysed() { this.legend.showRun(); this.paint(); }

  grounded(message) { this.sight.receive(message); }

  runEnded() { this.legend.showRun(); this.things.showRun(); this.player.runEnded(); }

  /* ---- the cursor */
  get last() { return this.run ? lastTime(this.run, this.unit) : 0; }
  passAt(lane) { return passAt(lane, this.now, this.unit); }
  reachedPass(lane) { return passAt(lane, this.reached, this.unit); }

  /* the slider's end: what has come, and while more comes, what is planned */
  end() {
    const { run, last } = this;
    return run.done || this.unit === "steps" ? last : Math.max(last, run.plannedSize());
  }

  timeText() { return `${this.unit === "steps" ? "step" : "pass"} ${this.now} of ${this.end()}`; }

  seek(time) {
    if (!this.run) return;
    const seen = this.reached >= this.last;
    this.now = clamp(Math.round(time), 0, this.last);
    this.reached = Math.max(this.reached, this.now);
    if (this.run.done && !seen && this.reached >= this.last && !this.selected) this.showNote(); // it may tell the end now
    this.paint();
  }

  play() { this.player.play(); }
  pause() { this.player.pause(); }
  verdicts() { return this.marks.csv(); } // the visitor's own on this run, as CSV

  /* count in another unit; the cursor keeps its share of the run */
  setUnit(unit) {
    if (unit === this.unit) return;
    const share = this.now / Math.max(1, this.last), all = this.reached >= this.last;
    this.unit = unit;
    if (!this.run) return;
    this.now = Math.round(share * this.last);
    this.reached = all ? this.last : this.now;
    this.layout();
  }

  /* ---- pointing and selecting */
  point(pos, i = null, n = null) { this.selection.point(pos, i, n); }
  pointAt(thing) { if (thing !== this.thing) { this.thing = thing; this.paint(); } } // at a thing in the picture; null: at none
  select(i, pos, n) { this.selection.select(i, pos, n); }
  closeStory() { this.selection.close(); }

  showNote() { this.note.showTour(); }

  showLane(i) { this.laneShown = i; this.paint(); }

  /* the window on a text too long to show at once */
  moveWindow(by) { this.first = clamp(this.first + by, 0, Math.max(0, this.run.length - WINDOW)); this.layout(); }

  /* ---- what screen readers say */
  announce(text) { this.frame.announce(text); }

  announceTime() {
    const lanes = this.run.lanes.map((lane, i) => {
      const over = lane.ended && !lane.waiting && this.unit === "passes" && this.now > lane.size;
      return `${LETTERS[i]} ${over ? (wasStopped(lane) ? "was stopped" : "has ended") : describePass(this.run, lane, this.passAt(lane))}.`;
    });
    this.announce(`${this.timeText()}. ${lanes.join(" ")}`);
  }

  /* a lane's words at the cursor */
  textAt(lane) {
    const ids = [...lane.canvases[this.passAt(lane)]].filter((id) => id !== lane.mask && id !== lane.eot);
    return ids.map((id) => this.run.word(id)).join(" ");
  }

  /* ---- drawing: everything goes through one animation frame, and each part draws only what changed */
  layout() {
    if (!this.run) return;
    const { root, run, printing } = this, wide = printing ? PAPER : root.clientWidth, down = wide >= PHONE;
    setAttr(root, "data-size", !down ? "phone" : wide < WIDE ? "middle" : "wide");
    this.colors = this.colors || readColors(root);
    const width = printing ? PAPER : this.frame.body.clientWidth, widest = down ? widestWord(run, this.colors.font) : 0;
    const next = layOut(run, { first: this.first, width, down, whole: printing, widest });
    if (JSON.stringify(next) !== JSON.stringify(this.geometry)) this.geometry = next;
    this.canvases.forEach((canvas) => canvas.layout());
    this.paint();
  }

  recolor() { this.colors = null; this.layout(); }

  paint() {
    if (!this.frameRequest) this.frameRequest = requestAnimationFrame(() => { this.frameRequest = 0; this.paintNow(); });
  }

  paintNow() {
    if (!this.run || !this.geometry || !this.colors) return;
    this.marks.paint(); this.filters.paint();
    this.canvases.forEach((canvas) => canvas.draw());
    this.canvases.forEach((canvas, i) => { canvas.drawOver(); setAttr(canvas.node, "data-shown", i === this.laneShown ? "1" : ""); });
    this.bands.forEach((band) => band.draw());
    setAttr(this.root, "data-pass", this.now); setAttr(this.root, "data-last", this.last);
    this.transport.paint();
    this.texts.paint();
    this.things.paint();
    this.sight.paint();
    if (this.selected) this.note.showStory();
    this.table.paint();
  }
}

/* show a run in an element; payload: a run's message, as an object or JSON, or null; options: {autoplay, resync, remedy, look} */
export function mount(element, payload, options) {
  const score = new Score(element, typeof payload === "string" ? JSON.parse(payload) : payload, options || {});
  element.rediffScore = score;
  return score;
}
