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
    this.events = []; // {n, pos, kind, old, id, prob, was, forced}
    this.stepEnds = [0];
    this.holding = new Array(length).fill(null);
    this.truth = null; // (N,) the lane's nearest true caption, -1 not judged
    this.ended = false;
    head.start.forEach((id, pos) => { if (id !== mask) this.open(pos, id, 0, "start", null); });
    (head.passes || []).forEach((pass) => this.apply(pass));
    if (head.end) this.finish(head.end);
  }

  get size() { return this.passes.length - 1; }
  get plannedSize() { return this.ended ? this.size : Math.max(this.size, this.planned || 0); }

  open(pos, id, n, how, prob) {
    const tenant = { pos, id, from: n, to: null, how, end: null, probs: [prob], bad: null };
    this.holding[pos] = tenant;
    this.tenants.push(tenant);
  }

  close(pos, n, end) {
    const tenant = this.holding[pos];
    if (tenant) { tenant.to = n; tenant.end = end; }
    this.holding[pos] = null;
  }

  change(pos, from, to, n, prob, forced) {
    const kind = to === this.mask ? "remask" : from === this.mask ? "commit" : "revise";
    const last = this.holding[pos];
    this.events.push({ n, pos, kind, old: from, id: to, prob, was: last ? last.probs[last.probs.length - 1] : null, forced });
    if (from !== this.mask) this.close(pos, n, kind);
    if (to !== this.mask) this.open(pos, to, n, kind, prob);
  }

  /* one forward pass, told as changes: before it, for its reading, by it */
  apply(pass) {
    const n = this.passes.length, before = this.canvases[n - 1].slice();
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
    if (pass.phase === "draft") this.stepEnds[this.stepEnds.length - 1] = n;
    else this.stepEnds.push(n);
  }

  settle(n, pass, before, read, canvas, probs) {
    for (let pos = 0; pos < this.length; pos++) {
      const held = this.holding[pos];
      if (canvas[pos] !== before[pos]) {
        this.change(pos, before[pos], canvas[pos], n, canvas[pos] === this.mask ? null : probs.get(pos), false);
      } else if (held && held.from < n) {
        held.probs.push(read[pos] === held.id ? pass.kept[pos] / 1000 : held.probs[held.probs.length - 1]);
      }
    }
  }

  finish(end) {
    this.ended = true;
    Object.assign(this, { text: end.text, stopped: end.stopped || "", never: end.never || [], why: end.why || {} });
    if (!end.truth) return;
    this.truth = end.truth;
    this.tenants.forEach((t) => { t.bad = this.truth[t.pos] < 0 || t.id === this.eot ? null : t.id !== this.truth[t.pos]; });
  }

  isWrong(pos, id) {
    return Boolean(this.truth) && this.truth[pos] >= 0 && id !== this.mask && id !== this.eot && id !== this.truth[pos];
  }

  /* why a word is wrong, in one sentence */
  reason(pos, id, quote) {
    const truth = this.truth[pos];
    if (this.why[id]) return this.why[id];
    if (truth === this.eot) return "The nearest true caption has ended before this place.";
    return `The nearest true caption says ${quote(this.vocab[truth])} here.`;
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
    return this.tenants.find((t) => t.pos === pos && t.from <= n && (t.to === null || t.to > n)) || null;
  }

  /* the probability that pass n gave the word */
  prob(tenant, n) {
    const at = Math.min(n - tenant.from, tenant.probs.length - 1);
    return at < 0 ? null : tenant.probs[at];
  }

  count(n, kind) { return this.events.reduce((sum, e) => sum + (e.n === n && e.kind === kind ? 1 : 0), 0); }
  upTo(n, kind) { return this.events.reduce((sum, e) => sum + (e.n <= n && e.kind === kind ? 1 : 0), 0); }

  openAt(n) {
    let open = 0;
    for (const id of this.canvases[n]) open += id === this.mask;
    return open;
  }

  wrongAt(n) {
    let bad = 0;
    this.canvases[n].forEach((id, pos) => { bad += this.isWrong(pos, id); });
    return bad;
  }
}
