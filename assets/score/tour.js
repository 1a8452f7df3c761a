/* What a visitor is told: on arrival the first lane plays and stops at its most telling wrong word, asks, then both play on one clock;
   at the end of any run, what each lane cost and got wrong. Knows the run's verdicts; moves the cursor only through the player. */

class Tour {
  constructor(score) {
    this.score = score;
    this.reset();
  }

  reset() {
    this.card = null; // () => node of the note at rest
    this.stopAt = null;
    this.guess = null;
    this.asking = false;
  }

  /* the note while nobody tells anything and no story is open */
  atRest() {
    const { run, seen, last } = this.score, box = el("div", { class: "rv-tell" });
    if (run.intro || !run.done || seen < last) box.append(sentence(run.intro || INVITE));
    if (run.done && seen >= last) box.append(...this.verdict().childNodes);
    return box;
  }

  /* play once, stop at the first wrong word */
  tell() {
    const score = this.score, alone = score.run.firstWrong(1);
    this.stopAt = alone || score.run.firstWrong();
    if (alone) this.hold(true);
    if (!quiet()) { score.player.start(1100); return; }
    score.now = score.seen = this.stopAt ? this.stopAt.n : score.last;
    score.player.state("paused");
    if (this.stopAt) this.pauseAtWrong(); else this.reveal();
  }

  /* lanes below the first wait until the question is asked */
  hold(held) {
    this.score.run.lanes.forEach((lane, i) => { lane.held = held && i > 0; });
    set(this.score.root, "data-held", held ? "1" : "");
  }

  /* a visitor who takes the cursor is not made to wait for the story */
  release() {
    const run = this.score.run;
    if (run && run.lanes.some((lane) => lane.held)) { this.hold(false); this.stopAt = null; }
  }

  stopsHere() { return this.stopAt && this.score.axis === "passes" && this.score.now === this.stopAt.n; }

  pauseAtWrong() {
    const score = this.score, run = score.run, { lane: i, pos, id } = this.stopAt, lane = run.lanes[i];
    const other = run.lanes.find((l, j) => j !== i && l.rules && l.rules.includes("revise"));
    const word = (w) => `*${w}*`, text = `${lane.title} just wrote ${word(run.word(id))}. ${lane.reason(pos, id, word)}`;
    this.stopAt = null;
    this.asking = true;
    score.player.state("paused");
    set(score.root, "data-story-step", "wrong");
    score.pointed = pos;
    this.card = () => this.question(text, other, score.story.truth(lane, pos));
    score.rest(); score.say(text.replace(/\*/g, "")); score.paint();
  }

  question(text, other, truth) {
    const box = el("div", { class: "rv-tell" }, sentence(text), truth);
    if (!other) { box.append(button("", "Go on", () => this.goOn())); return box; }
    box.append(el("p", { class: "rv-ask", text: `${other.title} looks at the same picture. Will it end with a true caption?` }));
    const answer = ([label, yes]) => button("", label, () => {
      this.guess = { lane: this.score.run.lanes.indexOf(other), yes };
      this.goOn();
    });
    box.append(el("div", { class: "rv-answers" }, ...[["It will", true], ["It will not", false]].map(answer)));
    return box;
  }

  goOn() {
    const score = this.score;
    score.pointed = null;
    this.asking = false;
    set(score.root, "data-story-step", "on");
    if (score.run.lanes.some((lane) => lane.held)) { this.hold(false); score.now = 0; }
    this.card = () => sentence("All lanes from the start, on one clock. A diamond marks a word revised in place.");
    score.rest(); score.plan();
    if (quiet()) { score.seek(score.last); this.reveal(); } else { score.paint(); score.player.play(); }
  }

  reveal() {
    const score = this.score, run = score.run;
    if (this.card && score.root.dataset.storyStep === "end") return;
    this.asking = false;
    set(score.root, "data-story-step", "end");
    this.card = () => this.verdict();
    if (!score.picked) score.rest();
    score.say(run.lanes.map((l, i) => `Lane ${LETTERS[i]} ended after ${plural(l.size, "pass")}: ${l.text || score.spoken(l)}`).join(". "));
  }

  verdict() {
    const run = this.score.run, judged = run.lanes.some((lane) => lane.truth), box = el("div", { class: "rv-tell" });
    if (run.stopped) box.append(sentence(run.stopped));
    if (this.guess && run.lanes[this.guess.lane].truth) {
      const lane = run.lanes[this.guess.lane], whole = lane.wrongAt(lane.size) === 0;
      box.append(el("p", { class: "rv-guess", text: whole === this.guess.yes ? "You guessed right." : whole ? "It did." : "It did not." }));
    }
    run.lanes.forEach((lane, i) => box.append(this.verdictLine(lane, i)));
    const known = "Click any word: when it was committed, what it replaced, what the model could read.";
    const unknown = "No truth is known for this picture, so no word is marked wrong. Click any word for its story.";
    box.append(el("p", { class: "rv-hint", text: judged ? known : unknown }));
    return box;
  }

  verdictLine(lane, i) {
    const out = { repaired: 0, harmed: 0 }, revised = lane.upTo(lane.size, "revise"), wrong = lane.truth ? lane.wrongAt(lane.size) : null;
    lane.events.forEach((e) => { const o = lane.outcome(e); if (o in out) out[o]++; });
    const name = el("strong", { text: `${lane.title}:` }), cost = ` ${plural(lane.size, "forward pass")}`;
    const line = el("p", { class: "rv-verdict" }, letter(i), name, cost);
    if (wrong !== null) {
      const text = wrong ? plural(wrong, "wrong word") : "a true caption";
      line.append(", ", el("span", { class: wrong ? "rv-bad" : "rv-good", text }));
    }
    if (revised) line.append(`; ${revised} revised${lane.truth ? ` (${out.repaired} repaired, ${out.harmed} harmed)` : ""}`);
    line.append(".");
    return line;
  }
}
