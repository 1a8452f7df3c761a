/* Messages from the server, applied in their order and never twice; what was missed is asked for until it is there.
   Knows numbers and runs, not what a pass is. */

class Inbox {
  constructor(score, resync) {
    this.score = score;
    this.resync = resync; // ({run, after}) => promise of {messages}, or null
    this.queue = [];
    this.past = new Set(); // runs that have left the stage
    this.asking = false;
  }

  take(message) {
    if (typeof message === "string") { if (!message) return; message = JSON.parse(message); }
    if (message && message.kind) { this.queue.push(message); this.drain(); }
  }

  drain() {
    while (this.queue.length) {
      const message = this.queue.shift(), run = this.score.run;
      if (message.kind === "run") { this.begin(message); continue; }
      if (this.past.has(message.run)) continue;
      if (!run || message.run !== run.run || message.seq > run.seq + 1) { this.ask(message); return; }
      if (message.seq <= run.seq) continue;
      if (message.kind === "passes") { run.rows(message); this.score.player.arrived(); }
      if (message.kind === "end") { run.end(message); this.score.ended(); }
    }
  }

  begin(message) {
    const run = this.score.run, same = run && run.run === message.run;
    if ((same || this.past.has(message.run)) && !message.again) return;
    if (run && !same) this.past.add(run.run);
    this.past.delete(message.run);
    this.score.load(message, message.autoplay);
  }

  ask(message) {
    if (!this.resync || this.asking) return;
    const run = this.score.run, after = run && run.run === message.run ? run.seq : -1;
    this.asking = true;
    this.resync({ run: message.run, after }).then((missed) => {
      this.asking = false;
      const list = (missed && missed.messages) || [];
      if (!list.length) return;
      this.queue = list.map((m) => (typeof m === "string" ? JSON.parse(m) : m)).concat(this.queue);
      this.drain();
      const now = this.score.run;
      if (now && now.run === message.run && now.seq < message.seq) this.ask(message);
    }, () => { this.asking = false; });
  }
}
