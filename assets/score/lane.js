/* A lane as the browser keeps it: its canvases pass by pass, each word's stay at its place, what happened when, what is wrong.
   Knows no other lane, no cursor and nothing that is drawn. Shapes: N answer positions; pass 0 is the canvas before the first. */

class Lane {
  constructor(head, length, mask) {
    Object.assign(this, head);
    this.length = length;
    this.mask = mask;
    this.canvases = [Int32Array.from(head.start)]; // canvases[n]: (N,) ids after pass n
    this.reads = [null]; // reads[n]: (N,) ids the model read in pass n
    this.passes = [null]; // passes[n]: the message's own
    this.tenants = []; // a word's stay: {pos, id, from, to, how, end, probs, bad}
    this.stays = Array.from({ length }, () => []); // the same by position, in order
    this.events = []; // {n, pos, kind, old, id, prob, was, forced}
    this.eventsIn = [[]]; // the same by pass
    this.totals = []; // totals[n]: {open, commit, revise, remask}, events up to pass n
    this.stepEnds = [0];
    this.holding = new Array(length).fill(null);
    this.never = new Set(); // positions that no pass has read as they ended
    this.truth = null; // (N,) the lane's nearest true caption, -1 not judged
    this.ended = false;
    head.start.forEach((id, pos) => { if (id !== mask) this.open(pos, id, 0, "start", null); });
    this.totals.push(this.total({ commit: 0, revise: 0, remask: 0 }, [], this.canvases[0]));
    (head.passes || []).forEach((pass) => this.apply(pass));
    if (head.end) this.finish(head.end);
  }

  get size() { return this.passes.length - 1; }
  get plannedSize() { return this.ended ? this.size : Math.max(this.size, this.planned || 0); }

  open(pos, id, n, how, prob) {
    const tenant = { pos, id, from: n, to: null, how, end: null, probs: [prob], bad: null };
    this.holding[pos] = tenant;
    this.tenants.push(tenant);
    this.stays[pos].push(tenant);
  }

  close(pos, n, end) {
    const tenant = this.holding[pos];
    if (tenant) { tenant.to = n; tenant.end = end; }
    this.holding[pos] = null;
  }

  change(pos, from, to, n, prob, forced) {
    const kind = to === this.mask ? "remask" : from === this.mask ? "commit" : "revise";
    const last = this.holding[pos];
    const event = { n, pos, kind, old: from, id: to, prob, was: last ? last.probs[last.probs.length - 1] : null, forced };
    this.events.push(event);
    this.eventsIn[n].push(event);
    if (from !== this.mask) this.close(pos, n, kind);
    if (to !== this.mask) this.open(pos, to, n, kind, prob);
  }

  /* one forward pass, told as changes: before it, for its reading, by it */
  apply(pass) {
    const n = this.passes.length, before = this.canvases[n - 1].slice();
    this.eventsIn.push([]);
    (pass.before || []).forEach(([pos, id]) => {
      if (id !== before[pos]) this.change(pos, before[pos], id, n, null, id !== this.mask);
      before[pos] = id;
    });
    const read = before.slice(), canvas = before.slice(), probs = new Map();
    (pass.read || []).forEach(([pos, id]) => { read[pos] = id; });
    (pass.canvas || []).forEach(([pos, id, p]) => {
      canvas[pos] = id;
      probs.set(pos, p === null || p === undefined ? null : p / 1000);
    });
    this.settle(n, pass, before, read, canvas, probs);
    this.passes.push(pass);
    this.canvases.push(canvas);
    this.reads.push(read);
    this.totals.push(this.total(this.totals[n - 1], this.eventsIn[n], canvas));
    if (pass.phase === "draft") this.stepEnds[this.stepEnds.length - 1] = n;
    else this.stepEnds.push(n);
  }

  settle(n, pass, before, read, canvas, probs) {
    for (let pos = 0; pos < this.length; pos++) {
      const held = this.holding[pos];
      if (canvas[pos] !== before[pos]) {
        this.change(pos, before[pos], canvas[pos], n, canvas[pos] === this.mask ? null : probs.get(pos), false);
      } else if (held && held.from < n) {
        held.probs.push(read[pos] === held.id ? pass.input_prob[pos] / 1000 : held.probs[held.probs.length - 1]);
      }
    }
  }

  total(last, events, canvas) {
    const { commit, revise, remask } = last, sum = { open: 0, commit, revise, remask };
    for (const id of canvas) sum.open += id === this.mask;
    events.forEach((event) => { sum[event.kind]++; });
    return sum;
  }

  finish(end) {
    this.ended = true;
    Object.assign(this, { text: end.text, stopped: end.stopped || "", never: new Set(end.never || []), why: end.why || {} });
    if (!end.truth) return;
    this.truth = end.truth;
    this.tenants.forEach((t) => { t.bad = this.truth[t.pos] < 0 || t.id === this.eot ? null : t.id !== this.truth[t.pos]; });
  }

  isWrong(pos, id) {
    return Boolean(this.truth) && this.truth[pos] >= 0 && id !== this.mask && id !== this.eot && id !== this.truth[pos];
  }

  /* why a word is wrong, in one sentence */
  reason(pos, id, quote) {
    if (this.why[id]) return this.why[id];
    const truth = this.truth[pos], off = this.shift(pos, id);
    const says = truth === this.eot ? "has ended before this position" : `says ${quote(this.vocab[truth])} here`;
    const where = off ? ` and has ${quote(this.vocab[id])} ${plural(Math.abs(off), "position")} ${off > 0 ? "later" : "earlier"}` : "";
    return `The nearest true caption ${says}${where}.`;
  }

  /* how many positions a wrong word would have to move to be right, 0 where no near one lacks it */
  shift(pos, id) {
    const final = this.canvases[this.size];
    return [1, -1, 2, -2].find((off) => this.truth[pos + off] === id && final[pos + off] !== id) || 0;
  }

  /* what a revision did, where the truth is known */
  outcome(event) {
    if (!this.truth || event.kind !== "revise") return "";
    const was = this.isWrong(event.pos, event.old), is = this.isWrong(event.pos, event.id);
    if (was && !is) return "repaired";
    if (!was && is) return "harmed";
    return was && is ? "still wrong" : "";
  }

  /* the stay that holds a place after pass n */
  tenant(pos, n) {
    return this.stays[pos].findLast((t) => t.from <= n && (t.to === null || t.to > n)) || null;
  }

  /* the probability that pass n gave the word */
  prob(tenant, n) {
    const at = Math.min(n - tenant.from, tenant.probs.length - 1);
    return at < 0 ? null : tenant.probs[at];
  }

  count(n, kind) { return this.totals[n][kind] - (n ? this.totals[n - 1][kind] : 0); }
  upTo(n, kind) { return this.totals[n][kind]; }
  openAt(n) { return this.totals[n].open; }

  /* whether an event wrote what no later pass has read */
  unread(event) { return this.never.has(event.pos) && this.holding[event.pos] !== null && this.holding[event.pos].from === event.n; }

  wrongAt(n) {
    let bad = 0;
    this.canvases[n].forEach((id, pos) => { bad += this.isWrong(pos, id); });
    return bad;
  }
}
