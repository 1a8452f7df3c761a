/* Messages from the server, applied in their order and never twice; missed ones are requested until all have come.
   Knows numbers and runs, not what a pass is.

   target: {run, load(message), passesAdded(), runEnded(), analysed(), grounded(message)}, `run` being the one shown, or null.
   resync: ({run, after}) => promise of {messages}, or null where there is no server. */

export class MessageQueue {
  constructor(target, resync) {
    this.target = target;
    this.resync = resync;
    this.queue = [];
    this.closed = new Set(); // ids of runs that another run has replaced
    this.requesting = false;
  }

  /* a message, as an object or as JSON; "" is none */
  add(message) {
    const parsed = typeof message === "string" && message ? JSON.parse(message) : message;
    if (parsed && parsed.kind) { this.queue.push(parsed); this.drain(); }
  }

  drain() {
    while (this.queue.length) {
      const message = this.queue.shift(), run = this.target.run;
      if (message.kind === "run") { this.open(message); continue; }
      if (message.kind === "grounding") { this.target.grounded(message); continue; } // of a run that has ended: it stands in no order
      if (this.closed.has(message.run)) continue;
      if (message.kind === "analysis" && run && run.done && message.run === run.id) { run.analysed(message); this.target.analysed(); continue; }
      if (!run || message.run !== run.id || message.seq > run.seq + 1) { this.requestMissed(message); return; }
      if (message.seq <= run.seq) continue;
      if (message.kind === "passes") { run.addPasses(message); this.target.passesAdded(); }
      if (message.kind === "end") { run.end(message); this.target.runEnded(); }
    }
  }

  open(message) {
    const run = this.target.run, same = run && run.id === message.run;
    if ((same || this.closed.has(message.run)) && !message.again) return;
    if (run && !same) this.closed.add(run.id);
    this.closed.delete(message.run);
    this.target.load(message, message.autoplay);
  }

  /* another run is shown that had come before; what still comes of the one shown now is left */
  reopen(run) {
    if (this.target.run) this.closed.add(this.target.run.id);
    this.closed.delete(run.id);
  }

  requestMissed(message) {
    if (!this.resync || this.requesting) return;
    const run = this.target.run, after = run && run.id === message.run ? run.seq : -1;
    this.requesting = true;
    this.resync({ run: message.run, after }).then((answer) => {
      this.requesting = false;
      const missed = (answer && answer.messages) || [];
      if (!missed.length) return;
      this.queue = missed.map((m) => (typeof m === "string" ? JSON.parse(m) : m)).concat(this.queue);
      this.drain();
      const now = this.target.run;
      if (now && now.id === message.run && now.seq < message.seq) this.requestMissed(message);
    }, () => { this.requesting = false; });
  }
}
