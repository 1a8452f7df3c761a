/* The Score: lanes of a run read like a piano roll. Columns are answer positions, time runs down in forward passes, lanes are stacked.
   This file holds what all parts share (the run, the cursor, what is picked) and puts the parts together; it knows no server and draws
   nothing itself. `mount(element, payload, options)` returns a handle with message, seek, play, pause, destroy (docs/page.md). */

const INVITE = "Press play, drag the cursor, or click any word: its story opens here.";
const KEYS = "Keys: ← → pass · Shift ← → event · ↑ ↓ word · E next revision · D next difference · Space plays";

class Score {
  constructor(host, payload, options) {
    const { autoplay = false, resync = null } = options || {};
    this.host = host;
    this.run = null;
    this.axis = "passes";
    this.now = 0; // the clock
    this.seen = 0; // how far it has been
    this.first = 0; // first column shown
    this.laneShown = 0; // on a phone
    this.picked = null; // {lane, pos} whose story is open
    this.pointed = null; // column under the pointer
    this.rolls = []; this.bands = []; this.geometry = null; this.ink = null; this.frame = 0;
    this.build();
    this.inbox = new Inbox(this, resync);
    this.watch();
    if (payload) this.load(payload, autoplay); else this.empty();
  }

  /* ---- the frame around the run: made once */
  build() {
    const known = { "data-state": "empty", "data-run": "", "data-pass": "0" };
    this.root = el("section", { class: "rv-score", "aria-label": "Score of a run", tabindex: "-1", ...known });
    this.title = el("div", { class: "rv-title" });
    this.image = el("img", { alt: "" });
    this.caption = el("figcaption", {});
    this.figure = el("figure", { class: "rv-picture" }, el("div", { class: "rv-frame" }, this.image), this.caption);
    this.note = el("aside", { class: "rv-note", "aria-label": "Notes" });
    this.body = el("div", { class: "rv-body" });
    this.live = el("div", { class: "rv-sr", "aria-live": "polite", role: "status" });
    this.printing = false;
    this.player = new Player(this); this.transport = new Transport(this); this.texts = new Texts(this);
    this.story = new Story(this);
    this.tour = new Tour(this); this.tip = new Tip(this); this.table = new Table(this);
    this.legend = new Legend(this); this.link = new Link(this);
    const top = el("div", { class: "rv-top" }, this.figure, this.texts.node, this.note);
    const foot = el("div", { class: "rv-foot" }, this.table.toggle, this.link.button, el("span", { class: "rv-keys", text: KEYS }));
    this.root.append(this.title, top, this.transport.node, this.transport.window, this.body, this.legend.node, foot, this.table.node,
      this.live, this.tip.node);
    this.host.replaceChildren(this.root);
    this.keys = new Keys(this);
    this.print = new Print(this);
  }

  watch() {
    this.resizer = new ResizeObserver(() => this.plan());
    this.resizer.observe(this.root);
    this.themer = new MutationObserver(() => this.repaint());
    const classes = { attributes: true, attributeFilter: ["class"] };
    [document.documentElement, document.body].forEach((node) => this.themer.observe(node, classes));
    this.scheme = window.matchMedia ? window.matchMedia("(prefers-color-scheme: dark)") : null;
    this.onScheme = () => this.repaint();
    if (this.scheme) this.scheme.addEventListener("change", this.onScheme);
  }

  destroy() {
    this.player.reset();
    this.print.destroy();
    this.resizer.disconnect(); this.themer.disconnect();
    if (this.scheme) this.scheme.removeEventListener("change", this.onScheme);
    this.host.replaceChildren();
  }

  empty() {
    this.player.state("empty");
    this.title.replaceChildren(el("p", { class: "rv-about", text: "No run yet. Choose a picture below and press Run." }));
  }

  message(message) { this.inbox.take(message); }

