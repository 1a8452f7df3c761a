/* A lane, rebuilt pass by pass from a run's messages: its canvases, its spans, its events. Knows no other lane, no cursor and no page.

   A span is the life of one token at one position: from the pass that wrote it to the pass that replaced or remasked it.
   Shapes: N answer positions; pass 0 is the canvas before the first forward pass; probabilities in 0..1. */

import { readJudged, wrongIn } from "./claims.js";

export class Lane {
  constructor(head, { length, mask, eot, vocab }) {
    const { passes = [], end = null, ...about } = head;
    Object.assign(this, about, { length, mask, eot, vocab }); // about: name, title, checkpoint, planned, method, rules, paper, label, start, analysis
    this.canvases = [Int32Array.from(head.start)]; // canvases[n]: (N,) ids after pass n
    this.reads = [null]; // reads[n]: (N,) ids that pass n took as input
    this.passes = [null]; // passes[n]: pass n as the message has it
    this.spans = []; // {pos, id, from, to: null while it lasts, openedBy, closedBy, probs: of its token, pass by pass}
    this.spansAt = Array.from({ length }, () => []); // the same by position, in order
    this.current = new Array(length).fill(null); // (N,) the span that lasts, null at a mask
    this.events = []; // {pass, pos, kind: "commit" | "revise" | "remask", old, id, prob}
    this.eventsIn = [[]]; // the same by pass
    this.counts = []; // counts[n]: {masks, commit, revise, remask}: masks after pass n, events up to it
    this.stepEnds = [0]; // stepEnds[k]: the last pass of step k; a corrector's drafts belong to the step after them
    this.neverChecked = new Set(); // positions whose final token no later pass has read
    this.judged = null; // judged[n]: {claims, faults} of the text after pass n, where the scene is known
    this.wrong = null; // wrong[n]: the set of positions marked wrong after pass n, where the scene is known
    this.things = []; // [name, [[left, top, right, bottom], ...]] in per mille of the picture's sides, where the scene is known
    this.trace = "";
    this.stopped = ""; // why the lane ended
    this.ended = false;
    this.waiting = false; // while the tour holds a lane back it stays at pass 0
    head.start.forEach((id, pos) => { if (id !== mask) this.openSpan(pos, id, 0, "start", null); });
    this.counts.push(this.countUp({ commit: 0, revise: 0, remask: 0 }, [], this.canvases[0]));
    passes.forEach((pass) => this.applyPass(pass));
    if (end) this.finish(end);
  }

  /* forward passes so far */
  get size() { return this.passes.length - 1; }

  /* forward passes to expect in all */
  get plannedSize() { return this.ended ? this.size : Math.max(this.size, this.planned || 0); }

  openSpan(pos, id, n, openedBy, prob) {
    const span = { pos, id, from: n, to: null, openedBy, closedBy: null, probs: [prob] };
    this.current[pos] = span;
    this.spans.push(span);
    this.spansAt[pos].push(span);
  }

  closeSpan(pos, n, closedBy) {
    const span = this.current[pos];
    if (span) { span.to = n; span.closedBy = closedBy; }
    this.current[pos] = null;
  }

  addEvent(pos, old, id, n, prob) {
    const kind = id === this.mask ? "remask" : old === this.mask ? "commit" : "revise";
    const event = { pass: n, pos, kind, old, id, prob };
    this.events.push(event);
    this.eventsIn[n].push(event);
    if (old !== this.mask) this.closeSpan(pos, n, kind);
    if (id !== this.mask) this.openSpan(pos, id, n, kind, prob);
  }

  /* one forward pass, given as changes: before it, in what it read, by it */
  applyPass(pass) {
    const n = this.passes.length, before = this.canvases[n - 1].slice();
    this.eventsIn.push([]);
    (pass.before || []).forEach(([pos, id]) => {
      if (id !== before[pos]) this.addEvent(pos, before[pos], id, n, null);
      before[pos] = id;
    });
    const read = before.slice(), canvas = before.slice(), probs = new Map();
    (pass.read || []).forEach(([pos, id]) => { read[pos] = id; });
    (pass.canvas || []).forEach(([pos, id, perMille]) => { canvas[pos] = id; probs.set(pos, perMille === null ? null : perMille / 1000); });
    this.update(n, pass, before, read, canvas, probs);
    this.passes.push(pass);
    this.canvases.push(canvas);
    this.reads.push(read);
    this.counts.push(this.countUp(this.counts[n - 1], this.eventsIn[n], canvas));
    if (pass.phase === "draft") this.stepEnds[this.stepEnds.length - 1] = n;
    else this.stepEnds.push(n);
  }

  /* every position after pass n: an event where its token changed, else one more probability for its span */
  update(n, pass, before, read, canvas, probs) {
    for (let pos = 0; pos < this.length; pos++) {
      const span = this.current[pos];
      if (canvas[pos] !== before[pos]) {
        this.addEvent(pos, before[pos], canvas[pos], n, canvas[pos] === this.mask ? null : probs.get(pos));
      } else if (span) { // one that an edit opened just before pass n gets its first probability from pass n
        const last = span.probs[span.probs.length - 1];
        span.probs[n - span.from] = probOf(pass, read[pos], pos, span.id) ?? last;
      }
    }
  }

  countUp({ commit, revise, remask }, events, canvas) {
    const counts = { masks: 0, commit, revise, remask };
    for (const id of canvas) counts.masks += id === this.mask;
    events.forEach((event) => { counts[event.kind]++; });
    return counts;
  }

  finish(end) {
    this.ended = true;
    this.text = end.text;
    this.trace = end.trace || ""; // fingerprint of its recording
    this.stopped = end.stopped || "";
    this.neverChecked = new Set(end.never_checked);
    this.judged = readJudged(end);
    this.wrong = this.judged && this.judged.map(wrongIn);
    this.things = end.things || [];
  }

  /* the span at a position after pass n, null at a mask */
  spanAt(pos, n) { return this.spansAt[pos].findLast((span) => span.from <= n && (span.to === null || span.to > n)) || null; }

  /* the probability that pass n gave to a token at a position; null where the message has none */
  givenIn(n, pos, id) { return probOf(this.passes[n], this.reads[n][pos], pos, id); }

  masksAt(n) { return this.counts[n].masks; }
  countUpTo(n, kind) { return this.counts[n][kind]; }
  countIn(n, kind) { return this.counts[n][kind] - (n ? this.counts[n - 1][kind] : 0); }

  /* whether an event wrote a final token that no later pass has read */
  isUnchecked(event) {
    const span = this.current[event.pos];
    return this.neverChecked.has(event.pos) && span !== null && span.from === event.pass;
  }
}

/* the probability that a pass which read the token `read` at a position gave to the token `id` there; null where the message has none */
function probOf(pass, read, pos, id) {
  if (read === id) return pass.input_prob[pos] / 1000;
  const top = pass.top[pos]; // [id, per mille, id, per mille, ...]
  for (let k = 0; k < top.length; k += 2) if (top[k] === id) return top[k + 1] / 1000;
  return null;
}

/* the probability that pass n gave a span's token; the last known one where that pass gave none, null where none is known */
export function probAt(span, n) {
  const at = Math.min(n - span.from, span.probs.length - 1);
  return at < 0 ? null : span.probs[at];
}
