/* A run: its lanes, its words, and the messages that make it grow. Knows no page, no cursor and no drawing. */

class Run {
  constructor(payload) {
    Object.assign(this, payload);
    this.vocab = payload.vocab.slice();
    this.seq = payload.seq || 0;
    const shared = { eot: payload.eot, vocab: this.vocab };
    this.lanes = payload.lanes.map((head) => new Lane({ ...shared, ...head }, payload.length, payload.mask));
    this.done = this.lanes.every((lane) => lane.ended);
  }

  /* the clock's stroke at which a lane has come to pass n */
  clock(lane, n, axis) { return axis === "steps" ? lane.stepEnds.findIndex((end) => end >= n) : n; }

  /* a word short enough for a chip or a column */
  brief(id) { return shortened(this.word(id), 20); }

  word(id) { return id === this.mask ? "" : id === this.eot ? "end" : this.vocab[id].trim() || "␣"; }

  rows(message) {
    this.vocab.push(...(message.words || []));
    message.passes.forEach(([lane, pass]) => this.lanes[lane].apply(pass));
    this.seq = message.seq;
  }

  end(message) {
    this.vocab.push(...(message.words || []));
    message.lanes.forEach((end, i) => this.lanes[i].finish(end));
    this.seq = message.seq;
    this.done = true;
    this.stopped = message.stopped || "";
  }

  /* the clock: axis "passes" counts forward passes, "steps" counts a corrector's drafts with the step they serve */
  last(axis) { return Math.max(0, ...this.lanes.map((lane) => (axis === "steps" ? lane.stepEnds.length - 1 : lane.size))); }

  /* the pass a lane stands at when the clock says k */
  at(lane, k, axis) {
    if (lane.held) return 0;
    return axis === "steps" ? lane.stepEnds[Math.min(k, lane.stepEnds.length - 1)] : Math.min(k, lane.size);
  }

  plannedSize() { return Math.max(1, ...this.lanes.map((lane) => lane.plannedSize)); }

  /* where the first `among` lanes write the most telling wrong word: one that stays to the end before one that does not */
  firstWrong(among = this.lanes.length) {
    const found = [];
    this.lanes.slice(0, among).forEach((lane, i) => lane.tenants.forEach((t) => {
      if (t.bad && t.from > 0) found.push({ lane: i, n: t.from, pos: t.pos, id: t.id, stays: t.to === null });
    }));
    found.sort((a, b) => b.stays - a.stays || this.weight(b) - this.weight(a) || a.n - b.n || a.lane - b.lane || a.pos - b.pos);
    return found[0] || null;
  }

  /* a thing that is not in the picture tells more than a misplaced word, and that more than a misplaced dot */
  weight(found) { return this.lanes[found.lane].why[found.id] ? 2 : /\p{L}/u.test(this.vocab[found.id]) ? 1 : 0; }

  /* the first column of the tail, where every lane wrote end-of-text and nothing else: it is drawn narrow */
  tail() {
    if (!this.done || this.eot < 0) return this.length;
    const ended = (lane, pos) => lane.canvases[lane.size][pos] === this.eot && lane.stays[pos].every((t) => t.id === this.eot);
    let start = this.length;
    while (start > 0 && this.lanes.every((lane) => ended(lane, start - 1))) start--;
    return start;
  }
}
