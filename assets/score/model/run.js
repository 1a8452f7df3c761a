/* A run: its lanes, its texts, and the messages that make it grow. Knows no page, no cursor and no drawing. */

import { shortened } from "./format.js";
import { Lane } from "./lane.js";

export const FORMAT = 3; // of the messages, docs/page.md

export class Run {
  constructor(payload) {
    if (payload.format !== FORMAT) throw new Error(`a run's messages have format ${payload.format}, this script reads ${FORMAT}`);
    this.id = payload.run;
    this.source = payload.source === "live" ? "live" : "recorded";
    this.title = payload.title || "";
    this.about = payload.about || "";
    this.intro = payload.intro || "";
    this.found = payload.found || ""; // how a recorded run was found, and how common its kind is
    this.caution = payload.caution || ""; // what a visitor must know for as long as the run is shown
    this.picture = payload.picture || null; // a data: URL
    this.sceneWords = payload.scene_words || "";
    this.length = payload.length; // N answer positions
    this.mask = payload.mask;
    this.eot = payload.eot;
    this.vocab = payload.vocab.slice(); // texts by run-local id
    this.seq = payload.seq || 0; // number of the last message applied
    this.lanes = payload.lanes.map((head) => new Lane(head, this));
    this.done = this.lanes.every((lane) => lane.ended);
    this.stopped = payload.stopped || ""; // why the run ended early
    this.branch = payload.branch || null; // of a branch: {position, at, word, hidden, seen, path}; lane 0 is its trunk, lane 1 the branch
    this.control = payload.control || null; // what a fork without a change showed: {repeats, sentence}
    this.parent = null; // the Run that a branch was made from, while it can be gone back to
  }

  /* a message of kind "passes" */
  addPasses(message) {
    this.vocab.push(...message.vocab);
    message.passes.forEach(([lane, pass]) => this.lanes[lane].applyPass(pass));
    this.seq = message.seq;
  }

  /* a message of kind "end" */
  end(message) {
    this.vocab.push(...message.vocab);
    message.lanes.forEach((end, i) => this.lanes[i].finish(end));
    this.seq = message.seq;
    this.done = true;
    this.stopped = message.stopped || "";
    this.control = message.control || null;
  }

  /* a message of kind "analysis": what an analysis of each lane found, whenever it was asked for */
  analysed(message) {
    message.lanes.forEach((found, i) => { this.lanes[i].analysis = { ...this.lanes[i].analysis, ...found }; });
    this.seq = Math.max(this.seq, message.seq);
  }

  /* [name, boxes] of each thing in the picture, where every judged lane knows the same ones */
  get things() {
    const known = this.lanes.filter((lane) => lane.judged).map((lane) => lane.things);
    return known.length && known.every((things) => JSON.stringify(things) === JSON.stringify(known[0])) ? known[0] : [];
  }

  /* forward passes to expect in the longest lane */
  plannedSize() { return Math.max(1, ...this.lanes.map((lane) => lane.plannedSize)); }

  word(id) { return id === this.mask ? "" : id === this.eot ? "end" : this.vocab[id].trim() || "␣"; }

  /* a word short enough for a chip */
  shortWord(id) { return shortened(this.word(id), 20); }

  /* the first position of the tail, where every lane wrote end-of-text and nothing else */
  tailStart() {
    if (!this.done || this.eot < 0) return this.length;
    const ended = (lane, pos) => lane.canvases[lane.size][pos] === this.eot && lane.spansAt[pos].every((span) => span.id === this.eot);
    let start = this.length;
    while (start > 0 && this.lanes.every((lane) => ended(lane, start - 1))) start--;
    return start;
  }
}