  /* ---- a run takes the stage */
  load(payload, autoplay) {
    this.player.reset(); this.tour.reset();
    const run = this.run = new Run(payload);
    set(this.root, "data-held", ""); set(this.root, "data-story-step", "");
    this.now = 0; this.picked = null; this.pointed = null; this.first = 0; this.laneShown = 0;
    this.seen = run.done && !autoplay ? this.last : 0;
    set(this.root, "data-run", run.run); set(this.root, "data-story", "");
    this.furnish();
    if (!run.done) this.player.state("streaming");
    else if (!payload.again && this.link.follow()) this.rest();
    else if (autoplay) this.tour.tell();
    else { this.player.state("paused"); this.now = this.last; this.rest(); }
    this.plan();
    if (!run.done) this.say(run.title || "A run begins.");
  }

  furnish() {
    const run = this.run, source = run.source === "live" ? "live" : "recorded";
    const badge = el("span", { class: "rv-badge", "data-source": source, text: source });
    this.title.replaceChildren(badge, el("h2", { text: run.title || "A run" }));
    if (run.about) this.title.append(el("span", { class: "rv-about", text: run.about }));
    this.figure.hidden = !run.picture;
    if (run.picture) {
      this.image.src = run.picture;
      this.image.alt = run.scene_words ? `The picture: ${run.scene_words}` : "The picture that is described";
    }
    this.caption.textContent = run.scene_words ? `${run.scene_words}.` : "";
    set(this.root, "data-lanes", run.lanes.length); set(this.root, "data-picture", run.picture ? "1" : "");
    set(this.root, "data-long", run.length > 64 ? "1" : "");
    this.rolls = run.lanes.map((_, i) => new Roll(this, i));
    this.bands = run.lanes.slice(1).map((_, i) => new Band(this, i));
    this.body.replaceChildren(...this.rolls.flatMap((roll, i) => (this.bands[i] ? [roll.node, this.bands[i].node] : [roll.node])));
    this.texts.furnish(); this.link.furnish(); this.legend.furnish();
    this.rest();
  }

  ended() { this.legend.furnish(); this.player.ended(); }

  /* ---- the clock */
  get last() { return this.run ? this.run.last(this.axis) : 0; }
  at(lane) { return this.run.at(lane, this.now, this.axis); }
  seenAt(lane) { return this.run.at(lane, this.seen, this.axis); }

  /* how far the run goes: what has come, and while more comes, what is planned */
  whole() {
    const { run, last } = this;
    return run.done || this.axis === "steps" ? last : Math.max(last, run.plannedSize());
  }

  where() { return `${this.axis === "steps" ? "step" : "pass"} ${this.now} of ${this.whole()}`; }

  seek(k) {
    if (!this.run) return;
    this.now = clamp(Math.round(k), 0, this.last);
    this.seen = Math.max(this.seen, this.now);
    this.paint();
  }

  play() { this.player.play(); }
  pause() { this.player.pause(); }

  setAxis(axis) {
    if (axis === this.axis) return;
    const share = this.now / Math.max(1, this.last), all = this.seen >= this.last;
    this.axis = axis;
    if (!this.run) return;
    this.now = Math.round(share * this.last);
    this.seen = all ? this.last : this.now;
    this.plan();
  }

  /* ---- pointing and picking */
  point(pos) { if (pos !== this.pointed) { this.pointed = pos; this.paint(); } }

  hover(roll, hit, event) {
    this.point(hit ? hit.pos : null);
    if (!hit || event.pointerType === "touch") { this.tip.hide(); return; }
    const lane = roll.lane, n = hit.inside ? hit.n : this.at(lane);
    this.tip.show(lane, hit.pos, Math.min(n, this.seenAt(lane)), event);
  }

  /* open a position's story, at pass n if another word stood there; the same position without a pass closes it again */
  select(i, pos, n) {
    const lane = this.run.lanes[i];
    if (n === null && this.picked && this.picked.pos === pos && this.picked.lane === i) { this.unpick(); return; }
    this.player.pause();
    if (n !== null && n !== this.at(lane) && (!lane.tenant(pos, n) || lane.tenant(pos, n) !== lane.tenant(pos, this.at(lane)))) {
      this.player.letStand(this.run.clock(lane, n, this.axis));
    }
    this.picked = { lane: i, pos };
    this.laneShown = i;
    set(this.root, "data-story", pos);
    this.paint();
    this.say(`Lane ${LETTERS[i]}, position ${pos + 1}: ${biography(this.run, lane, pos, this.seenAt(lane))}.`);
    const detail = { run: this.run.run, lane: i, position: pos, pass: this.at(lane) };
    this.root.dispatchEvent(new CustomEvent("rv-story", { bubbles: true, detail }));
  }

  unpick() {
    const { lane, pos } = this.picked, inside = this.note.contains(document.activeElement), chip = this.texts.chip(lane, pos);
    this.picked = null;
    set(this.root, "data-story", "");
    this.rest(); this.paint();
    if (inside) (chip && !chip.hidden ? chip : this.root).focus();
  }

  showLane(i) { this.laneShown = i; this.paint(); }

  /* the window on a text too long to show at once */
  turn(by) { this.first = clamp(this.first + by, 0, Math.max(0, this.run.length - WINDOW)); this.plan(); }

  /* the note while no story is open */
  rest() {
    const told = this.printing && this.run.done ? this.tour.verdict() : this.tour.card ? this.tour.card() : this.tour.atRest();
    this.story.told = [];
    this.note.replaceChildren(el("div", { class: "rv-card" }, told));
  }

  say(text) { if (this.live.textContent !== text) this.live.textContent = text; }
  sayNow() {
    const lanes = this.run.lanes.map((lane, i) => {
      const over = lane.ended && !lane.held && this.axis === "passes" && this.now > lane.size;
      return `${LETTERS[i]} ${over ? "has ended" : news(this.run, lane, this.at(lane))}.`;
    });
    this.say(`${this.where()}. ${lanes.join(" ")}`);
  }

  spoken(lane) {
    const words = [...lane.canvases[this.at(lane)]].filter((id) => id !== lane.mask && id !== lane.eot);
    return words.map((id) => this.run.word(id)).join(" ");
  }

  /* ---- drawing: everything goes through one animation frame, and each part draws only what changed */
  plan() {
    if (!this.run) return;
    const wide = this.printing ? PAPER : this.root.clientWidth, phone = wide < 620, first = this.first, whole = this.printing;
    set(this.root, "data-size", phone ? "phone" : wide < 980 ? "middle" : "wide");
    this.ink = this.ink || readInk(this.root);
    const width = this.printing ? PAPER : this.body.clientWidth;
    const next = layOut(this.run, { first, width, down: !phone, font: this.ink.font, whole });
    if (JSON.stringify(next) !== JSON.stringify(this.geometry)) this.geometry = next;
    this.rolls.forEach((roll) => roll.layout());
    this.paint();
  }

  repaint() { this.ink = null; this.plan(); }

  paint() {
    if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = 0; this.paintNow(); });
  }

  paintNow() {
    if (!this.run || !this.geometry || !this.ink) return;
    this.rolls.forEach((roll) => roll.draw());
    this.paintCursor();
  }

  paintCursor() {
    this.rolls.forEach((roll, i) => { roll.drawOver(); set(roll.node, "data-here", i === this.laneShown ? "1" : ""); });
    this.bands.forEach((band) => band.draw());
    set(this.root, "data-pass", this.now); set(this.root, "data-last", this.last);
    this.transport.paint();
    this.texts.paint();
    const card = this.picked ? this.story.card() : null;
    if (card) this.showCard(card);
    this.table.paint();
  }

  showCard(card) {
    const inside = this.note.contains(document.activeElement), scrolled = this.note.firstChild ? this.note.firstChild.scrollTop : 0;
    this.note.replaceChildren(card);
    card.scrollTop = scrolled;
    if (inside) card.querySelector(".rv-close").focus({ preventScroll: true });
  }
}

function mount(element, payload, options) {
  const score = new Score(element, typeof payload === "string" ? JSON.parse(payload) : payload, options);
  element.rediffScore = score;
  return score;
}
